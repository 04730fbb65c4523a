"""What people keep for themselves in the workspace: stars, corrections, and when they last looked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ownkey.audit.record import record
from ownkey.connections.models import AlmAccount
from ownkey.people.acts import Asks, By, act, refuse_other_than_owner
from ownkey.people.models import User
from ownkey.people.signed_in import SignedIn
from ownkey.workspace.boards.reading import Rule
from ownkey.workspace.models import BoardRule, LastLook, Opened, Star, Thing, WorkspaceSettings

if TYPE_CHECKING:
    from ownkey.audit.entry import Detail

SAME_LOOK = timedelta(minutes=30)
NOTED_EVERY = timedelta(minutes=5)
"""A page that is read again does not write each time."""
MOST_OPENED = 200
"""How many opened things are remembered of each kind."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing of Jira's that a person keeps at hand.

    Attributes:
        person: Whose.
        account: At which ALM account.
        thing: What kind of thing.
        ref: Jira's id of it.
    """

    person: User
    account: AlmAccount
    thing: Thing
    ref: str


@act(
    to="star a board or project",
    by=By.OWNER,
    asks=Asks.NEVER,
    because="It only puts something at hand for oneself.",
)
def star(kept: Kept, *, is_on: bool, actor: object, signed_in: SignedIn) -> None:
    """Star something, or take the star away."""
    refuse_other_than_owner(kept.person, actor=actor, signed_in=signed_in, flow=star)
    stars = Star.objects.filter(user=kept.person, alm_account=kept.account, thing=kept.thing, ref=kept.ref)
    if not is_on:
        stars.delete()
    elif not stars.exists():
        Star.objects.create(
            user=kept.person,
            alm_account=kept.account,
            thing=kept.thing,
            ref=kept.ref,
            starred_at=timezone.now(),
        )


@act(
    to="correct what a board shows",
    by=By.OWNER,
    asks=Asks.NEVER,
    because="It changes only what one sees oneself, and nothing in Jira.",
)
def correct_board(kept: Kept, rule: Rule, *, actor: object, signed_in: SignedIn) -> None:
    """Remember what a person has corrected about a board; an empty rule forgets it."""
    refuse_other_than_owner(kept.person, actor=actor, signed_in=signed_in, flow=correct_board)
    own: dict[str, Any] = {"user": kept.person, "alm_account": kept.account, "board_id": kept.ref}
    if rule == Rule():
        BoardRule.objects.filter(**own).delete()
        return
    BoardRule.objects.update_or_create(
        **own,
        defaults={
            "project_id": rule.project,
            "filter_id": rule.filter_id,
            "points_field_id": rule.points_field,
            "corrected_at": timezone.now(),
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceWanted:
    """What an administrator decides about the pages of one ALM account.

    Attributes:
        is_on: Whether there are any.
        left_out: The keys of the projects that none of them shows.
        share: How much of Atlassian's limits open pages may use by themselves, 0 to 1.
    """

    is_on: bool
    left_out: tuple[str, ...]
    share: float


@act(
    to="decide about the pages of an ALM account",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It decides what everybody sees of Jira in Ownkey, and what is left of its limits for tools.",
)
def decide_workspace(
    account: AlmAccount, wanted: WorkspaceWanted, *, actor: object, signed_in: SignedIn
) -> None:
    """Keep what an administrator has decided, and have it on record."""
    del signed_in  # the act has looked at it
    values: dict[str, Any] = {
        "is_on": wanted.is_on,
        "left_out": list(wanted.left_out),
        "share": wanted.share,
    }
    WorkspaceSettings.objects.update_or_create(alm_account=account, defaults=values)
    details: dict[str, Detail] = {
        "name": account.name,
        "changed": ["workspace"],
        "workspace": "on" if wanted.is_on else "off",
        "left_out": list(wanted.left_out),
        "share_percent": round(wanted.share * 100),
    }
    record(
        "alm-account.changed",
        actor=actor,
        subject=account.slug,
        alm_account=account.slug,
        details=details,
    )


def note_opened(kept: Kept) -> None:
    """Remember that a person opened something; the oldest beyond a bound are forgotten."""
    own: dict[str, Any] = {"user": kept.person, "alm_account": kept.account, "thing": kept.thing}
    now = timezone.now()
    if Opened.objects.filter(**own, ref=kept.ref, opened_at__gt=now - NOTED_EVERY).exists():
        return
    Opened.objects.update_or_create(**own, ref=kept.ref, defaults={"opened_at": now})
    beyond = Opened.objects.filter(**own).order_by("-opened_at").values_list("pk", flat=True)[MOST_OPENED:]
    if beyond:
        Opened.objects.filter(pk__in=list(beyond)).delete()


def rule_of(kept: Kept) -> Rule:
    """Return what a person has corrected about a board."""
    row = BoardRule.objects.filter(user=kept.person, alm_account=kept.account, board_id=kept.ref).first()
    return Rule(row.project_id, row.filter_id, row.points_field_id) if row is not None else Rule()


def starred(person: User, account: AlmAccount, thing: Thing) -> frozenset[str]:
    """Return the ids of what a person has starred."""
    found = Star.objects.filter(user=person, alm_account=account, thing=thing)
    return frozenset(found.values_list("ref", flat=True))


def recently_opened(person: User, account: AlmAccount, thing: Thing, *, most: int) -> tuple[str, ...]:
    """Return the ids of what a person opened last, the newest first."""
    found = Opened.objects.filter(user=person, alm_account=account, thing=thing).order_by("-opened_at")
    return tuple(found.values_list("ref", flat=True)[:most])


def note_looked(person: User, account: AlmAccount) -> datetime | None:
    """Remember that a person looks now, and return when they looked before; None for the first time.

    Pages that are opened within one sitting belong to one look.
    """
    now = timezone.now()
    look, is_first = LastLook.objects.get_or_create(
        user=person, alm_account=account, defaults={"looked_at": now}
    )
    if is_first:
        return None
    if now - look.looked_at > SAME_LOOK:
        look.before, look.looked_at = look.looked_at, now
        look.save(update_fields=["before", "looked_at"])
    return look.before
