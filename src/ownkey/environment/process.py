"""The environment of this process: read once, and the same for all that runs in it."""

import os

from ownkey.environment.reading import read_environment
from ownkey.environment.values import Environment
from ownkey.vault.key_keeper import KeyKeeper, keeper_of

_current: Environment | None = None


def current_environment() -> Environment:
    """Return what the operator decided for this process.

    Raises:
        ownkey.environment.reading.EnvironmentMistakesError: It cannot be used; with every mistake at once.
    """
    if _current is None:
        use(read_environment())
    assert _current is not None  # noqa: S101 set by the line above
    return _current


def use(environment: Environment) -> None:
    """Let this be the environment of the process, whatever its variables say."""
    global _current  # noqa: PLW0603 a process has one environment
    _current = environment


def key_keeper() -> KeyKeeper:
    """Return the keeper of this installation's key ring."""
    return keeper_of(current_environment().keys)


def provider_secret() -> str:
    """Return what proves to the OpenID Connect provider that it is Ownkey, "" without a provider.

    allauth takes it as plain text; no API token comes near it.
    """
    provider = current_environment().single_sign_on
    return provider.client_secret.reveal() if provider else ""


def is_set(variable: str) -> bool:
    """Return whether the process has a variable, be it empty."""
    return variable in os.environ


def set_variables(**values: str) -> None:
    """Set variables of the process, before its environment is read for the first time."""
    os.environ.update(values)


def set_default(variable: str, value: str) -> None:
    """Set a variable of the process where it has no value."""
    os.environ.setdefault(variable, value)
