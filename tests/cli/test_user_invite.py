"""`ownkey user invite` invites as the pages do: a row for each, links as data alone, nobody when misused."""

import re
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE_S, Ended, Ownkey
from tests.cli.test_serve import serving
from tests.lifecycle.mail_server import running_mail_server

ADA, BO, CY = "ada@acme.example", "bo@acme.example", "cy@acme.example"
PASSWORD = "four unrelated words"
LINK = re.compile(r"http://\S+/invitations/[\w-]+/")
LIST = f"Name;E-mail\nAda Lovelace;{ADA}\nNobody;nobody@\nBo Diddley;{BO}\n"


def invite(ownkey: Ownkey, *arguments: str, given: str | bytes = b"", **variables: str) -> Ended:
    """Invite, and see to it that nothing but stdout has a link."""
    ended = ownkey("user", "invite", *arguments, given=given, **variables)
    assert "/invitations/" not in ended.stderr
    return ended


def invitations(ownkey: Ownkey) -> list[tuple[object, ...]]:
    """Return the names and e-mails of the open invitations, as the database has them."""
    return read(
        ownkey,
        "SELECT name, email FROM people_invitation WHERE revoked_at IS NULL AND accepted_at IS NULL "
        "ORDER BY email",
    )


def read(ownkey: Ownkey, query: str) -> list[tuple[object, ...]]:
    """Return what the database answers; nothing where there is none."""
    file = ownkey.home / "ownkey.sqlite3"
    if not file.exists():
        return []
    database = sqlite3.connect(file)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def opener() -> urllib.request.OpenerDirector:
    """Return a browser of sorts: it keeps cookies."""
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )


def test_a_printed_link_lets_the_person_in_once(ownkey: Ownkey) -> None:
    with serving(ownkey) as (_, url):
        (row,) = invite(ownkey, ADA, "--name", "Ada Lovelace", "--json").json
        link = url + urllib.parse.urlsplit(row["link"]).path

        adas = opener()
        with adas.open(link, timeout=PATIENCE_S) as answer:
            page = answer.read().decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found is not None
        assert "Ada Lovelace" in page
        form = {"csrfmiddlewaretoken": found[1], "name": "Ada Lovelace", "password": PASSWORD}
        with adas.open(link, urllib.parse.urlencode(form).encode(), timeout=PATIENCE_S) as answer:
            assert "Sign out" in answer.read().decode()

        with pytest.raises(urllib.error.HTTPError) as refused, opener().open(link, timeout=PATIENCE_S):
            pass
        refused.value.close()
        assert refused.value.code == 410
    assert [one["email"] for one in ownkey("user", "list", "--json").json] == [ADA]


def test_the_operator_is_on_record_and_the_link_is_not_kept(ownkey: Ownkey) -> None:
    (row,) = invite(ownkey, ADA, "--auditor", "--json").json
    entries = "SELECT actor, subject, details FROM audit_entry WHERE action = 'invitation.made'"
    assert read(ownkey, entries) == [("operator", ADA, '{"role":"auditor"}')]
    secret = row["link"].rstrip("/").rpartition("/")[2].encode()
    assert not [file for file in ownkey.home.rglob("*") if file.is_file() and secret in file.read_bytes()]


def test_each_role_is_given_by_link(ownkey: Ownkey) -> None:
    invite(ownkey, ADA, "--admin")
    invite(ownkey, BO, "--auditor")
    invite(ownkey, CY)
    roles = "SELECT is_administrator, is_auditor FROM people_invitation ORDER BY email"
    assert read(ownkey, roles) == [(1, 0), (0, 1), (0, 0)]


