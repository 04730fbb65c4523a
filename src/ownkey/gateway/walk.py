"""The way of a call through the gateway: whose address, whose key, which operation, may it, then out."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ownkey.calls.breaker import Breakers
from ownkey.calls.decision import (
    METHODS,
    NO_SUCH_METHOD,
    UNREADABLE_QUERY,
    Refused,
    Routes,
    decide,
    is_readable,
)
from ownkey.calls.grants import (
    GrantCache,
    Grants,
    GrantsUnavailableError,
    Snapshot,
    Withheld,
)
from ownkey.calls.refusals import Code, Refusal, RefusedError
from ownkey.client_key import Recogniser
from ownkey.gateway import classic_search, special
from ownkey.gateway.address import Addresses, Target
from ownkey.gateway.asgi import Receive, Scope
from ownkey.gateway.call import Call, Request
from ownkey.gateway.client_body import ClientBody
from ownkey.gateway.for_browsers import FOR_BROWSERS
from ownkey.gateway.forward import Forwarder, links_of, own_headers
from ownkey.gateway.identify import identify
from ownkey.gateway.json_text import as_json
from ownkey.gateway.link_places import ORDINARY
from ownkey.gateway.open_calls import OpenCall, OpenCalls
from ownkey.gateway.sign_in_mistakes import CLIENT_KEY_REFUSED
from ownkey.gateway.unknown_addresses import API_LIKE, NO_SUCH_ADDRESS, path_dropped, twin_of_attachment
from ownkey.scopes.router import Unrouted, UnroutedReason

ENDLESS_PAGES = Refusal(
    Code.UPSTREAM_UNREADABLE,
    "Jira went on naming further pages of this search without an end.",
    "Search with fewer pages, or use /rest/api/3/search/jql, which pages by token.",
)
UNCLEAR_HOST = Refusal(
    Code.AMBIGUOUS_REQUEST,
    "The request has no Host field, or more than one.",
    "Send one Host, as every HTTP client does.",
)


class CallLimits(Protocol):
    """What bounds a call: `app.Limits`."""

    @property
    def body_pause_s(self) -> float:
        """How long a client may pause within its request's body."""

    @property
    def open_calls_per_key(self) -> int:
        """How many calls of one client key may be open at once."""

    @property
    def place_wait_s(self) -> float:
        """How long a call waits for one of them to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The steps, one after the other; each may end the call by raising `RefusedError`."""

    addresses: Addresses
    grants: Grants
    cache: GrantCache
    hasher: Recogniser
    routes: Routes
    clock: Callable[[], datetime]
    calls: OpenCalls
    breakers: Breakers
    forwarder: Forwarder
    limits: CallLimits

    async def take(self, scope: Scope, receive: Receive, opened: OpenCall, request_id: str) -> None:
        """Take one request all the way."""
        if scope["method"] not in METHODS:
            raise RefusedError(NO_SUCH_METHOD)
        is_http1 = str(scope.get("http_version", "")).startswith("1.")
        _refuse_unclear_host(scope)
        target = self.addresses.target_of(scope)
        if target is None:
            raise RefusedError(await self._nowhere(scope))
        query = _query_of(scope)
        if target.path.startswith(special.BROWSE) and scope["method"] in {"GET", "HEAD"}:
            await self._browse(target, query, opened, request_id)
            return
        asks_for_session = target.path.rstrip("/") == special.SESSION
        if asks_for_session:
            target = special.target_of_session(scope["method"], target)
        snapshot, version = await identify(
            scope["headers"], grants=self.cache, hasher=self.hasher, now=self.clock
        )
        opened.key_id = snapshot.key_id
        opened.snapshot = snapshot
        if snapshot.account.slug != target.account_slug:
            raise RefusedError(Refusal(Code.WRONG_ACCOUNT))
        request = Request(request_id, scope["method"], target, query, scope["headers"])
        if await self._answered_here(request, snapshot, opened):
            return
        body = ClientBody(receive, request.headers, timeout_s=self.limits.body_pause_s, is_http1=is_http1)
        call = self._allowed(request, body, snapshot, opened)
        self.calls.attribute(
            opened, call, version=version, objection=lambda fresh: self._objection(call, fresh)
        )
        most = self.limits.open_calls_per_key
        if not await self.calls.take_place(opened, most=most, within_s=self.limits.place_wait_s):
            raise RefusedError(too_many_open(most))
        if asks_for_session:
            await self._session(call, opened)
        elif classic_search.PATH.fullmatch(target.path) and (question := await call.body.whole()) is not None:
            await self._search(call, question, opened)
        else:
            await self.forwarder.forward(call, opened)

    def _allowed(self, request: Request, body: ClientBody, snapshot: Snapshot, opened: OpenCall) -> Call:
        """Return the call that a request becomes if its client key may make it."""
        decision = decide(snapshot, request.method, request.target.path, request.query, routes=self.routes)
        if decision.operation is not None:
            opened.operation_name = decision.operation.signature
        if isinstance(decision, Refused):
            raise RefusedError(decision.refusal)
        credential = decision.credential
        if self.breakers.is_open(credential):
            # Whoever saw it refused may have ended before that was written down.
            self.forwarder.guard.hold_back(credential)
            raise RefusedError(Refusal(Code.CREDENTIAL_REFUSED))
        return Call(request, body, snapshot, credential, decision.operation)

    def _objection(self, call: Call, fresh: Snapshot) -> Refusal | None:
        """Return why a call that is under way must not go on, or None.

        What is out while its credential is refused may come back: only nothing new is sent.
        """
        credential = fresh.credential
        if isinstance(credential, Withheld):
            is_refused = credential.reason is Code.CREDENTIAL_REFUSED or (
                credential.reason is Code.MAIN_CREDENTIAL_UNUSABLE and call.credential.is_main
            )
            return None if is_refused else Refusal(credential.reason)
        if credential.credential_id != call.credential.credential_id:
            return Refusal(Code.NOT_CONNECTED)
        decision = decide(fresh, call.request.method, call.request.target.path, routes=self.routes)
        return decision.refusal if isinstance(decision, Refused) else None

    async def _browse(self, target: Target, query: bytes, opened: OpenCall, request_id: str) -> None:
        """Send people who follow a link to the page itself: their browser has no client key to show."""
        found = self.routes.find("GET", target.path)
        if isinstance(found, Unrouted) and found.reason is UnroutedReason.UNSAFE_PATH:
            raise RefusedError(Refusal(Code.UNSAFE_PATH))
        site_url = await self.grants.site_of(target.account_slug)
        if site_url is None:
            raise RefusedError(NO_SUCH_ADDRESS)
        await _send_to(special.page_on_site(site_url, target.path, query), opened, request_id)

    async def _nowhere(self, scope: Scope) -> Refusal:
        """Return what to say where the address names no ALM account; a client key that is known names one."""
        if not API_LIKE.match(scope.get("raw_path") or b""):
            return NO_SUCH_ADDRESS
        try:
            snapshot, _ = await identify(
                scope["headers"], grants=self.cache, hasher=self.hasher, now=self.clock
            )
        except (RefusedError, GrantsUnavailableError):
            return path_dropped(None)
        return path_dropped(snapshot.account.slug)

    async def _answered_here(self, request: Request, snapshot: Snapshot, opened: OpenCall) -> bool:
        """Answer what the gateway tells by itself, or has at another address; return whether it was that."""
        target = request.target
        if target.path in special.TOLD:
            told = await self._told(request.method, target, request.query, snapshot)
            await opened.json(told, headers=[(b"ownkey-request-id", request.request_id.encode("ascii"))])
            return True
        location = _elsewhere(target, snapshot) if request.method in {"GET", "HEAD"} else None
        if location is not None:
            await _send_to(location, opened, request.request_id)
        return location is not None

    async def _told(self, method: str, target: Target, query: bytes, snapshot: Snapshot) -> dict[str, object]:
        """Return what the gateway tells a caller about itself; only the status asks the store each time."""
        if method not in {"GET", "HEAD"}:
            raise RefusedError(special.ONLY_TOLD)
        if target.path == special.EXPLAIN:
            return special.explanation(query, snapshot=snapshot, routes=self.routes)
        standing = await self.grants.standing_of(snapshot.key_id)
        if standing is None:
            raise RefusedError(CLIENT_KEY_REFUSED)
        return special.status(snapshot, standing)

    async def _session(self, call: Call, opened: OpenCall) -> None:
        """Answer the session resource from what Jira says about the signed-in user."""
        sent = await self.forwarder.send(call.as_plain_get())
        try:
            if sent.answer.status != 200:
                await self.forwarder.pass_on(call, sent, opened)
                return
            myself = await special.read_json(sent.answer.pieces())
        finally:
            await sent.end()
        session = special.session_of(myself, target=call.request.target)
        await opened.json(session, headers=own_headers(call))

    async def _search(self, call: Call, data: bytes, opened: OpenCall) -> None:
        """Pass a search on; where Jira has removed that kind of search, retell what the other one finds."""
        request = call.request
        search = classic_search.read_search(
            request.method, request.target.path, query=request.query, body=data
        )
        sent = await self.forwarder.send(call.with_whole_body(data or None))
        try:
            if sent.answer.status != classic_search.GONE or search is None:
                await self.forwarder.pass_on(call, sent, opened)
                return
        finally:
            await sent.end()
        steps = classic_search.answer_from(search)
        ask = next(steps)
        while True:
            found = await self._ask(call, ask, opened)
            if found is None:
                return
            try:
                ask = steps.send(found)
            except StopIteration as told:
                await _retell(call, told.value, opened)
                return
            except classic_search.EndlessPagesError as error:
                raise RefusedError(ENDLESS_PAGES) from error

    async def _ask(
        self, call: Call, ask: classic_search.Ask, opened: OpenCall
    ) -> classic_search.Document | None:
        """Return what Jira answers to one step, or None where the client has been given its refusal."""
        decision = decide(call.snapshot, "POST", ask.path, routes=self.routes)
        if isinstance(decision, Refused):
            raise RefusedError(decision.refusal)
        data = json.dumps(ask.document).encode()
        sent = await self.forwarder.send(call.as_json_post(ask.path, data, decision.operation))
        try:
            if sent.answer.status == 200:
                return await special.read_json(sent.answer.pieces(), largest=classic_search.LARGEST_PAGE)
            await self.forwarder.pass_on(call, sent, opened)
            return None
        finally:
            await sent.end()


