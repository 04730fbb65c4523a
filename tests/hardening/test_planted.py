"""Secrets that went through the real product, with everything going wrong, are found nowhere afterwards.

A token, a main token, a client key and a password are planted through pages and commands of a running Ownkey.
They are looked for, raw, encoded and packed, in every page, answer, command, file, log and backup, in
metrics, and in what the system tells of the process.
"""

import base64
import http.cookiejar
import json
import re
import resource
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ownkey.scopes.profiles import PLANNING
from tests.cli.command import PATIENCE_S, Ownkey
from tests.sandbox_process import Sandbox, running_sandbox

from .traces import places_of, traces_of

ADA = "ada@acme.example"
GRACE = "grace@acme.example"
PASSWORD = 'pl4nted "pass\\word" über+all'
EXPIRES = "2027-06-01"


@dataclass
class Everything:
    """What was planted, and every place where it could have been left: its name and what it holds."""

    traces: set[bytes] = field(default_factory=set)
    places: list[tuple[str, bytes]] = field(default_factory=list)

    def plant(self, secret: str, login: str = "") -> str:
        self.traces |= traces_of(secret, login=login)
        return secret

    def look(self, name: str, data: bytes | str) -> None:
        self.places.append((name, data.encode() if isinstance(data, str) else data))

    def found(self) -> list[str]:
        return [
            place for name, data in self.places for place in places_of(frozenset(self.traces), name, data)
        ]


class Browser:
    """A browser with its cookies; what it is answered is looked at later."""

    def __init__(self, url: str, everything: Everything) -> None:
        self._url, self._everything = url, everything
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def ask(self, path: str, data: dict[str, str] | None = None, **headers: str) -> str:
        """Return a page, whatever its status."""
        if data is not None:
            form = self.ask(path if "/test/" not in path else path.replace("/test/", "/edit/"))
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
            data = data | {"csrfmiddlewaretoken": token[1] if token else ""}
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(  # noqa: S310 our own
            self._url + path, body, {"Referer": self._url + path, **headers}
        )
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                text = f"{answer.headers}\n{answer.read().decode()}"
        except urllib.error.HTTPError as error:
            with error:
                text = f"{error.headers}\n{error.read().decode()}"
        self._everything.look(f"page {path}", text)
        return text


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def credential_form(token: str) -> dict[str, str]:
    return {"change": "1", "using_scope_api": "on", "login": ADA, "token": token, "expires_on": EXPIRES}


def use_pages(browser: Browser, token: str, sandbox: Sandbox) -> None:
    """Sign in and connect, with every mistake on the way."""
    edit, test = "/profile/alm-credentials/acme/edit/", "/profile/alm-credentials/acme/test/"
    browser.ask("/sign-in/", {"login": ADA, "password": PASSWORD + "x"})
    browser.ask("/sign-in/", {"login": PASSWORD, "password": PASSWORD})
    assert "Sign out" in browser.ask("/sign-in/", {"login": ADA, "password": PASSWORD})
    form = credential_form(token)
    for fault in ({"status": 500}, {"status": 429, "retry_after": 1}, {"cut": True}, {"html": True}):
        sandbox.faults({"path": "/ex/", **fault})
        browser.ask(test, form)
        sandbox.end_faults()
        if "status" in fault:
            continue
        browser.ask(test, form | {"expires_on": "never"}, Accept="application/x-ndjson")
    browser.ask(edit, form | {"action": "save", "login": "no address"})
    browser.ask(edit, form | {"action": "save", "login": token})
    browser.ask(edit, form | {"action": "save", "expires_on": token})
    browser.ask(f"{edit}?token={urllib.parse.quote(token[:10])}")
    saved = browser.ask(edit, form | {"action": "save"})
    assert "onnected" in saved
    browser.ask("/profile/password/", {"oldpassword": PASSWORD, "password1": "short", "password2": "short"})
    for path in ("/", edit, f"{edit}?change=1", "/profile/client-keys/", "/profile/sessions/", "/nowhere/"):
        browser.ask(path)


