"""What is said about arguments that cannot be understood, without repeating what may be a secret."""

import io
import re
from collections.abc import Iterable
from typing import Any, Final, cast

from typer.exceptions import TyperException

from ownkey.cli.output import print_json, say

# As long as the shortest token, and made of nothing else: addresses, paths and e-mails have dots or slashes.
LIKE_A_SECRET: Final = re.compile(r"(?<![\w+=-])[A-Za-z0-9][A-Za-z0-9_+=-]{23,}")
EXTRA: Final = re.compile(r"Got unexpected extra argument.*", re.DOTALL)
ONE_TOO_MANY: Final = (
    "There is an argument too many. Secrets are never given as arguments, which others can see: "
    "use a prompt, --token-stdin or a file."
)


def show_misuse(error: TyperException, arguments: Iterable[str]) -> None:
    """Say what is wrong with the arguments; with `--json` among them, in JSON too.

    A token, password or client key that was typed as an argument is not repeated.
    """
    shown = io.StringIO()
    cast("Any", error).show(file=shown)  # each of Typer's errors has it; their public base does not say so
    given = list(arguments)
    text = without_secrets(shown.getvalue(), given)
    if "--json" in given:
        message = without_secrets(error.format_message(), given)
        print_json({"error": "misuse", "message": message})
    say(text.rstrip("\n"))


def without_secrets(text: str, arguments: Iterable[str]) -> str:
    """Return a message without the arguments that may be secrets."""
    text = EXTRA.sub(ONE_TOO_MANY, text)
    for argument in arguments:
        for word in LIKE_A_SECRET.findall(argument):
            text = text.replace(word, "…")
    return text
