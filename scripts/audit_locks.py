"""Reading what is declared and what is locked: every line of a lock is one pinned version with its hashes.

An index address in a lock would send whoever installs to a place of our choosing, and a line without hash to whatever
is served there; pip refuses the second (`--require-hashes`), this finds both before it is committed.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")
_EXACT = re.compile(r"\d+(\.\d+)+(-[0-9A-Za-z.-]+)?")


@dataclass
class Lock:
    """Packages of a lock, and what is wrong with its lines."""

    name: str
    pins: dict[str, str] = field(default_factory=dict)
    """Package → version."""
    requirements: dict[str, Requirement] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    """Package → licence expression, where the lock itself tells it (npm)."""
    problems: list[str] = field(default_factory=list)


def python_lock(path: Path) -> Lock:
    """A requirements file with hashes, as pip installs it."""
    lock = Lock(path.name)
    text = path.read_text(encoding="utf-8")
    if "://" in text:
        lock.problems.append(f"{lock.name}: an address stands in it")
    lines = text.replace("\\\n", " ").splitlines()
    for line in (line.strip() for line in lines):
        if not line or line.startswith("#"):
            continue
        asked, *options = re.split(r"\s+(?=--)", line)
        try:
            requirement = Requirement(asked)
        except InvalidRequirement:
            lock.problems.append(f"{lock.name}: no pinned package: {line[:80]}")
            continue
        pinned = re.fullmatch(r"==([^*,\s]+)", str(requirement.specifier))
        if requirement.url or not pinned:
            lock.problems.append(f"{lock.name}: {requirement.name} is not pinned to one version")
            continue
        if not options or not all(map(_HASH.fullmatch, options)):
            lock.problems.append(f"{lock.name}: {requirement.name} has no hashes, or something that is none")
        name = canonicalize_name(requirement.name)
        lock.pins[name], lock.requirements[name] = pinned[1], requirement
    return lock


def npm_lock(path: Path) -> Lock:
    """The lock of npm: versions with integrity, and no address to fetch from."""
    lock = Lock(path.name)
    for place, told in json.loads(path.read_text(encoding="utf-8"))["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if not place:
            continue
        if "resolved" in told:
            lock.problems.append(f"{lock.name}: {name} names an address")
        if not _INTEGRITY.fullmatch(told.get("integrity", "")):
            lock.problems.append(f"{lock.name}: {name} has no sha512 of its content")
        lock.pins[name], lock.licences[name] = told.get("version", ""), told.get("license", "")
    return lock


def declared_python(root: Path) -> dict[str, Requirement]:
    """What pyproject.toml asks for, in every group and extra."""
    told: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = told["project"]
    groups = [
        told["build-system"]["requires"],
        project["dependencies"],
        *project.get("optional-dependencies", {}).values(),
        *told.get("dependency-groups", {}).values(),
    ]
    found = [Requirement(text) for group in groups for text in group]
    return {canonicalize_name(each.name): each for each in found}


def declared_npm(root: Path) -> dict[str, str]:
    """What package.json asks for: package → version."""
    told = json.loads((root / "package.json").read_text(encoding="utf-8"))
    return {**told.get("dependencies", {}), **told.get("devDependencies", {})}


def undeclared(root: Path, base: Lock, dev: Lock, npm: Lock) -> list[str]:
    """Declarations that the locks do not fulfil, and locks that contradict each other."""
    out = [
        f"{name} is declared as {asked.specifier} and locked as {dev.pins.get(name, 'nothing')}"
        for name, asked in declared_python(root).items()
        if name not in dev.pins or not asked.specifier.contains(dev.pins[name], prereleases=True)
    ]
    out += [
        f"{name} is {version} in {base.name} and {dev.pins.get(name, 'nothing')} in {dev.name}"
        for name, version in base.pins.items()
        if dev.pins.get(name) != version
    ]
    for name, version in declared_npm(root).items():
        if not _EXACT.fullmatch(version):
            out.append(f"package.json: {name} is not pinned to one version")
        elif npm.pins.get(name) != version:
            out.append(f"{name} is declared as {version} and locked as {npm.pins.get(name, 'nothing')}")
    return out
