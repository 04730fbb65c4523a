"""`ownkey doctor`: whether everything that Ownkey stands on is as it should be."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from ownkey.cli.environment import read_environment
from ownkey.cli.errors import ExitCode, FailedError
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_line, printable, say

if TYPE_CHECKING:
    from ownkey.console.doctor.findings import Finding

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
    read_environment()
    from ownkey.console.setup import SetupError, start_without_changes

    try:
        environment = start_without_changes()
    except SetupError as error:
        raise FailedError(error.code, str(error)) from None
    from ownkey.console.doctor.examination import examine
    from ownkey.console.doctor.findings import Verdict

    found: list[Finding] = []
    for finding in examine(environment):
        found.append(finding)
        if not as_json:
            _print(finding)
            sys.stdout.flush()
    worst = Verdict.FAIL if any(one.verdict is Verdict.FAIL for one in found) else Verdict.OK
    if as_json:
        print_json(_as_json(found))
    else:
        failed, warned = (sum(one.verdict is v for one in found) for v in (Verdict.FAIL, Verdict.WARN))
        say(f"{len(found)} things were looked at: {failed} are wrong, {warned} deserve a look.")
    if worst is Verdict.FAIL:
        raise typer.Exit(ExitCode.FAILED)


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
