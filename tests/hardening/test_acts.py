"""A flow with an effect declares who may and whether it asks again, and refuses by itself; all do."""

import importlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from ownkey.people.acts import Act, Asks, By, act, declaration_of
from ownkey.people.errors import NotAllowedError, RecentSignInNeededError
from ownkey.people.flows import add_user
from ownkey.people.models import Role, User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE, SignedIn
from tests.conftest import PASSWORD
from tests.people.sign_ins import A_WHILE_AGO, JUST_NOW

from .writers import SOURCE, pages, used_by, writers

BY_ITSELF: Final = "Ownkey does it at its time, or as a consequence of what a call found; nobody asks for it."
OPERATOR: Final = "The operator does it at the command line, which has the store and the keys."
SIGNING_IN: Final = "It is part of signing in, or counts attempts at it; there is no session yet to be old."
A_TEST: Final = "A test or what it leaves: it takes the token itself, or the saved one is asked once more."
OPENED: Final = (
    "It remembers that a person opened a page of their own, by id and date; nothing is decided by it."
)
NO_ROW: Final = "It changes a dictionary, not the database."
A_MATCH: Final = "It asks a regular expression's match where that ends."

NO_ACT: Mapping[str, str] = {
    "audit.pruning.prune": OPERATOR,
    "audit.verifying.named_cuts": NO_ROW,
    "connections.candidates.destroy_overdue": BY_ITSELF,
    "connections.candidates.forget_waiting": A_TEST,
    "connections.candidates.keep": A_TEST,
    "connections.candidates.put": "A part of the acts that save.",
    "connections.client_key_usage.forget_usage": BY_ITSELF,
    "connections.derived.change": "A part of the acts that change a credential, and of checks.",
    "connections.derived.insert": "A part of the acts that save.",
    "connections.derived.settle": "A part of the act that changes an ALM account's lists of scopes.",
    "connections.key_uses.rewrap_everything": OPERATOR,
    "connections.lifecycle.duty.give_back": BY_ITSELF,
    "connections.lifecycle.duty.note_run": BY_ITSELF,
    "connections.lifecycle.duty.take": BY_ITSELF,
    "connections.lifecycle.outbox.owe_breakage": BY_ITSELF,
    "connections.lifecycle.outbox.owe_by_date": BY_ITSELF,
    "connections.lifecycle.pauses.forget_old_pauses": BY_ITSELF,
    "connections.lifecycle.pauses.pause": BY_ITSELF,
    "connections.lifecycle.queue.fail_cut_off": BY_ITSELF,
    "connections.lifecycle.queue.prune": BY_ITSELF,
    "connections.lifecycle.queue.run_taken": BY_ITSELF,
    "connections.lifecycle.queue.take_next": BY_ITSELF,
    "connections.lifecycle.rechecks.claim": BY_ITSELF,
    "connections.lifecycle.rechecks.recheck": BY_ITSELF,
    "connections.lifecycle.schedule.tidy_up": BY_ITSELF,
    "connections.lifecycle.sending.call_off_cut_off": BY_ITSELF,
    "connections.lifecycle.sending.claim_due": BY_ITSELF,
    "connections.lifecycle.sending.send_owed": BY_ITSELF,
    "connections.lost_keys.let_go": OPERATOR,
    "connections.person_usage.forget_person_usage": BY_ITSELF,
    "connections.saved_credentials.record_check": A_TEST,
    "connections.saved_credentials.record_checked": A_TEST,
    "connections.saved_credentials.record_refused_in_use": BY_ITSELF,
    "connections.saved_credentials.record_trial": A_TEST,
    "connections.views.account_page.AccountPage.save": "Its save is the act `alm_accounts.save`.",
    "connections.views.accounts.account_add": "Its save is the act `alm_accounts.save`.",
    "connections.views.accounts.account_delete": "Its delete is the act `alm_accounts.delete`.",
    "connections.views.accounts.account_edit": "Its save is the act `alm_accounts.save`.",
    "connections.views.credential_page.CredentialPage.save_token": "The act `saved_credentials.save`.",
    "console.backups.archive.read_archive": NO_ROW,
    "database.copies.destroy_rows": OPERATOR,
    "console.backups.making.make_backup": OPERATOR,
    "database.examining.Examined.try_to_write": OPERATOR,
    "console.key_rotation.retire": OPERATOR,
    "console.setup.prepare": NO_ROW,
    "console.key_rotation.rotate": OPERATOR,
    "console.lost_keys.replace_lost": OPERATOR,
    "mail.outbox.call_off": "A part of what makes a mailed link worthless.",
    "mail.outbox.give_up": OPERATOR,
    "mail.outbox.post": "A part of the acts that mail something, and of reminders.",
    "mail.sending.claim_due": BY_ITSELF,
    "mail.sending.forget_old_mail": BY_ITSELF,
    "mail.sending.put_back_cut_off": BY_ITSELF,
    "mail.sending.send_stored": BY_ITSELF,
    "people.adapter.AccountAdapter.authentication_failed": SIGNING_IN,
    "people.adapter.AccountAdapter.login": SIGNING_IN,
    "people.adapter.AccountAdapter.logout": "Signing out closes one's own session and nothing else.",
    "people.flows.add_user": "A part of the acts that take a proof, and the operator's.",
    "people.flows.end_sessions": "A part of the acts that end sessions.",
    "people.links.forget_links": OPERATOR,
    "people.models.InvitationQuerySet.close": "A part of the acts that accept or revoke invitations.",
    "people.models.User.save": "Django's own, with the e-mail in lower case.",
    "people.oidc.views.callback": SIGNING_IN,
    "people.second_factors.factors.let_go_of_factors": OPERATOR,
    "people.second_factors.forms._CodeForm.clean_code": SIGNING_IN,
    "people.second_factors.sealing.forget_unused": "A part of the act that changes one's own factors.",
    "people.second_factors.sealing.seal_factor": "A part of the act that changes one's own factors.",
    "people.set_up.ensure_setup_link": OPERATOR,
    "people.sign_in.attempts.begin": SIGNING_IN,
    "people.sign_in.attempts.forget": SIGNING_IN,
    "people.sign_in.attempts.is_within": SIGNING_IN,
    "people.sign_in.attempts.succeeded": SIGNING_IN,
    "people.sign_in.links.make_sign_in_link": OPERATOR,
    "people.sign_in.middleware.LastSeenMiddleware.process_view": SIGNING_IN,
    "workspace.flows.note_looked": OPENED,
    "workspace.flows.note_opened": OPENED,
    "workspace.search.query.mistake_in": A_MATCH,
    "workspace.search.writing.spot_in": A_MATCH,
    "workspace.live.hearing.Hearing.recent_issues": NO_ROW,
    "workspace.live.log.add": BY_ITSELF,
    "workspace.live.watching.issue_names": NO_ROW,
}
"""What writes and is no act, and why."""

