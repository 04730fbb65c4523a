"""What a board shows, worked out from what the person's scopes open.

The planning profile reads no board by its id, nor its columns, filter or estimation field. So the board is
found in the list of boards; its issues by its project, or by a filter that the person has named; the estimate
by a field's name. The rule stands on the page, and the person can correct it. Where the scopes open what the
board says of itself, that is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ownkey.workspace.boards.kept import KeptBoard
from ownkey.workspace.boards.listing import Board, board_of, board_page
from ownkey.workspace.boards.own import NO_COLUMN, OwnColumn, own_ids, set_up_of
from ownkey.workspace.jira.asking import Jira, Query, together
from ownkey.workspace.jira.expected import object_in
from ownkey.workspace.jira.fields import Fields, fields_of
from ownkey.workspace.jira.issues import MOST_RECONCILED, Card, Found, fetched, found_ids
from ownkey.workspace.jira.remembered import remembered
from ownkey.workspace.jira.trouble import LEFT_OUT, JiraTroubleError, Kind, Trouble
from ownkey.workspace.jira.uses import BOARD, BOARD_ISSUES, BOARD_SPRINTS
from ownkey.workspace.jira.values import day_of, id_of, list_of, mapping_of, quoted, text_of

MOST_ISSUES: Final = 5_000
BACKLOG: Final = "backlog"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a person has corrected; empty where it is worked out.

    Attributes:
        project: The id or key of the project whose issues the board shows.
        filter_id: The filter whose issues it shows.
        points_field: The field that holds the estimate.
    """

    project: str = ""
    filter_id: str = ""
    points_field: str = ""

    @property
    def is_worked_out(self) -> bool:
        """Whether which issues the board shows is left to be worked out."""
        return not self.project and not self.filter_id


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint.

    Attributes:
        id: Jira's id.
        name: Its name.
        state: `active` or `future`.
        starts: Its first day, if it has one.
        ends: Its last day, if it has one.
        goal: Its goal.
    """

    id: str
    name: str
    state: str
    starts: date | None = None
    ends: date | None = None
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a sprint, the backlog, or the statuses of one category.

    Attributes:
        id: A sprint's id, `backlog`, or the category's key.
        title: What stands above it.
        cards: Its issues, in Jira's order.
        sprint: The sprint that it is, or None.
        note: What has to be said about it; may be empty.
    """

    id: str
    title: str
    cards: tuple[Card, ...] = ()
    sprint: Sprint | None = None
    note: str = ""

    @property
    def points(self) -> str:
        """The sum of its estimates, in words; empty if nothing is estimated."""
        estimated = [card.points for card in self.cards if card.points is not None]
        return f"{sum(estimated):g}" if estimated else ""


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board with its issues.

    Attributes:
        board: The board.
        columns: Its columns.
        fields: Which fields were read.
        query: The JQL that found its issues.
        is_all: Whether these are all of its issues.
        is_own: Whether they are the board's own, rather than worked out by a rule.
    """

    board: Board
    columns: tuple[Column, ...]
    fields: Fields
    query: str
    is_all: bool
    is_own: bool = False

    @property
    def cards(self) -> tuple[Card, ...]:
        """All of its issues."""
        return tuple(card for column in self.columns for card in column.cards)

    @property
    def refs(self) -> frozenset[str]:
        """What it shows beside its issues: what is written to them concerns its page."""
        sprints = (f"sprint:{column.sprint.id}" for column in self.columns if column.sprint is not None)
        projects = (f"project:{card.key.rpartition('-')[0]}" for card in self.cards)
        return frozenset((f"board:{self.board.id}", *sprints, *projects))


async def board_called(jira: Jira, board_id: str) -> Board:
    """Return a board by its id, by itself or from the list of boards; remembered for a while.

    Raises:
        JiraTroubleError: there is no answer, or Jira shows no such board.
    """
    return await remembered(jira.means, f"board {board_id}", lambda: _find(jira, board_id))


async def read_board(
    jira: Jira, board_id: str, rule: Rule, *, jql: str = "", kept: KeptBoard | None = None
) -> BoardView:
    """Return a board with its issues.

    The first time three rounds of calls: the board; the ids of its issues, the fields, and how it is set up
    if that may be read; the issues, and the sprints. Later two. The first round is one call: while nothing is
    known of a credential, others wait for it. Where it is known which issues are different now, only those
    are read.

    Args:
        jira: As whom.
        board_id: Jira's id of the board.
        rule: What the person has corrected.
        jql: A query that is added to the board's.
        kept: What was read before; what is read now is added to it.

    Raises:
        JiraTroubleError: there is no answer.
    """
    board = await board_called(jira, board_id)
    if jira.leaves_out(board.project_key) or jira.leaves_out(rule.project.upper()):
        raise JiraTroubleError(LEFT_OUT)
    source = await _source(jira, board, rule, jql)
    kept = kept if kept is not None else KeptBoard()
    if kept.query != source.query or kept.stale is None:
        kept.begin(source.query)
    found, fields, set_up = await together(
        _found(jira, source, kept), fields_of(jira), set_up_of(jira, board_id)
    )
    fields = fields.with_points(rule.points_field or set_up.points_field)
    wanted = kept.to_read(found.ids, now=jira.now())
    sprints, issues = await together(_sprints(jira, board), fetched(jira, wanted, fields))
    own = kept.take(found.ids, issues, fresh=frozenset(jira.fresh_ids), now=jira.now())
    cards = [card for card in own if not card.is_sub_task]
    if board.kind == "scrum" or sprints:
        columns = columns_by_sprint(cards, sprints)
    elif source.is_own and set_up.columns:
        columns = columns_as_set_up(cards, set_up.columns)
    else:
        columns = columns_by_category(cards)
    return BoardView(board, columns, fields, source.query, found.is_all, source.is_own)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the issues of a board come from.

    Attributes:
        board_id: Jira's id of the board.
        query: What finds them, or narrows the board's own.
        is_own: Whether Jira is asked for the board's own issues.
    """

    board_id: str
    query: str
    is_own: bool

    async def ids(self, jira: Jira) -> Found:
        """Return their ids, as far as search knows them."""
        if self.is_own:
            return await own_ids(jira, self.board_id, self.query, most=MOST_ISSUES)
        return await found_ids(jira, self.query, most=MOST_ISSUES)


