"""Every code block of the docs is true: it runs, loads, or names a target that exists.

| fence | what is done |
| --- | --- |
| python | executed in a fresh process, in a folder that the page's blocks share |
| console | each line that starts with `$ ` is run in that folder; the lines after it must appear in its output |
| yaml | loaded as a rulebook when it has `versions:` |
| text, mermaid, json | shown only |
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SHOWN_ONLY = {"text", "mermaid", "json", "html"}
TRANSLATIONS = {ROOT / "README.zh.md": ROOT / "README.md"}
"""A page that says the same in another language has the same blocks, which run once."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block and where it stands."""

    page: Path
    line: int
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(page, text[: m.start()].count("\n") + 1, m[1], m[2]) for m in FENCE.finditer(text)]


def _environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "ZHULIAN_HOME": str(home), "COLUMNS": "160", "NO_COLOR": "1"}


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    home = folder / ".home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        command, cwd=folder, env=_environment(home), capture_output=True, text=True, check=False, timeout=120
    )


def run_python(block: Block, folder: Path) -> None:
    done = _run([sys.executable, "-c", block.text], folder)
    assert done.returncode == 0, f"{block.page.name}:{block.line}\n{done.stderr}"


def run_console(block: Block, folder: Path) -> None:
    for command, expected in _commands(block.text):
        done = _run(["bash", "-euo", "pipefail", "-c", command], folder)
        where = f"{block.page.name}:{block.line}: $ {command}"
        assert done.returncode == 0, f"{where}\n{done.stdout}{done.stderr}"
        for line in expected:
            assert line in done.stdout + done.stderr, f"{where}\nexpected {line!r} in\n{done.stdout}{done.stderr}"


def _commands(text: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip() and line.strip() != "…":
            found[-1][1].append(line.strip())
    return found


def load_rulebook(block: Block, _folder: Path) -> None:
    from zhulian.core.rules import Library

    if "versions:" in block.text:
        Library.load({f"{block.page.name}-{block.line}.yaml": block.text.encode()})


def read_terms(block: Block, folder: Path) -> None:
    """A file of terms of retention: read as the server reads it."""
    from zhulian.server.privacy import schedule

    path = folder / "retention.toml"
    path.write_text(block.text, encoding="utf-8")
    assert schedule.read(str(path)), f"{block.page.name}:{block.line} names nothing that may expire"


RUNNERS = {"python": run_python, "console": run_console, "yaml": load_rulebook, "toml": read_terms}


def test_a_translation_has_the_blocks_of_its_page() -> None:
    for page, original in TRANSLATIONS.items():
        theirs, ours = ([(b.language, b.text) for b in blocks(p) if b.language in RUNNERS] for p in (page, original))
        assert theirs == ours


@pytest.mark.parametrize("page", [p for p in PAGES if p not in TRANSLATIONS], ids=lambda p: str(p.relative_to(ROOT)))
def test_code_blocks_of_a_page_run(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        assert block.language in RUNNERS.keys() | SHOWN_ONLY, (
            f"{page.name}:{block.line}: unknown fence {block.language!r}"
        )
        if runner := RUNNERS.get(block.language):
            runner(block, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_and_make_targets_of_a_page_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name}: broken link {link}"
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert target in targets, f"{page.name}: no such target: make {target}"


def test_a_false_console_block_would_fail(tmp_path: Path) -> None:
    block = Block(tmp_path / "page.md", 1, "console", "$ echo one\ntwo\n")
    with pytest.raises(AssertionError, match="expected 'two'"):
        run_console(block, tmp_path)
