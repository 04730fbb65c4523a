"""An answer's body on its way to the client: unchanged, or with its links rewritten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from ownkey.gateway.reply import Reply
from ownkey.gateway.rewriting import Rewriting

HELD_BACK_S = 0.1
"""How long the first piece of a document waits for the last one; then it goes ahead without a length."""


async def pass_unchanged(pieces: AsyncIterator[bytes], length: int | None, reply: Reply) -> None:
    """Pass a body on as it comes; where its length is known, its last piece is told as the last."""
    async for piece in pieces:
        if length is not None:
            length -= len(piece)
            if not length:
                await reply.piece(piece, is_last=True)
                return
        await reply.piece(piece)
    await reply.piece(b"", is_last=True)


async def pass_rewritten(
    pieces: AsyncIterator[bytes], rewriting: Rewriting, reply: Reply, *, has_body: bool
) -> None:
    """Pass a body on with its links rewritten as it comes; an answer to HEAD has none."""
    async for piece in pieces:
        for rewritten in rewriting.feed(piece):
            await reply.piece(rewritten)
    await reply.piece(rewriting.finish() if has_body else b"", is_last=True)


async def beginning_of(pieces: AsyncIterator[bytes], length: int) -> bytes:
    """Return the whole of a body of known length, or what of it has arrived before it would be held back."""
    first = await anext(pieces, b"")
    if len(first) == length:
        return first
    arrived = [first]
    with suppress(TimeoutError):
        async with asyncio.timeout(HELD_BACK_S):
            async for piece in pieces:
                arrived.append(piece)
                length -= len(piece)
                if length == len(first):
                    break
    return b"".join(arrived)
