"""The demo's second day: what was made is there, at the same addresses, and nobody else runs on its home."""

import base64
import json
import re
import signal
import socket
import stat
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from ownkey.scopes.profiles import PLANNING
from tests.cli.command import PATIENCE_S, Ended, Ownkey
from tests.cli.test_demo import OPENER, Demo, running_demo

ADA, GRACE = "ada@acme.example", "grace@acme.example"
ISSUE = "/rest/api/3/issue/ACME-1"


class Home:
    """A home for demos, and the commands that a person uses beside one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ownkey = Ownkey(folder, {})

    @contextmanager
    def demo(self, *arguments: str) -> Iterator[Demo]:
        """Run a demo on this home."""
        with running_demo(self.ownkey, "--home", str(self.folder), *arguments) as demo:
            yield demo

    def beside(self, demo: Demo, *arguments: str, given: str = "") -> Ended:
        """Run a command with the addresses that the demo prints."""
        url = demo.found(r"A pretend Atlassian +(http://\S+)")
        variables = {"OWNKEY_ATLASSIAN_API_URL": url, "OWNKEY_TRUSTED_SITES": url}
        return self.ownkey(*arguments, given=given, **variables)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "kept")


def token_for(demo: Demo, email: str) -> str:
    url = demo.found(r"A pretend Atlassian +(http://\S+)")
    body = json.dumps({"email": email, "scopes": sorted(PLANNING.scopes)}).encode()
    with OPENER.open(f"{url}/_sandbox/tokens", body, timeout=PATIENCE_S) as answer:
        return str(json.load(answer)["token"])


def walk(home: Home, demo: Demo) -> str:
    """Walk the whole way by commands; return Ada's client key."""
    site = demo.found(r"A pretend Atlassian +(http://\S+)")
    home.beside(
        demo, "user", "add", GRACE, "--name", "Grace", "--admin", "--password-stdin", given="four unrelated"
    )
    common = ("--token-stdin", "--json")
    added = home.beside(
        demo, "account", "add", "acme", "--name", "Acme Jira", "--site", site, "--email", GRACE, *common,
        given=token_for(demo, GRACE),
    )  # fmt: skip
    assert added.json["saved"] is True, added.stderr
    connected = home.beside(
        demo, "connect", "acme", "--user", ADA, "--email", ADA, *common, given=token_for(demo, ADA)
    )
    assert connected.json["saved"] is True, connected.stderr
    made = home.beside(demo, "key", "create", "--user", ADA, "--account", "acme", "--name", "Curl", "--json")
    return str(made.json["key"])


def call(demo: Demo, key: str, path: str = ISSUE) -> int:
    """Call Jira through the demo as a tool does; return the status."""
    url = demo.found(r"Ownkey +(http://\S+)")
    request = urllib.request.Request(f"{url}/jira/acme{path}")  # noqa: S310 the demo's own
    request.add_header("authorization", "Basic " + base64.b64encode(f"{ADA}:{key}".encode()).decode())
    with OPENER.open(request, timeout=PATIENCE_S) as answer:
        return int(answer.status)


def addresses(demo: Demo) -> tuple[str, str]:
    return demo.found(r"Ownkey +(http://\S+)"), demo.found(r"A pretend Atlassian +(http://\S+)")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_tokens_keys_and_addresses_are_there_again(home: Home, number: signal.Signals) -> None:
    with home.demo("--port", "0", "--sandbox-port", "0") as demo:
        key, before = walk(home, demo), addresses(demo)
        assert call(demo, key) == 200
        demo.process.send_signal(number)
        demo.process.wait(PATIENCE_S)
    with home.demo() as again:
        assert addresses(again) == before
        assert call(again, key) == 200
        assert "+ Add ALM Account" not in again.guide
        assert "set-up" not in again.guide
        assert f"Acme Jira is there, at {before[1]}. Its main credential: Connected." in again.guide
        assert f"Be the administrator, {GRACE}" in again.guide
        assert "Be Ada, who is connected to Acme Jira" in again.guide
        assert home.beside(again, "account", "test", "acme", "--json").json["verdict"] == "connected"


def test_the_alm_account_follows_the_sandbox_to_another_port(home: Home) -> None:
    with home.demo("--port", "0", "--sandbox-port", "0") as demo:
        key, before = walk(home, demo), addresses(demo)
    port = int(before[1].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), home.demo() as again:
        assert addresses(again)[1] != before[1]
        assert f"Acme Jira is there, at {addresses(again)[1]}" in again.guide
        assert call(again, key) == 200
        assert home.beside(again, "account", "test", "acme", "--json").json["verdict"] == "connected"


