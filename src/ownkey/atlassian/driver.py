"""The driver: runs a check's steps over a client, requests side by side."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from ownkey.atlassian.events import Event
from ownkey.atlassian.steps import Drop, Finished, Start, Steps, Wait
from ownkey.atlassian.wire import Answer, NoAnswer, WireRequest

Send = Callable[[WireRequest], Awaitable[Answer | NoAnswer]]


async def drive(steps: Steps[None], send: Send) -> AsyncGenerator[Event, None]:
    """Yield the events of a check while performing its requests.

    Whoever stops listening stops the check: what is under way is cancelled.
    """
    running: set[asyncio.Task[Finished]] = set()
    finished: Finished | None = None
    try:
        while True:
            try:
                step = steps.send(finished)
            except StopIteration:
                return
            finished = None
            if isinstance(step, Start):
                running.add(asyncio.create_task(_perform(step, send)))
            elif isinstance(step, Wait):
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                first = done.pop()
                running.remove(first)
                finished = first.result()
            elif isinstance(step, Drop):
                await _cancel(running)
            else:
                yield step
    finally:
        steps.close()
        await _cancel(running)


async def _perform(step: Start, send: Send) -> Finished:
    if step.after_s > 0:
        await asyncio.sleep(step.after_s)
    return Finished(step.id, await send(step.request))


async def _cancel(running: set[asyncio.Task[Finished]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    running.clear()
