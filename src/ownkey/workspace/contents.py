"""The content of a page: read from Jira as the person, and read again when something on it has changed."""

import asyncio
import hashlib
import re
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Final

import structlog
from django.template.loader import render_to_string
from django.utils import timezone

from ownkey.calls.grants import Connected, Snapshot
from ownkey.calls.in_process import NoWayError, current_way
from ownkey.calls.means import BySession
from ownkey.workspace.jira.asking import Jira, PageMeans
from ownkey.workspace.jira.issues import MOST_RECONCILED, Card, id_of_key
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind, Trouble
from ownkey.workspace.jira.uses import Use
from ownkey.workspace.live.hearing import current_hearing
from ownkey.workspace.live.memory import PageMemory, memories
from ownkey.workspace.live.share import Share
from ownkey.workspace.live.watching import Watch

FAULT: Final = Trouble(
    Kind.OURS,
    "Ownkey made a mistake with this page.",
    "Try again; if it goes on, tell an administrator: the cause is in the log.",
)
NO_CALLS_HERE: Final = Trouble(
    Kind.OURS,
    "This process serves no calls to Jira.",
    "Open the page where `ownkey serve` runs.",
)
_TIME: Final = re.compile(r"<time data-read-at[^>]*>[^<]*</time>")
_log = structlog.get_logger("ownkey.workspace")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page, to be rendered: nothing in its context may touch the store.

    Attributes:
        template: The template of the piece.
        context: What it shows.
        cards: The issues that it shows: what is written to them concerns the page.
        refs: What else it shows, as `sprint:7`.
    """

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    cards: Sequence[Card] = ()
    refs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        template: The whole page; its `<!--content-->` is where its content goes. Empty for a piece of a page.
        content: Asks Jira, and returns what is shown.
        context: What the frame shows.
        watch: How the page finds out that it has to be read again; None for one that stays as it was read.
    """

    template: str
    content: Callable[[Jira], Awaitable[Part]]
    context: Mapping[str, Any] = field(default_factory=dict)
    watch: Watch | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one page for one session.

    Attributes:
        page: The page.
        context: What every template is given.
        means: The session.
        uses: The operations that the page has declared.
        memory: What the page showed before.
        is_reconciled: Whether searches find what was written a moment ago as it is now; not where the address
            names the next page of an earlier search.
        left_out: The keys of the projects that the administrator has left out.
        zone: The time zone that times are shown in.
    """

    page: Page
    context: Mapping[str, Any]
    means: BySession
    uses: frozenset[Use]
    memory: PageMemory
    is_reconciled: bool = True
    left_out: frozenset[str] = frozenset()
    zone: tzinfo = UTC

    async def html(self) -> str:
        """Return it as it is now; what went wrong stands in its place."""
        shown: dict[str, Any] = {}
        try:
            async with self.memory.lock:
                if self.page.watch is not None:
                    self.page.watch.begin(self.memory)
                jira = self._jira()
                shown |= await as_whom(jira)
                return await self._read(jira, shown)
        except JiraTroubleError as error:
            trouble = error.trouble
        except Exception as error:  # noqa: BLE001 — the frame has left already, so this is the outermost edge
            trouble = _fault(error)
        return await self._rendered(Part("workspace/parts/trouble.html", {"trouble": trouble}), shown)

    async def news(self, share: Share, *, is_urgent: bool) -> dict[str, Any]:
        """Return whether it is different now, with the whole of it if it is.

        Args:
            share: How often pages may ask Jira by themselves.
            is_urgent: Whether the page was told that something on it was written.

        Returns:
            `state` (`same`, `changed`, `later` or `trouble`) and `next_s`, the seconds after which the page
            may ask again; when it is the same or has changed `read_at`, and `html` if it has changed;
            `sentence` if there is no answer.
        """
        page = (self.means, self.memory.address)
        async with self.memory.lock:
            wait_s = share.wait_s(page, now=time.monotonic(), is_urgent=is_urgent)
            if wait_s > 0:
                return {"state": "later", "next_s": wait_s}
            jira: Jira | None = None
            try:
                jira = self._jira()
                found = await self._news(jira)
            except JiraTroubleError as error:
                found = {"state": "trouble", "sentence": error.trouble.sentence}
            except Exception as error:  # noqa: BLE001 — the outermost edge, as above
                found = {"state": "trouble", "sentence": _fault(error).sentence}
            calls = jira.calls if jira is not None else 0
            return {**found, "next_s": share.spent(page, calls, now=time.monotonic())}

    async def _news(self, jira: Jira) -> dict[str, Any]:
        memory, digest = self.memory, self.memory.digest
        html = None
        if await self._is_different(jira):
            html = await self._read(jira, await as_whom(jira))
        memory.read_at = jira.now()
        read_at = memory.read_at.isoformat()
        if html is None or memory.digest == digest:
            return {"state": "same", "read_at": read_at}
        return {"state": "changed", "read_at": read_at, "html": html}

    async def _is_different(self, jira: Jira) -> bool:
        """Whether something that the page shows may have changed since it was read."""
        memory, watch, hearing = self.memory, self.page.watch, current_hearing()
        if memory.read_at is None or watch is None:
            return True
        if hearing is not None:
            heard, writes = hearing.number, hearing.since(memory.heard, self.means.account_slug)
            if writes is None:
                watch.begin(memory)
                return True
            if watch.concerned(memory, writes):
                watch.prepare(memory, writes)
                return True
            memory.heard = heard
        return await watch.changed(jira, memory)

    def _jira(self) -> Jira:
        jira = asking(self.means, self.uses)
        jira.left_out = self.left_out
        hearing = current_hearing()
        if hearing is not None and self.is_reconciled:
            slug, person_id = self.means.account_slug, self.means.person_id
            names = hearing.recent_issues(slug, person_id)
            ids = (name if name.isdigit() else id_of_key(slug, name) for name in names)
            jira.fresh_ids = tuple(dict.fromkeys(each for each in ids if each))[:MOST_RECONCILED]
        return jira

    async def _read(self, jira: Jira, shown: Mapping[str, Any]) -> str:
        """Read all of it, and keep what is needed to tell whether it has changed."""
        hearing, memory = current_hearing(), self.memory
        heard = hearing.number if hearing is not None else 0
        part = await self.page.content(jira)
        now = jira.now()
        html = await self._rendered(part, {**shown, "read_at": now})
        if self.page.watch is not None:
            memory.heard, memory.read_at, memory.watch = heard, now, self.page.watch
            memory.digest = self._digest(html)
            names = (f"issue:{name}" for card in part.cards for name in (card.id, card.key))
            memory.refs = part.refs | frozenset(names)
            memories.weigh(memory, len(part.cards))
        return html

    async def _rendered(self, part: Part, shown: Mapping[str, Any]) -> str:
        # In a thread: a large board takes longer than other pages should wait for.
        context = {**self.context, **shown, **part.context}
        says_main = bool(self.page.template)
        return await asyncio.to_thread(_rendered, part, context, says_main=says_main, zone=self.zone)

    def _digest(self, html: str) -> bytes:
        """Return a digest of what is shown, whenever it was read and however secrets in it are masked."""
        plain = _TIME.sub("", html).replace(str(self.context["csrf"]), "")
        return hashlib.blake2b(plain.encode(), digest_size=16).digest()


def asking(means: PageMeans, uses: frozenset[Use]) -> Jira:
    """Return what asks Jira by a session.

    Raises:
        JiraTroubleError: this process serves no calls.
    """
    try:
        return Jira(current_way(), means, uses=uses)
    except NoWayError as error:
        raise JiraTroubleError(NO_CALLS_HERE) from error


def _rendered(part: Part, context: Mapping[str, Any], *, says_main: bool, zone: tzinfo) -> str:
    """Return a page's content; first, on every page alike, that Jira is asked as another than the person."""
    with timezone.override(zone):
        content = render_to_string(part.template, context)
        if not says_main or not context.get("is_main"):
            return content
        return render_to_string("workspace/parts/through_main.html", context) + content


async def as_whom(jira: Jira) -> dict[str, Any]:
    """Return as whom Jira is asked, for a page to say.

    Raises:
        JiraTroubleError: the session has ended.
    """
    who = await jira.who()
    is_main = isinstance(who.credential, Connected) and who.credential.is_main
    return {"acting_as": acting_as(who), "is_main": is_main, "only_reads": who.read_only is not None}


def acting_as(who: Snapshot) -> str:
    """Return as whom Jira is asked, in words for the page."""
    credential = who.credential
    if not isinstance(credential, Connected):
        return "nobody"
    return f"{credential.acting_as} (main)" if credential.is_main else credential.acting_as


def _fault(error: Exception) -> Trouble:
    # Its kind and place, never its words: they may hold what Jira said.
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("page_failed", error=type(error).__name__, at=f"{place.filename}:{place.lineno}")
    return FAULT
