"""`ownkey doctor`: whether everything that Ownkey stands on is as it should be."""

import sys
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import typer

from ownkey.cli.errors import ExitCode, MisuseError
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_line, printable, say

if TYPE_CHECKING:
    from ownkey.console.doctor.findings import Finding
    from ownkey.environment.values import Environment

UNTIL_THEN = "Correct it: Ownkey does not start before that. What is below was looked at without it."
OR_TAKE_IT_OUT = "Correct its name, or take it out."
EXAMPLE = """\b
Example:
  ownkey doctor
\b
Exit codes: 0 nothing is wrong (there may be warnings), 1 something is.
"""


def doctor(as_json: AsJson = False) -> None:
    """Examine this installation: a line for each thing, with what to do about it.

    Nothing is changed, no mail is sent, and Atlassian is only asked whether it answers.
    """
    environment, mistakes = _usable_environment()
    from ownkey.console.setup import start_for_examination

    start_for_examination(environment)
    from ownkey.console.doctor.examination import examine
    from ownkey.console.doctor.findings import Verdict, fail, warn

    found: list[Finding] = []
    told = (fail("settings", mistake, UNTIL_THEN) for mistake in mistakes)
    unknown = (warn("settings", sentence, OR_TAKE_IT_OUT) for sentence in environment.unknown)
    for finding in chain(told, unknown, examine(environment)):
        found.append(finding)
        if not as_json:
            _print(finding)
            sys.stdout.flush()
    worst = Verdict.FAIL if any(one.verdict is Verdict.FAIL for one in found) else Verdict.OK
    if as_json:
        print_json(_as_json(found))
    else:
        good, warned, failed = (
            sum(one.verdict is v for one in found) for v in (Verdict.OK, Verdict.WARN, Verdict.FAIL)
        )
        say(f"{good} ok, {_counted(warned, 'warning')}, {_counted(failed, 'failure')}.")
    if worst is Verdict.FAIL:
        raise typer.Exit(ExitCode.FAILED)


def _usable_environment() -> "tuple[Environment, tuple[str, ...]]":
    """Return the environment without what cannot be used of it, and a sentence for each of that."""
    from ownkey.environment import reading

    try:
        return reading.without_mistakes()
    except reading.EnvironmentMistakesError as error:
        raise MisuseError(error.code, "\n".join(error.mistakes)) from None


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _print(finding: "Finding") -> None:
    print_line(f"{finding.verdict.value:<4}  {finding.check:<16}  {printable(finding.says)}")
    if finding.next_step:
        print_line(f"{'':<24}{printable(finding.next_step)}")


def _as_json(found: "Sequence[Finding]") -> dict[str, object]:
    return {
        "findings": [
            {
                "check": one.check,
                "verdict": one.verdict.value,
                "says": one.says,
                "next_step": one.next_step,
            }
            for one in found
        ]
    }
