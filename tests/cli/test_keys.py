"""The operator looks after the vault's keys while Ownkey runs; wrong keys stop the start with a sentence."""

import json
import sqlite3
import threading
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command import Ended, Ownkey
from tests.connections.running import ADA, Organisation, running_organisation
from tests.faults.store import SAVED, Store
from tests.vault.openbao import running_openbao

SECRET = {"OWNKEY_SECRET_KEY": "only for tests, " * 4}
# Proxies that the environment names are not for this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with three saved tokens."""
    made = Store(tmp_path / "home")
    made.seed()
    return made


def command(store: Store, *arguments: str, **variables: str) -> Ended:
    return Ownkey(store.home, SECRET)(*arguments, **variables)


def primary_of(store: Store) -> str:
    return str(json.loads((store.home / "vault.key").read_bytes())["primary"])


def test_the_life_of_a_key(store: Store) -> None:
    old = primary_of(store)
    (before,) = command(store, "keys", "list", "--json").json
    assert (before["id"], before["role"], before["envelopes"]) == (old, "primary", 3)

    rotated = command(store, "keys", "rotate", "--json").json
    assert rotated == {"primary": primary_of(store), "is_new": True, "moved": 3, "stuck": 0}
    assert store.tokens() == SAVED
    listed = {key["id"]: key for key in command(store, "keys", "list", "--json").json}
    assert (listed[old]["role"], listed[old]["may_retire"]) == ("older", True)

    assert command(store, "keys", "retire", old, "--json").json == {"retired": old}
    assert store.tokens() == SAVED
    assert old not in (store.home / "vault.key").read_text()
    with closing(sqlite3.connect(store.database)) as database:
        rows = database.execute(
            "SELECT action, actor FROM audit_entry WHERE action LIKE 'vault-key.%' ORDER BY number"
        ).fetchall()
    assert rows == [(f"vault-key.{what}", "operator") for what in ("added", "rotated", "retired")]
    table = command(store, "keys", "list").stdout
    assert rotated["primary"] in table


def test_a_key_in_use_is_not_retired(store: Store) -> None:
    for key_id, error in ((primary_of(store), "key-in-use"), ("unknown", "envelope_key_unknown")):
        ended = command(store, "keys", "retire", key_id, "--json")
        assert (ended.code, ended.json["error"]) == (1, error)
    old = primary_of(store)
    link = command(store, "init", "--json").json["set_up_link"]
    assert link
    command(store, "keys", "rotate")
    refused = command(store, "keys", "retire", old)
    assert refused.code == 1
    assert "set-up links" in refused.stderr


@pytest.mark.parametrize("wrong", ["missing-key", "another-key", "open-to-others", "no-file"])
def test_with_wrong_keys_nothing_starts(store: Store, wrong: str) -> None:
    file = store.home / "vault.key"
    ring = json.loads(file.read_bytes())
    match wrong:
        case "missing-key":
            ring["primary"] = ring["keys"][0]["id"] = "0123456789abcdef"
        case "another-key":
            ring["keys"][0]["key"] = "A" * 43 + "="
        case "open-to-others":
            file.chmod(0o644)
        case "no-file":
            file.unlink()
    if wrong.endswith("-key"):
        file.write_text(json.dumps(ring))
    for arguments in (("serve", "--port", "0"), ("keys", "rotate"), ("user", "list")):
        ended = (
            command(store, *arguments, "--json") if arguments[0] != "serve" else command(store, *arguments)
        )
        assert ended.code == 1, ended.stderr
        assert "key" in ended.stderr
        assert ended.stderr.count(".") >= 1
    if wrong == "no-file":
        assert not file.exists(), "a lost key is noticed and not replaced"


def test_keys_from_the_environment_are_rotated_by_their_operator(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    old = command(store, "keys", "generate").stdout.strip()
    Ownkey(store.home, {**SECRET, "OWNKEY_KEYS": old})("init")
    assert not (store.home / "vault.key").exists()
    refused = command(store, "keys", "rotate", "--json", OWNKEY_KEYS=old)
    assert (refused.code, refused.json["error"]) == (1, "key_ring_fixed")
    new = command(store, "keys", "generate").stdout.strip()
    listed = command(store, "keys", "list", "--json", OWNKEY_KEYS=f"{new} {old}").json
    assert [key["role"] for key in listed] == ["primary", "older"]
    assert [key["id"] for key in listed] == [text.partition(":")[0] for text in (new, old)]


def test_keys_wrapped_by_openbao(tmp_path: Path) -> None:
    with running_openbao() as openbao:
        wrapped = {
            "OWNKEY_KEY_PROVIDER": "openbao",
            "OWNKEY_OPENBAO_ADDRESS": openbao.address,
            "OWNKEY_OPENBAO_TOKEN": openbao.token,
        }
        store = Store(tmp_path / "home")
        assert command(store, "init", **wrapped).code == 0
        assert "vault:v1:" in (store.home / "vault.key").read_text()
        assert command(store, "keys", "rotate", "--json", **wrapped).json["is_new"] is True
        without = command(store, "keys", "list", "--json")
        assert (without.code, without.json["error"]) == (1, "setup")
        assert "OWNKEY_KEY_PROVIDER" in without.stderr
    away = command(store, "keys", "list", **wrapped)
    assert away.code == 1
    assert "does not answer" in away.stderr
    assert openbao.token not in away.stderr


def call(organisation: Organisation, key: str) -> int:
    """Make one call as a tool does; return its status."""
    request = urllib.request.Request(f"{organisation.url}/jira/acme/rest/api/3/myself")  # noqa: S310 our own
    request.add_header("Authorization", f"Bearer {key}")
    try:
        with OPENER.open(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return int(error.code)


def make_key(organisation: Organisation, name: str) -> dict[str, str]:
    made: dict[str, str] = organisation.ownkey(
        "key", "create", "--user", ADA, "--account", "acme", "--name", name, "--json"
    ).json
    return made


def test_a_rotation_under_traffic_is_not_noticed_by_tools(tmp_path: Path) -> None:
    with running_organisation(tmp_path / "home") as organisation:
        organisation.add_alm_account("acme", "Acme")
        organisation.connect("acme", ADA)
        old_key = make_key(organisation, "from before")
        old = json.loads((tmp_path / "home" / "vault.key").read_bytes())["primary"]
        statuses: list[int] = []
        has_ended = threading.Event()

        def keep_calling() -> None:
            while not has_ended.is_set():
                statuses.append(call(organisation, old_key["key"]))

        tool = threading.Thread(target=keep_calling)
        tool.start()
        for _ in range(2):
            assert organisation.ownkey("keys", "rotate", "--json").json["is_new"] is True
        new_key = make_key(organisation, "from after")
        assert call(organisation, new_key["key"]) == 200, "the running server knows the new key"
        refused = organisation.ownkey("keys", "retire", old, "--json")
        assert refused.json["error"] == "key-in-use"
        has_ended.set()
        tool.join()
        assert set(statuses) == {200}
        assert len(statuses) > 10
        assert organisation.ownkey("key", "revoke", old_key["id"]).code == 0
        assert organisation.ownkey("keys", "retire", old).code == 0
        assert call(organisation, new_key["key"]) == 200
        assert call(organisation, old_key["key"]) == 401
