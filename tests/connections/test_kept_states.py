"""After any history, the columns and counts that states are asked from say what first principles say.

Flows alone make the histories, and days go by between them. What is asked of a table is asked for several
days, before and after everything that was done.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from ownkey import days
from ownkey.atlassian.check import Identity
from ownkey.connections import alm_accounts, derived, flows, lost_keys, saved_credentials
from ownkey.connections.cause_table import CAUSES
from ownkey.connections.causes import Cause, causes_of, circumstances_for, missing_today, needs_owner
from ownkey.connections.errors import NotSavedError
from ownkey.connections.lifecycle.pauses import forget_old_pauses
from ownkey.connections.lifecycle.rechecks import recheck
from ownkey.connections.models import AlmAccount, Credential, CredentialCount
from ownkey.connections.queries import count_connected
from ownkey.connections.state_queries import Conditions, count_states
from ownkey.people.errors import NotAllowedError, PeopleError
from ownkey.people.flows import add_user, reinstate_user, suspend_user
from ownkey.people.models import User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
from ownkey.scopes.profiles import ScopeProfile, parse_profile
from tests.lifecycle.conftest import which_is
from tests.people.sign_ins import JUST_NOW

from .conftest import FakeAtlassian, Token, pasted, wanted
from .first_principles import Expected, expected_of

if TYPE_CHECKING:
    from django.db.models import Q

HISTORIES, BLOCKS = 320, 8
SCOPES = (
    "read:jira-work",
    "read:jira-user",
    "write:jira-work",
    "read:servicedesk-request",
    "write:servicedesk-request",
    "read:issue-details:jira",
)


class History:
    """An organisation to which things happen, at random."""

    def __init__(self, seed: float, atlassian: FakeAtlassian, set_clock: Callable[[timedelta], None]) -> None:
        self.chance = random.Random(seed)  # noqa: S311 made-up histories
        self.atlassian = atlassian
        self.set_clock = set_clock
        self.gone = timedelta()
        self.told: list[str] = []
        self.alice = User.objects.get(email="alice@acme.example")
        self.people = list(User.objects.exclude(pk=self.alice.pk))

    def add_account(self, name: str) -> None:
        outcome = async_to_sync(flows.save_main)(
            wanted(name=name, slug=name.lower(), profile=self.profile(), main_profile=self.main_profile()),
            pasted(self.token(self.alice), self.alice.email, expires_on=self.last_day()),
            account=None,
            accept_gaps=True,
            actor=self.alice,
            signed_in=JUST_NOW,
        )
        assert outcome.saved is not None

    def profile(self) -> ScopeProfile:
        return parse_profile(",".join(self.chance.sample(SCOPES, self.chance.randint(1, len(SCOPES)))))

    def main_profile(self) -> ScopeProfile | None:
        return self.chance.choice((None, self.profile()))

    def last_day(self) -> date | None:
        return self.chance.choice((None, days.today() + timedelta(days=self.chance.randint(0, 60))))

    def token(self, person: User) -> str:
        """Make a token with some of the scopes; it can tell whose it is."""
        text = self.atlassian.make_token(person.email)
        some = self.chance.sample(SCOPES, self.chance.randint(2, len(SCOPES)))
        identity = Identity(f"id-of-{person.email}", person.name, person.email, None)
        self.atlassian.tokens[text] = Token(identity, frozenset({*some, "read:jira-user"}))
        return text

    def any_account(self) -> AlmAccount:
        return self.chance.choice(AlmAccount.objects.all())

    def any_row(self) -> AlmAccount | Credential:
        people: list[AlmAccount | Credential] = [*Credential.objects.select_related("user", "alm_account")]
        return self.chance.choice([*people, *people, *AlmAccount.objects.all()])

    def any_credential(self) -> Credential | None:
        people = list(Credential.objects.select_related("user", "alm_account"))
        return self.chance.choice(people) if people else None

    def connect(self) -> None:
        person, account = self.chance.choice(self.people), self.any_account()
        async_to_sync(flows.connect)(
            person,
            account,
            pasted(self.token(person), person.email, expires_on=self.last_day()),
            accept_gaps=True,
            actor=person,
            signed_in=JUST_NOW,
        )

    def test_again(self) -> None:
        async def walk(row: AlmAccount | Credential) -> None:
            async for _ in flows.test_saved(row, actor=self.alice):
                pass

        for token in self.atlassian.tokens.values():
            token.is_revoked = self.chance.random() < 0.2
        async_to_sync(walk)(self.any_row())

    def recheck(self) -> None:
        self.atlassian.is_down = self.chance.random() < 0.5
        row = self.any_row()
        for _ in range(self.chance.choice((1, 7))):
            forget_old_pauses(timezone.now() + timedelta(days=1))
            recheck(which_is(row))
        self.atlassian.is_down = False

    def refuse(self) -> None:
        row = self.any_row()
        saved_credentials.record_refused_in_use(row.pk, proven_count=row.proven_count)

    def correct_date(self) -> None:
        if (row := self.any_credential()) is not None:
            saved_credentials.change_expiry(row, self.last_day(), actor=row.user, signed_in=JUST_NOW)

    def change_lists(self) -> None:
        account = self.any_account()
        day = self.chance.choice((days.today(), days.today() + timedelta(days=self.chance.randint(1, 40))))
        self.save(account, alm_accounts.with_profile(account, self.profile(), counts_from=day))

    def give_up_new_scopes(self) -> None:
        account = self.any_account()
        self.save(account, alm_accounts.without_new_scopes(account))

    def save(self, account: AlmAccount, changed: alm_accounts.Wanted) -> None:
        alm_accounts.save(changed, None, account=account, actor=None, signed_in=AT_THE_COMMAND_LINE)

    def move(self) -> None:
        alm_accounts._forget_proofs(self.any_account())

    def disconnect(self) -> None:
        if (row := self.any_credential()) is not None:
            saved_credentials.disconnect(row, actor=row.user, signed_in=JUST_NOW)

    def release(self) -> None:
        if (row := self.any_credential()) is not None:
            saved_credentials.release(row, actor=self.alice, signed_in=JUST_NOW)

    def lose_keys(self) -> None:
        row = self.any_row()
        lost = "credentials" if isinstance(row, Credential) else "main_credentials"
        lost_keys.let_go(lost_keys.Unopenable(**{lost: (row.pk,)}), actor=self.alice)  # type: ignore[arg-type]

    def suspend(self) -> None:
        suspend_user(self.chance.choice(self.people), actor=self.alice, signed_in=JUST_NOW)

    def reinstate(self) -> None:
        reinstate_user(self.chance.choice(self.people), actor=self.alice, signed_in=JUST_NOW)

    def days_go_by(self) -> None:
        self.gone += timedelta(days=self.chance.choice((1, 1, 2, 7, 29, 45)))
        self.set_clock(self.gone)

    def delete_account(self) -> None:
        account = self.any_account()
        alm_accounts.delete(account, actor=self.alice, signed_in=JUST_NOW)
        self.add_account(account.name)

    def delete_person(self) -> None:
        self.people.pop(self.chance.randrange(len(self.people))).delete()
        number = User.objects.count()
        email = f"new{number}-{self.chance.random()}@acme.example"
        self.people.append(add_user(email, name="New", password=None, actor="test"))

    def go_on(self) -> None:
        """Let some things happen, the usual ones more often."""
        usual = (self.connect, self.test_again, self.recheck, self.change_lists, self.days_go_by)
        rare = (
            self.refuse,
            self.correct_date,
            self.give_up_new_scopes,
            self.move,
            self.disconnect,
            self.release,
            self.lose_keys,
            self.suspend,
            self.reinstate,
            self.delete_account,
            self.delete_person,
        )
        for step in self.chance.choices((*usual, *usual, *usual, *rare), k=self.chance.randint(3, 9)):
            self.told.append(step.__name__)
            with suppress(NotSavedError, PeopleError, NotAllowedError):
                step()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[timedelta], None]]:
    """Return what puts the clock of flows and pages ahead."""
    real = timezone.now

    def ahead(by: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + by)
        monkeypatch.setattr(days, "today", (real() + by).date)

    yield ahead
    monkeypatch.undo()


@pytest.fixture
def people(alice: User) -> list[User]:
    """Return three people beside Alice."""
    assert alice.is_active
    return [add_user(f"p{n}@acme.example", name=f"Person {n}", password=None, actor="test") for n in range(3)]


def refuse_differences(today: date) -> None:
    """Compare every row and count with what first principles say on a day."""
    rows = list(Credential.objects.select_related("user", "alm_account"))
    expected = {row.pk: expected_of(row, today) for row in rows}
    every: list[AlmAccount | Credential] = [*rows, *AlmAccount.objects.all()]
    for row in every:
        at, found = circumstances_for(row, today=today), expected_of(row, today)
        causes = causes_of(row, at)
        assert (causes, missing_today(row, at)) == (found.causes, found.missing)
        assert any(needs_owner(cause, row, at) for cause in causes) is found.needs_owner
    usable = {pk for pk, found in expected.items() if found.is_usable}
    needing = sum(found.needs_owner for found in expected.values())
    counts = count_states(today)
    assert (counts.total, counts.usable, counts.needing) == (len(rows), len(usable), needing)
    of_states = Counter(
        state for found in expected.values() for state in {CAUSES[cause].state for cause in found.causes}
    )
    assert counts.states == of_states
    connected = Counter(row.alm_account_id for row in rows if row.pk in usable and row.user.is_active)
    assert count_connected(today=today) == connected


def refuse_other_conditions(today: date) -> None:
    """Compare what queries find on a day with what first principles say."""
    rows, asked = list(Credential.objects.select_related("user", "alm_account")), Conditions(today)
    expected = {row.pk: expected_of(row, today) for row in rows}
    wanted: list[tuple[Q, Callable[[Expected], bool]]] = [
        (asked.usable(), lambda found: found.is_usable),
        (asked.needs_owner(), lambda found: found.needs_owner),
        *((asked.cause(cause), partial(holds, cause)) for cause in Cause),
    ]
    for condition, is_wanted in wanted:
        found = {*Credential.objects.filter(condition).values_list("pk", flat=True)}
        assert found == {pk for pk, one in expected.items() if is_wanted(one)}, condition


def holds(cause: Cause, found: Expected) -> bool:
    return cause in found.causes


def counted_anew() -> Counter[tuple[Any, ...]]:
    """Return how many credentials have the same columns, by looking at each."""
    names = ("alm_account", *columns())
    return Counter(Credential.objects.values_list(*names, "user__is_active"))


def kept() -> dict[tuple[Any, ...], int]:
    names = ("alm_account", *columns(), "is_active", "number")
    return {tuple(row): number for *row, number in CredentialCount.objects.values_list(*names)}


def columns() -> list[str]:
    names = {field.name for field in CredentialCount._meta.concrete_fields}
    return sorted(names - {"id", "alm_account", "is_active", "number"})


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("block", range(BLOCKS))
def test_after_any_history_columns_and_counts_are_what_first_principles_say(
    block: int, atlassian: FakeAtlassian, set_clock: Callable[[timedelta], None]
) -> None:
    for name in ("Acme", "Globex"):
        History(random.random(), atlassian, set_clock).add_account(name)  # noqa: S311 made-up histories
    for _ in range(HISTORIES // BLOCKS):
        with transaction.atomic():
            history = History(random.random(), atlassian, set_clock)  # noqa: S311 see above
            try:
                history.go_on()
                for today in (0, history.chance.randint(-9, 9), history.chance.randint(10, 80)):
                    refuse_differences(days.today() + timedelta(days=today))
                refuse_other_conditions(days.today() + timedelta(days=history.chance.randint(-9, 40)))
                assert kept() == counted_anew()
            except AssertionError as error:
                error.add_note(f"block {block}, after {', '.join(history.told)}")
                raise
            transaction.set_rollback(True)
        set_clock(timedelta())


def test_settling_finds_nothing_to_do_after_flows_and_mends_what_goes_round_them(
    people: list[User], atlassian: FakeAtlassian, set_clock: Callable[[timedelta], None]
) -> None:
    history = History(1, atlassian, set_clock)
    history.add_account("Acme")
    while not Credential.objects.exists():
        history.connect()
    row = Credential.objects.select_related("alm_account").get()
    before = Credential.objects.values(*columns()).get()
    Credential.objects.update(missing_count=9, is_silent=True, accepted_past_on=days.today())
    derived.settle([Credential.objects.select_related("alm_account").get()])
    assert Credential.objects.values(*columns()).get() == before
    assert row.user in people
