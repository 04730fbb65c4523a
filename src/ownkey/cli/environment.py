"""The operator's environment as commands need it: read once, mistakes told as sentences."""

from typing import TYPE_CHECKING

from ownkey.cli.errors import MisuseError

if TYPE_CHECKING:
    from ownkey.environment.values import Environment


def read_environment() -> "Environment":
    """Return what the environment says.

    Raises:
        MisuseError: It cannot be used; every mistake is told at once.
    """
    from ownkey.environment import reading

    try:
        return reading.read_environment()
    except reading.EnvironmentMistakesError as error:
        raise MisuseError(error.code, "\n".join(error.mistakes)) from None
