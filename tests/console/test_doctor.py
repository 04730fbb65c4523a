"""The doctor names what is wrong and what to do about it, changes nothing, and sends nothing."""

import json
import re
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Ended, Ownkey
from tests.faults.store import Store


@contextmanager
def clock_on_the_web(skew: timedelta) -> Iterator[str]:
    """Run a web server whose clock goes wrong by so much; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert "Authorization" not in self.headers
            self.send_response_only(404)
            self.send_header("Date", format_datetime(datetime.now(UTC) + skew, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def mail_server(*, lets_in: bool) -> Iterator[tuple[int, list[str]]]:
    """Run a mail server for one visitor; yields its port and what the visitor says."""
    said: list[str] = []

    def serve(listener: socket.socket) -> None:
        with listener.accept()[0] as visitor, visitor.makefile("rwb") as line:
            line.write(b"220 here\r\n")
            line.flush()
            while words := line.readline().decode().split():
                said.append(words[0].upper())
                answers = {"EHLO": b"250-here\r\n250 AUTH PLAIN", "QUIT": b"221 bye", "NOOP": b"250 ok"}
                answer = answers.get(words[0].upper(), b"235 in" if lets_in else b"535 no")
                line.write(answer + b"\r\n")
                line.flush()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], said


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    return store


@pytest.fixture
def store(seeded: Store, tmp_path: Path) -> Store:
    """Return a store of one's own."""
    return seeded.copy_to(tmp_path / "home")


def examine(store: Store, **variables: str) -> tuple[Ended, dict[str, list[dict[str, Any]]]]:
    """Run the doctor; return how it ended and what it found, by check."""
    usual = {
        "OWNKEY_SECRET_KEY": "only for tests, " * 4,
        "OWNKEY_ATLASSIAN_API_URL": "http://127.0.0.1:1",
        "OWNKEY_BASE_URL": "https://ownkey.acme.example",
    }
    ended = Ownkey(store.home, usual)("doctor", "--json", **variables)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in ended.json["findings"]:
        assert (one["verdict"] == "ok") == (one["next_step"] == ""), one
        found.setdefault(one["check"], []).append(one)
    return ended, found


def test_all_is_well(store: Store) -> None:
    before = store.database.read_bytes()
    with clock_on_the_web(timedelta()) as url, mail_server(lets_in=True) as (port, said):
        ended, found = examine(
            store,
            OWNKEY_ATLASSIAN_API_URL=url,
            OWNKEY_TRUSTED_SITES=url.replace("127.0.0.1", "localhost"),
            OWNKEY_MAIL_HOST="127.0.0.1",
            OWNKEY_MAIL_PORT=str(port),
            OWNKEY_MAIL_SECURITY="none",
            OWNKEY_MAIL_USER="ownkey",
            OWNKEY_MAIL_PASSWORD="only for tests",
        )
    assert ended.code == 0, ended.stdout
    verdicts = {check: {one["verdict"] for one in ones} for check, ones in found.items()}
    fine = {name for name, verdict in verdicts.items() if verdict == {"ok"}}
    assert fine == {
        "home", "disk", "database", "database-writes", "database-wal", "migrations", "signing-key", "keys",
        "key", "base-url", "atlassian", "clock", "trusted-site", "tasks", "reminders",
    }  # fmt: skip
    assert said == ["EHLO", "AUTH", "NOOP", "QUIT"], "no mail is sent"
    assert store.database.read_bytes() == before


def test_what_is_wrong_with_the_surroundings_is_named(store: Store) -> None:
    (store.home / "ownkey.sqlite3").chmod(0o640)
    with clock_on_the_web(timedelta(minutes=10)) as url, mail_server(lets_in=False) as (port, _said):
        ended, found = examine(
            store,
            OWNKEY_ATLASSIAN_API_URL=url,
            OWNKEY_TRUSTED_SITES="http://127.0.0.1:1",
            OWNKEY_BASE_URL="http://ownkey.acme.example",
            OWNKEY_MAIL_HOST="127.0.0.1",
            OWNKEY_MAIL_PORT=str(port),
            OWNKEY_MAIL_SECURITY="none",
            OWNKEY_MAIL_USER="ownkey",
            OWNKEY_MAIL_PASSWORD="wr0ng",
        )
    assert ended.code == 1
    failed = {name for name, ones in found.items() if ones[0]["verdict"] == "fail"}
    assert found["home"][0]["verdict"] == "warn"
    assert failed == {"clock", "trusted-site", "base-url", "mail"}
    assert re.search(r" (599|600|601) seconds behind", found["clock"][0]["says"])
    assert "wr0ng" not in ended.stdout + ended.stderr


def test_a_clock_that_is_a_little_off_is_a_warning(store: Store) -> None:
    with clock_on_the_web(timedelta(seconds=-60)) as url:
        ended, found = examine(store, OWNKEY_ATLASSIAN_API_URL=url)
    assert found["clock"][0]["verdict"] == "warn"
    assert ended.code == 0


def test_a_damaged_database_is_named(store: Store) -> None:
    content = bytearray(store.database.read_bytes())
    content[8192:24576] = b"\x00" * 16384
    store.database.write_bytes(content)
    ended, found = examine(store)
    assert found["database"][0]["verdict"] == "fail"
    assert "ownkey restore" in found["database"][0]["next_step"]
    assert ended.code == 1


def test_a_lost_key_is_named(store: Store) -> None:
    ring = json.loads((store.home / "vault.key").read_bytes())
    ring["primary"] = ring["keys"][0]["id"] = "another"
    (store.home / "vault.key").write_text(json.dumps(ring))
    _ended, found = examine(store)
    assert found["keys"][0]["verdict"] == "ok", "it can be read"
    assert found["key"][0]["verdict"] == "fail"
    assert "restore the key file" in found["key"][0]["says"]
    assert "only" not in found, "and the rest is looked at all the same"
    assert "base-url" in found


def test_a_migration_that_is_to_come_and_one_from_the_future_are_told(store: Store) -> None:
    with closing(sqlite3.connect(store.database)) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', '2030-01-01')"
        )
        database.commit()
    assert examine(store)[1]["migrations"][0]["verdict"] == "fail"


def test_a_home_that_is_not_there_is_told(tmp_path: Path) -> None:
    ended, found = examine(Store(tmp_path / "nowhere"))
    assert ended.code == 1
    assert found["home"][0]["verdict"] == found["database"][0]["verdict"] == "fail"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(("mode", "is_said"), [(0o600, False), (0o644, True)])
def test_tokens_are_to_be_replaced_only_if_others_could_read_the_key(
    store: Store,
    mode: int,
    is_said: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    store.home.chmod(0o755)
    (store.home / "vault.key").chmod(mode)
    _ended, found = examine(store)
    assert found["home"][0]["verdict"] == "fail"
    assert f"chmod 700 {store.home}" in found["home"][0]["next_step"]
    assert ("every token replaced" in found["home"][0]["next_step"]) == is_said


def test_a_newer_version_s_tables_are_left_alone_and_nobody_is_sent_to_a_backup(store: Store) -> None:
    with closing(sqlite3.connect(store.database)) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', '2030-01-01')"
        )
        database.commit()
    _ended, found = examine(store)
    assert "people.9999_later" in found["migrations"][0]["says"]
    refused = Ownkey(store.home, {})("user", "list", "--json")
    for said in (found["migrations"][0]["next_step"], refused.json["message"]):
        assert "Nothing is lost: install that version" in said
        assert "restore" not in said
