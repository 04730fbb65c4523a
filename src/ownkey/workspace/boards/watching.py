"""Whether an open board has to be read again, and which of its issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ownkey.calls.writes import Ref, Written
from ownkey.workspace.boards.kept import KeptBoard
from ownkey.workspace.boards.reading import Rule, board_called, place_of_board, read_ids
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.live.memory import PageMemory
from ownkey.workspace.live.watching import issue_names, newer

WHOLE_EVERY: Final = timedelta(seconds=60)
"""How often the ids of all issues are compared instead: no search for changes finds what was deleted."""
MOST_STALE: Final = 100
"""Beyond it everything is read again."""


def kept_board(memory: PageMemory) -> KeptBoard:
    """Return what is kept of the board on a page."""
    if not isinstance(memory.state, KeptBoard):
        memory.state = KeptBoard()
    return memory.state


@dataclass(frozen=True, slots=True)
class BoardWatch:
    """Watches one board.

    Attributes:
        board_id: Jira's id of it.
        rule: What the person has corrected.
        jql: The query that is added to the board's.
    """

    board_id: str
    rule: Rule
    jql: str = ""

    def begin(self, memory: PageMemory) -> None:
        """Have all of its issues read again."""
        kept_board(memory).stale = None
        memory.seen = None

    def concerned(self, memory: PageMemory, writes: Sequence[Written]) -> bool:
        """Whether something was written that the board shows, or may show now."""
        return any(self._may_show(memory, each) for each in writes)

    def prepare(self, memory: PageMemory, writes: Sequence[Written]) -> None:
        """Have the issues read again that were written to; all of them if it cannot be told which."""
        names = issue_names([each for each in writes if self._may_show(memory, each)])
        kept_board(memory).stale = names if names is not None and len(names) <= MOST_STALE else None

    def _may_show(self, memory: PageMemory, written: Written) -> bool:
        if any(f"{ref.kind}:{ref.name}" in memory.refs for ref in written.refs):
            return True
        return any(self._may_join(memory, ref) for ref in written.refs) if written.refs else True

    def _may_join(self, memory: PageMemory, ref: Ref) -> bool:
        """Whether an issue that is not on the board may belong there now, as far as its key tells."""
        if ref.kind != "issue":
            return False
        project = ref.name.rpartition("-")[0]
        projects = {each for each in memory.refs if each.startswith("project:")}
        return not project or not projects or f"project:{project}" in projects

    async def changed(self, jira: Jira, memory: PageMemory) -> bool:
        """Whether an issue of the board's project was changed, or, now and then, its issues are others."""
        kept, now = kept_board(memory), jira.now()
        if kept.compared_at is None or now - kept.compared_at >= WHOLE_EVERY:
            kept.compared_at = now
            found = await read_ids(jira, self.board_id, self.rule, jql=self.jql)
            kept.stale = frozenset()
            return frozenset(found.ids) != frozenset(kept.order)
        board = await board_called(jira, self.board_id)
        ids = await newer(jira, memory, place_of_board(board, self.rule))
        kept.stale = ids if len(ids) <= MOST_STALE else None
        return bool(ids)