def test_nobody_else_runs_on_the_home_of_a_running_demo(home: Home) -> None:
    with home.demo("--port", "0", "--sandbox-port", "0") as demo:
        again = ("demo", "--home", str(home.folder))
        for command in (again, (*again, "--fresh"), ("serve", "--port", "0"), ("worker", "--once")):
            refused = home.ownkey(*command)
            assert (refused.code, refused.stdout) == (1, ""), command
            who = f"This home is in use by process {demo.process.pid} at {addresses(demo)[0]}."
            assert who in refused.stderr, command
        assert not list(home.folder.glob("before-*")), "nothing was put aside from under the first"
        told = home.folder / "in-use.lock"
        told.write_text(json.dumps({"process": max(psutil.pids()) + 100_000, "address": "http://x"}))
        assert "in use by another process of Ownkey" in home.ownkey(*again).stderr, "nobody who is gone"
        _can_have_passkeys_and_cookies_of_its_own(demo)
        _is_well(home, demo)


def _can_have_passkeys_and_cookies_of_its_own(demo: Demo) -> None:
    ownkey, sandbox = addresses(demo)
    assert ownkey.startswith("http://localhost:"), "a passkey is for a name, never for an address"
    assert sandbox.startswith("http://127.0.0.1:"), "another host, so that no cookie goes to both"
    with OPENER.open(f"{ownkey}/sign-in/", timeout=PATIENCE_S) as answer:
        cookies = "".join(answer.headers.get_all("set-cookie"))
    assert f"ownkey_csrf_{ownkey.rpartition(':')[2]}=" in cookies, "two demos do not sign each other out"


def _is_well(home: Home, demo: Demo) -> None:
    examined = home.beside(demo, "doctor", "--json")
    assert examined.code == 0, examined.stdout
    paths = (home.folder, *home.folder.rglob("*"))
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_the_doctor_finds_no_fault_with_the_home_after_the_demo_and_its_mails(home: Home) -> None:
    with home.demo("--port", "0", "--sandbox-port", "0") as demo:
        walk(home, demo)
    as_demo = {"OWNKEY_DEMO": "1"}
    assert home.ownkey("user", "invite", "cleo@acme.example", **as_demo).code == 0
    assert home.ownkey("worker", "--once", **as_demo).code == 0
    assert list((home.folder / "mail").iterdir()), "a mail was written"
    offline = {"OWNKEY_ATLASSIAN_API_URL": "http://127.0.0.1:1"}
    for variables in (offline, offline | as_demo):
        found = home.ownkey("doctor", "--json", **variables).json["findings"]
        assert [one["check"] for one in found if one["verdict"] == "fail"] == ["atlassian"], found
        assert {"home", "database", "keys", "key", "main-credential", "schedule", "mail"} <= {
            one["check"] for one in found
        }
    paths = (home.folder, *home.folder.rglob("*"))
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_demo_does_not_start_beside_a_server_and_servers_run_beside_each_other(home: Home) -> None:
    servers = []
    try:
        for _ in range(2):
            servers.append(home.ownkey.start("serve", "--port", "0"))
            stderr = servers[-1].stderr
            assert stderr is not None
            assert any("Ownkey is at" in line for line in stderr)
        refused = home.ownkey("demo", "--home", str(home.folder))
        assert refused.code == 1
        assert f"in use by process {servers[1].pid} at http://127.0.0.1:" in refused.stderr
    finally:
        for server in servers:
            server.terminate()
            server.communicate(timeout=PATIENCE_S)
    with home.demo("--port", "0", "--sandbox-port", "0") as demo:
        assert demo.guide


def test_a_damaged_world_is_said_and_fresh_keeps_what_was_there(home: Home) -> None:
    with home.demo("--port", "0", "--sandbox-port", "0") as demo:
        walk(home, demo)
    world = home.folder / "sandbox.json"
    world.write_bytes(world.read_bytes()[:-100])
    with home.demo() as again:
        assert "The pretend Atlassian began anew, and does not know the tokens that are saved" in again.guide
        again.process.terminate()
        said = again.process.communicate(timeout=PATIENCE_S)[1]
    assert re.search(r"file is damaged.* It was set aside as \S+sandbox\.set-aside-", said)
    assert list(home.folder.glob("sandbox.set-aside-*.json"))

    (home.folder / "notes.txt").write_text("mine")
    with home.demo("--fresh", "--port", "0", "--sandbox-port", "0") as fresh:
        assert "/set-up/" in fresh.guide
        assert "+ Add ALM Account" in fresh.guide
    (old,) = home.folder.glob("before-*")
    kept = {path.name for path in old.iterdir()}
    assert {"notes.txt", "vault.key", "ownkey.sqlite3", "sandbox.json"} <= kept


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    refused = Ownkey(tmp_path / "unused", {})("demo", "--home", str(home))
    assert refused.code == 1
    assert f"The home {home} cannot be made" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_home_that_others_may_look_into_is_refused_before_anything_is_put_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    tmp_path.chmod(0o755)
    refused = Ownkey(tmp_path / "unused", {})("demo", "--home", str(tmp_path), "--fresh")
    assert refused.code == 1
    assert f"chmod 700 {tmp_path}" in refused.stderr
    assert "Nothing was put into it." in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_an_empty_home_that_others_may_look_into_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o755)
    with Home(folder).demo("--port", "0", "--sandbox-port", "0") as demo:
        assert "/set-up/" in demo.guide
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*")}
        assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
        demo.process.terminate()
        assert "from now on only its owner can" in demo.process.communicate(timeout=PATIENCE_S)[1]
