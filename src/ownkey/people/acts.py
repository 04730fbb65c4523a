"""Acts: flows with an effect. Each declares who may carry it out, and whether a recent sign-in is needed.

The declaration stands at the flow and is enforced there, in the flow's own transaction. So it makes no
difference which page leads to it, and a right that was taken a moment ago no longer counts.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from ownkey.people.errors import NotAllowedError, RecentSignInNeededError
from ownkey.people.models import User
from ownkey.people.signed_in import Origin, SignedIn

P = ParamSpec("P")
T = TypeVar("T")

ACT = "__act__"
"""The attribute of a flow that holds its declaration."""


class By(StrEnum):
    """Who may do something. The operator may do everything: the command line works on the store itself."""

    ADMINISTRATOR = "an administrator"
    RECORD_READER = "an administrator or auditor"
    OWNER = "the person whose own it is"
    OWNER_OR_ADMINISTRATOR = "the person whose own it is, or an administrator"
    HOLDER = "who brings the proof: a link, a password, the provider's word"
    """Somebody who need not be signed in; what they bring is checked by the flow."""


class Asks(StrEnum):
    """Whether an act from a session asks again who is there, when the last proof is a while ago."""

    ALWAYS = "always"
    FOR_OTHERS = "for what is another person's"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a flow declares.

    Attributes:
        words: What is done, as it follows "to": the page that asks again says so.
        by: Who may.
        asks: Whether a recent sign-in is needed.
        because: Why, in a sentence or two.
    """

    words: str
    by: By
    asks: Asks
    because: str


def act(*, to: str, by: By, asks: Asks, because: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return what makes a flow an act: one transaction that begins with the question whether it may.

    The flow has the keywords `actor` and `signed_in` without defaults; where `by` is `OWNER` or
    `OWNER_OR_ADMINISTRATOR` it calls `refuse_other_than_owner` as soon as it knows whose the thing is.
    """
    declared = Act(words=to, by=by, asks=asks, because=because)

    def declare(flow: Callable[P, T]) -> Callable[P, T]:
        if by is not By.HOLDER:
            _refuse_forgettable(flow)

        @wraps(flow)
        def carried_out(*args: P.args, **kwargs: P.kwargs) -> T:
            with transaction.atomic():
                if by is not By.HOLDER:
                    _check(declared, kwargs["actor"], kwargs["signed_in"])
                return flow(*args, **kwargs)

        setattr(carried_out, ACT, declared)
        return carried_out

    return declare


def declaration_of(flow: object) -> Act | None:
    """Return what a flow declares, None if it is no act."""
    found = getattr(flow, ACT, None)
    return found if isinstance(found, Act) else None


def refuse_other_than_owner(owner: User | None, *, actor: object, signed_in: SignedIn, flow: object) -> None:
    """Refuse an act on what is another person's, unless the act is open to administrators too.

    Raises:
        ControlError: It is somebody else's.
    """
    declared = declaration_of(flow)
    if signed_in.origin is Origin.COMMAND_LINE or (isinstance(actor, User) and actor == owner):
        return
    if declared is None or declared.by is not By.OWNER_OR_ADMINISTRATOR:
        raise NotAllowedError
    _refuse_without_role(By.ADMINISTRATOR, actor)
    if declared.asks is Asks.FOR_OTHERS and not signed_in.is_recent:
        raise RecentSignInNeededError(declared.words)


def _check(declared: Act, actor: object, signed_in: object) -> None:
    if not isinstance(signed_in, SignedIn):
        raise TypeError("An act is told how recently its person signed in.")
    if signed_in.origin is Origin.COMMAND_LINE:
        return
    _refuse_without_role(declared.by, actor)
    if declared.asks is Asks.ALWAYS and not signed_in.is_recent:
        raise RecentSignInNeededError(declared.words)


def _refuse_without_role(by: By, actor: object) -> None:
    """Refuse unless the actor has the role now: the object may have been read before it was taken."""
    now = User.objects.filter(pk=actor.pk, is_active=True).first() if isinstance(actor, User) else None
    if now is None:
        raise NotAllowedError
    is_enough = {By.ADMINISTRATOR: now.is_administrator, By.RECORD_READER: now.reads_the_record}
    if not is_enough.get(by, True):
        raise NotAllowedError


def _refuse_forgettable(flow: Callable[..., object]) -> None:
    parameters = inspect.signature(flow).parameters
    for name in ("actor", "signed_in"):
        found = parameters.get(name)
        if found is None or found.kind is not found.KEYWORD_ONLY or found.default is not found.empty:
            raise TypeError(f"{flow.__qualname__} needs the keyword {name}, without a default.")
