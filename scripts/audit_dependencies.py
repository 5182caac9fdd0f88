"""`make lint`: what we depend on is pinned, documented, permitted, and has no known hole.

| checked | against |
| --- | --- |
| every line of the locks: one version, hashes, no address of an index | `requirements/*.lock`, `package-lock.json` |
| every declaration: locked within its bounds, and told of | `pyproject.toml`, `package.json`, `docs/developers/dependencies.md` |
| every licence: permitted, or an exception with a reason | `requirements/audit.toml` |
| advisories about the locked versions | OSV, when it can be reached |

`ZHULIAN_ADVISORIES` names another address of the service, or is `off`.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import audit_advisories
from audit_licences import permitted, problem
from audit_locks import Lock, declared_npm, declared_python, npm_lock, python_lock, undeclared

ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/developers/dependencies.md"
POLICY = "requirements/audit.toml"


def undocumented(root: Path) -> list[str]:
    """Declared packages without a row on the page, and rows of packages that nobody declares."""
    rows = set(re.findall(r"^\| `([^`]+)` \|", (root / PAGE).read_text(encoding="utf-8"), re.MULTILINE))
    names = {*declared_python(root), *declared_npm(root)}
    return [f"{name} has no row in {PAGE}" for name in sorted(names - rows)] + [
        f"{PAGE} has a row of {name}, which nothing declares" for name in sorted(rows - names)
    ]


def licences(base: Lock, dev: Lock, npm: Lock, policy: dict[str, Any]) -> list[str]:
    """Packages whose licence is not permitted or cannot be read, and exceptions for packages that are not there."""
    out = []
    for name, asked in dev.requirements.items():
        if asked.marker is not None and not asked.marker.evaluate():
            continue
        found = _installed(name)
        if found is None or found.version != dev.pins[name]:
            there = found.version if found else "not installed"
            out.append(f"{name} {dev.pins[name]} is {there} here, so its licence is not read: make lint installs it")
        elif why := problem(found, ships=name in base.pins, policy=policy):
            out.append(f"{name}: {why}")
    out += [
        f"{name}: its licence is not permitted: {told or 'it says none'}"
        for name, told in npm.licences.items()
        if not permitted(told, policy["allowed"])
    ]
    return out + [
        f"{POLICY} excepts {name}, which is not locked" for name in policy.get("exceptions", {}) if name not in dev.pins
    ]


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def advisories(dev: Lock, npm: Lock, policy: dict[str, Any], service: str, today: dt.date) -> tuple[str, list[str]]:
    """A line that says what was asked, and what is wrong."""
    if service == "off":
        return "advisories: not asked, ZHULIAN_ADVISORIES=off", []
    packages = [
        (kind, name, version) for kind, lock in (("PyPI", dev), ("npm", npm)) for name, version in lock.pins.items()
    ]
    try:
        found = audit_advisories.asked(packages, service=service)
    except audit_advisories.UnreachableError as error:
        return f"advisories: not asked, service unreachable ({error})", []
    wrong = audit_advisories.refused(found, policy.get("accepted", {}), today)
    return f"advisories: asked about {len(packages)} packages, {len(found)} reported", wrong


def main(root: Path = ROOT) -> int:
    """Check all; the exit code."""
    base, dev = (python_lock(root / "requirements" / f"{name}.lock") for name in ("base", "dev"))
    npm = npm_lock(root / "package-lock.json")
    policy = tomllib.loads((root / POLICY).read_text(encoding="utf-8"))
    service = os.environ.get("ZHULIAN_ADVISORIES") or audit_advisories.SERVICE
    told, reported = advisories(dev, npm, policy, service, dt.datetime.now(dt.UTC).date())
    wrong = [
        *base.problems,
        *dev.problems,
        *npm.problems,
        *undeclared(root, base, dev, npm),
        *undocumented(root),
        *licences(base, dev, npm, policy),
        *reported,
    ]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"dependencies: {len(dev.pins)} of Python and {len(npm.pins)} of npm audited, {len(wrong)} wrong")
    print(told)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
