"""One state, one cause, one since: pages, command line and the gateway's status say the same."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from ownkey.cli.status import status as status_command
from ownkey.connections import flows
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.saved_credentials import record_refused_in_use
from ownkey.connections.states import UNKNOWN_AFTER_FAILURES, State
from ownkey.gateway import special
from ownkey.gateway.store.snapshots import snapshot_of, standing_for
from ownkey.people.models import User
from tests.conftest import SignIn
from tests.connections.conftest import Connect
from tests.lifecycle.conftest import expiring_in
from tests.people.sign_ins import JUST_NOW

Change = Callable[[Credential], None]


def _update(**values: object) -> Change:
    return lambda row: (Credential.objects.filter(pk=row.pk).update(**values), None)[1]


def _lose_scope(row: Credential) -> None:
    first, *others = row.report["scopes"]
    row.report["scopes"] = [{**first, "state": "missing"}, *others]
    row.state = StoredState.GAPS
    row.save()


def _refuse(row: Credential) -> None:
    record_refused_in_use(row.pk, proven_count=row.proven_count)


def _nothing(_row: Credential) -> None:
    return


def _expire_in(days: int) -> Change:
    return lambda row: (expiring_in(row, days), None)[1]


def _disconnect(row: Credential) -> None:
    flows.disconnect(row, actor=row.user, signed_in=JUST_NOW)


def _remove(row: Credential) -> None:
    row.delete()


STATES: list[tuple[State, Change]] = [
    (State.CONNECTED, _nothing),
    (State.GAPS, _lose_scope),
    (State.EXPIRING, _expire_in(5)),
    (State.EXPIRED, _expire_in(-5)),
    (State.REFUSED, _refuse),
    (
        State.UNKNOWN,
        _update(unanswered_since=timezone.now(), unanswered_times=UNKNOWN_AFTER_FAILURES),
    ),
    (State.DISCONNECTED, _disconnect),
    (State.NOT_CONNECTED, _remove),
]


def words_of(page: Client, address: str) -> str:
    """Return a page's words, on one line."""
    text = re.sub(r"<[^>]*>", " ", page.get(address).content.decode())
    return " ".join(unescape(text).split()).replace(" .", ".")


@pytest.mark.parametrize(("state", "change"), STATES, ids=[state.value for state, _ in STATES])
def test_a_state_is_the_same_everywhere(
    state: State,
    change: Change,
    *,
    bob: User,
    account: AlmAccount,
    connect: Connect,
    sign_in: SignIn,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(connect(bob))
    day = timezone.localdate() + timedelta(days=1)
    key = issue_client_key(bob, account, name="Report", expires_on=day, actor=bob, signed_in=JUST_NOW).row
    monkeypatch.setattr("ownkey.cli.status.open_store", lambda: None)

    status_command(user=bob.email, account=account.slug, as_json=True)
    (by_command,) = json.loads(capsys.readouterr().out)
    snapshot, standing = snapshot_of(key.pk, today=timezone.localdate()), standing_for(key.pk)
    assert snapshot is not None
    assert standing is not None
    by_gateway = special.status(snapshot, standing)

    assert by_command.pop("person") == by_gateway.pop("person") == bob.email
    assert by_gateway.pop("acting_as") == (
        "bob@acme.example" if state in {State.CONNECTED, State.GAPS, State.EXPIRING, State.UNKNOWN} else None
    )
    assert by_gateway.pop("through_main") is False
    assert by_gateway == by_command
    assert by_command["state"] == state.value
    assert by_command["since"]

    browser = sign_in(bob.email)
    since = timezone.datetime.fromisoformat(by_command["since"])  # type: ignore[attr-defined]  # it is there
    for address in ("/", "/profile/alm-credentials/", "/profile/alm-credentials/acme-jira/edit/"):
        words = words_of(browser, address)
        assert f" {state.value.replace('-', ' ').capitalize()} " in words, address
        assert by_command["cause"] in words, address
        assert f"Since {since.day} {since:%b}" in words, address
        if by_command["not_rechecked_since"]:
            assert "It could not be re-checked since" in words, address
        if not address.endswith("alm-credentials/"):
            assert by_command["next_step"] in words, address

    status_command(user=bob.email, account=None, as_json=False)
    line = capsys.readouterr().out.splitlines()[1]
    assert by_command["cause"] in line
    assert state.value in line
    assert since.date().isoformat() in line


def test_the_main_credential_comes_first_and_charlie_is_unknown(
    account: AlmAccount, bob: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ownkey.cli.status.open_store", lambda: None)
    status_command(user=None, account=None, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [(one["person"], one["state"]) for one in told] == [
        (None, "connected"),
        ("alice@acme.example", "not-connected"),
        (bob.email, "not-connected"),
    ]
    assert {one["alm_account"] for one in told} == {account.slug}
    with pytest.raises(Exception, match="Nobody has this e-mail"):
        status_command(user="charlie@evil.example", account=None, as_json=True)


def test_the_status_says_when_calls_go_through_the_main_credential(account: AlmAccount, bob: User) -> None:
    AlmAccount.objects.update(policy="main")
    day = timezone.localdate() + timedelta(days=1)
    key = issue_client_key(bob, account, name="Report", expires_on=day, actor=bob, signed_in=JUST_NOW).row
    snapshot, standing = snapshot_of(key.pk, today=timezone.localdate()), standing_for(key.pk)
    assert snapshot is not None
    assert standing is not None
    told = special.status(snapshot, standing)
    assert (told["state"], told["acting_as"], told["through_main"]) == (
        "not-connected",
        "alice@acme.example",
        True,
    )
