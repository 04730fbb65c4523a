"""Jira as one person sees it from one page: only what the page has declared can be asked."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from ownkey.calls.answers import LARGEST_ANSWER, Answer
from ownkey.calls.decision import Refused, decide
from ownkey.calls.grants import Snapshot
from ownkey.calls.means import BySession
from ownkey.calls.monitor import gone_refusal
from ownkey.calls.refusals import Refusal
from ownkey.calls.way import Asked, CallWay
from ownkey.workspace.jira.trouble import (
    JiraTroubleError,
    trouble_of_answer,
    trouble_of_refusal,
    unreadable,
)
from ownkey.workspace.jira.uses import Use

Query = Mapping[str, str | int | Sequence[str] | None]
Parts = Mapping[str, str]
NO_PARTS: Final[Parts] = MappingProxyType({})
_ACCEPT: Final = [(b"accept", b"application/json"), (b"accept-encoding", b"gzip")]


class UndeclaredUseError(Exception):
    """A page asks for an operation that it has not declared: a mistake in the code."""


class Jira:
    """What a page asks of Jira, as its person.

    Attributes:
        means: The session that asks.
        uses: The operations that the page has declared.
    """

    def __init__(self, way: CallWay, means: BySession, *, uses: frozenset[Use]) -> None:
        self._way = way
        self.means = means
        self.uses = uses

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
        fields = list(_ACCEPT)
        if body is not None:
            fields += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        asked = Asked(use.method, path, _encoded(query or {}), fields, body)
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
        return use.filled(dict(parts))


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


def _encoded(query: Query) -> bytes:
    given = {name: value for name, value in query.items() if value is not None}
    return urlencode(given, doseq=True).encode("ascii")
