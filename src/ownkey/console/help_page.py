"""*Help*: how to do what the page is for, what the scopes open, who administers here, and the version."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_safe

from ownkey.connections.models import AlmAccount
from ownkey.people.access import user_of
from ownkey.people.models import Role, User
from ownkey.scopes.profiles import RequiredScope, ScopeProfile, parse_profile

MOST_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class HowTo:
    """How to do what a page is for.

    Attributes:
        title: What is done.
        steps: How, in order.
    """

    title: str
    steps: tuple[str, ...]


CONNECT: Final = HowTo(
    "Connect your Jira",
    (
        "Open your name → ALM Credentials, and press Edit in the row of your Jira.",
        "Follow the guide beside the form: make a scoped API token at Atlassian with the scopes listed.",
        "Press Change next to Password/API Token, and see that Using Scope API is checked.",
        "Paste the token, press Test Connection, and then Save.",
    ),
)
TOOLS: Final = HowTo(
    "Let a tool work as you",
    (
        "Make a client key under Tools, for one Jira and one tool; it is shown once.",
        "Copy the ready-made settings for your tool: Ownkey’s address, and the key in place of the token.",
        "Revoke the key when you do not use the tool any more; the tool is refused within a second.",
    ),
)
ACTIVITY: Final = HowTo(
    "See what was done in your name",
    (
        "Each change that a tool or a page made in Jira as you has a line; what only read is counted by day.",
        "A refusal says why, and which scope is missing; its link leads to the guide with that scope marked.",
        "If a tool that you do not know is named, revoke its client key under Tools.",
    ),
)
BOARD: Final = HowTo(
    "Read a board",
    (
        "Sprints or statuses are columns; an epic is the colour at the edge of a card, or a lane.",
        "Filter by words, people, types or JQL; the filter is in the address, so it can be shared.",
        "What this board shows says which issues were looked for, and lets you correct it.",
        "The page says how old it is, and reads itself again while it is open. Keys: j k h l between cards.",
    ),
)
WORK: Final = HowTo(
    "Find your work",
    (
        "Home shows what others changed since you last looked, your open issues, and boards at hand.",
        "Search takes words, a key, or JQL, and completes it while you write.",
        "All of it is read as you, with your own token: what you see here is what Jira lets you see.",
    ),
)
ALIGNMENT: Final = HowTo(
    "See what your token and your account may do",
    (
        "Each line is a scope: whether your token has it, and whether Jira lets your account use it.",
        "Try it makes one real call that cannot have an effect.",
        "Amber asks for another token; blue asks for a permission from the project’s administrator.",
    ),
)
OPERATIONS: Final = HowTo(
    "Find out what you can do",
    (
        "Search all operations of Jira’s API by name, path or scope.",
        "A tick means that your token opens it; otherwise the missing scope stands there.",
        "Try it has a form for the parameters of operations that read.",
    ),
)
SECURITY: Final = HowTo(
    "Keep your sign-in safe",
    (
        "Add a passkey or an authenticator app under Security, and keep the recovery codes.",
        "Sessions shows where you are signed in; end those that you do not know.",
    ),
)
ACCOUNTS: Final = HowTo(
    "Set up a Jira for everybody",
    (
        "Add an ALM account: its site, the main credential, and the scopes that people need.",
        "Choose what applies to people who are not connected: refuse, read-only, or the main credential.",
        "Press Test Connection, then Save, and invite people.",
    ),
)
PEOPLE: Final = HowTo(
    "Bring people in",
    (
        "Invite one person or paste a list; each gets a link that works once.",
        "Suspending a person ends their sessions and calls within a second.",
    ),
)
COVERAGE: Final = HowTo(
    "See who is connected",
    (
        "Each row is a person at a Jira, with the state of their token and what is missing.",
        "Remind sends a mail to those who have something to do; people reminded within the hour are skipped.",
    ),
)
RECORD: Final = HowTo(
    "Find out who did what",
    (
        "Narrow the record by person, action, outcome, Jira and day, or export it as CSV.",
        "On the server, ownkey audit verify proves that no entry was changed or removed.",
    ),
)

BY_VIEW: Final = {
    "activity": ACTIVITY,
    "record": RECORD,
    "workspace:board": BOARD,
    "workspace:alignment": ALIGNMENT,
    "workspace:alignment_people": ALIGNMENT,
    "workspace:alignment_person": ALIGNMENT,
    "workspace:operations": OPERATIONS,
    "mfa_index": SECURITY,
    "people:sessions": SECURITY,
    "account_change_password": SECURITY,
    "people:people": PEOPLE,
    "people:invite": PEOPLE,
    "people:invite_many": PEOPLE,
}
"""Which how-to comes first on the page of help, by the name of the view that a person comes from."""
BY_ROOM: Final = {
    "client_keys": TOOLS,
    "workspace": WORK,
    "coverage": COVERAGE,
}
ALL: Final = (
    CONNECT,
    TOOLS,
    WORK,
    BOARD,
    ALIGNMENT,
    OPERATIONS,
    ACTIVITY,
    SECURITY,
)
FOR_ADMINISTRATORS: Final = (ACCOUNTS, PEOPLE, COVERAGE, RECORD)


@dataclass(frozen=True, slots=True)
class ScopesOf:
    """The scopes that one ALM account requires, in the groups of the guide."""

    account: str
    groups: dict[str, tuple[RequiredScope, ...]]


def how_to_for(path: str) -> HowTo | None:
    """Return the how-to of the page at an address; None if it has none, or is no page."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    if found.view_name in BY_VIEW:
        return BY_VIEW[found.view_name]
    if found.view_name.startswith("connections:account"):
        return ACCOUNTS
    if found.view_name.startswith("connections:"):
        return CONNECT
    return BY_ROOM.get(found.namespace)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Show help, that for the page which the person comes from first."""
    person = user_of(request)
    here = how_to_for(request.GET.get("from", "")[:500])
    every = (*ALL, *(FOR_ADMINISTRATORS if person.reads_the_record else ()))
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("name", "email")
    named = list(administrators.values_list("name", "email")[: MOST_NAMED + 1])
    context = {
        "here": here,
        "others": [each for each in every if each is not here],
        "scopes": _scopes(),
        "administrators": named[:MOST_NAMED],
        "has_more": len(named) > MOST_NAMED,
        "version": version("ownkey"),
    }
    return render(request, "console/help.html", context)


def _scopes() -> list[ScopesOf]:
    """Return what each ALM account requires; alike lists once."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, scopes in AlmAccount.objects.values_list("name", "required_scopes")[:MOST_NAMED]:
        found.setdefault(tuple(sorted(scopes)), []).append(name)
    return [
        ScopesOf(", ".join(names), _profile(scopes).by_group()) for scopes, names in found.items() if scopes
    ] or [ScopesOf("", parse_profile("planning").by_group())]


def _profile(scopes: tuple[str, ...]) -> ScopeProfile:
    return parse_profile(",".join(scopes))
