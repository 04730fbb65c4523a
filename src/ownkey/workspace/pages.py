"""A page of the workspace: its frame leaves at once, and what Jira answers follows in the same response.

A view looks into Ownkey's own store alone and returns a `Page`. The frame is sent before Jira is asked;
then the page's content asks Jira, as the person, for what the view has declared. A page without JavaScript
gets the same, whole. With `?part=content` only the content is sent, for a page that reads itself again.
"""

import asyncio
import re
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from ownkey.calls.grants import Connected, Snapshot
from ownkey.calls.in_process import NoWayError, current_way
from ownkey.calls.means import ByAdministrator, BySession, session_digest
from ownkey.connections.models import AlmAccount
from ownkey.environment.process import current_environment
from ownkey.people.access import user_of
from ownkey.people.models import User
from ownkey.workspace.compressing import streamed_page
from ownkey.workspace.jira.asking import Jira, PageMeans
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind, Trouble
from ownkey.workspace.jira.uses import Use
from ownkey.workspace.models import WorkspaceSettings

P = ParamSpec("P")
_START: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
CONTENT_GOES_HERE: Final = "<!--content-->"
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
SLOW_AFTER_S: Final = 4.0
"""After how long a page says that Jira is slow, and goes on waiting."""
_log = structlog.get_logger("ownkey.workspace")


