"""Reading a secret: from standard input, from a file or from a prompt, never from an argument.

Arguments are visible to everybody on the machine (`ps`) and stay in the shell's history.
"""

import getpass
import sys
import warnings
from pathlib import Path

import typer

from ownkey.cli.errors import ExitCode, MisuseError
from ownkey.cli.output import say
from ownkey.unseen import text_of_secret

LONGEST_SECRET = 8192


def read_secret(what: str, *, option: str, from_stdin: bool, file: Path | None, confirm: bool = False) -> str:
    """Return the secret that the person gives, without what files have around it: line ends, marks, blanks.

    It goes straight to what cleans and wraps it; a token becomes a `Secret` there.

    Args:
        what: What is asked for, such as "API token"; it names the prompt and the mistakes.
        option: The word in `--WORD-stdin` and `--WORD-file`.
        from_stdin: Read it from standard input.
        file: Read it from this file.
        confirm: Ask twice at a prompt, for a secret that is being chosen.

    Raises:
        MisuseError: There is none, or it cannot be read.
    """
    if from_stdin and file is not None:
        raise MisuseError("two-secrets", f"Give the {what} on standard input or in a file, not both.")
    if from_stdin:
        text = read_input(LONGEST_SECRET + 1)
    elif file is not None:
        text = _read_file(file, what=what)
    elif sys.stdin.isatty():
        text = _ask(what, confirm=confirm)
    else:
        raise MisuseError(
            "no-terminal",
            f"There is no terminal to ask for the {what}. Use --{option}-stdin or --{option}-file.",
        )
    if len(text) > LONGEST_SECRET:
        raise MisuseError("secret-too-long", f"What was given is far too long to be the {what}.")
    try:
        secret = text_of_secret(text)
    except ValueError:
        raise MisuseError("secret-not-text", f"What was given as the {what} is not text.") from None
    if not secret.strip():
        raise MisuseError("no-secret", f"No {what} was given.")
    return secret


def read_input(most: int) -> bytes:
    """Return what standard input holds, up to so many bytes.

    Raises:
        MisuseError: It cannot be read.
    """
    try:
        return sys.stdin.buffer.read(most)
    except OSError as error:
        raise MisuseError(
            "input-unreadable", f"Standard input cannot be read ({error.strerror}). Give a file instead."
        ) from None


def _read_file(file: Path, *, what: str) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LONGEST_SECRET + 1)
    except OSError:
        raise MisuseError("secret-file-unreadable", f"The file with the {what} cannot be read.") from None


def _ask(what: str, *, confirm: bool) -> bytes:
    """Ask at the terminal; nothing that is typed is shown."""
    try:
        # Where the terminal cannot be told to hide what is typed, nothing is asked.
        warnings.simplefilter("error", getpass.GetPassWarning)
        answer = getpass.getpass(f"{what} (it is not shown): ", stream=sys.stderr)
        again = getpass.getpass(f"{what} again: ", stream=sys.stderr) if confirm else answer
    except (EOFError, KeyboardInterrupt):
        say()
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except getpass.GetPassWarning:
        raise MisuseError(
            "no-terminal", f"This terminal would show the {what}. Give it on standard input or in a file."
        ) from None
    if again != answer:
        raise MisuseError("secrets-differ", "The two are not the same. Please try again.")
    return answer.encode()
