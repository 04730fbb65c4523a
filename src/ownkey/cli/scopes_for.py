"""`ownkey scopes for …`: the fewest scopes that open a set of calls."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.errors import ExitCode, MisuseError
from ownkey.cli.explain import sentence_for_unrouted
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_line, say
from ownkey.cli.recorded_calls import Call, calls_in_file, calls_in_words

if TYPE_CHECKING:
    from ownkey.scopes.advice import Advice
    from ownkey.scopes.catalogue import Operation
    from ownkey.scopes.router import Unrouted

EXAMPLE = """\b
Examples:
  ownkey scopes for GET /rest/api/3/myself POST /rest/api/3/issue
  ownkey scopes for --from recorded.har
"""


@dataclass(frozen=True, slots=True)
class Routed:
    """Calls, sorted into operations (each once) and what is no operation."""

    operations: "tuple[Operation, ...]"
    unrouted: "tuple[tuple[Call, Unrouted], ...]"


def for_(
    calls: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="METHOD PATH…", help="The calls: pairs of method and path.", show_default=False
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Take the calls from a file: METHOD PATH on each line, or a HAR recording.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find the fewest scopes for a set of calls.

    Of equally few, those with more classic ones are taken. Nothing is sent anywhere.
    Exits with 1 when there is a call among them that no scope is known to open.
    """
    from ownkey.scopes.advice import smallest_scopes

    if bool(calls) == (file is not None):
        raise MisuseError("no-calls", "Give the calls as METHOD PATH pairs, or a file with --from.")
    routed = _route(calls_in_file(file) if file is not None else calls_in_words(calls or ()))
    if not routed.operations and not routed.unrouted:
        raise MisuseError("no-calls", "There is no call of Jira's API in this file.")
    advice = smallest_scopes(routed.operations)
    if as_json:
        print_json(_as_json(routed, advice))
    else:
        _print_for_people(routed, advice)
    if routed.unrouted or advice.closed:
        raise typer.Exit(ExitCode.FAILED)


def _route(calls: tuple[Call, ...]) -> Routed:
    from ownkey.scopes.router import Unrouted, load_router

    router = load_router()
    operations: dict[Operation, None] = {}
    unrouted: dict[Call, Unrouted] = {}
    for call in calls:
        found = router.find(call.method, call.path)
        if isinstance(found, Unrouted):
            unrouted[call] = found
        else:
            operations[found] = None
    return Routed(tuple(operations), tuple(unrouted.items()))


def _as_json(routed: Routed, advice: "Advice") -> dict[str, object]:
    return {
        "scopes": sorted(advice.scopes),
        "smallest": advice.is_smallest,
        "fits_one_token": advice.fits,
        "operations": [operation.signature for operation in routed.operations],
        "closed": [operation.signature for operation in advice.closed],
        "unrouted": [
            {"method": call.method, "path": call.path, "reason": str(unrouted.reason)}
            for call, unrouted in routed.unrouted
        ],
    }


def _print_for_people(routed: Routed, advice: "Advice") -> None:
    from ownkey.scopes.advice import MOST_SCOPES
    from ownkey.scopes.reasons import why_closed

    for scope in sorted(advice.scopes):
        print_line(scope)
    if not advice.scopes and len(routed.operations) > len(advice.closed):
        say("No scope is needed.")
    if not advice.is_smallest:
        say("There may be a smaller set: the search was ended early.")
    if not advice.fits:
        say(f"One API token may have {MOST_SCOPES} scopes, so these need more than one.")
    for operation in advice.closed:
        say(f"{operation.signature}: {why_closed(operation)}")
    for call, unrouted in routed.unrouted:
        sentence = sentence_for_unrouted(unrouted, method=call.method, path=call.path)
        say(f"{call.method} {call.path}: {sentence}")
