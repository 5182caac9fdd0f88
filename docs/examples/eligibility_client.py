"""May these enterprises bid? A client of the eligibility interface with the standard library alone (Python 3.9+).

    python eligibility_client.py https://zhulian.example.gov.cn tender-platform 91370200… 91370202… --purpose bid

The password is asked for, or read from ZHULIAN_PASSWORD. Exit status: 0 all may, 1 some may not, 2 some are unknown.
"""

from __future__ import annotations

import argparse
import getpass
import http.cookiejar
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

Answer = dict[str, Any]
BATCH = 1000


class Client:
    """Signs in once; the session cookie goes with every question."""

    def __init__(self, address: str, username: str, password: str) -> None:
        if not address.startswith(("http://", "https://")):
            raise ValueError("an address of http or https")
        self.address = address.rstrip("/")
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self._sign_in(username, password)

    def _sign_in(self, username: str, password: str) -> None:
        page = self._opener.open(self.address + "/login", timeout=30).read().decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if found is None:
            raise RuntimeError("this is not the sign-in page of Zhulian")
        token = found.group(1)
        form = {"csrfmiddlewaretoken": token, "username": username, "password": password}
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self.address + "/login", urllib.parse.urlencode(form).encode(), {"Referer": self.address + "/login"}
        )
        try:
            self._opener.open(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            raise PermissionError("the account or its password is not accepted") from error

    def one(self, uscc: str, purpose: str, code: str = "", on: str = "") -> Answer:
        """The answer about one enterprise."""
        query = {"purpose": purpose, "code": code, **({"on": on} if on else {})}
        return self._json(f"/api/v1/eligibility/{urllib.parse.quote(uscc)}?{urllib.parse.urlencode(query)}")

    def many(self, usccs: Sequence[str], purpose: str, code: str = "") -> Iterator[Answer]:
        """Answers in the order asked, a thousand at a time."""
        for start in range(0, len(usccs), BATCH):
            items = [{"uscc": u, "purpose": purpose, "code": code} for u in usccs[start : start + BATCH]]
            yield from self._json("/api/v1/eligibility", {"items": items})["items"]

    def _json(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self.address + path, data, {"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            raise RuntimeError(f"{problem['code']}: {problem['detail']} {problem['cure']}") from error


def told(answer: Answer) -> str:
    """One line about an answer."""
    if not answer["known"]:
        return f"{answer['uscc']}  未归集，不能回答"
    if answer["allowed"]:
        return f"{answer['uscc']}  {answer['name']}  没有生效的限制"
    why = "；".join(f"{r['label']}（{r['document_no']}，{r['clause']}）" for r in answer["restrictions"])
    return f"{answer['uscc']}  {answer['name']}  受限：{why}"


def main(arguments: list[str] | None = None) -> int:
    """Ask about the enterprises of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("address")
    parser.add_argument("username")
    parser.add_argument("uscc", nargs="+")
    parser.add_argument("--purpose", default="bid", choices=["bid", "contract", "permit", "declare"])
    parser.add_argument("--code", default="")
    given = parser.parse_args(arguments)
    password = os.environ.get("ZHULIAN_PASSWORD") or getpass.getpass()
    answers = list(Client(given.address, given.username, password).many(given.uscc, given.purpose, given.code))
    for answer in answers:
        print(told(answer))
    verdicts = {a["allowed"] for a in answers}
    return 1 if False in verdicts else 2 if None in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
