"""Opening the store: what every command that keeps or changes something does first."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from ownkey.cli.environment import read_environment
from ownkey.cli.errors import FailedError
from ownkey.cli.home_in_use import share_home
from ownkey.cli.output import say

if TYPE_CHECKING:
    from ownkey.environment.values import Environment

T = TypeVar("T")  # what a flow returns


def open_store(*, may_be_new: bool = False) -> "Environment":
    """Make what is missing of the data directory, start Django, and return the environment.

    Args:
        may_be_new: Whether an empty database is wanted beside the keys of one that is gone.

    Raises:
        CommandError: The environment cannot be used, or the data directory cannot.
    """
    read_environment()
    from ownkey.console.setup import SetupError, prepare

    try:
        return prepare(may_be_new=may_be_new)
    except SetupError as error:
        raise FailedError(error.code, str(error)) from None


def run_in_store(flow: Coroutine[Any, Any, T]) -> T:
    """Run a flow to its end, and close the database that it read and wrote in a thread of its own."""

    async def run() -> T:
        from asgiref.sync import sync_to_async
        from django.db import connections

        try:
            return await flow
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(run())


def tell_unknown_variables(environment: "Environment") -> None:
    """Name the variables that look like settings and are none, so that a misspelt one is not missed."""
    for sentence in environment.unknown:
        say(sentence)


def open_store_to_serve(address: str) -> "Environment":
    """Open the store for a server at this address; any number may run, but none beside a demo.

    Raises:
        CommandError: A demo runs on the data directory, or the store cannot be opened.
    """
    environment = read_environment()
    tell_unknown_variables(environment)
    from ownkey.console.setup import SetupError, ensure_home

    try:
        ensure_home(environment.home)
    except SetupError as error:
        raise FailedError(error.code, str(error)) from None
    share_home(environment.home, address)
    return open_store()
