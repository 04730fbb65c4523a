"""What the commands have in common that test a credential and keep what was proven."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from ownkey.cli.check import exit_code_of, say_what_surrounds
from ownkey.cli.check_words import report_as_json
from ownkey.cli.errors import FailedError
from ownkey.cli.output import print_json, print_line, say

if TYPE_CHECKING:
    from ownkey.connections.flows import Outcome


class PolicyName(StrEnum):
    """What happens to people who are not connected; the words of `ownkey.connections.models.Policy`."""

    REFUSE = "refuse"
    READ_ONLY = "read-only"
    MAIN = "main"


class UnknownOperations(StrEnum):
    """What happens to calls that are no operation of Atlassian's files."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105 — not a password


@contextmanager
def not_saved_as_sentence() -> Iterator[None]:
    """Tell why something proven was not saved as a sentence of this command."""
    from ownkey.connections.errors import NotSavedError

    try:
        yield
    except NotSavedError as error:
        raise FailedError(error.code, error.message) from None


def end_with(outcome: "Outcome[Any]", *, as_json: bool, saved: str) -> NoReturn:
    """Print how it ended and exit as `ownkey check` does. `saved` is the sentence for what was kept."""
    is_saved = outcome.saved is not None
    if as_json:
        print_json({**report_as_json(outcome.report), "saved": is_saved})
    elif is_saved:
        print_line(saved)
    elif outcome.report.verdict == "gaps":
        say("Nothing was saved. With --accept-gaps it is saved although scopes are missing.")
    else:
        say("Nothing was saved.")
    say_what_surrounds(outcome.report)
    raise typer.Exit(exit_code_of(outcome.report))
