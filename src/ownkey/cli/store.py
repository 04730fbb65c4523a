"""Opening the store: what every command that keeps or changes something does first."""

from typing import TYPE_CHECKING

from ownkey.cli.environment import read_environment
from ownkey.cli.errors import FailedError
from ownkey.cli.home_in_use import share_home
from ownkey.cli.output import say

if TYPE_CHECKING:
    from ownkey.environment.values import Environment


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
