"""A page of the workspace: its frame leaves at once, and what Jira answers follows in the same response.

A view looks into Ownkey's own store alone and returns a `Page`. The frame is sent before Jira is asked;
then the page's content asks Jira, as the person, for what the view has declared. A page without JavaScript
gets the same, whole. With `?part=content` only the content is sent; with `?part=news` whether it is different
now, for a page that is open.
"""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ownkey.calls.means import ByAdministrator, BySession, session_digest
from ownkey.connections.models import AlmAccount
from ownkey.environment.process import current_environment
from ownkey.people.access import user_of
from ownkey.people.models import User
from ownkey.workspace.compressing import streamed_page
from ownkey.workspace.contents import Content, Page, Part, asking
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.uses import Use
from ownkey.workspace.live.memory import PageMemory, memories
from ownkey.workspace.live.share import shares
from ownkey.workspace.models import WorkspaceSettings
from ownkey.workspace.zones import name_of, zone_of

__all__ = ["Page", "Part", "Place", "jira_of", "jira_page", "place_of", "start_of"]
P = ParamSpec("P")
_START: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
CONTENT_GOES_HERE: Final = "<!--content-->"
SLOW_AFTER_S: Final = 4.0
"""After how long a page says that Jira is slow, and goes on waiting."""


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

    @property
    def zone(self) -> tzinfo:
        """The time zone that the person reads times in."""
        return zone_of(self.request)

    @property
    def left_out(self) -> frozenset[str]:
        """The keys of the projects that no page shows."""
        return frozenset(map(str, self.settings.left_out))

    @property
    def memory(self) -> PageMemory:
        """What is kept of the page that the address names."""
        query = self.request.GET.copy()
        for name in ("part", "urgent"):
            query.pop(name, None)
        address = f"{self.request.path}?{query.urlencode()}" if query else self.request.path
        return memories.of(self.means, address)


@dataclass(frozen=True, slots=True)
class Shown:
    """What pages say of an ALM account."""

    slug: str
    name: str
    site_url: str


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
    jira = asking(place.means, frozenset(uses))
    jira.left_out = place.left_out
    return jira


def main_of(place: Place, *uses: Use) -> Jira:
    """Return what asks Jira with the main credential, to look something up for an administrator.

    Raises:
        PermissionDenied: the person is none.
        JiraTroubleError: this process serves no calls.
    """
    if not place.person.is_administrator:
        raise PermissionDenied
    own = place.means
    return asking(ByAdministrator(own.person_id, own.account_slug, own.session), frozenset(uses))


def settings_of(account: AlmAccount) -> WorkspaceSettings:
    """Return what was decided about an ALM account's pages; the defaults where nothing was."""
    try:
        return account.workspace
    except WorkspaceSettings.DoesNotExist:
        return WorkspaceSettings(alm_account=account)


def _answered(place: Place, page: Page, uses: frozenset[Use]) -> HttpResponseBase:
    context = {
        "account": Shown(place.account.slug, place.account.name, place.account.site_url.rstrip("/")),
        "csrf": get_token(place.request),
        "is_live": page.watch is not None,
        "zone_name": name_of(place.zone, timezone.now()),
        **page.context,
    }
    content = Content(
        page,
        context,
        place.means,
        uses,
        place.memory,
        is_reconciled="token" not in place.request.GET,
        left_out=place.left_out,
        zone=place.zone,
    )
    part = place.request.GET.get("part")
    if part == "news":
        return _news(place, content)
    if not page.template or part == "content":
        response = streamed_page(place.request, _pieces(content))
    else:
        with timezone.override(place.zone):
            whole = render_to_string(page.template, {**context, "place": place}, request=place.request)
        head, marker, tail = whole.partition(CONTENT_GOES_HERE)
        assert marker, page.template  # noqa: S101 — a template without it is a mistake in the code
        pieces = saying_if_slow(_pieces(content))
        response = streamed_page(place.request, streamed(head, pieces, tail))
    return _never_kept(response)


def _news(place: Place, content: Content) -> HttpResponseBase:
    """Return what is new on a page, for a browser that has it open."""
    share = shares.of(place.account.slug, place.settings.share)
    is_urgent = place.request.GET.get("urgent") == "1"

    async def pieces() -> AsyncIterator[str]:
        # The length tells nothing of the secrets in it, as in compressing.py.
        pad = secrets.token_hex(secrets.randbelow(64) + 1)
        yield json.dumps({**await content.news(share, is_urgent=is_urgent), "pad": pad})

    response = streamed_page(place.request, pieces(), is_padded=False)
    response["Content-Type"] = "application/json"
    return _never_kept(response)


def _never_kept(response: HttpResponseBase) -> HttpResponseBase:
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


async def _pieces(content: Content) -> AsyncIterator[str]:
    yield await content.html()