PAGES_USE: Mapping[str, frozenset[str]] = {
    "workspace/boards/views.py": frozenset({"workspace.flows.note_opened"}),
    "workspace/home/views.py": frozenset({"workspace.flows.note_looked"}),
    "workspace/issues/views.py": frozenset({"workspace.flows.note_opened"}),
    "workspace/search/views.py": frozenset(
        {"workspace.search.query.mistake_in", "workspace.search.writing.spot_in"}
    ),
    "connections/views/account_page.py": frozenset({"connections.candidates.forget_waiting"}),
    "connections/views/credential_page.py": frozenset({"connections.candidates.forget_waiting"}),
    # The demo's page sends into its own folder what is due.
    "console/mail_page.py": frozenset({"mail.sending.claim_due", "mail.sending.send_stored"}),
    "people/adapter.py": frozenset({"people.sign_in.attempts.begin", "people.sign_in.attempts.succeeded"}),
    "people/entrance_views.py": frozenset({"people.sign_in.attempts.begin"}),
    "people/oidc/views.py": frozenset({"people.sign_in.attempts.is_within"}),
    "people/second_factors/adapter.py": frozenset({"people.second_factors.sealing.seal_factor"}),
    "people/second_factors/forms.py": frozenset(
        {"people.sign_in.attempts.begin", "people.sign_in.attempts.succeeded"}
    ),
}
"""What the pages use of that."""


def acts() -> dict[str, tuple[Callable[..., object], Act]]:
    """Return every act of the product with its declaration, by its full name."""
    found = {}
    for writer in writers():
        if writer.is_act:
            module, _, name = writer.name.rpartition(".")
            flow = getattr(importlib.import_module(f"ownkey.{module}"), name)
            declared = declaration_of(flow)
            assert declared is not None, writer.name
            found[writer.name] = (flow, declared)
    return found


ACTS: Final = acts()
ASKING: Final = {name: flow for name, (flow, declared) in ACTS.items() if declared.asks is Asks.ALWAYS}


def attempt(flow: Callable[..., object], *, actor: object, signed_in: SignedIn) -> None:
    """Carry out an act on nothing: a refusal comes before anything is looked at."""
    names = inspect.signature(flow).parameters
    given: dict[str, Any] = dict.fromkeys(names) | {"actor": actor, "signed_in": signed_in}
    flow(**given)