async def _source(jira: Jira, board: Board, rule: Rule, jql: str) -> Source:
    if rule.is_worked_out and await jira.may(BOARD_ISSUES, {"boardId": board.id}):
        return Source(board.id, narrowing_of(board, jql), is_own=True)
    return Source(board.id, query_of(board, rule, jql), is_own=False)


async def read_ids(jira: Jira, board_id: str, rule: Rule, *, jql: str = "") -> Found:
    """Return the ids of a board's issues, as far as search knows them.

    Raises:
        JiraTroubleError: there is no answer.
    """
    board = await board_called(jira, board_id)
    return await (await _source(jira, board, rule, jql)).ids(jira)


async def _found(jira: Jira, source: Source, kept: KeptBoard) -> Found:
    """Return the ids of a board's issues; those that are known to have changed are found as they are now."""
    unknown = [name for name in kept.stale or () if not name.isdigit() and kept.id_of(name) is None]
    if unknown:
        kept.note(await fetched(jira, unknown, await fields_of(jira)))
    changed = (kept.id_of(name) or name for name in sorted(kept.stale or ()))
    jira.fresh_ids = tuple(dict.fromkeys((*changed, *jira.fresh_ids)))[:MOST_RECONCILED]
    found = await source.ids(jira)
    doubtful = [each for each in kept.doubtful(found.ids, now=jira.now()) if each not in jira.fresh_ids]
    if not doubtful or source.is_own:
        # A board's own issues cannot be reconciled: what has not changed since it was seen there stays.
        jira.fresh_ids = () if source.is_own else jira.fresh_ids
        return found
    jira.fresh_ids = (*doubtful, *jira.fresh_ids)[:MOST_RECONCILED]
    return await source.ids(jira)


def query_of(board: Board, rule: Rule, jql: str = "") -> str:
    """Return the JQL that finds a board's issues that are not done long ago.

    Raises:
        JiraTroubleError: neither a project nor a filter is known.
    """
    return f"{place_of_board(board, rule)} AND {narrowing_of(board, jql)} ORDER BY Rank ASC"


def narrowing_of(board: Board, jql: str = "") -> str:
    """Return the JQL that leaves out what was done long ago, and what a person does not look for."""
    recent = "sprint in openSprints()" if board.kind == "scrum" else "updated >= -14d"
    extra = f" AND ({jql})" if jql else ""
    return f"(statusCategory != Done OR {recent}){extra}"


def place_of_board(board: Board, rule: Rule) -> str:
    """Return the JQL of the project or filter whose issues a board shows.

    Raises:
        JiraTroubleError: neither is known.
    """
    if rule.filter_id:
        return f"filter = {quoted(rule.filter_id)}"
    if rule.project or board.project_key:
        return f"project = {quoted(rule.project or board.project_key)}"
    raise JiraTroubleError(NO_PLACE)


NO_PLACE: Final = Trouble(
    Kind.NOT_UNDERSTOOD,
    "Jira does not say which project this board is for, and your scopes do not open the board's own filter.",
    "Name a project or a filter below.",
)
NO_SUCH_BOARD: Final = Trouble(
    Kind.NOT_THERE,
    "Jira shows you no such board: it was deleted, or you may not see it.",
    "Look for it among the boards.",
)


