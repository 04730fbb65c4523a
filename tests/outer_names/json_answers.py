"""Every command that has `--json`, run on a store with something of everything: the keys that it prints."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.cli.command import Ended, Ownkey

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "account list": (),
    "audit head": (),
    "audit verify": (),
    "audit prune": ("--before", "2020-01-01", "--dry-run"),
    "doctor": (),
    "explain": ("GET", "/rest/agile/1.0/board/1/issue", "--scopes", "read:jira-work"),
    "init": (),
    "key list": (),
    "keys list": (),
    "scopes list": (),
    "scopes profile": ("planning",),
    "scopes show": ("read:board-scope:jira-software",),
    "status": (),
    "user list": (),
    # What changes the store comes last.
    "key create": ("--user", "bo@acme.example", "--account", "acme", "--name", "Report"),
    "user add": ("fay@acme.example", "--name", "Fay", "--password-stdin"),
    "user sign-in-link": ("grace@acme.example",),
    "user reset-factors": ("bo@acme.example",),
    "user suspend": ("ada@acme.example",),
    "keys rotate": (),
}
UNKNOWN = "explain GET /rest/api/3/nothing-here"
ID = re.compile(r"[a-z]+:[\w:.-]+|[0-9a-f]{8,}")


def key_paths(ownkey: Ownkey) -> set[str]:
    """Return `command: path.to.key` for each key that a command prints."""
    found: set[str] = set()
    for command, arguments in COMMANDS.items():
        given = "a-long-one-7" if "--password-stdin" in arguments else ""
        ended = ownkey(*command.split(), *arguments, "--json", given=given)
        found |= _paths_of(command, ended)
    found |= _paths_of("explain, unknown", ownkey(*UNKNOWN.split(), "--json"))
    found |= _paths_of("error", ownkey("user", "suspend", "nobody@acme.example", "--json"))
    found |= _paths_of("check, nothing sent", _check_with_a_mistake(ownkey))
    return found


def _check_with_a_mistake(ownkey: Ownkey) -> Ended:
    options = ("--site", "https://acme.atlassian.net", "--email", "ada@acme.example", "--token-stdin")
    return ownkey("check", *options, "--json", given="")


def _paths_of(command: str, ended: Ended) -> set[str]:
    assert ended.stdout, (command, ended.stderr)
    return {f"{command}: {path}" for path in _paths(json.loads(ended.stdout), "")}


def _paths(value: Any, before: str) -> Iterator[str]:  # noqa: ANN401 whatever JSON holds
    if isinstance(value, list):
        for each in value:
            yield from _paths(each, f"{before}[]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            # A key that is a value (an id, a scope) is no name.
            here = f"{before}.{'*' if ID.fullmatch(key) else key}".lstrip(".")
            yield here
            yield from _paths(inner, here)
