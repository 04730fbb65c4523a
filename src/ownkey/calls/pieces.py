"""Bodies that come in pieces."""

from collections.abc import AsyncIterator


async def chained(beginning: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what was read of a body already, and then the rest of it."""
    if beginning:
        yield beginning
    async for piece in rest:
        yield piece
