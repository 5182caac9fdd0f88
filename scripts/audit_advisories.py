"""Known advisories about the locked versions, asked of OSV (https://google.github.io/osv.dev/post-v1-querybatch/).

The service may be out of reach, as behind a firewall: then nothing was asked, which is said and is no failure. All
questions together have a few seconds, name look-up included.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

SERVICE = "https://api.osv.dev"
SECONDS = 3.0
_PAGES = 5
_MOST = 16 * 2**20
"""Bytes of an answer."""
Package: TypeAlias = tuple[str, str, str]
"""Ecosystem, name, version."""


class UnreachableError(Exception):
    """Nobody answered as the service does; its text says how."""


@dataclass(frozen=True)
class Found:
    """An advisory about a package."""

    package: Package
    number: str


def asked(packages: Sequence[Package], *, service: str = SERVICE, seconds: float = SECONDS) -> list[Found]:
    """Advisories about these packages.

    Raises:
        UnreachableError: no usable answer within the time.
    """
    answer: list[list[Found] | UnreachableError] = []

    def ask() -> None:
        try:
            answer.append(_all_pages(packages, service, seconds))
        except UnreachableError as error:
            answer.append(error)

    # Looking a name up knows no time limit: a thread that is not waited for does.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        message = f"no answer within {seconds:g} s"
        raise UnreachableError(message)
    if isinstance(answer[0], UnreachableError):
        raise answer[0]
    return answer[0]


def refused(found: Sequence[Found], accepted: Mapping[str, Mapping[str, Any]], today: dt.date) -> list[str]:
    """Advisories that nobody has accepted, or only until a day that is over; and accepted ones that are not there."""
    out = []
    for each in found:
        known = accepted.get(each.number)
        name, version = each.package[1:]
        if known is None or known["package"] != name:
            out.append(f"{name} {version}: {each.number}")
        elif known["until"] < today:
            out.append(f"{name} {version}: {each.number} was accepted until {known['until']} only")
    numbers = {each.number for each in found}
    return out + [f"{number} is accepted and is not reported any more" for number in accepted if number not in numbers]


def _all_pages(packages: Sequence[Package], service: str, seconds: float) -> list[Found]:
    """An answer may name a page on which it goes on."""
    out: list[Found] = []
    open_: list[tuple[Package, str]] = [(package, "") for package in packages]
    for _ in range(_PAGES):
        if not open_:
            return out
        results = _batch(open_, service, seconds)
        out += [
            Found(package, str(one["id"]))
            for (package, _), result in zip(open_, results, strict=True)
            for one in result.get("vulns", [])
        ]
        tokens = [str(result.get("next_page_token", "")) for result in results]
        open_ = [(package, token) for (package, _), token in zip(open_, tokens, strict=True) if token]
    if open_:
        message = f"an answer of more than {_PAGES} pages"
        raise UnreachableError(message)
    return out


def _batch(packages: Sequence[tuple[Package, str]], service: str, seconds: float) -> list[dict[str, Any]]:
    queries = [
        {"package": {"ecosystem": ecosystem, "name": name}, "version": version}
        | ({"page_token": token} if token else {})
        for (ecosystem, name, version), token in packages
    ]
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(  # noqa: S310 - the address is ours or given by whoever starts us
        f"{service}/v1/querybatch", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310 - see above
            told = json.loads(response.read(_MOST))
        results: list[dict[str, Any]] = told["results"]
        if len(results) != len(packages) or not all(isinstance(each, dict) for each in results):
            raise UnreachableError("an answer of another form")
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(str(error)) from None
    except (ValueError, KeyError, TypeError):
        raise UnreachableError("an answer of another form") from None
    return results
