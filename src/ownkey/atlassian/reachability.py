"""Whether something answers at an address, and what time it thinks it is: without a credential."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ownkey.atlassian.client import Client
from ownkey.atlassian.http_dates import http_date
from ownkey.atlassian.wire import NoAnswer, NoAnswerCause, WireRequest

BODY_LIMIT: Final = 1024

CAUSES: Final = {
    NoAnswerCause.NAME_UNKNOWN: "its name is not known here",
    NoAnswerCause.NO_NAME_SERVICE: "names cannot be looked up from this machine",
    NoAnswerCause.REFUSED: "nothing listens there",
    NoAnswerCause.UNREACHABLE: "there is no way to it from this machine",
    NoAnswerCause.TLS: "its certificate is not trusted here",
    NoAnswerCause.TIMED_OUT: "it took too long to answer",
    NoAnswerCause.CUT: "the connection broke off",
    NoAnswerCause.MALFORMED: "what answers does not speak HTTP",
    NoAnswerCause.PRIVATE_ADDRESS: "its name leads into a private network",
    NoAnswerCause.NOT_ALLOWED: "Ownkey may not speak to it",
}
"""Each cause of silence as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Something answered.

    Attributes:
        date: The time by its clock, to the second; None if it does not say.
    """

    date: datetime | None


async def reach(origin: str, client: Client) -> Reached | NoAnswerCause:
    """Return what answers at an origin; any answer will do, whatever its status."""
    answer = await client.send(WireRequest(method="GET", url=f"{origin}/", body_limit=BODY_LIMIT))
    if isinstance(answer, NoAnswer):
        return answer.cause
    return Reached(http_date(answer.header("date")))
