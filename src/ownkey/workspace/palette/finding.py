"""What is found without asking Jira: pages that the person may open, scopes, boards at hand, and people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from ownkey.calls.means import BySession
from ownkey.connections.models import AlmAccount
from ownkey.people.models import User
from ownkey.scopes.catalogue import load_catalogue
from ownkey.workspace.jira.remembered import known
from ownkey.workspace.models import Opened, Star, Thing
from ownkey.workspace.pages import settings_of

MOST_OF_EACH: Final = 6
SHORTEST: Final = 2
"""Characters that are typed before anything but pages is looked for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the list.

    Attributes:
        title: What it is called.
        address: Where it leads.
        words: What else is said of it.
    """

    title: str
    address: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind, under a heading."""

    title: str
    hits: Sequence[Hit]


_ALL: Final = (
    ("Home", "home", "start what to do"),
    ("Activity", "activity", "what was done in my name refused log"),
    ("Tools", "client_keys:list", "client keys"),
    ("New client key", "client_keys:choose", "make tool"),
    ("ALM Credentials", "connections:credential_list", "connect token api edit change"),
    ("Profile", "people:details", "name e-mail"),
    ("Security", "mfa_index", "passkey authenticator code second factor"),
    ("Sessions", "people:sessions", "signed in where devices"),
    ("Help", "help", "how to version administrators"),
    ("Sign out", "account_logout", "leave"),
)
_IN_JIRA: Final = (
    ("My work", "workspace:home", "since i last looked changes"),
    ("My issues and search", "workspace:search", "jql find"),
    ("Boards", "workspace:board_list", "sprints kanban scrum"),
    ("Projects", "workspace:project_list", ""),
    ("Alignment", "workspace:alignment", "may token account permission scope"),
    ("What can I do?", "workspace:operations", "operations api"),
)
_OF_ADMINISTRATORS: Final = (
    ("ALM Accounts", "connections:account_list", "jira main settings policy"),
    ("Add ALM Account", "connections:account_add", "new jira"),
    ("People", "people:people", "users suspend"),
    ("Invite somebody new", "people:invite", "user add"),
)
_OF_RECORD_READERS: Final = (
    ("Coverage", "coverage:list", "who is connected remind"),
    ("Use", "coverage:use", "calls operations numbers"),
    ("Record", "record", "audit who did what"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What is found at once.

    Attributes:
        before: What stands before Jira's issues.
        after: What stands after them.
    """

    before: Sequence[Group]
    after: Sequence[Group]


def found_for(person: User, account: AlmAccount | None, means: BySession | None, words: str) -> Found:
    """Return what is found at once; without words the pages alone."""
    wanted = words.strip().casefold()
    before = [Group("Pages", _most(_pages(person, account, wanted)))]
    after = []
    if len(wanted) >= SHORTEST:
        before.append(Group("Boards", _most(_boards(person, account, means, wanted))))
        if person.reads_the_record:
            after.append(Group("People", _people(person, words.strip())))
        after.append(Group("Scopes", _most(_scopes(account, wanted))))
    return Found([group for group in before if group.hits], [group for group in after if group.hits])


def _most(hits: Iterator[Hit]) -> list[Hit]:
    return [hit for hit, _ in zip(hits, range(MOST_OF_EACH), strict=False)]


def _pages(person: User, account: AlmAccount | None, wanted: str) -> Iterator[Hit]:
    rows = list(_ALL)
    rows += _OF_ADMINISTRATORS if person.is_administrator else ()
    rows += _OF_RECORD_READERS if person.reads_the_record else ()
    hits = [(Hit(title, reverse(name)), about) for title, name, about in rows]
    if account is not None:
        in_jira = [
            (Hit(title, reverse(name, args=[account.slug]), account.name), about)
            for title, name, about in _IN_JIRA
        ]
        hits = [*in_jira, *hits]
    # Those whose title begins with what was typed come first.
    hits.sort(key=lambda pair: not pair[0].title.casefold().startswith(wanted))
    return (hit for hit, about in hits if wanted in f"{hit.title} {about}".casefold())


def _boards(person: User, account: AlmAccount | None, means: BySession | None, wanted: str) -> Iterator[Hit]:
    """Yield the boards that the person starred or opened and whose names are known in this session."""
    if account is None or means is None:
        return
    left_out = frozenset(map(str, settings_of(account).left_out))
    own = {"user": person, "alm_account": account, "thing": Thing.BOARD}
    starred = list(Star.objects.filter(**own).values_list("ref", flat=True)[:200])
    opened = list(Opened.objects.filter(**own).order_by("-opened_at").values_list("ref", flat=True)[:50])
    for ref in dict.fromkeys((*starred, *opened)):
        board = known(means, f"board {ref}")
        is_left_out = board is not None and board.project_key in left_out
        if board is not None and not is_left_out and wanted in board.name.casefold():
            yield Hit(board.name, reverse("workspace:board", args=[account.slug, ref]), account.name)


def _scopes(account: AlmAccount | None, wanted: str) -> Iterator[Hit]:
    for scope in _all_scopes():
        if wanted in scope:
            leads_to = (
                f"{reverse('workspace:operations', args=[account.slug])}?{urlencode({'q': scope})}"
                if account is not None
                else reverse("help")
            )
            yield Hit(scope, leads_to, "what it opens")


def _all_scopes() -> list[str]:
    scopes = {scope for each in load_catalogue().operations for scope in each.requirement.scopes}
    return sorted(scopes)


def _people(person: User, words: str) -> list[Hit]:
    """Return people, for those who see the lists of people anyhow."""
    found = User.objects.filter(Q(name__icontains=words) | Q(email__icontains=words)).order_by(
        "name", "email"
    )
    name = "people:people" if person.is_administrator else "coverage:list"
    return [
        Hit(each.name, f"{reverse(name)}?{urlencode({'text': each.email})}", each.email)
        for each in found.only("name", "email")[:MOST_OF_EACH]
    ]
