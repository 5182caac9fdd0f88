"""`zhulian rules`: which rules there are, one of them in words, and a file of one's own put to the test."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from zhulian.cli.app import app
from zhulian.cli.chinese import ChineseCommand, ChineseGroup
from zhulian.cli.options import Purpose, PurposeOption, day
from zhulian.core.kernel.errors import ErrorKind, ZhulianError, register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhulian.core.rules import GradeRule, Library, Version
    from zhulian.core.rules.model import AnyClause, Source
    from zhulian.core.rules.overlays import Overlay

register(
    ErrorKind("rules.missing", "没有可用的规则：{detail}", "请用 zhulian rules list 查看全部代码"),
    ErrorKind("rules.file", "读不到规则文件 {file}", "请核对文件名；规则文件以 .yaml 结尾"),
    ErrorKind("rules.cases", "案例文件 {file} 写得不对：{detail}", "请按提示改正；用语见 docs/rulebooks.md"),
)
_FAILED = 1
"""Exit code when a case does not hold."""

rules = typer.Typer(cls=ChineseGroup, no_args_is_help=True, help="查看规则库，检查自己写的规则文件。")
app.add_typer(rules, name="rules")


@rules.command("list", cls=ChineseCommand, epilog="例：zhulian rules list 水利")
def list_(words: Annotated[str, typer.Argument(metavar="文字", help="只列名称或代码含这些文字的。")] = "") -> None:
    """列出全部标准及其版本，包括本单位和各省自己的。"""
    from zhulian import rulebooks

    console = Console(highlight=False, soft_wrap=True)
    library = rulebooks.library()
    for book in library.rulebooks:
        if words in f"{book.code}{book.subject}":
            versions = "、".join(f"{v.source.document}（{v.valid_from} 起）" for v in book.versions)
            console.print(f"{book.code}  {escape(book.subject)}：{escape(versions)}")
    for overlay in library.overlays:
        if words in f"{overlay.province}{overlay.subject}":
            console.print(
                f"{overlay.province}  {escape(overlay.subject)}（省级口径，用于{'、'.join(overlay.purposes)}）"
            )


@rules.command(cls=ChineseCommand, epilog="例：zhulian rules show D105C --as-of 2023-01-01 --province 35")
def show(
    code: Annotated[str, typer.Argument(metavar="代码", help="类别和等级，如 D105C。")],
    *,
    as_of: Annotated[
        dt.date, typer.Option("--as-of", parser=day, metavar="日期", help="看哪一天有效的条款，如 2025-12-31。")
    ],
    purpose: PurposeOption = Purpose.VERIFICATION,
    province: Annotated[
        str, typer.Option("--province", metavar="省", help="行政区划代码前两位，如福建 35；不写按全国标准。")
    ] = "",
) -> None:
    """用中文逐条写出某个资质在某一天的条款、依据和依据的可靠程度。"""
    from zhulian import rulebooks
    from zhulian.core.rules import Missing

    rule = rulebooks.library().rule(code, purpose.value, as_of, None, province)
    if isinstance(rule, Missing):
        raise ZhulianError("rules.missing", detail=rule.reason)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{rule.code} {escape(rule.subject)}[/]，版本 {escape(rule.version)}，自 {rule.valid_from} 起")
    _print_clauses(console, rule.source, rule.clauses)
    _print_counting(console, rule)


@rules.command(cls=ChineseCommand, epilog="例：zhulian rules check 福建幕墙.yaml（案例写在 福建幕墙.cases.yaml）")
def check(files: Annotated[list[Path], typer.Argument(metavar="规则文件", help="一个或几个 .yaml 规则文件。")]) -> None:
    """检查规则文件：能否载入，条款用中文写出来是什么意思，旁边的案例是否成立。"""
    from zhulian import rulebooks
    from zhulian.core.rules import Library

    console = Console(highlight=False, soft_wrap=True)
    given = {str(path): _read(path) for path in files}
    library = Library.load({**rulebooks.files(), **given})
    for book in (b for b in library.rulebooks if b.file in given):
        for version in book.versions:
            for grade, clauses in version.grades.items():
                _print_version(console, f"{book.code} {grade} {book.subject}", version, clauses)
    for overlay in (o for o in library.overlays if o.file in given):
        _print_overlay(console, library, overlay)
    if _failing(console, library, [_beside(path) for path in files]):
        raise typer.Exit(_FAILED)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise ZhulianError("rules.file", file=path) from None


def _beside(path: Path) -> Path:
    from zhulian.rulebooks.own import CASES_SUFFIX

    return path.with_name(path.name.removesuffix(".yaml") + CASES_SUFFIX)


def _print_version(console: Console, title: str, version: Version, clauses: Sequence[AnyClause]) -> None:
    console.print(f"[bold]{escape(title)}[/]，版本 {escape(version.id)}，自 {version.valid_from} 起")
    _print_clauses(console, version.source, clauses)


def _print_clauses(console: Console, source: Source, clauses: Sequence[AnyClause]) -> None:
    from zhulian.core.rules.sources import EVIDENCE_LABELS
    from zhulian.server.portal import words

    console.print(f"  出自 {escape(source.document)}（{EVIDENCE_LABELS[source.evidence]}）")
    for clause in clauses:
        evidence = EVIDENCE_LABELS[clause.citation.evidence]
        console.print(
            f"  {escape(clause.id)}  {escape(clause.label)}：{escape(words.requirement(clause))}〔{evidence}〕"
        )
        for line in words.details(clause):
            console.print(f"      {escape(line)}")


def _print_counting(console: Console, rule: GradeRule) -> None:
    from zhulian.core.rules.counting import limits_of
    from zhulian.core.rules.sources import EVIDENCE_LABELS

    for limit in limits_of(rule.clauses):
        evidence = EVIDENCE_LABELS[limit.citation.evidence]
        console.print(f"  人员计数  {limit.subject}：{limit.requirement}〔{evidence}〕")
        console.print(f"      {limit.citation}。{limit.note}")


def _print_overlay(console: Console, library: Library, overlay: Overlay) -> None:
    """What it keeps; of the categories it names also the clauses that remain, in words."""
    from zhulian.core.rules import Missing

    reach = f"只管 {'、'.join(overlay.codes)}" if overlay.codes else "管所有类别"
    console.print(
        f"[bold]{escape(overlay.subject)}[/]，省级代码 {overlay.province}，用于{'、'.join(overlay.purposes)}，{reach}"
    )
    for version in overlay.versions:
        console.print(
            f"  版本 {escape(version.id)}，自 {version.valid_from} 起，出自 {escape(version.source.document)}"
        )
        console.print(f"    最低等级只看：{'、'.join(version.keep['lowest'])}")
        console.print(f"    其他等级只看：{'、'.join(version.keep['others'])}")
        for code in (code for code in library.codes() if code[:-1] in overlay.codes):
            for purpose in overlay.purposes:
                rule = library.rule(code, purpose, version.valid_from, None, overlay.province)
                if isinstance(rule, Missing):
                    console.print(f"  {code}：{escape(rule.reason)}")
                else:
                    console.print(f"  {code} {escape(rule.subject)}，版本 {escape(rule.version)}，用于{purpose}")
                    _print_clauses(console, rule.source, rule.clauses)


def _failing(console: Console, library: Library, files: list[Path]) -> bool:
    from zhulian.rulebooks.casebook import BadCaseError, read_cases
    from zhulian.rulebooks.trial import tried

    failed = False
    for file in files:
        if not file.exists():
            console.print(f"没有案例：请写 {escape(file.name)}，至少达标、不达标、数据不足各一个")
            continue
        try:
            results = tried(library, read_cases(file.name, file.read_bytes()))
        except BadCaseError as error:
            raise ZhulianError("rules.cases", file=file.name, detail=error) from None
        for case, otherwise in results:
            console.print(
                f"{'[bold red]不成立' if otherwise else '[green]成立'}[/]  {escape(case.name)}（{case.as_of}）"
            )
            for line in otherwise:
                console.print(f"    {escape(line)}")
        failed |= any(otherwise for _, otherwise in results)
        cases = {case.number for case, _ in results}
        console.print(
            f"案例 {len(cases)} 个，不成立 {len({case.number for case, otherwise in results if otherwise})} 个"
        )
    return failed