def test_a_list_gets_a_row_for_each_line_and_one_bad_line_stops_nobody(
    ownkey: Ownkey, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(LIST)
    ended = invite(ownkey, "--file", str(file), "--json")
    assert ended.code == 1
    assert ended.stderr == ""
    assert [(row["line"], row["email"], row["name"], row["result"]) for row in ended.json] == [
        (2, ADA, "Ada Lovelace", "to-hand-over"),
        (3, "nobody@", "Nobody", "refused"),
        (4, BO, "Bo Diddley", "to-hand-over"),
    ]
    assert [bool(LINK.fullmatch(row["link"] or "")) for row in ended.json] == [True, False, True]
    assert "not an e-mail address" in ended.json[1]["message"]
    assert invitations(ownkey) == [("Ada Lovelace", ADA), ("Bo Diddley", BO)]


def test_for_people_there_is_a_table_with_the_links(ownkey: Ownkey) -> None:
    ended = invite(ownkey, "--file", "-", given=LIST)
    headings, *rows = ended.stdout.splitlines()
    assert headings.split()[:3] == ["LINE", "E-MAIL", "RESULT"]
    assert [row.split()[:2] for row in rows] == [["2", ADA], ["3", "nobody@"], ["4", BO]]
    assert "Not invited" in rows[1]
    assert len(LINK.findall(ended.stdout)) == 2
    assert "Hand the link over yourself." in ended.stderr
    assert ended.code == 1


def test_everybody_invited_exits_with_0_even_if_named_twice(ownkey: Ownkey) -> None:
    ended = invite(ownkey, ADA, BO, ADA.upper(), "--json")
    assert ended.code == 0
    assert [row["result"] for row in ended.json] == ["to-hand-over", "to-hand-over", "there"]
    assert invitations(ownkey) == [("Ada", ADA), ("Bo", BO)]


def test_naming_somebody_again_replaces_the_link(ownkey: Ownkey) -> None:
    (first,) = invite(ownkey, ADA, "--json").json
    again = invite(ownkey, ADA, "--json")
    assert again.code == 0
    assert again.json[0]["link"] != first["link"]
    assert len(invitations(ownkey)) == 1


def test_a_list_leaves_open_invitations_as_they_are(ownkey: Ownkey) -> None:
    invite(ownkey, "--file", "-", given=ADA)
    hashes = "SELECT secret_hash, email FROM people_invitation"
    before = read(ownkey, hashes)
    again = invite(ownkey, "--file", "-", "--json", given=ADA)
    assert (again.code, again.json[0]["result"], again.json[0]["link"]) == (1, "there", None)
    assert read(ownkey, hashes) == before


def test_whoever_is_here_is_not_invited(ownkey: Ownkey) -> None:
    name = "A\u202eda"
    assert ownkey("user", "add", ADA, "--name", "Ada", "--password-stdin", given=PASSWORD).code == 0
    # Names were taken as they came once, so a store may have such a one.
    with closing(sqlite3.connect(next(ownkey.home.glob("*.sqlite3")))) as database, database:
        database.execute("UPDATE people_user SET name = ?", [name])
    for_machines, for_people = invite(ownkey, ADA, "--json"), invite(ownkey, ADA)
    assert (for_machines.code, for_machines.json[0]["result"]) == (1, "there")
    assert for_machines.json[0]["message"] == f"{name} is here already."
    assert "is here already" in for_people.stdout
    assert "\u202e" not in for_people.stdout  # it would turn round what a terminal shows
    assert not invitations(ownkey)


@pytest.mark.parametrize(
    "name",
    ["\x1b[31mEve", "E\x07ve", "A\u202eda", "x" * 121, "", " \t "],
    ids=["escape", "bell", "turned round", "long", "empty", "blank"],
)
def test_a_hostile_name_is_refused_and_reaches_no_terminal(ownkey: Ownkey, name: str) -> None:
    ended = invite(ownkey, ADA, "--name", name)
    assert ended.code == 1
    assert "Not invited" in ended.stdout
    assert "\x1b" not in ended.stdout + ended.stderr
    assert not invitations(ownkey)


def test_names_stay_text_whatever_they_look_like(ownkey: Ownkey) -> None:
    names = ["<script>alert(1)</script>", "=HYPERLINK(1)", "Robert'); DROP TABLE people_user", "--admin"]
    given = "".join(f"{name}\tp{number}@acme.example\n" for number, name in enumerate(names))
    ended = invite(ownkey, "--file", "-", "--json", given=given)
    assert [row["name"] for row in ended.json] == names
    assert [name for name, _ in invitations(ownkey)] == names


@pytest.mark.parametrize(
    "email",
    ["eve\x1b[31m@acme.example", "eve@a\u202ecme.example", "eve\nbcc:x@acme.example", b"eve@\xff.example"],
    ids=["escape", "reversed", "header", "no text"],
)
def test_a_hostile_e_mail_is_refused_and_reaches_no_terminal(ownkey: Ownkey, email: str | bytes) -> None:
    ended = invite(ownkey, email if isinstance(email, str) else email.decode(errors="surrogateescape"))
    assert ended.code == 1
    assert len(ended.stdout.splitlines()) == 2
    assert not {"\x1b", "\u202e"} & set(ended.stdout + ended.stderr)
    assert not invitations(ownkey)


def test_what_may_be_a_secret_in_the_wrong_place_is_not_repeated(ownkey: Ownkey) -> None:
    named = invite(ownkey, ADA, "hunter2", "--json")
    listed = invite(ownkey, "--file", "-", given=f"Ada, {ADA}, hunter2\nhunter2\n")
    assert (named.code, listed.code) == (1, 1)
    for ended in (named, listed):
        assert "hunter2" not in (ended.stdout + ended.stderr).lower()


@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        pytest.param((), b"", "nobody-named", id="nobody"),
        pytest.param((ADA, "--file", "-"), LIST.encode(), "two-lists", id="both"),
        pytest.param((ADA, BO, "--name", "Ada"), b"", "one-name", id="one-name-for-two"),
        pytest.param(("--file", "-", "--name", "Ada"), LIST.encode(), "one-name", id="name-for-a-list"),
        pytest.param((ADA, "--admin", "--auditor"), b"", "two-roles", id="two-roles"),
        pytest.param(("--file", "-", "--admin"), LIST.encode(), "role-for-list", id="list-of-administrators"),
        pytest.param(("--file", "no-such-file.csv"), b"", "list-unreadable", id="no-file"),
        pytest.param(("--file", "/"), b"", "list-unreadable", id="folder"),
        pytest.param(("--file", "-"), f"{ADA}\nJörg,{BO}".encode("latin-1"), "not-a-list", id="latin-1"),
        pytest.param(("--file", "-"), LIST.encode("utf-16"), "not-a-list", id="utf-16"),
        pytest.param(("--file", "-"), LIST.encode() * 20_000, "not-a-list", id="large"),
        pytest.param(("--file", "-"), b"x@acme.example\n" * 501, "not-a-list", id="many"),
        pytest.param(("--file", "-"), b"Name,E-mail\n , \n", "empty-list", id="empty"),
    ],
)
def test_misuse_is_a_sentence_and_invites_nobody(
    ownkey: Ownkey, arguments: tuple[str, ...], given: bytes, code: str
) -> None:
    ended = invite(ownkey, *arguments, "--json", given=given)
    assert (ended.code, ended.json["error"]) == (2, code)
    assert ended.json["message"] == ended.stderr.strip()
    assert ended.json["message"].endswith(".")
    assert not invitations(ownkey)


