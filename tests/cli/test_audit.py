"""The audit of dependencies in `make lint`: what it refuses, and that silence is never taken for a clean answer."""

import importlib
import json
import socket
import sys
import threading
import time
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HASH = f"--hash=sha256:{'a1' * 32}"
SHA512 = f"sha512-{'A' * 86}=="
PLUGGY = f"pluggy=={version('pluggy')}"
"""A package that is installed here, under the MIT licence."""


@pytest.fixture
def script(monkeypatch):
    """A script of `scripts/` by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module


@pytest.fixture
def project(tmp_path):
    """A small project that passes."""
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["pluggy"]\n[project]\ndependencies = ["pluggy>=1"]\n',
        "package.json": json.dumps({"dependencies": {"htmx.org": "2.0.11"}}),
        "package-lock.json": json.dumps(
            {"packages": {"": {}, "node_modules/htmx.org": _npm("2.0.11")}},
        ),
        "requirements/base.lock": f"{PLUGGY} \\\n    {HASH}\n",
        "requirements/dev.lock": f"{PLUGGY} \\\n    {HASH} \\\n    {HASH}\n",
        "requirements/audit.toml": 'allowed = ["MIT", "0BSD"]\n[names]\n',
        "docs/developers/dependencies.md": "| `pluggy` | hooks | |\n| `htmx.org` | requests | |\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _npm(number, **more):
    return {"version": number, "integrity": SHA512, "license": "0BSD", **more}


@pytest.fixture
def audited(script, project, monkeypatch, capsys):
    """Run it over the project with these files changed: the exit code and what it prints."""
    monkeypatch.setenv("ZHULIAN_ADVISORIES", "off")

    def go(**changed):
        for name, text in changed.items():
            path = {"base": "requirements/base.lock", "dev": "requirements/dev.lock"}.get(name, "")
            path = path or {"npm": "package-lock.json", "policy": "requirements/audit.toml"}.get(name, "")
            path = path or {"package": "package.json", "page": "docs/developers/dependencies.md"}[name]
            (project / path).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return script("audit_dependencies").main(project), capsys.readouterr().out

    return go


def test_this_repository_passes(script, monkeypatch, capsys):
    monkeypatch.setenv("ZHULIAN_ADVISORIES", "off")
    assert script("audit_dependencies").main() == 0, capsys.readouterr().out
    assert "advisories: not asked, ZHULIAN_ADVISORIES=off" in capsys.readouterr().out


def test_a_project_that_is_pinned_documented_and_permitted_passes(audited):
    code, told = audited()
    assert (code, told.splitlines()[0]) == (0, "dependencies: 1 of Python and 1 of npm audited, 0 wrong")


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        (f"{PLUGGY}\n", "pluggy has no hashes"),
        (f"{PLUGGY} {HASH[:-2]}\n", "pluggy has no hashes"),
        (f"{PLUGGY} --hash=md5:{'a' * 32}\n", "pluggy has no hashes"),
        (f"pluggy>=1 {HASH}\n", "pluggy is not pinned"),
        (f"pluggy==1.* {HASH}\n", "pluggy is not pinned"),
        (f"pluggy @ file:///tmp/x.whl {HASH}\n", "pluggy is not pinned"),
        (f"--index-url https://index.invalid/simple\n{PLUGGY} {HASH}\n", "an address stands in it"),
        (f"--find-links wheels\n{PLUGGY} {HASH}\n", "no pinned package: --find-links wheels"),
        (f"# from https://index.invalid/simple\n{PLUGGY} {HASH}\n", "an address stands in it"),
        (f"pluggy==0.1 {HASH}\n", "pluggy is declared as >=1 and locked as 0.1"),
        (f"pluggy==0.1 {HASH}\n", "is 0.1 in base.lock and 0.1"),
        (f"iniconfig=={version('iniconfig')} {HASH}\n", "pluggy is declared as >=1 and locked as nothing"),
        (f"{PLUGGY} {HASH}\nno-such-package==1 {HASH}\n", "no-such-package 1 is not installed here"),
    ],
)
def test_a_lock_that_could_fetch_something_else_is_refused(audited, lock, why):
    if "0.1 in base.lock" in why:
        code, told = audited(base=lock)
        assert f"pluggy is 0.1 in base.lock and {version('pluggy')} in dev.lock" in told
    else:
        code, told = audited(dev=lock)
        assert why in told
    assert code == 1


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (_npm("2.0.11", resolved="https://index.invalid/htmx.tgz"), "htmx.org names an address"),
        (_npm("2.0.11", integrity="sha1-abc"), "htmx.org has no sha512"),
        (_npm("2.0.10"), "htmx.org is declared as 2.0.11 and locked as 2.0.10"),
        (_npm("2.0.11", license="GPL-3.0-only"), "htmx.org: its licence is not permitted: GPL-3.0-only"),
        (_npm("2.0.11", license=""), "htmx.org: its licence is not permitted: it says none"),
    ],
)
def test_npms_lock_is_held_to_the_same(audited, told, why):
    code, found = audited(npm={"packages": {"": {}, "node_modules/htmx.org": told}})
    assert code == 1
    assert why in found


def test_a_range_in_package_json_is_refused(audited):
    code, told = audited(package={"dependencies": {"htmx.org": "^2.0.11"}})
    assert code == 1
    assert "package.json: htmx.org is not pinned to one version" in told


def test_a_dependency_without_a_row_and_a_row_without_a_dependency_are_refused(audited):
    code, told = audited(page="| `htmx.org` | requests | |\n| `gone` | nothing | |\n")
    assert code == 1
    assert "pluggy has no row in" in told
    assert "has a row of gone, which nothing declares" in told


def _exception(**changed):
    told = {"says": "MIT", "licence": "MIT", "ships": "true", "reason": "a test"} | changed
    lines = [f"{key} = {value if key == 'ships' else json.dumps(value)}" for key, value in told.items()]
    return "\n".join(['allowed = ["0BSD"]', "[names]", "[exceptions.pluggy]", *lines])


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ('allowed = ["0BSD"]\n[names]\n', "pluggy: its licence is not permitted: MIT"),
        (_exception(), ""),
        (_exception(ships="false"), "permitted in development only, and it stands in base.lock"),
        (_exception(says="BSD"), "its exception was made for 'BSD', now it says 'MIT'"),
        (_exception() + '\n[exceptions.gone]\nsays = ""\n', "excepts gone, which is not locked"),
    ],
)
def test_a_licence_is_permitted_or_excepted_by_name(audited, policy, why):
    code, told = audited(policy=policy)
    assert code == (1 if why else 0)
    assert why in told


@pytest.mark.parametrize(
    ("expression", "good"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only AND MIT", False),
        ("MIT AND (GPL-3.0-only OR 0BSD)", True),
        ("GPL-3.0-only OR MIT AND 0BSD", True),
        ("(GPL-3.0-only OR MIT) AND (0BSD", False),
        ("MIT WITH surprise", False),
        ("MIT 0BSD", False),
        ("MIT OR", False),
        (")", False),
        ("", False),
    ],
)
def test_an_expression_is_kept_by_permitted_licences_only(script, expression, good):
    assert script("audit_licences").permitted(expression, {"MIT", "0BSD"}) is good


class _Osv(BaseHTTPRequestHandler):
    """Answers as it is told; remembers what it was asked."""

    answers: tuple = ()
    heard: list

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.path, asked["queries"]))
        code, body = self.answers[min(len(self.heard), len(self.answers)) - 1]
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


@pytest.fixture
def osv():
    """A server of advisories on this machine: told its answers, it gives its address and what it heard."""
    servers = []

    def start(*answers):
        handler = type("Told", (_Osv,), {"answers": answers, "heard": []})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}", handler.heard

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


NOTHING = {"results": [{}, {}]}
ONE = {"results": [{"vulns": [{"id": "GHSA-test-0001", "modified": "2026-01-01T00:00:00Z"}]}, {}]}


def test_the_service_is_asked_about_every_locked_version(audited, osv, monkeypatch):
    address, heard = osv((200, NOTHING))
    monkeypatch.setenv("ZHULIAN_ADVISORIES", address)
    code, told = audited()
    assert (code, told.splitlines()[-1]) == (0, "advisories: asked about 2 packages, 0 reported")
    assert heard == [
        (
            "/v1/querybatch",
            [
                {"package": {"ecosystem": "PyPI", "name": "pluggy"}, "version": version("pluggy")},
                {"package": {"ecosystem": "npm", "name": "htmx.org"}, "version": "2.0.11"},
            ],
        )
    ]


@pytest.mark.parametrize(
    ("accepted", "why"),
    [
        ("", f"pluggy {version('pluggy')}: GHSA-test-0001\n"),
        ('[accepted.GHSA-test-0001]\npackage = "pluggy"\nuntil = 9999-01-01\n', ""),
        ('[accepted.GHSA-test-0001]\npackage = "other"\nuntil = 9999-01-01\n', "GHSA-test-0001\n"),
        ('[accepted.GHSA-test-0001]\npackage = "pluggy"\nuntil = 2020-01-01\n', "was accepted until 2020-01-01 only"),
        (
            "".join(f'[accepted.GHSA-test-000{n}]\npackage = "pluggy"\nuntil = 9999-01-01\n' for n in (1, 2)),
            "GHSA-test-0002 is accepted and is not reported any more",
        ),
    ],
)
def test_an_advisory_fails_unless_it_is_accepted_for_a_while(audited, osv, monkeypatch, accepted, why):
    address, _ = osv((200, ONE))
    monkeypatch.setenv("ZHULIAN_ADVISORIES", address)
    code, told = audited(policy=f'allowed = ["MIT", "0BSD"]\n[names]\n{accepted}')
    assert code == (1 if why else 0)
    assert why in told
    assert "advisories: asked about 2 packages, 1 reported" in told


def test_an_acceptance_holds_on_its_last_day(script):
    advisories = script("audit_advisories")
    found = [advisories.Found(("PyPI", "a", "1"), "X-1")]
    accepted = {"X-1": {"package": "a", "until": date(2026, 5, 1)}}
    assert advisories.refused(found, accepted, date(2026, 5, 1)) == []
    assert advisories.refused(found, accepted, date(2026, 5, 2)) == ["a 1: X-1 was accepted until 2026-05-01 only"]


def test_an_answer_that_goes_on_is_followed(audited, osv, monkeypatch):
    first = {"results": [{"next_page_token": "more"}, {}]}
    address, heard = osv((200, first), (200, {"results": [{"vulns": [{"id": "GHSA-test-0001"}]}]}))
    monkeypatch.setenv("ZHULIAN_ADVISORIES", address)
    code, told = audited()
    assert code == 1
    assert "GHSA-test-0001" in told
    assert [len(queries) for _, queries in heard] == [2, 1]
    assert heard[1][1][0]["page_token"] == "more"


@pytest.mark.parametrize(
    "answer",
    [
        (503, "busy"),
        (200, "<html>sign in to this network</html>"),
        (200, {"results": [{}]}),
        (200, {"results": [{}, None]}),
        (200, {"results": [{"next_page_token": "x"}, {"next_page_token": "x"}]}),
        (200, []),
    ],
)
def test_an_answer_that_is_none_is_said_and_does_not_fail(audited, osv, monkeypatch, answer):
    address, _ = osv(answer)
    monkeypatch.setenv("ZHULIAN_ADVISORIES", address)
    code, told = audited()
    assert code == 0
    assert told.splitlines()[-1].startswith("advisories: not asked, service unreachable (")


@pytest.mark.parametrize("silent", [True, False])
def test_a_service_that_is_silent_or_gone_costs_seconds(script, silent):
    advisories = script("audit_advisories")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        if not silent:
            listening.close()
        started = time.monotonic()
        with pytest.raises(advisories.UnreachableError):
            advisories.asked([("PyPI", "pluggy", "1")], service=f"http://127.0.0.1:{port}", seconds=0.5)
        assert time.monotonic() - started < 5


def test_lint_runs_the_audit_and_shows_what_it_says_of_advisories(script):
    run_tests = script("run_tests")
    suite = next(suite for suite in run_tests.SUITES if suite.name == "lint")
    assert any(command[-1] == "scripts/audit_dependencies.py" for command in suite.commands)
    saying = (sys.executable, "-c", "print('noise'); print('advisories: not asked, service unreachable')")
    outcome, _ = run_tests.run(run_tests.Suite("lint", 60, (saying,)), "")
    assert (outcome.passed, outcome.summary) == (True, "advisories: not asked, service unreachable")