@dataclass(frozen=True, slots=True)
class Place:
    """Who opens a page of which ALM account, as far as Ownkey's own store knows.

    Attributes:
        request: The request.
        person: Who is signed in.
        account: The ALM account that the address names.
        settings: What its administrator has decided about the workspace.
    """

    request: HttpRequest
    person: User
    account: AlmAccount
    settings: WorkspaceSettings

    @property
    def means(self) -> BySession:
        """By which means the page calls."""
        key = self.request.session.session_key or ""
        return BySession(str(self.person.pk), self.account.slug, session_digest(key))

    @property
    def tools_address(self) -> str:
        """Where tools reach the ALM account, without a slash at the end."""
        return f"{current_environment().gateway_url}/jira/{self.account.slug}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What pages say of an ALM account."""

    slug: str
    name: str
    site_url: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page, to be rendered: nothing in its context may touch the store."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        template: The whole page; its `<!--content-->` is where its content goes. Empty for a piece of a page.
        content: Asks Jira, and returns what is shown.
        context: What the frame shows.
    """

    template: str
    content: Callable[[Jira], Awaitable[Part]]
    context: Mapping[str, Any] = field(default_factory=dict)


View = Callable[Concatenate[Place, P], Page | HttpResponseBase]


def jira_page(*uses: Use, takes_form: bool = False) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Return a decorator for the view of a page that may use these operations and no others.

    Args:
        uses: The operations.
        takes_form: Whether the page is also asked by sending a form; it changes nothing then either.
    """
    declared = frozenset(uses)

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @require_http_methods(["GET", "HEAD", "POST"] if takes_form else ["GET", "HEAD"])
        @wraps(view)
        def opened(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            place = place_of(request, slug)
            if not place.settings.is_on or not place.account.is_cloud:
                return render(request, "workspace/off.html", {"account": place.account}, status=404)
            page = view(place, *args, **kwargs)
            if not isinstance(page, Page):
                return page
            return _answered(place, page, declared)

        opened.uses = declared  # type: ignore[attr-defined]  # for the test that compares
        return opened

    return decorate


def place_of(request: HttpRequest, slug: str) -> Place:
    """Return who opens a page of which ALM account.

    Raises:
        Http404: there is no such ALM account.
    """
    account = AlmAccount.objects.filter(slug=slug).select_related("workspace").first()
    if account is None:
        raise Http404
    return Place(request, user_of(request), account, settings_of(account))


def start_of(place: Place) -> int:
    """Return how many entries the address asks to pass over; 0 where it names no such number."""
    words = place.request.GET.get("start", "")
    return int(words) if _START.fullmatch(words) else 0


def jira_of(place: Place, *uses: Use) -> Jira:
    """Return what asks Jira for a view that is no page, such as a file.

    Raises:
        JiraTroubleError: this process serves no calls.
    """
    return _asking(place.means, frozenset(uses))


def main_of(place: Place, *uses: Use) -> Jira:
    """Return what asks Jira with the main credential, to look something up for an administrator.

    Raises:
        PermissionDenied: the person is none.
        JiraTroubleError: this process serves no calls.
    """
    if not place.person.is_administrator:
        raise PermissionDenied
    own = place.means
    return _asking(ByAdministrator(own.person_id, own.account_slug, own.session), frozenset(uses))


def _asking(means: PageMeans, uses: frozenset[Use]) -> Jira:
    try:
        return Jira(current_way(), means, uses=uses)
    except NoWayError as error:
        raise JiraTroubleError(NO_CALLS_HERE) from error


def settings_of(account: AlmAccount) -> WorkspaceSettings:
    """Return what was decided about an ALM account's pages; the defaults where nothing was."""
    try:
        return account.workspace
    except WorkspaceSettings.DoesNotExist:
        return WorkspaceSettings(alm_account=account)


def _answered(place: Place, page: Page, uses: frozenset[Use]) -> HttpResponseBase:
    means = place.means

    context = {
        "account": Shown(place.account.slug, place.account.name, place.account.site_url.rstrip("/")),
        "csrf": get_token(place.request),
        **page.context,
    }
    if not page.template or place.request.GET.get("part") == "content":
        response = streamed_page(place.request, _content(page, context, means, uses))
    else:
        whole = render_to_string(page.template, {**context, "place": place}, request=place.request)
        head, marker, tail = whole.partition(CONTENT_GOES_HERE)
        assert marker, page.template  # noqa: S101 — a template without it is a mistake in the code
        content = saying_if_slow(_content(page, context, means, uses))
        response = streamed_page(place.request, streamed(head, content, tail))
    response["Cache-Control"] = "no-store"
    # Servers that stand before Ownkey would keep the frame back until the whole page is there.
    response["X-Accel-Buffering"] = "no"
    return response


async def streamed(head: str, content: AsyncIterator[str], tail: str) -> AsyncIterator[str]:
    """Yield a page's frame, what comes of its content, and its end, each as soon as it is there."""
    yield head
    async for piece in content:
        yield piece
    yield tail


async def saying_if_slow(content: AsyncIterator[str], *, after_s: float = SLOW_AFTER_S) -> AsyncIterator[str]:
    """Yield what comes of a page's content, and before it, if it takes long, that it does."""
    pieces = aiter(content)
    first = asyncio.ensure_future(anext(pieces))
    try:
        yield await asyncio.to_thread(render_to_string, "workspace/parts/waiting.html")
        if not (await asyncio.wait({first}, timeout=after_s))[0]:
            yield await asyncio.to_thread(render_to_string, "workspace/parts/slow.html")
        yield await first
        async for piece in pieces:
            yield piece
    finally:
        first.cancel()


async def _content(
    page: Page, context: Mapping[str, Any], means: BySession, uses: frozenset[Use]
) -> AsyncIterator[str]:
    try:
        jira = _asking(means, uses)
        context = {**context, **await as_whom(jira)}
        part = await page.content(jira)
        context = {**context, "read_at": datetime.now(UTC)}
    except JiraTroubleError as error:
        part = Part("workspace/parts/trouble.html", {"trouble": error.trouble})
    except Exception as error:  # noqa: BLE001 — the frame has left already, so this is the outermost edge
        # Its kind and place, never its words: they may hold what Jira said.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _log.error("page_failed", error=type(error).__name__, at=f"{place.filename}:{place.lineno}")
        part = Part("workspace/parts/trouble.html", {"trouble": FAULT})
    # In a thread: a large board takes longer than other pages should wait for.
    whole = {**context, **part.context}
    yield await asyncio.to_thread(_rendered, part, whole, says_main=bool(page.template))


def _rendered(part: Part, context: Mapping[str, Any], *, says_main: bool) -> str:
    """Return a page's content; first, on every page alike, that Jira is asked as another than the person."""
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
    return {
        "acting_as": acting_as(who),
        "is_main": is_main,
        "only_reads": who.read_only is not None,
    }


def acting_as(who: Snapshot) -> str:
    """Return as whom Jira is asked, in words for the page."""
    credential = who.credential
    if not isinstance(credential, Connected):
        return "nobody"
    return f"{credential.acting_as} (main)" if credential.is_main else credential.acting_as
