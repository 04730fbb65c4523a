"""Many issues at once: ids by one search, their fields by calls that run together."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from ownkey.workspace.documents.text import shown
from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.expected import list_in, object_in
from ownkey.workspace.jira.fields import Fields
from ownkey.workspace.jira.in_words import in_words
from ownkey.workspace.jira.uses import BULK_FETCH, SEARCH
from ownkey.workspace.jira.values import (
    Someone,
    Status,
    id_of,
    in_batches,
    key_of,
    list_of,
    mapping_of,
    moment_of,
    number_of,
    someone_of,
    status_of,
    text_of,
)

IDS_AT_ONCE: Final = 5_000
FETCHED_AT_ONCE: Final = 100
MOST_RECONCILED: Final = 50
MY_OPEN_ISSUES: Final = "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC"
CARD_FIELDS: Final = (
    "summary",
    "status",
    "issuetype",
    "assignee",
    "priority",
    "parent",
    "labels",
    "issuelinks",
    "updated",
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two issues, read from one of them.

    Attributes:
        words: How the one relates to the other, such as "is blocked by".
        key: The other's key.
        summary: The other's summary.
        status: The other's status.
    """

    words: str
    key: str
    summary: str
    status: Status


@dataclass(frozen=True, slots=True)
class Card:
    """An issue as lists and boards show it.

    Attributes:
        id: Jira's id.
        key: Its key.
        summary: Its summary.
        kind: The name of its type.
        status: Its status.
        assignee: To whom it is assigned.
        points: Its estimate, where the points field is known.
        priority: The name of its priority.
        parent_key: The key of its epic or parent; empty if it has none.
        parent: The summary of its epic or parent.
        sprint_ids: The sprints that it is in, closed ones too.
        is_flagged: Whether an impediment is flagged.
        is_sub_task: Whether it is a part of another issue.
        labels: Its labels.
        links: Its links to other issues.
        updated: When it was last changed.
        further: What else was asked for, as texts, by the fields' ids.
    """

    id: str
    key: str
    summary: str
    kind: str
    status: Status
    assignee: Someone | None = None
    points: float | None = None
    priority: str = ""
    parent_key: str = ""
    parent: str = ""
    sprint_ids: tuple[str, ...] = ()
    is_flagged: bool = False
    is_sub_task: bool = False
    labels: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    updated: datetime | None = None
    further: Mapping[str, str] = field(default_factory=dict)

    @property
    def points_words(self) -> str:
        """The estimate without needless digits; empty if there is none."""
        return "" if self.points is None else f"{self.points:g}"

    @property
    def waits_for(self) -> tuple[Link, ...]:
        """The issues that block this one and are not done."""
        return tuple(
            link
            for link in self.links
            if "blocked by" in link.words.lower() and link.status.category != "done"
        )


