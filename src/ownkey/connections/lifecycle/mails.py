"""The words of reminders: what happens, when, and the one next step, with a link. Never a secret."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateformat import format as date_format

from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.occasions import SCOPE_STEPS, STEPS, Occasion
from ownkey.connections.models import AlmAccount
from ownkey.connections.states import Standing, State
from ownkey.days import is_over_everywhere
from ownkey.people.links import absolute

CHANGE: Final = "Make a new token at Atlassian and change it here; the guide beside the form shows how:"
STOPS: Final = "From then on, what you do through Ownkey does not reach Jira."
STOPPED: Final = "Until there is a new one, what you do through Ownkey does not reach Jira."
STOPS_FOR_ALL: Final = "People who work through the main credential are refused from then on."
STOPPED_FOR_ALL: Final = "People who work through the main credential are refused until there is a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One reminder in words."""

    subject: str
    name: str
    what: str
    consequence: str
    next_step: str
    link: str
    why: str


def mail_of(reminder: Reminder, standing: Standing, *, today: date) -> Mail:
    """Return what a reminder says today."""
    account = reminder.alm_account
    token = _Token(account, is_main=reminder.is_main)
    topic = _topic(reminder, standing)
    subject, what, consequence = SAYINGS[topic](token, standing, today)
    # A date does not hide gaps, nor the other way round.
    what = " ".join((what, *(fact.cause for fact in standing.facts if fact.state is not topic)))
    is_new = topic in {State.NOT_CONNECTED, State.DISCONNECTED}
    next_step = "Connect in a few minutes; the guide beside the form shows each step:" if is_new else CHANGE
    if topic is State.UNKNOWN:
        next_step = "Open the page and press Test Connection:"
    return Mail(
        subject=_on_one_line(subject),
        name=_on_one_line(reminder.user.name),
        what=_on_one_line(what),
        consequence=consequence,
        next_step=next_step,
        link=_link(account, is_main=reminder.is_main),
        why=_why(reminder),
    )


def message_of(mail: Mail, *, to: str) -> EmailMessage:
    """Return a reminder as plain text to one person."""
    body = render_to_string("connections/mail/reminder.txt", {"mail": mail})
    # So that out-of-office programs do not answer.
    return EmailMessage(
        subject=mail.subject, body=body, to=[to], headers={"Auto-Submitted": "auto-generated"}
    )


@dataclass(frozen=True, slots=True)
class _Token:
    """What a credential is called in a sentence."""

    account: AlmAccount
    is_main: bool

    @property
    def name(self) -> str:
        whose = "The main credential of" if self.is_main else "Your API token for"
        return f"{whose} {self.account.name}"

    def consequence(self, *, is_broken: bool) -> str:
        if self.is_main:
            return STOPPED_FOR_ALL if is_broken else STOPS_FOR_ALL
        return STOPPED if is_broken else STOPS


def _topic(reminder: Reminder, standing: Standing) -> State:
    """Return what the mail is about: a token with gaps can expire soon as well."""
    if reminder.occasion in STEPS.values():
        return State.EXPIRING
    if reminder.occasion in SCOPE_STEPS.values():
        return State.RECHECK_PENDING
    return State.GAPS if reminder.occasion == Occasion.SCOPES_DUE else standing.state


def _expiring(token: _Token, standing: Standing, today: date) -> tuple[str, str, str]:
    last_day = standing.expires_on or today
    days = (last_day - today).days
    if is_over_everywhere(last_day, today=today):
        told = f"{token.name} should have expired on {_day(last_day)}, yet Atlassian still accepts it."
        return f"{token.name} should have expired", told, ""
    when = {-1: "within hours", 0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    ended = ", which has ended in most time zones" if days < 0 else ""
    told = f"{token.name} expires {when}: its last day is {_day(last_day)}{ended}."
    return f"{token.name} expires {when}", told, token.consequence(is_broken=False)


def _expired(token: _Token, standing: Standing, today: date) -> tuple[str, str, str]:
    told = f"{token.name} has expired: its last day was {_day(standing.expires_on or today)}."
    return f"{token.name} has expired", told, token.consequence(is_broken=True)


def _refused(token: _Token, standing: Standing, _today: date) -> tuple[str, str, str]:
    on = f" since {_day(standing.since.date())}" if standing.since else ""
    told = (
        f"{token.name} does not work any more: Atlassian refuses it{on}, so Ownkey has stopped sending it. "
        "It was revoked or has expired."
    )
    return f"{token.name} is refused by Atlassian", told, token.consequence(is_broken=True)


def _gaps(token: _Token, standing: Standing, _today: date) -> tuple[str, str, str]:
    names = ", ".join(standing.missing)
    told = f"{token.name} lacks scopes that are required: {names}."
    return f"{token.name} lacks scopes", told, "The rest still works; what needs them is refused."


def _not_connected(token: _Token, _standing: Standing, _today: date) -> tuple[str, str, str]:
    told = f"You are not connected to {token.account.name} yet."
    consequence = "Once you are, whatever tool you use works in Jira as you, with a token that is only yours."
    return f"Please connect to {token.account.name}", told, consequence


def _disconnected(token: _Token, _standing: Standing, _today: date) -> tuple[str, str, str]:
    told = f"You are not connected to {token.account.name} any more."
    return f"Please connect to {token.account.name} again", told, STOPPED


def _unknown(token: _Token, standing: Standing, _today: date) -> tuple[str, str, str]:
    cause = standing.facts[0].cause if standing.facts else ""
    return f"{token.name} needs a test", f"{token.name} needs a test. {cause}", ""


def _new_scopes(token: _Token, standing: Standing, _today: date) -> tuple[str, str, str]:
    if standing.new_scopes_on is None:
        return _unknown(token, standing, _today)
    day, names = _day(standing.new_scopes_on), ", ".join(standing.new_scopes)
    told = f"From {day} on, {token.name[:1].lower()}{token.name[1:]} must also have: {names}."
    consequence = "The old token works until then; after that, what needs the new scopes is refused."
    return f"{token.name} needs new scopes from {day}", told, consequence


SAYINGS: Final = {
    State.EXPIRING: _expiring,
    State.EXPIRED: _expired,
    State.REFUSED: _refused,
    State.GAPS: _gaps,
    State.NOT_CONNECTED: _not_connected,
    State.DISCONNECTED: _disconnected,
    State.UNKNOWN: _unknown,
    State.RECHECK_PENDING: _new_scopes,
    State.CONNECTED: _unknown,
}


def _why(reminder: Reminder) -> str:
    if reminder.occasion == Occasion.ASKED:
        return "An administrator of Ownkey asked for this reminder."
    if reminder.is_main:
        return "You get this mail once, as an administrator of Ownkey."
    return "You get this mail once, because the token is yours."


def _link(account: AlmAccount, *, is_main: bool) -> str:
    page = "connections:account_edit" if is_main else "connections:credential_edit"
    return absolute(reverse(page, args=[account.slug]))


def _day(day: date) -> str:
    return date_format(day, "j F Y")


def _on_one_line(text: str) -> str:
    """Return text as one line: what a name holds must not become a header or another sentence's line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
