"""`ownkey explain METHOD PATH`: which scopes an operation needs, and whether a set of scopes allows it."""

import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from ownkey.cli.errors import ExitCode, MisuseError
from ownkey.cli.options import AsJson
from ownkey.cli.output import listed, print_json, print_line
from ownkey.cli.scope_sets import read_scope_set

if TYPE_CHECKING:
    from ownkey.scopes.catalogue import Operation
    from ownkey.scopes.requirement import Scope
    from ownkey.scopes.router import Unrouted

EXAMPLE = """\b
Example:
  ownkey explain GET /rest/agile/1.0/board/1/issue --scopes read:jira-work,read:board-scope:jira-software
"""

# An address is cut by hand: the standard library tidies it up, and an unsafe path must stay as it is.
ADDRESS = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
GATEWAY_PREFIX = re.compile(r"/ex/jira/[^/?#]+(?=/)")


def explain(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="The HTTP method, such as GET.")],
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH", help="The path in Jira, or a whole address of a site or of Atlassian's gateway."
        ),
    ],
    scopes: Annotated[
        str | None,
        typer.Option(metavar="SCOPE,SCOPE", help="The scopes that a token has.", show_default=False),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Take the scopes of a scope profile instead.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 3 when the scopes do not allow the operation.")
    ] = False,
) -> None:
    """Tell which scopes an operation of Jira needs.

    And, with --scopes or --profile, whether those allow it. Nothing is sent anywhere.
    """
    from ownkey.scopes.router import Unrouted, load_router

    given = read_scope_set(scopes, profile)
    method = method.upper()
    found = load_router().find(method, path_in_jira(path))
    if isinstance(found, Unrouted):
        allowed = None if given is None else False
        if as_json:
            print_json(_unrouted_as_json(found, allowed=allowed))
        else:
            print_line(sentence_for_unrouted(found, method=method, path=path_in_jira(path)))
    else:
        allowed = None if given is None else found.requirement.is_satisfied_by(given)
        if as_json:
            print_json(_operation_as_json(found, given, allowed=allowed))
        else:
            _print_for_people(found, given)
    if exit_code and allowed is False:
        raise typer.Exit(ExitCode.GAPS)


def path_in_jira(text: str) -> str:
    """Return the path below the site's address, without the query, untouched otherwise.

    Raises:
        MisuseError: It is neither a path nor an address.
    """
    if address := ADDRESS.match(text):
        text = text[address.end() :]
        if prefix := GATEWAY_PREFIX.match(text):
            text = text[prefix.end() :]
        text = text or "/"
    if not text.startswith("/"):
        raise MisuseError("bad-path", "Give the path with its first slash, such as /rest/api/3/myself.")
    return text.partition("?")[0]


def sentence_for_unrouted(unrouted: "Unrouted", *, method: str, path: str) -> str:
    """Return what to tell a person about a path that is no operation."""
    from ownkey.scopes.router import UnroutedReason

    match unrouted.reason:
        case UnroutedReason.WRONG_METHOD:
            return (
                f"Jira has no {method} here. This path answers to {listed(sorted(unrouted.allowed_methods))}."
            )
        case UnroutedReason.UNSAFE_PATH:
            if raw := next((one for one in path if _has_to_be_encoded(one)), None):
                return (
                    f"The character {raw!r} may not stand in an address as it is: write it percent-encoded, "
                    f"as {quote(raw)}."
                )
            return (
                "This path could mean something else to another program (a dot segment, a backslash, "
                "a doubled or encoded slash, a broken or doubled encoding, or a control character), so "
                "Ownkey never lets it through. Write it plainly."
            )
        case _:
            return (
                "No operation of Jira is known at this path, so no scope is known to open it. "
                "Look for a spelling mistake; ownkey scopes list shows what there is."
            )


def _has_to_be_encoded(character: str) -> bool:
    return character.isprintable() and (character in " #;" or not character.isascii())


def _operation_as_json(
    operation: "Operation", given: "frozenset[Scope] | None", *, allowed: bool | None
) -> dict[str, Any]:
    return {
        "operation": operation.operation_id,
        "allowed": allowed,
        "alternatives": [sorted(scopes) for scopes in operation.requirement.alternatives],
        "missing": None if given is None else sorted(operation.requirement.missing_from(given)),
    }


def _unrouted_as_json(unrouted: "Unrouted", *, allowed: bool | None) -> dict[str, Any]:
    return {
        "operation": None,
        "allowed": allowed,
        "alternatives": [],
        "missing": None if allowed is None else [],
        "reason": str(unrouted.reason),
    }


def _print_for_people(operation: "Operation", given: "frozenset[Scope] | None") -> None:
    from ownkey.scopes.reasons import why_closed

    requirement = operation.requirement
    print_line(f"{operation.operation_id}: {operation.method} {operation.path}")
    if requirement.is_open:
        print_line("Needs no scope: any token may.")
        return
    if requirement.is_closed:
        print_line(why_closed(operation))
        return
    print_line("Opened by any one of these lines:")
    for alternative in requirement.alternatives:
        print_line("  " + " and ".join(sorted(alternative)))
    if given is None:
        return
    if requirement.is_satisfied_by(given):
        print_line("Allowed: the scopes given are enough.")
    else:
        missing = sorted(requirement.missing_from(given))
        print_line(f"Not allowed. The fewest to add: {listed(missing)}.")
