"""The links of a call, on their way out, and Jira's answer on its way back to the client."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ownkey.calls.call import Call
from ownkey.calls.headers import Headers, answer_headers
from ownkey.calls.pieces import chained
from ownkey.calls.sending import Sent
from ownkey.gateway.answer_body import beginning_of, pass_rewritten, pass_unchanged
from ownkey.gateway.client_body import ClientBody
from ownkey.gateway.for_browsers import FOR_BROWSERS
from ownkey.gateway.json_text import as_json
from ownkey.gateway.link_places import ORDINARY, answer_places, request_places
from ownkey.gateway.links import LinkTable, link_table
from ownkey.gateway.reply import Reply
from ownkey.gateway.returned_links import lead_back
from ownkey.gateway.rewriting import rewriting_for

_PEOPLES_FILES = ("/rest/api/3/attachment/content/", "/rest/api/3/attachment/thumbnail/")
WHOLE_UP_TO = 128 * 1024
"""How large a JSON document may be to be taken whole before it is passed on."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Gives a client Jira's answers, links leading back through the gateway.

    Attributes:
        reply: Where the answer goes.
        base_url: The address that the client used, which links lead back to.
    """

    reply: Reply
    base_url: str

    async def pass_on(self, call: Call, sent: Sent, pieces: AsyncIterator[bytes]) -> None:
        """Give an answer to the client."""
        status = sent.answer.status
        links = self._links_of(call)
        is_content = call.operation is not None and call.operation.path.startswith(_PEOPLES_FILES)
        places = answer_places(call.operation)
        rewriting = rewriting_for(
            status=status,
            fields=sent.fields,
            is_content=is_content,
            links=links.in_answers(places) if places is not None else None,
        )
        headers = answer_headers(sent.answer.headers, links=links, drops_length=rewriting is not None)
        headers += FOR_BROWSERS
        headers += own_headers(call)
        length = _length_of(sent.fields) if call.request.method != "HEAD" else None
        if rewriting is None:
            self.reply.start(status, headers)
            await pass_unchanged(pieces, length, self.reply)
            return
        beginning = b""
        if length and length <= WHOLE_UP_TO:
            beginning = await beginning_of(pieces, length)
            if len(beginning) == length:
                # Nearly every document: its links are rewritten at once, and its new length is known.
                body = rewriting.whole(beginning)
                headers.append((b"content-length", str(len(body)).encode("ascii")))
                await self.reply.whole(status, headers, body)
                return
        self.reply.start(status, headers)
        pieces = chained(beginning, pieces)
        await pass_rewritten(pieces, rewriting, self.reply, has_body=call.request.method != "HEAD")

    async def retell(self, call: Call, document: Mapping[str, object]) -> None:
        """Give the client what Ownkey put together from several answers of Jira's."""
        body = self._links_of(call).in_answers(ORDINARY).rewrite(as_json(document))
        headers = [
            (b"content-type", b"application/json;charset=UTF-8"),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"cache-control", b"no-store"),
            (b"ownkey-answered-from", b"search/jql"),
            *FOR_BROWSERS,
        ]
        self.reply.start(200, headers + own_headers(call))
        await self.reply.piece(body, is_last=True)

    async def led_back(self, call: Call, body: ClientBody) -> Call:
        """Return the call with the links in its body leading to Jira, where Jira reads links.

        Only a body that is small enough to be taken whole is looked into.

        Raises:
            CallerGoneError: the client left.
            RefusedError: the body cannot be read.
        """
        if request_places(call.operation) is None:
            return call
        data = await body.whole()
        if data is None:
            return call
        headers, led = lead_back(
            call.request.headers, data, operation=call.operation, links=self._links_of(call)
        )
        return call.with_headers(headers).with_whole_body(led or None)

    def _links_of(self, call: Call) -> LinkTable:
        return link_table(call.credential.base_url, call.snapshot.account.site_url, self.base_url)


def own_headers(call: Call) -> Headers:
    """Return the header fields that Ownkey puts on every answer of Jira's."""
    return [
        (b"ownkey-request-id", call.request.request_id.encode("ascii")),
        (b"ownkey-acting-as", _acting_as(call.credential.acting_as, call.credential.is_main)),
    ]


@lru_cache(maxsize=4096)
def _acting_as(login: str, is_main: bool) -> bytes:  # noqa: FBT001 — cached by place
    return f"{login}; identity={'main' if is_main else 'own'}".encode("ascii", "replace")


def _length_of(fields: Mapping[bytes, bytes]) -> int | None:
    value = fields.get(b"content-length")
    return int(value) if value is not None and value.isdigit() else None
