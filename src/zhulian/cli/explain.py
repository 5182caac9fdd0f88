"""`zhulian explain`: one enterprise and code, clause by clause and person by person."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from zhulian.cli.app import app
from zhulian.cli.check import opened
from zhulian.cli.chinese import ChineseCommand
from zhulian.cli.options import (
    AsOf,
    Engine,
    EngineOption,
    KnownAt,
    MasterOption,
    MemoryOption,
    Purpose,
    PurposeOption,
    Source,
    verdict_markup,
)
from zhulian.cli.words import figures
from zhulian.core.kernel.reasons import Reason

if TYPE_CHECKING:
    from zhulian.bulk import Explanation, PersonItem, ProvincialItem

_STATUS: Final = {"counts": "[green]计入[/]", "may": "[yellow]可能计入[/]", "not": "[red]未计入[/]"}
_EVIDENCE: Final = {"law": "法规原文", "excerpt": "转载摘录", "weak": "弱，仅见转述", "draft": "征求意见稿"}


@app.command(
    cls=ChineseCommand,
    epilog="例：zhulian explain 平台.json 91610800064834709T D105C --as-of 2023-01-01",
)
def explain(
    path: Source,
    enterprise: Annotated[str, typer.Argument(metavar="企业", help="统一社会信用代码、键（如 QY_ID:…）或企业全称。")],
    code: Annotated[str, typer.Argument(metavar="资质代码", help="如 D105C；安全生产许可证写 safety-permit。")],
    *,
    as_of: AsOf,
    known_at: KnownAt = None,
    purpose: PurposeOption = Purpose.VERIFICATION,
    engine: EngineOption | None = None,
    master: MasterOption = None,
    memory: MemoryOption = None,
    json: Annotated[bool, typer.Option("--json", help="输出 JSON。")] = False,
) -> None:
    """说明一家企业一项资质的结论：每一条要求多少、有多少、算了谁、没算谁、为什么。"""
    from zhulian import bulk, rulebooks
    from zhulian.bulk import plans

    plans.keep_in(plans.home_of_environment())
    engine = engine or (Engine.DUCKDB if bulk.is_snapshot(path) else Engine.SQLITE)
    with opened(path, engine, master=master, memory=memory) as snapshot:
        found = bulk.explain(
            snapshot,
            rulebooks.library(),
            enterprise=enterprise,
            code=code,
            as_of=as_of,
            known_at=known_at,
            purpose=purpose.value,
        )
    if json:
        sys.stdout.write(jsonlib.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n")
        return
    Console(highlight=False).print(_tree(found))


def _tree(found: Explanation) -> Tree:
    root = Tree(
        f"[bold]{escape(found.name)}[/]（{escape(found.enterprise)}）{found.code} {found.code_name}\n"
        f"{found.as_of} {found.purpose} {verdict_markup(found.reason.verdict)}"
        + (f" 标准版本 {found.rule_version}" if found.rule_version else "")
    )
    if found.provincial is not None:
        _add_provincial(root, found.provincial)
    for note in found.reason.notes:
        root.add(escape(note))
    for child in found.reason.children:
        _add(root, child, found.people)
    return root


def _add_provincial(root: Tree, found: ProvincialItem) -> None:
    """Under which paper of the province clauses of the nation's standard were left out, and which."""
    title = f"《{found.title}》" if found.title else ""
    evidence = _EVIDENCE.get(found.evidence, found.evidence)
    branch = root.add(
        f"按省级口径核查：{escape(found.subject)}，依据 {escape(found.document + title)}（{evidence}），自 {found.valid_from} 起"
    )
    branch.add(f"不看 {escape(found.national)} 的：{escape('、'.join(found.left_out)) or '没有，逐条都看'}")


def _add(parent: Tree, reason: Reason, people: Sequence[PersonItem]) -> None:
    from zhulian.core.rules.reasons import TOGETHER

    branch = parent.add(
        f"{verdict_markup(reason.verdict)} {escape(reason.label)}{'：' if figures(reason) else ''}{figures(reason)}"
    )
    if reason.citation is not None:
        evidence = _EVIDENCE.get(reason.citation.evidence, reason.citation.evidence)
        branch.add(f"[dim]依据：{escape(str(reason.citation))}（{evidence}）[/]")
    for note in reason.notes:
        branch.add(escape(note))
    for child in reason.children:
        _add(branch, child, people)
    _add_people(branch, reason.id, people)
    if reason.id == TOGETHER:
        _add_groups(branch, people)


def _add_people(branch: Tree, clause: str, people: Sequence[PersonItem]) -> None:
    for status, words in _STATUS.items():
        found = [(p, c) for p in people for c in p.clauses if c.id == clause and c.status == status]
        if not found:
            continue
        twig = branch.add(f"{words} {len(found)} 人")
        plain = [_who(person) for person, line in found if not line.reasons]
        if plain:
            twig.add(escape("、".join(plain)))
        for person, line in found:
            if line.reasons:
                twig.add(escape(f"{_who(person)}：{'；'.join(line.reasons)}"))


def _who(person: PersonItem) -> str:
    return f"{person.name}{person.shown}"


def _add_groups(branch: Tree, people: Sequence[PersonItem]) -> None:
    """Where the witness lets each serve."""
    from zhulian.core.rules.model import GROUPS

    for group, label in GROUPS.items():
        members = [_who(p) for p in people if p.group == group]
        if members:
            branch.add(f"{label} {len(members)} 人").add(escape("、".join(members)))
