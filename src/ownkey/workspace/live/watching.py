"""Whether what an open page shows has changed: by what was written through Ownkey, or by one small search."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Final, Protocol

from ownkey.calls.writes import Written
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.issues import updates
from ownkey.workspace.jira.uses import BULK_FETCH
from ownkey.workspace.jira.values import list_of, mapping_of, moment_of, text_of
from ownkey.workspace.live.memory import PageMemory

LAG: Final = timedelta(minutes=2)
"""How far back a search looks beyond the last reading: Jira's search lags behind what was changed."""
_SKEW: Final = timedelta(seconds=10)


class Watch(Protocol):
    """How one page finds out whether it has to be read again."""

    def begin(self, memory: PageMemory) -> None:
        """Have everything read again, as for a page that is opened."""

    def concerned(self, memory: PageMemory, writes: Sequence[Written]) -> bool:
        """Whether what was written through Ownkey may be shown on the page."""

    def prepare(self, memory: PageMemory, writes: Sequence[Written]) -> None:
        """Have what was written read again, for a page that is about to be read."""

    async def changed(self, jira: Jira, memory: PageMemory) -> bool:
        """Ask Jira by one small call whether anything has changed.

        Raises:
            JiraTroubleError: there is no answer.
        """


def may_concern(memory: PageMemory, writes: Sequence[Written]) -> bool:
    """Whether an open page may have to be read again because of what was written at its ALM account."""
    return memory.watch is not None and memory.watch.concerned(memory, writes)


def issue_names(writes: Sequence[Written]) -> frozenset[str] | None:
    """Return the ids and keys of the issues that were written to; None if some cannot be told."""
    names = set()
    for each in writes:
        issues = [ref.name for ref in each.refs if ref.kind == "issue"]
        if not issues:
            return None
        names.update(issues)
    return frozenset(names)


async def newer(jira: Jira, memory: PageMemory, where: str) -> frozenset[str]:
    """Return the ids of issues that were changed since the page was read, as far as search knows them.

    Args:
        jira: As whom.
        memory: The page; it keeps what was found.
        where: The JQL of the issues in question; empty for all.

    Raises:
        JiraTroubleError: there is no answer.
    """
    now = jira.now()
    since = (memory.read_at or now) - LAG
    recent = f"updated >= -{ceil((now - since).total_seconds() / 60)}m"
    found = await updates(jira, f"({where}) AND {recent}" if where else recent)
    before, memory.seen = memory.seen, found
    if before is not None:
        return frozenset(each for each, at in found.items() if before.get(each) != at)
    read_at = memory.read_at or now
    return frozenset(
        each
        for each, at in found.items()
        if (moment := moment_of(at)) is not None and moment > read_at - _SKEW
    )


@dataclass(frozen=True, slots=True)
class QueryWatch:
    """Watches the issues that a query finds.

    Attributes:
        where: Its JQL without the order; empty for all issues.
    """

    where: str

    def begin(self, memory: PageMemory) -> None:
        """Have everything read again."""
        memory.seen = None

    def concerned(self, memory: PageMemory, writes: Sequence[Written]) -> bool:  # noqa: ARG002 — see Watch
        """Whether anything was written: the query may find it now."""
        return bool(writes)

    def prepare(self, memory: PageMemory, writes: Sequence[Written]) -> None:
        """Do nothing: all of it is read."""

    async def changed(self, jira: Jira, memory: PageMemory) -> bool:
        """Whether one of its issues was changed."""
        return bool(await newer(jira, memory, self.where))


@dataclass(frozen=True, slots=True)
class IssueWatch:
    """Watches one issue.

    Attributes:
        key: Its key or id.
    """

    key: str

    def begin(self, memory: PageMemory) -> None:
        """Have everything read again."""
        memory.seen = None

    def concerned(self, memory: PageMemory, writes: Sequence[Written]) -> bool:
        """Whether it was written to, or something that cannot be told."""
        names = issue_names(writes)
        return names is None or any(f"issue:{name}" in memory.refs for name in names)

    def prepare(self, memory: PageMemory, writes: Sequence[Written]) -> None:
        """Do nothing: all of it is read."""

    async def changed(self, jira: Jira, memory: PageMemory) -> bool:
        """Whether it was changed since; it is read by its key, so nothing lags."""
        document = {"issueIdsOrKeys": [self.key], "fields": ["updated"]}
        found = list_of(mapping_of(await jira.json(BULK_FETCH, document=document)).get("issues"))
        seen = {text_of(each, "id"): text_of(each, "fields", "updated") for each in found}
        before, memory.seen = memory.seen, seen
        return before is not None and before != seen
