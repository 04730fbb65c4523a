"""Make a store as a release leaves it: `python -m tests.upgrades.make_store`, in a checkout of that release.

Everything in it comes from the release's own commands and pages, against the sandbox. Two dates are changed
afterwards, so that session and invitation are still good whenever the store is tried.
What the archive holds is in README.md.
"""

import base64
import hashlib
import hmac
import io
import json
import re
import sqlite3
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.connections.running import ADA, ADMINISTRATOR, BO, PASSWORD, Organisation, running_organisation
from tests.faults.browser import Browser
from tests.gateway_store.running import call, make_key

STORES = Path(__file__).with_name("stores")
CY, EDDA = "cy@acme.example", "edda@acme.example"
CREDENTIAL = "/profile/alm-credentials/acme"
CLOSED_PORT = {"OWNKEY_MAIL_HOST": "127.0.0.1", "OWNKEY_MAIL_PORT": "9", "OWNKEY_MAIL_SECURITY": "none"}
QUEUE = """
from ownkey.console.setup import prepare
prepare()
from ownkey.connections.lifecycle.schedule import Schedule
Schedule().run()
"""
OPEN_UNTIL = "2999-01-01 00:00:00"


def main() -> None:
    """Make the store, and write it beside the others."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        facts = fill(home)
        keep_open(home / "ownkey.sqlite3")
        target = STORES / f"{facts['version']}.tar.gz"
        pack(Path(folder), facts, target)
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")


def fill(home: Path) -> dict[str, Any]:
    """Fill a data directory by commands and pages, and return what is known about it."""
    with running_organisation(home) as acme:
        facts: dict[str, Any] = {
            "version": version("ownkey"),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "password": PASSWORD,
            "tokens": connect_everybody(acme),
            "keys": make_keys(acme),
        }
        facts |= use_pages(acme)
        run(acme, "keys", "rotate")
        serve = acme.server
        assert serve is not None
        serve.terminate()
        serve.wait(60)
        facts["tokens"] |= leave_work_behind(acme)
        run(acme, "backup", str(home.parent / "ownkey.backup"), "--with-keys")
        facts["head"] = run(acme, "audit", "head").strip()
    return facts


def run(acme: Organisation, *arguments: str, given: str = "", **variables: str) -> str:
    """Run a command that succeeds, or finds gaps, and return what it printed."""
    ended = acme.ownkey(*arguments, given=given, **variables)
    assert ended.code in {0, 3}, (arguments, ended.stderr)
    return ended.stdout


def connect_everybody(acme: Organisation) -> dict[str, str]:
    """Add two ALM accounts, an auditor and a third person; connect two people, one of them with a gap."""
    run(acme, "user", "add", EDDA, "--name", "Edda Auditor", "--auditor", "--password-stdin", given=PASSWORD)
    run(acme, "user", "add", CY, "--name", "Cy Twombly", "--password-stdin", given=PASSWORD)
    run(acme, "user", "suspend", CY)
    tokens = {}
    for slug, name, policy in (("acme", "Acme Jira", "main"), ("quiet", "Quiet Jira", "refuse")):
        token = tokens[f"AlmAccount {slug}"] = acme.make_token(ADMINISTRATOR)
        site = ("--site", acme.sandbox.url, "--email", ADMINISTRATOR, "--token-stdin")
        run(acme, "account", "add", slug, "--name", name, "--policy", policy, *site, given=token)
    tokens[f"Credential acme {ADA}"] = acme.connect("acme", ADA, without=["write:jira-work"])
    tokens[f"Credential acme {BO}"] = acme.connect("acme", BO)
    return tokens


def make_keys(acme: Organisation) -> dict[str, str]:
    """Make client keys, use them, and revoke one."""
    good = make_key(acme, BO, "--never-expires")
    narrowed = make_key(acme, ADA, "--never-expires", "--read-only", "--scopes", "read:jira-work")
    unconnected = make_key(acme, EDDA, "--never-expires")
    revoked = make_key(acme, BO, "--never-expires")
    for key in (good, narrowed, unconnected, revoked):
        for _ in range(3):
            answer = call(f"{acme.url}/jira/acme/rest/api/3/project/search", key["key"])
            assert answer.status == 200, answer.body
    comment = {"body": {"type": "doc", "version": 1, "content": []}}
    path = "/jira/acme/rest/api/3/issue/LUM-1/comment"
    wrote = call(f"{acme.url}{path}", good["key"], method="POST", body=comment)
    refused = call(f"{acme.url}{path}", narrowed["key"], method="POST", body=comment)
    assert (wrote.status < 500, refused.status) == (True, 403), (wrote, refused)
    run(acme, "key", "revoke", revoked["id"])
    return {
        "active": good["key"],
        "narrowed": narrowed["key"],
        "unconnected": unconnected["key"],
        "revoked": revoked["key"],
    }


def use_pages(acme: Organisation) -> dict[str, Any]:
    """Sign in, invite an administrator, add an authenticator app, and leave a tested token waiting."""
    grace, ada, bo = (Browser(acme.url) for _ in range(3))
    for browser, email in ((grace, ADMINISTRATOR), (ada, ADA), (bo, BO)):
        assert browser.sign_in(email).status == 200
    invited = grace.post(
        "/settings/people/invite/", email="dora@acme.example", name="Dora", role="administrator"
    )
    link = re.search(r"/invitations/[\w-]+/", invited.text)
    assert link is not None, invited.text
    secret, codes = add_app(bo)
    waiting = acme.make_token(ADA)
    tested = ada.post(
        f"{CREDENTIAL}/test/",
        form_at=f"{CREDENTIAL}/edit/?change=1",
        change="1",
        using_scope_api="on",
        login=ADA,
        token=waiting,
        expires_on=in_days(300),
    )
    assert "waits for Save until" in tested.words, tested.words
    return {
        "session": {cookie.name: cookie.value for cookie in ada.cookies},
        "invitation": link[0],
        "authenticator": secret,
        "recovery_codes": codes,
        "waiting": waiting,
    }


def add_app(browser: Browser) -> tuple[str, list[str]]:
    """Add an authenticator app; return its secret and the recovery codes. Each showing has another secret."""
    address = "/profile/security/app/add/"
    page = browser.get(address).text
    shown = re.search(r'id="totp-key"[^>]*>([A-Z2-7]+)<', page)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert shown is not None
    assert token is not None
    sent = {"csrfmiddlewaretoken": token[1], "code": code_of(shown[1])}
    codes = re.findall(r"<li>(\d{8})</li>", browser._ask(address, sent).text)
    assert len(codes) == 10
    return shown[1], codes


def leave_work_behind(acme: Organisation) -> dict[str, str]:
    """Leave a reminder that no mail server took, and one as a task in the queue; return the tokens."""
    tokens = {}
    for email in (BO, ADA):
        tokens[f"Credential quiet {email}"] = token = acme.make_token(email)
        run(acme, "connect", "quiet", "--user", email, "--token-stdin", "--expires", in_days(7), given=token)
        if email == BO:
            run(acme, "worker", "--once", **CLOSED_PORT)
    subprocess.run([sys.executable, "-c", QUEUE], env=acme.ownkey.environment(), check=True)
    return tokens


def in_days(days: int) -> str:
    """Return a day as commands take it."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def code_of(secret: str) -> str:
    """Return what an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, hashlib.sha1).digest()
    start = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def keep_open(database: Path) -> None:
    """Let session and invitation last, and put everything into the one file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE django_session SET expire_date = ?", [OPEN_UNTIL])
        connection.execute("UPDATE people_invitation SET expires_at = ?", [OPEN_UNTIL])
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def pack(folder: Path, facts: dict[str, Any], target: Path) -> None:
    """Write the archive: the data directory, the backup and the facts."""
    target.parent.mkdir(exist_ok=True)
    with tarfile.open(target, "w:gz", compresslevel=9) as archive:
        for name in ("vault.key", "signing.key", "ownkey.sqlite3"):
            add(archive, f"home/{name}", (folder / "home" / name).read_bytes())
        add(archive, "ownkey.backup", (folder / "ownkey.backup").read_bytes())
        add(archive, "facts.json", json.dumps(facts, indent=1).encode())


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file that its owner alone may read."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, int(time.time())
    archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main()