def test_every_function_that_writes_is_an_act_or_has_a_row() -> None:
    assert {each.name for each in writers() if not each.is_act} == set(NO_ACT)


def test_a_flow_without_a_row_is_found(tmp_path: Path) -> None:
    room = tmp_path / "people"
    room.mkdir()
    (room / "planted.py").write_text(
        "def plain(user):\n    user.save()\n\n"
        "def through_a_private_one(user):\n    _do(user)\n\n"
        "def _do(user):\n    type(user).objects.filter(pk=1).update(is_active=False)\n\n"
        "def by_sql(cursor):\n    cursor.execute('DELETE FROM people_user')\n\n"
        "@act(to='x')\ndef declared(user):\n    user.delete()\n\n"
        "def reads(user):\n    return user.name\n"
    )
    found = {each.name: each.is_act for each in writers(tmp_path, ("people",))}
    assert found == {
        "people.planted.plain": False,
        "people.planted.through_a_private_one": False,
        "people.planted.by_sql": False,
        "people.planted.declared": True,
    }


def test_pages_reach_effects_through_acts_alone() -> None:
    used = {str(file.relative_to(SOURCE)): used_by(file) & set(NO_ACT) for file in pages()}
    assert {file: names for file, names in used.items() if names} == dict(PAGES_USE)


def test_no_page_passes_for_the_command_line() -> None:
    files = [file for file in SOURCE.rglob("*.py") if file.relative_to(SOURCE).parts[0] != "cli"]
    users = {str(file.relative_to(SOURCE)) for file in files if "AT_THE_COMMAND_LINE" in file.read_text()}
    assert users == {"people/signed_in.py"}


def test_every_act_says_why() -> None:
    for name, (_flow, declared) in ACTS.items():
        assert declared.because.endswith("."), name
        assert declared.words[:1].islower(), name


@pytest.mark.parametrize("name", sorted(ASKING))
def test_an_old_session_is_refused_before_anything_else(name: str, alice: User) -> None:
    with pytest.raises(RecentSignInNeededError) as refused:
        attempt(ASKING[name], actor=alice, signed_in=A_WHILE_AGO)
    assert refused.value.words == ACTS[name][1].words


ADMINISTRATORS: Final = sorted(name for name, (_, each) in ACTS.items() if each.by is By.ADMINISTRATOR)


@pytest.mark.parametrize("name", ADMINISTRATORS)
@pytest.mark.parametrize("right", ["never had it", "lost it meanwhile", "suspended meanwhile", "no person"])
def test_who_has_no_right_now_is_refused(name: str, right: str, alice: User, bob: User) -> None:
    actor: object = bob
    if right == "no person":
        actor = "operator"  # a name proves nothing: only the command line's own value does
    elif right != "never had it":
        lost = {"role": Role.PERSON} if right == "lost it meanwhile" else {"is_active": False}
        User.objects.filter(pk=alice.pk).update(**lost)
        actor = alice  # as it was read before
    with pytest.raises(NotAllowedError):
        attempt(ACTS[name][0], actor=actor, signed_in=JUST_NOW)


OWN: Final = sorted(name for name, (_, each) in ACTS.items() if each.by is By.OWNER)


def test_every_act_on_what_is_ones_own_compares_the_owner() -> None:
    for name in (*OWN, *(name for name, (_, each) in ACTS.items() if each.by is By.OWNER_OR_ADMINISTRATOR)):
        assert "refuse_other_than_owner" in inspect.getsource(inspect.unwrap(ACTS[name][0])), name


def test_a_record_reader_may_export_and_a_person_may_not(bob: User, quick_passwords: None) -> None:  # noqa: ARG001 for its effect
    edda = add_user("edda@acme.example", name="Edda", password=PASSWORD, role=Role.AUDITOR, actor="test")
    export = ACTS["people.exports.note_export"][0]
    export("record.exported", details={}, actor=edda, signed_in=JUST_NOW)
    with pytest.raises(NotAllowedError):
        export("record.exported", details={}, actor=bob, signed_in=JUST_NOW)


def test_an_act_cannot_be_declared_where_it_could_be_forgotten_who_acts() -> None:
    declare = act(to="x", by=By.ADMINISTRATOR, asks=Asks.ALWAYS, because="Y.")
    with pytest.raises(TypeError, match="signed_in"):
        declare(lambda *, actor, signed_in=AT_THE_COMMAND_LINE: None)  # noqa: ARG005 never called
    with pytest.raises(TypeError, match="actor"):
        declare(lambda *, signed_in: None)