async def _find(jira: Jira, board_id: str) -> Board:
    if await jira.may(BOARD, {"boardId": board_id}):
        return board_of(object_in(await jira.json(BOARD, {"boardId": board_id})))
    start: int | None = 0
    while start is not None:
        page = await board_page(jira, start=start)
        for board in page.boards:
            if board.id == board_id:
                return board
        start = page.next_start
    raise JiraTroubleError(NO_SUCH_BOARD)


async def _sprints(jira: Jira, board: Board) -> tuple[Sprint, ...]:
    """Return a board's sprints that are not closed; none for a board that has no sprints."""
    if board.kind == "kanban":
        return ()
    query: Query = {"state": "active,future", "maxResults": 50}
    try:
        answer = await jira.json(BOARD_SPRINTS, {"boardId": board.id}, query=query)
    except JiraTroubleError as error:
        # A team-managed board has sprints or not, and its entry in the list does not say so.
        if board.kind == "simple" and error.trouble.kind is Kind.NOT_UNDERSTOOD:
            return ()
        raise
    return tuple(
        Sprint(
            id=id_of(each.get("id")),
            name=text_of(each, "name"),
            state=text_of(each, "state"),
            starts=day_of(each.get("startDate")),
            ends=day_of(each.get("endDate")),
            goal=text_of(each, "goal"),
        )
        for each in list_of(mapping_of(answer).get("values"))
    )


def columns_by_sprint(cards: Sequence[Card], sprints: Sequence[Sprint]) -> tuple[Column, ...]:
    """Return a column for each sprint and the backlog; a card stands in the first sprint that it is in."""
    order = {sprint.id: number for number, sprint in enumerate(sprints)}
    members: list[list[Card]] = [[] for _ in sprints]
    rest = []
    for card in cards:
        number = min((order[each] for each in card.sprint_ids if each in order), default=None)
        if number is not None:
            members[number].append(card)
        elif card.status.category != "done" and card.kind != "Epic":
            rest.append(card)
    backlog = Column(
        BACKLOG, "Backlog", tuple(rest), note="The order is Jira's: your scopes do not open ranking here."
    )
    columns = (
        Column(sprint.id, sprint.name, tuple(own), sprint)
        for sprint, own in zip(sprints, members, strict=True)
    )
    return (*columns, backlog)


def columns_as_set_up(cards: Sequence[Card], columns: Sequence[OwnColumn]) -> tuple[Column, ...]:
    """Return the columns as the board is set up in Jira; what stands in none of them comes last."""
    place = {status_id: number for number, column in enumerate(columns) for status_id in column.status_ids}
    members: list[list[Card]] = [[] for _ in (*columns, NO_COLUMN)]
    for card in cards:
        if card.kind != "Epic":
            members[place.get(card.status.id, -1)].append(card)
    found = [
        Column(f"column-{number}", column.name, tuple(own))
        for number, (column, own) in enumerate(zip(columns, members, strict=False))
    ]
    return (*found, Column("column-none", NO_COLUMN, tuple(members[-1]))) if members[-1] else tuple(found)


_CATEGORIES: Final = (("new", "To do"), ("indeterminate", "In progress"), ("done", "Done"))


def columns_by_category(cards: Sequence[Card]) -> tuple[Column, ...]:
    """Return a column for each status, those of one category together, in the order of the categories."""
    by_status: dict[str, dict[str, list[Card]]] = {category: {} for category, _ in _CATEGORIES}
    for card in cards:
        if card.status.category in by_status:
            own = by_status[card.status.category].setdefault(card.status.name, [])
            if card.kind != "Epic":
                own.append(card)
    return tuple(
        Column(f"{category}-{name}", name, tuple(own))
        for category, title in _CATEGORIES
        for name, own in (by_status[category] or {title: []}).items()
    )


def narrowed(
    view: BoardView, *, text: str = "", assignee: str = "", kind: str = "", epic: str = ""
) -> BoardView:
    """Return a board with only the cards that match; empty means any."""
    wanted = text.casefold()

    def fits(card: Card) -> bool:
        return (
            (not wanted or wanted in f"{card.key} {card.summary} {' '.join(card.labels)}".casefold())
            and (not assignee or (card.assignee.account_id if card.assignee else "none") == assignee)
            and (not kind or card.kind == kind)
            and (not epic or (card.parent_key or "none") == epic)
        )

    columns = tuple(
        replace(column, cards=tuple(card for card in column.cards if fits(card))) for column in view.columns
    )
    return replace(view, columns=columns)
