"""The bodies that browsers send to the pages: bounded in size and time, before Django reads them.

Django takes a whole body in, on disk if it is large, before it looks at who sends it; a stranger could fill
the disk or hold a connection for ever. No form of Ownkey's needs more than these bounds.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

LARGEST_BYTES: Final = 4 * 1024 * 1024
LONGEST_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class BodyRefusal:
    """Why a body was not taken: the status, and a sentence for whoever sent it."""

    status: int
    sentence: str


TOO_LARGE = BodyRefusal(413, "What you sent is larger than anything that Ownkey asks for. Send less.")
TOO_SLOW = BodyRefusal(408, "What you sent did not arrive in time. Send it again, over a steadier line.")


class BoundedBody:
    """A request's `receive` that ends the request when its body is too large or too slow.

    `refusal` then says why; nothing has been answered yet.
    """

    def __init__(self, receive: Receive, *, longest_s: float = LONGEST_S) -> None:
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + longest_s
        self._length = 0
        self._is_complete = False
        self.refusal: BodyRefusal | None = None

    async def receive(self) -> Message:
        """Return the next message; a body that is not taken ends as if the browser had left.

        Django then puts away what it has and answers nothing.
        """
        if self._is_complete:
            return await self._receive()  # only the browser's leaving can follow, whenever that is
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return self._refused(TOO_SLOW)
        self._length += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._length > LARGEST_BYTES:
            return self._refused(TOO_LARGE)
        return message

    def _refused(self, refusal: BodyRefusal) -> Message:
        self.refusal, self._is_complete = refusal, True
        return {"type": "http.disconnect"}


def announced_refusal(headers: list[tuple[bytes, bytes]]) -> BodyRefusal | None:
    """Return why a body that its header announces is not taken, or None."""
    lengths = [value for name, value in headers if name == b"content-length"]
    is_too_large = any(not value.isdigit() or int(value[:18]) > LARGEST_BYTES for value in lengths)
    return TOO_LARGE if is_too_large else None