def call(everything: Everything, url: str, path: str, authorization: str, data: bytes | None = None) -> int:
    """Make one call through the gateway and look at its answer."""
    request = urllib.request.Request(f"{url}{path}", data, {"Authorization": authorization})  # noqa: S310 our own
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            status, text = answer.status, f"{answer.headers}\n{answer.read().decode('latin-1')}"
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, f"{error.headers}\n{error.read().decode('latin-1')}"
    everything.look(f"call {path}", text)
    return int(status)


def use_gateway(everything: Everything, url: str, key: str, sandbox: Sandbox) -> None:
    """Call with the client key in every way, rightly and wrongly."""
    basic = "Basic " + base64.b64encode(f"{ADA}:{key}".encode()).decode()
    for authorization in (f"Bearer {key}", basic, f"Bearer {key}x", f"Token {key}", f"Basic {key}", key):
        call(everything, url, "/jira/acme/rest/api/3/myself", authorization)
    assert call(everything, url, "/jira/acme/rest/api/3/myself", basic) == 200
    for path in (
        "/jira/other/rest/api/3/myself",
        "/jira/acme/rest/api/3/../x",
        "/jira/acme/rest/nothing",
        f"/jira/acme/rest/api/3/{key}",
        f"/jira/acme/_ownkey/explain?method=GET&path=/{key}",
        "/jira/acme/rest/auth/1/session",
        "/jira/acme/browse/A-1",
    ):
        call(everything, url, path, basic)
    for fault in (
        {"status": 500},
        {"cut": True},
        {"body": '{"code":401,"message":"Unauthorized"}', "status": 401},
    ):
        sandbox.faults({"path": "/ex/", "times": 1, **fault})
        try:
            call(everything, url, "/jira/acme/rest/api/3/myself", basic)
        except OSError as error:
            everything.look("a call that broke", repr(error))
        sandbox.end_faults()
    call(everything, url, "/jira/acme/rest/api/3/issue", basic, b"{}")


def look_at_process(everything: Everything, process: "subprocess.Popen[bytes]") -> None:
    """Look at what the system tells others of a process, and at whether it would leave its memory behind."""
    about = Path(f"/proc/{process.pid}")
    everything.look("command line", (about / "cmdline").read_bytes())
    everything.look("title", (about / "comm").read_bytes())
    with suppress(PermissionError):  # closed to other processes of the same user: better still
        everything.look("environment", (about / "environ").read_bytes())
    assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)


def look_at_files(everything: Everything, directory: Path, when: str) -> None:
    """Look into every file: the database and its write-ahead log, backups, mails, logs."""
    for path in directory.rglob("*"):
        if path.is_file():
            everything.look(f"file {path.name} {when}", path.read_bytes())


def look_at_commands(everything: Everything, ownkey: Ownkey, directory: Path) -> None:
    """Look at what commands print, and what they write."""
    for name, *arguments in (
        ("doctor", "--json"),
        ("doctor",),
        ("status", "--json"),
        ("account", "list", "--json"),
        ("key", "list", "--json"),
        ("keys", "list", "--json"),
        ("user", "list", "--json"),
        ("audit", "export", "--format", "jsonl"),
        ("audit", "export", "--format", "csv"),
        ("audit", "verify", "--json"),
        ("backup", str(directory / "plain.backup")),
        ("account", "test", "acme", "--json"),
    ):
        ended = ownkey(name, *arguments)
        everything.look(" ".join([name, *arguments]), ended.stdout + ended.stderr)
    assert (directory / "plain.backup").exists()