class TestMail:
    """With a mail server, links go by mail and not to stdout; where that fails, they are printed."""

    def test_what_was_mailed_is_not_printed(self, ownkey: Ownkey) -> None:
        with running_mail_server() as post:
            ended = invite(ownkey, ADA, "--json", **mail_at(post.port))
        assert ended.code == 0
        assert (ended.json[0]["result"], ended.json[0]["link"]) == ("mailed", None)
        (letter,) = post.letters
        assert letter["to"] == ADA
        assert LINK.search(letter.get_content())
        assert "/invitations/" not in ended.stdout

    def test_no_mail_is_sent_when_told_so(self, ownkey: Ownkey) -> None:
        with running_mail_server() as post:
            ended = invite(ownkey, ADA, "--no-mail", "--json", **mail_at(post.port))
        assert (ended.code, post.letters) == (0, [])
        assert LINK.fullmatch(ended.json[0]["link"])

    def test_links_that_mail_did_not_take_are_printed(self, ownkey: Ownkey) -> None:
        with running_mail_server() as post:
            post.recipient_answer = "550 No such person"
            ended = invite(ownkey, ADA, **mail_at(post.port))
        assert ended.code == 0
        assert len(LINK.findall(ended.stdout)) == 1
        assert (
            "refuses this address for good. It said “550 No such person”. Hand the link over" in ended.stderr
        )


def mail_at(port: int) -> dict[str, str]:
    """Return the variables that have Ownkey send mail there."""
    return {
        "OWNKEY_MAIL_HOST": "127.0.0.1",
        "OWNKEY_MAIL_PORT": str(port),
        "OWNKEY_MAIL_SECURITY": "none",
    }
