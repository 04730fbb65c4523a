"""A CSV file as an answer, sent a few lines at a time on the server as in tests."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

LINES_AT_ONCE = 200


class CsvAnswer(StreamingHttpResponse):
    """Lines that are read from the database while they are sent.

    Django would read all of them into memory first, and warn of it: its server is asynchronous, and the
    lines are not. So they are read in the request's own thread, some at a time.
    """

    def __init__(self, lines: Iterable[str], *, file_name: str) -> None:
        super().__init__(
            lines,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
        )

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the pieces for an asynchronous server."""
        return self._pieces(iter(self))

    async def _pieces(self, lines: Iterator[bytes]) -> AsyncIterator[bytes]:
        while piece := await sync_to_async(_next_piece)(lines):
            yield piece


def _next_piece(lines: Iterator[bytes]) -> bytes:
    return b"".join(islice(lines, LINES_AT_ONCE))
