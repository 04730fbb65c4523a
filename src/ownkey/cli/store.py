"""Opening the store: what every command that keeps or changes something does first."""

from typing import TYPE_CHECKING

from ownkey.cli.environment import read_environment
from ownkey.cli.errors import FailedError

if TYPE_CHECKING:
    from ownkey.console.environment import Environment


def open_store() -> "Environment":
    """Make what is missing of the data directory, start Django, and return the environment.

    Raises:
        CommandError: The environment cannot be used, or the data directory cannot.
    """
    read_environment()
    from ownkey.console.setup import SetupError, prepare

    try:
        return prepare()
    except SetupError as error:
        raise FailedError(error.code, str(error)) from None
