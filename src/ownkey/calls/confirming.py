"""Whether Atlassian still takes a credential: the one harmless question that settles a doubt.

An answer to a call is about the resource that was called. One that reads as if the credential was refused
puts it in doubt, no more: who is signed in is asked once, and only that answer holds a person's calls back.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ownkey.atlassian.answers import Meaning, decode
from ownkey.calls.breaker import ENOUGH_TO_TELL, decoded_form
from ownkey.calls.grants import Connected
from ownkey.calls.headers import Headers
from ownkey.calls.upstream import Upstream, UpstreamError, UpstreamRequest

WITHIN_S: Final = 10.0
AT_API_GATEWAY: Final = "/rest/api/3/myself"
AT_SITE: Final = "/rest/api/2/myself"
"""Data Center knows no version 3; Cloud answers to both."""


class Verdict(Enum):
    """What is known of a credential after the question."""

    ACCEPTED = auto()
    REFUSED = auto()
    UNPROVEN = auto()
    """Neither: no answer, a rate limit, a server that is down, a proxy's page."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A verdict, and how long Atlassian asks to wait before the next question."""

    verdict: Verdict
    retry_after_s: float = 0.0


def is_doubtful(credential: Connected, *, status: int, headers: Headers, body: bytes) -> bool:
    """Whether an answer to a call makes it doubtful that Atlassian still takes the credential.

    At the API gateway an answer of Jira's own shows that the gateway took it, whatever the answer says. On
    a site Jira itself looks at the credential, so there its own 401 is a doubt as well.
    """
    meaning = decode(decoded_form(status, headers, body)).meaning
    return meaning.refuses_credential or (
        meaning is Meaning.RESOURCE_REFUSED and not credential.goes_to_api_gateway
    )


async def confirm(credential: Connected, upstream: Upstream, *, within_s: float = WITHIN_S) -> Confirmation:
    """Ask Jira once who is signed in, and return what that shows of the credential."""
    path = AT_API_GATEWAY if credential.goes_to_api_gateway else AT_SITE
    headers = [
        (b"accept", b"application/json"),
        (b"accept-encoding", b"identity"),
        (b"user-agent", b"ownkey-gateway"),
        (b"authorization", credential.authorization),
    ]
    try:
        async with (
            asyncio.timeout(within_s),
            upstream.send(UpstreamRequest("GET", credential.base_url + path, headers)) as answer,
        ):
            body = b""
            async for piece in answer.pieces():
                body += piece
                if len(body) >= ENOUGH_TO_TELL:
                    break
    except (UpstreamError, TimeoutError):
        return Confirmation(Verdict.UNPROVEN)
    return _conclude(credential, status=answer.status, headers=answer.headers, body=body)


def _conclude(credential: Connected, *, status: int, headers: Headers, body: bytes) -> Confirmation:
    decoded = decode(decoded_form(status, headers, body))
    meaning = decoded.meaning
    is_refused_by_jira = meaning is Meaning.RESOURCE_REFUSED and not credential.goes_to_api_gateway
    if meaning.is_verdict or is_refused_by_jira:
        return Confirmation(Verdict.REFUSED)
    if meaning.proves_credential:
        return Confirmation(Verdict.ACCEPTED)
    return Confirmation(Verdict.UNPROVEN, decoded.retry_after_s or 0.0)