def test_what_was_planted_is_found_nowhere(sandbox: Sandbox, tmp_path: Path) -> None:
    everything = Everything()
    plant = everything.plant
    plant(PASSWORD, ADA)
    main, adas, worse = (
        plant(sandbox.make_token(email, scopes), email)
        for email, scopes in ((GRACE, PLANNING.scopes), (ADA, PLANNING.scopes), (ADA, None))
    )
    addresses = dict.fromkeys(
        ("OWNKEY_ATLASSIAN_API_URL", "OWNKEY_ATLASSIAN_ID_URL", "OWNKEY_TRUSTED_SITES"), sandbox.url
    )
    ownkey = Ownkey(tmp_path / "home", addresses)

    def run(*arguments: str, given: str) -> str:
        ended = ownkey(*arguments, given=given)
        everything.look(" ".join(arguments), ended.stdout + ended.stderr)
        return ended.stdout

    for email, name, more in ((GRACE, "Grace", ["--admin"]), (ADA, "Ada", [])):
        run("user", "add", email, "--name", name, "--password-stdin", *more, given=PASSWORD)
    account = ("--name", "Acme", "--site", sandbox.url, "--email", GRACE, "--token-stdin", "--json")
    run("account", "add", "acme", *account, given=worse)
    run("account", "add", "acme", *account, given=main)
    run("connect", "acme", "--user", ADA, "--token-stdin", "--json", given=worse)
    run("check", "--site", sandbox.url, "--email", ADA, "--token-stdin", "--json", given=adas)
    made = json.loads(
        ownkey("key", "create", "--user", ADA, "--account", "acme", "--name", "Tool", "--json").stdout
    )
    # The key's first half is its public id.
    plant(made["key"], ADA)
    everything.traces |= traces_of(made["key"].rpartition("_")[2])

    log = tmp_path / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ownkey.command("serve", "--port", "0", "--status-port", "0"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=ownkey.environment(),
        )
        try:
            url, status_url = addresses_in(log, process)
            use_pages(Browser(url, everything), adas, sandbox)
            use_gateway(everything, url, made["key"], sandbox)
            administrator = Browser(url, everything)
            administrator.ask("/sign-in/", {"login": GRACE, "password": PASSWORD})
            for path in (
                "/settings/alm-accounts/",
                "/settings/alm-accounts/acme/edit/",
                "/settings/people/",
                "/settings/record/",
                "/settings/record/export.csv",
            ):
                administrator.ask(path)
            for path in ("/metrics", "/readyz"):
                call(everything, status_url, path, "none")
            look_at_process(everything, process)
            look_at_commands(everything, ownkey, tmp_path)
            look_at_files(everything, tmp_path, "while running")  # the write-ahead log is still there
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
    look_at_files(everything, tmp_path, "afterwards")
    assert everything.found() == []


def addresses_in(log: Path, process: "subprocess.Popen[bytes]") -> tuple[str, str]:
    """Return where the pages and the status are, once they answer."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        ports = re.findall(r"(?:port |127\.0\.0\.1:)(\d+)", log.read_text())
        main = re.search(r"listening on 127.0.0.1, port (\d+)", log.read_text())
        if main and len(set(ports)) >= 2:
            other = next(port for port in ports if port != main[1])
            try:
                socket_opened(int(main[1]))
                socket_opened(int(other))
            except OSError:
                continue
            return f"http://127.0.0.1:{main[1]}", f"http://127.0.0.1:{other}"
    raise AssertionError(log.read_text())


def socket_opened(port: int) -> None:
    """Raise OSError unless somebody listens there."""
    with socket.create_connection(("127.0.0.1", port), timeout=60):
        pass


@pytest.mark.parametrize(
    "pack",
    [
        lambda text: text.encode(),
        lambda text: json.dumps({"a": text}).encode(),
        lambda text: base64.b64encode(f"x{text}y".encode()),
        lambda text: base64.b64encode(f"ada@acme.example:{text}".encode()),
        lambda text: urllib.parse.quote(text).encode(),
        lambda text: text[len(text) // 2 - 1 :].encode(),
        lambda text: __import__("gzip").compress(text.encode()),
        lambda text: __import__("zlib").compress(f"xx{text}".encode()),
        lambda text: text.encode().hex().encode(),
    ],
    ids=["raw", "json", "base64", "basic", "url", "half", "gzip", "deflate", "hex"],
)
def test_the_search_finds_what_is_there(pack: "object") -> None:
    secret = "ATATT" + "3xFfGF0-planted/+=abcdefghijklmnop"
    assert callable(pack)
    assert places_of(traces_of(secret, login=ADA), "there", pack(secret))