@dataclass(frozen=True, slots=True)
class CardPage:
    """One page of the issues that a query finds.

    Attributes:
        cards: The issues, in the order of the query.
        next_token: What asks for the next page; empty on the last.
    """

    cards: tuple[Card, ...]
    next_token: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        ids: Jira's ids, in the order of the query.
        is_all: Whether these are all; a search goes no further than was asked.
    """

    ids: tuple[str, ...]
    is_all: bool


async def found_ids(jira: Jira, jql: str, *, most: int = IDS_AT_ONCE) -> Found:
    """Return the ids of the issues that a query finds.

    Args:
        jira: As whom; its fresh ids are seen as they are now, although search lags.
        jql: The query; it has to be bounded.
        most: How many at most.

    Raises:
        JiraTroubleError: there is no answer, or Jira does not understand the query.
    """
    ids: list[str] = []
    token: str | None = None
    while len(ids) < most:
        document: dict[str, Any] = {
            "jql": jql,
            "maxResults": min(IDS_AT_ONCE, most - len(ids)),
            "fields": ["id"],
            **_reconciled(jira),
        }
        if token:
            document["nextPageToken"] = token
        answer = object_in(await jira.json(SEARCH, document=document))
        issues = list_in(answer, "issues")
        ids += [text_of(issue, "id") for issue in issues]
        token = text_of(answer, "nextPageToken") or None
        if token is None or not issues:
            return Found(tuple(ids), is_all=True)
    return Found(tuple(ids), is_all=False)


_ids: OrderedDict[tuple[str, str], str] = OrderedDict()
MOST_IDS: Final = 100_000


def _note_ids(jira: Jira, cards: Iterable[Card]) -> None:
    """Remember which keys are which ids: tools write by key, and search reconciles by id."""
    for card in cards:
        _ids[jira.means.account_slug, card.key] = card.id
        _ids.move_to_end((jira.means.account_slug, card.key))
    while len(_ids) > MOST_IDS:
        _ids.popitem(last=False)


def _shown(jira: Jira, cards: Iterable[Card]) -> list[Card]:
    """Return the issues that may be on pages, without links into projects that are left out."""
    found = [card for card in cards if not jira.leaves_out(card.key)]
    _note_ids(jira, found)
    if not jira.left_out:
        return found
    return [
        replace(card, links=tuple(link for link in card.links if not jira.leaves_out(link.key)))
        for card in found
    ]


def id_of_key(account_slug: str, key: str) -> str:
    """Return the id of an issue that was read in this process by its key; empty if none was."""
    return _ids.get((account_slug, key), "")


def _reconciled(jira: Jira) -> dict[str, Any]:
    """Return what a search document says of issues that were changed a moment ago; Jira takes 50."""
    ids = [int(each) for each in jira.fresh_ids if each.isascii() and each.isdigit()][:MOST_RECONCILED]
    return {"reconcileIssues": ids} if ids else {}


async def updates(jira: Jira, jql: str) -> dict[str, str]:
    """Return when the issues that a query finds were changed last, by id, as Jira writes it; 100 at most.

    Raises:
        JiraTroubleError: there is no answer, or Jira does not understand the query.
    """
    document = {"jql": jql, "maxResults": FETCHED_AT_ONCE, "fields": ["updated"], **_reconciled(jira)}
    answer = object_in(await jira.json(SEARCH, document=document))
    return {text_of(each, "id"): text_of(each, "fields", "updated") for each in list_of(answer.get("issues"))}


async def fetched(jira: Jira, ids: Sequence[str], fields: Fields) -> tuple[Card, ...]:
    """Return the issues with these ids or keys, in this order; those that Jira does not show are left out.

    Raises:
        JiraTroubleError: there is no answer.
    """
    wanted = [*CARD_FIELDS, *fields.of_cards]
    answers = await together(
        *(
            jira.json(BULK_FETCH, document={"issueIdsOrKeys": list(batch), "fields": wanted})
            for batch in in_batches(ids, FETCHED_AT_ONCE)
        )
    )
    cards = _shown(
        jira, (card_of(issue, fields) for answer in answers for issue in list_in(answer, "issues"))
    )
    found = {name: card for card in cards if card.key for name in (card.id, card.key)}
    return tuple(found[each] for each in ids if each in found)


async def found_cards(  # noqa: PLR0913 — what a search is made of
    jira: Jira, jql: str, fields: Fields, *, most: int, token: str = "", further: Sequence[str] = ()
) -> CardPage:
    """Return one page of the issues that a query finds, with their fields, in one call: for few.

    Args:
        jira: As whom.
        jql: The query; it has to be bounded.
        fields: Which fields hold what cards show.
        most: How many at most.
        token: What asks for this page; empty for the first.
        further: Fields that are read as texts beside those of all cards.

    Raises:
        JiraTroubleError: there is no answer, or Jira does not understand the query.
    """
    document: dict[str, Any] = {
        "jql": jql,
        "maxResults": most,
        "fields": list(dict.fromkeys((*CARD_FIELDS, *fields.of_cards, *further))),
        **_reconciled(jira),
    }
    if token:
        document["nextPageToken"] = token
    answer = object_in(await jira.json(SEARCH, document=document))
    cards = _shown(jira, (card_of(issue, fields, further=further) for issue in list_in(answer, "issues")))
    return CardPage(tuple(card for card in cards if card.key), text_of(answer, "nextPageToken"))


def card_of(issue: Any, fields: Fields, *, further: Sequence[str] = ()) -> Card:  # noqa: ANN401 — as Jira sent it
    """Return an issue as lists and boards show it."""
    values = mapping_of(issue.get("fields"))
    labels = values.get("labels")
    return Card(
        id=text_of(issue, "id"),
        key=key_of(issue.get("key")),
        summary=text_of(values, "summary") or "(no summary)",
        kind=text_of(values, "issuetype", "name"),
        status=status_of(values.get("status")),
        assignee=someone_of(values.get("assignee")),
        points=next(
            (found for each in fields.points if (found := number_of(values.get(each))) is not None), None
        ),
        priority=text_of(values, "priority", "name"),
        parent_key=key_of(mapping_of(values.get("parent")).get("key")),
        parent=text_of(values, "parent", "fields", "summary"),
        sprint_ids=tuple(
            filter(None, (id_of(each.get("id")) for each in list_of(values.get(fields.sprint))))
        ),
        is_flagged=bool(values.get(fields.flagged)) if fields.flagged else False,
        is_sub_task=mapping_of(values.get("issuetype")).get("subtask") is True,
        labels=tuple(filter(None, map(shown, labels))) if isinstance(labels, list) else (),
        links=tuple(links_of(values)),
        updated=moment_of(values.get("updated")),
        further={name: in_words(values.get(name)) for name in further},
    )


def links_of(values: Any) -> list[Link]:  # noqa: ANN401 — as Jira sent it
    """Return an issue's links to others."""
    links = []
    for each in list_of(values.get("issuelinks")):
        for side, words in (("inwardIssue", "inward"), ("outwardIssue", "outward")):
            other = mapping_of(each.get(side))
            if key_of(other.get("key")):
                fields = mapping_of(other.get("fields"))
                links.append(
                    Link(
                        text_of(each, "type", words),
                        key_of(other.get("key")),
                        text_of(fields, "summary"),
                        status_of(fields.get("status")),
                    )
                )
    return links
