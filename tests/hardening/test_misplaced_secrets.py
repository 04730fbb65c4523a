"""A token in a field for a name or login is neither kept nor shown again; a name has nothing unseen in it."""

import pytest
from django.db import connection
from django.test import Client

from ownkey.atlassian.secret_shapes import looks_like_secret
from ownkey.connections.models import AlmAccount
from ownkey.people.errors import PeopleError
from ownkey.people.flows import checked_name
from ownkey.people.models import User
from ownkey.people.names import problem_with
from tests.connections.test_account_pages import account_data

CLOUD = "ATATT" + "3xFfGF0" + "Ab1_" * 20 + "=1A2B3C4D"
ORGANISATION = "ATCTT" + "3xFfGF0" + "Ab1_" * 20
CLIENT_KEY = "ok_" + "abcdefghijkl" + "_" + "a2b3" * 8
DATA_CENTER = "NDc4" + "MTY1aBcDeF12" * 3 + "Zz=="
SECRETS = pytest.mark.parametrize(
    "secret",
    [CLOUD, ORGANISATION, CLIENT_KEY, DATA_CENTER],
    ids=["cloud", "organisation", "client key", "data center"],
)
UNSEEN = ["\u202e", "\u2066", "\u200f", "\u061c", "\u200b", "\ufeff", "\u00ad", "\u0007", "\ue000", "\u2028"]


def whole_store() -> str:
    """Return every cell of every table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 a table of our own
            found += cursor.fetchall()
    return str(found)


@SECRETS
@pytest.mark.parametrize("around", ["{}", "Ada {}", "{} ", "token: {}"])
def test_a_secret_is_recognised_wherever_it_stands(secret: str, around: str) -> None:
    assert looks_like_secret(around.format(secret))


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "Wolfeschlegelsteinhausenbergerdorff",
        "ATATT",
        "AT&T",
        "ok_go",
        "李小龙",
        "O’Neill-Żółć",
        "\u0645\u06cc\u200c\u062e\u0648",
    ],
)
def test_a_name_is_none(name: str) -> None:
    assert checked_name(name) == name


@SECRETS
@pytest.mark.parametrize("address", ["/sign-in/", "/password-reset/"])
def test_as_a_login_it_is_not_shown_again(address: str, secret: str, charlies_browser: Client) -> None:
    data = {"login": secret, "email": secret, "password": "wrong"}
    page = charlies_browser.post(address, data).content.decode()
    assert "<form" in page
    assert secret not in page


def test_a_password_as_a_login_is_not_shown_again_and_a_mistyped_address_is(charlies_browser: Client) -> None:
    page = charlies_browser.post("/sign-in/", {"login": "hunter2-hunter2", "password": "x"}).content.decode()
    assert "hunter2-hunter2" not in page
    page = charlies_browser.post("/sign-in/", {"login": "ada@acme.exampel", "password": "x"}).content.decode()
    assert "ada@acme.exampel" in page


@SECRETS
def test_as_a_name_it_is_neither_kept_nor_shown(
    secret: str, alices_browser: Client, account: AlmAccount
) -> None:
    person = {"name": f"Eve {secret}", "email": "eve@acme.example", "role": "person"}
    tries = [
        ("/profile/", {"name": secret}),
        ("/settings/people/invite/", person),
        ("/settings/people/invite-many/", {"people": f"{secret}, eve@acme.example\nDan, nowhere"}),
        (f"/profile/client-keys/new/{account.slug}/", {"name": secret[:80]}),
        ("/settings/alm-accounts/add/", account_data("", name=f"Jira {secret[:60]}", action="save")),
    ]
    for address, data in tries:
        answer = alices_browser.post(address, data, follow=True)
        assert answer.status_code in {200, 422}, address
        assert secret[:60] not in answer.content.decode(), address
    assert secret[:60] not in whole_store()


@pytest.mark.parametrize("unseen", UNSEEN, ids=[f"U+{ord(each):04X}" for each in UNSEEN])
def test_a_name_has_nothing_unseen(unseen: str, bobs_browser: Client, bob: User) -> None:
    for name in (f"Ada{unseen}Lovelace", f"{unseen}Ada", f"Ada{unseen}"):
        if name.split() == ["Ada", "Lovelace"] or " ".join(name.split()) == "Ada":
            continue  # white space is made one space
        assert problem_with(name), name
        with pytest.raises(PeopleError):
            checked_name(name)
        assert bobs_browser.post("/profile/", {"name": name}).status_code == 422
    assert User.objects.get(pk=bob.pk).name == "Bob Baker"


@pytest.mark.parametrize("name", ["\u200dAda", "Ada\u200c", "A\u200d\u200dda", "Ada \u200dL"])
def test_a_joiner_that_joins_nothing_is_refused(name: str) -> None:
    assert problem_with(name)