def _elsewhere(target: Target, snapshot: Snapshot) -> bytes | None:
    """Return where to send a client that asks for the account itself, or for a file as Jira's pages do."""
    if target.path == "/":
        return f"{snapshot.account.site_url}/".encode("ascii")
    twin = twin_of_attachment(target.path)
    return f"{target.base_url}{twin}".encode("ascii") if twin is not None else None


async def _send_to(location: bytes, opened: OpenCall, request_id: str) -> None:
    own = (b"ownkey-request-id", request_id.encode("ascii"))
    opened.start(302, [(b"location", location), (b"content-length", b"0"), own, *FOR_BROWSERS])
    await opened.piece(b"", is_last=True)


async def _retell(call: Call, told: classic_search.Document, opened: OpenCall) -> None:
    body = links_of(call).in_answers(ORDINARY).rewrite(as_json(told))
    headers = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"ownkey-answered-from", b"search/jql"),
        *FOR_BROWSERS,
    ]
    opened.start(200, headers + own_headers(call))
    await opened.piece(body, is_last=True)


def too_many_open(most: int) -> Refusal:
    """Return the answer to a call that found no place beside its client key's others."""
    return Refusal(
        Code.TOO_MANY_CALLS,
        f"This client key has {most} calls open, which is Ownkey's own limit; Atlassian was not asked.",
        "Let some of them end first, or use several client keys.",
        headers=((b"retry-after", b"1"),),
    )


def _refuse_unclear_host(scope: Scope) -> None:
    """Raise `RefusedError` if a request names two hosts, or none where HTTP demands one (RFC 9112, 3.2)."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    # Granian puts an empty one where there was none.
    if len(hosts) > 1 or (not any(hosts) and scope.get("http_version") == "1.1"):
        raise RefusedError(UNCLEAR_HOST)


def _query_of(scope: Scope) -> bytes:
    query: bytes = scope["query_string"]
    if not is_readable(query):
        raise RefusedError(UNREADABLE_QUERY)
    return query
