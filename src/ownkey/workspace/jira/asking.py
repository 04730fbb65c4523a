"""Jira as one person sees it from one page: only what the page has declared can be asked."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from ownkey.calls.answers import LARGEST_ANSWER, Answer
from ownkey.calls.decision import Refused, decide
from ownkey.calls.grants import Snapshot
from ownkey.calls.means import ByAdministrator, BySession
from ownkey.calls.monitor import gone_refusal
from ownkey.calls.refusals import Refusal
from ownkey.calls.way import Asked, CallWay
from ownkey.scopes.catalogue import Operation
from ownkey.scopes.probes import Probe
from ownkey.scopes.router import load_router
from ownkey.workspace.jira.trouble import (
    JiraTroubleError,
    trouble_of_answer,
    trouble_of_refusal,
    unreadable,
)
from ownkey.workspace.jira.uses import Use

Named = Mapping[str, str | int | Sequence[str] | None]
"""What is asked, by name; a list is asked value by value."""
Query = Named | Sequence[tuple[str, str]]
"""The same; or pairs, as they are."""
PageMeans = BySession | ByAdministrator
Parts = Mapping[str, str]
NO_PARTS: Final[Parts] = MappingProxyType({})
_ACCEPT: Final = [(b"accept", b"application/json"), (b"accept-encoding", b"gzip")]


class UndeclaredUseError(Exception):
    """A page asks for an operation that it has not declared: a mistake in the code."""


class Jira:
    """What a page asks of Jira, as its person.

    Attributes:
        means: The session that asks, or its administrator with the main credential.
        uses: The operations that the page has declared.
        calls: How many calls have been made.
        fresh_ids: Ids of issues that were changed a moment ago: searches find them as they are now, although
            Jira's search lags behind its writes.
        left_out: The keys of the projects that the administrator has left out of all pages.
    """

    def __init__(self, way: CallWay, means: PageMeans, *, uses: frozenset[Use]) -> None:
        self._way = way
        self.means = means
        self.uses = uses
        self.calls = 0
        self.fresh_ids: tuple[str, ...] = ()
        self.left_out: frozenset[str] = frozenset()

    def leaves_out(self, key: str) -> bool:
        """Whether a project, or the project of an issue, is left out of all pages; by its key."""
        return key in self.left_out or key.rpartition("-")[0] in self.left_out

    def now(self) -> datetime:
        """Return the time, aware."""
        return self._way.clock()

    async def who(self) -> Snapshot:
        """Return what the person's session grants now.

        Raises:
            JiraTroubleError: the session has ended.
        """
        snapshot = await self._way.cache.snapshot(self.means)
        if snapshot is None:
            raise JiraTroubleError(trouble_of_refusal(gone_refusal(self.means)))
        return snapshot

    async def refusal_of(self, use: Use, parts: Parts = NO_PARTS) -> Refusal | None:
        """Return why the person may not use an operation now, or None; nothing is sent."""
        decision = decide(await self.who(), use.method, self._path(use, parts))
        return decision.refusal if isinstance(decision, Refused) else None

    async def may(self, use: Use, parts: Parts = NO_PARTS) -> bool:
        """Whether scopes and policy let the person use an operation now; nothing is sent."""
        return await self.refusal_of(use, parts) is None

    async def outcome(
        self,
        use: Use,
        parts: Parts = NO_PARTS,
        *,
        query: Query | None = None,
        document: object = None,
        largest: int = LARGEST_ANSWER,
    ) -> Answer | Refusal:
        """Return Jira's answer, with whatever status, or Ownkey's refusal.

        Raises:
            UndeclaredUseError: the page has not declared the operation.
        """
        path = self._path(use, parts)
        body = None if document is None else json.dumps(document).encode()
        asked = Asked(use.method, path, encoded(query or {}), _fields(body), body)
        self.calls += 1
        return await self._way.make(self.means, asked, largest=largest)

    async def probed(self, probe: Probe, *, largest: int = LARGEST_ANSWER) -> Answer | Refusal:
        """Send a request that cannot have an effect, and return Jira's answer or Ownkey's refusal.

        Raises:
            UndeclaredUseError: the page has not declared the operation.
        """
        operation = probe.operation
        if Use(operation.method, operation.path) not in self.uses:
            raise UndeclaredUseError(operation.signature)
        asked = Asked(probe.method, probe.path, b"", _fields(probe.body), probe.body)
        self.calls += 1
        return await self._way.make(self.means, asked, largest=largest)

    async def json(
        self, use: Use, parts: Parts = NO_PARTS, *, query: Query | None = None, document: object = None
    ) -> Any:  # noqa: ANN401 — JSON has no narrower type
        """Return the JSON document that Jira answers with.

        Raises:
            JiraTroubleError: there is no good answer.
            UndeclaredUseError: the page has not declared the operation.
        """
        outcome = await self.outcome(use, parts, query=query, document=document)
        if isinstance(outcome, Refusal):
            raise JiraTroubleError(trouble_of_refusal(outcome))
        trouble = trouble_of_answer(outcome)
        if trouble is not None:
            raise JiraTroubleError(trouble)
        try:
            return outcome.json()
        except (ValueError, RecursionError) as error:
            raise JiraTroubleError(unreadable()) from error

    def _path(self, use: Use, parts: Parts) -> str:
        if use not in self.uses:
            raise UndeclaredUseError(use.signature)
        path = use.filled(dict(parts))
        found = load_router().find(use.method, path)
        if isinstance(found, Operation):
            # A value such as `picker` in the place of an issue's key leads to an operation of its own.
            if found.signature != use.signature:
                raise UndeclaredUseError(found.signature)
            # Nothing in these pages changes anything in Jira, whatever a page declares.
            if not found.reads:
                raise UndeclaredUseError(f"{found.signature} does not only read")
        return path


async def together(*askings: Any) -> list[Any]:  # noqa: ANN401 — each has a result of its own
    """Ask several things at once, and return their results in order; the first trouble ends the others.

    Raises:
        JiraTroubleError: one of them has no answer.
    """
    tasks = [asyncio.ensure_future(asking) for asking in askings]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _fields(body: bytes | None) -> list[tuple[bytes, bytes]]:
    if body is None:
        return list(_ACCEPT)
    more = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return [*_ACCEPT, *more]


def encoded(query: Query) -> bytes:
    """Return a query as it stands in an address: percent-encoded, what is None left out."""
    if not isinstance(query, Mapping):
        return urlencode(query).encode("ascii")
    given = {name: value for name, value in query.items() if value is not None}
    return urlencode(given, doseq=True).encode("ascii")
