"""One request to the gateway: whose address, whose client key, what is asked; then the way of every call."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ownkey.calls.call import Call, Request
from ownkey.calls.decision import METHODS, NO_SUCH_METHOD, UNREADABLE_QUERY, Refused, decide, is_readable
from ownkey.calls.grants import GrantsUnavailableError, Snapshot
from ownkey.calls.means import ByClientKey
from ownkey.calls.open_calls import OpenCall
from ownkey.calls.refusals import Code, Refusal, RefusedError
from ownkey.calls.way import CallWay
from ownkey.client_key import Recogniser
from ownkey.gateway import classic_search, special
from ownkey.gateway.address import Addresses, Target
from ownkey.gateway.answering import Answering, own_headers
from ownkey.gateway.asgi import Receive, Scope
from ownkey.gateway.client_body import ClientBody
from ownkey.gateway.identify import identify
from ownkey.gateway.reply import Reply
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose address and client key are recognised.

    Attributes:
        request: What is asked of Jira.
        target: The address that the client used.
        snapshot: What the client key grants.
        opened: The open call.
        reply: Where the answer goes.
    """

    request: Request
    target: Target
    snapshot: Snapshot
    opened: OpenCall
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHandler:
    """Handles one request after the other; each may end in a `RefusedError`."""

    addresses: Addresses
    hasher: Recogniser
    way: CallWay

    async def handle(self, scope: Scope, receive: Receive, opened: OpenCall, reply: Reply) -> None:
        """Take one request all the way."""
        target = await self._target_of(scope)
        query = _query_of(scope)
        if target.path.startswith(special.BROWSE) and scope["method"] in {"GET", "HEAD"}:
            await self._browse(target, query, reply)
            return
        target, give = self._special(scope["method"], target)
        snapshot = await self._identified(scope, opened)
        if snapshot.account.slug != target.account_slug:
            raise RefusedError(Refusal(Code.WRONG_ACCOUNT))
        request = Request(opened.request_id, scope["method"], target.path, query, scope["headers"])
        asked = Asked(request, target, snapshot, opened, reply)
        if await self._answered_here(asked):
            return
        is_http1 = str(scope.get("http_version", "")).startswith("1.")
        body = ClientBody(receive, request.headers, timeout_s=self.way.limits.body_pause_s, is_http1=is_http1)
        call = await self.way.admit(opened, snapshot, request, body)
        await give(call, body, Answering(reply, target.base_url))

    async def _target_of(self, scope: Scope) -> Target:
        if scope["method"] not in METHODS:
            raise RefusedError(NO_SUCH_METHOD)
        _refuse_unclear_host(scope)
        target = self.addresses.target_of(scope)
        if target is None:
            raise RefusedError(await self._nowhere(scope))
        return target

    async def _identified(self, scope: Scope, opened: OpenCall) -> Snapshot:
        snapshot = await identify(
            scope["headers"], grants=self.way.cache, hasher=self.hasher, now=self.way.clock
        )
        opened.means = snapshot.means
        opened.snapshot = snapshot
        return snapshot

    def _special(self, method: str, target: Target) -> "tuple[Target, Give]":
        """Return what is asked of Jira for an address, and what gives the client the answer."""
        if target.path.rstrip("/") == special.SESSION:
            return special.target_of_session(method, target), self._session
        if classic_search.PATH.fullmatch(target.path):
            return target, self._search
        return target, self._forward

    async def _forward(self, call: Call, body: ClientBody, answering: Answering) -> None:
        """Send a call and pass its answer on."""
        call = await answering.led_back(call, body)
        async with self.way.sent(call) as sent:
            await answering.pass_on(call, sent, await self.way.body_of(call, sent))

    async def _session(self, call: Call, body: ClientBody, answering: Answering) -> None:
        """Answer the session resource from what Jira says about the signed-in user."""
        del body  # a question that has none
        async with self.way.sent(call.as_plain_get()) as sent:
            pieces = await self.way.body_of(call, sent)
            if sent.answer.status != 200:
                await answering.pass_on(call, sent, pieces)
                return
            myself = await special.read_json(pieces)
        session = special.session_of(myself, base_url=answering.base_url)
        await answering.reply.json(session, headers=own_headers(call))

    async def _search(self, call: Call, body: ClientBody, answering: Answering) -> None:
        """Pass a search on; where Jira has removed that kind of search, retell what the other one finds."""
        question = await body.whole()
        if question is None:
            await self._forward(call, body, answering)
            return
        request = call.request
        search = classic_search.read_search(request.method, request.path, query=request.query, body=question)
        async with self.way.sent(call.with_whole_body(question or None)) as sent:
            if sent.answer.status != classic_search.GONE or search is None:
                await answering.pass_on(call, sent, await self.way.body_of(call, sent))
                return
        steps = classic_search.answer_from(search)
        ask = next(steps)
        while True:
            found = await self._ask(call, ask, answering)
            if found is None:
                return
            try:
                ask = steps.send(found)
            except StopIteration as retold:
                await answering.retell(call, retold.value)
                return
            except classic_search.EndlessPagesError as error:
                raise RefusedError(ENDLESS_PAGES) from error

    async def _ask(
        self, call: Call, ask: classic_search.Ask, answering: Answering
    ) -> classic_search.Document | None:
        """Return what Jira answers to one step, or None where the client has been given its refusal."""
        decision = decide(call.snapshot, "POST", ask.path, routes=self.way.routes)
        if isinstance(decision, Refused):
            raise RefusedError(decision.refusal)
        step = call.as_json_post(ask.path, json.dumps(ask.document).encode(), decision.operation)
        async with self.way.sent(step) as sent:
            pieces = await self.way.body_of(step, sent)
            if sent.answer.status == 200:
                return await special.read_json(pieces, largest=classic_search.LARGEST_PAGE)
            await answering.pass_on(call, sent, pieces)
            return None

    async def _browse(self, target: Target, query: bytes, reply: Reply) -> None:
        """Send people who follow a link to the page itself: their browser has no client key to show."""
        found = self.way.routes.find("GET", target.path)
        if isinstance(found, Unrouted) and found.reason is UnroutedReason.UNSAFE_PATH:
            raise RefusedError(Refusal(Code.UNSAFE_PATH))
        site_url = await self.way.grants.site_of(target.account_slug)
        if site_url is None:
            raise RefusedError(NO_SUCH_ADDRESS)
        await reply.send_to(special.page_on_site(site_url, target.path, query))

    async def _nowhere(self, scope: Scope) -> Refusal:
        """Return what to say where the address names no ALM account; a client key that is known names one."""
        if not API_LIKE.match(scope.get("raw_path") or b""):
            return NO_SUCH_ADDRESS
        try:
            snapshot = await identify(
                scope["headers"], grants=self.way.cache, hasher=self.hasher, now=self.way.clock
            )
        except (RefusedError, GrantsUnavailableError):
            return path_dropped(None)
        return path_dropped(snapshot.account.slug)

    async def _answered_here(self, asked: Asked) -> bool:
        """Answer what the gateway knows by itself, or has at another address; return whether it was that."""
        if asked.target.path in special.TOLD:
            headers = [(b"ownkey-request-id", asked.request.request_id.encode("ascii"))]
            await asked.reply.json(await self._own_answer(asked), headers=headers)
            return True
        location = _elsewhere(asked) if asked.request.method in {"GET", "HEAD"} else None
        if location is not None:
            await asked.reply.send_to(location)
        return location is not None

    async def _own_answer(self, asked: Asked) -> Mapping[str, object]:
        """Return what the gateway says to a caller about itself; only the status asks the store each time."""
        if asked.request.method not in {"GET", "HEAD"}:
            raise RefusedError(special.ONLY_TOLD)
        if asked.target.path == special.EXPLAIN:
            return special.explanation(asked.request.query, snapshot=asked.snapshot, routes=self.way.routes)
        means = asked.snapshot.means
        standing = await self.way.grants.standing_of(means) if isinstance(means, ByClientKey) else None
        if standing is None:
            raise RefusedError(CLIENT_KEY_REFUSED)
        return special.status(asked.snapshot, standing)


Give = Callable[[Call, ClientBody, Answering], Awaitable[None]]


def _elsewhere(asked: Asked) -> bytes | None:
    """Return where to send a client that asks for the account itself, or for a file as Jira's pages do."""
    if asked.target.path == "/":
        return f"{asked.snapshot.account.site_url}/".encode("ascii")
    twin = twin_of_attachment(asked.target.path)
    return f"{asked.target.base_url}{twin}".encode("ascii") if twin is not None else None


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
