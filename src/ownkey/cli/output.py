"""What commands print: data on stdout, talk on stderr."""

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn, TextIO

from ownkey.cli.errors import ExitCode


def print_line(text: str = "") -> None:
    """Print a line of data on stdout."""
    try:
        sys.stdout.write(text + "\n")
    except BrokenPipeError:
        end_on_broken_pipe()
    except OSError as error:
        _end_unheard(error)


def print_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """Print data for machines on stdout: one JSON value on one line; indented where somebody reads along."""
    knows_all_letters = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    indent = 2 if sys.stdout.isatty() else None
    print_line(json.dumps(value, ensure_ascii=not knows_all_letters, indent=indent))


def print_table(rows: Iterable[Sequence[str]], *, headings: Sequence[str]) -> None:
    """Print rows in columns for people; the last column may be as long as it likes."""
    table = [headings, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings) - 1)]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        print_line("  ".join((*cells, row[-1])).rstrip())


def say(text: str = "") -> None:
    """Say something to the person at the terminal, on stderr."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        end_on_broken_pipe()
    except OSError:
        return  # a full disk, say: nobody can be told


def tolerate_poor_terminals() -> None:
    """Have letters and marks that the terminal does not know replaced, instead of failing on them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def flush() -> None:
    """Hand everything printed to whoever reads it, before the command ends."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        end_on_broken_pipe()
    except OSError as error:
        _end_unheard(error)


def printable(text: str) -> str:
    """Return text from elsewhere without what could steer a terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


def listed(words: Sequence[str], *, last: str = "and") -> str:
    """Return words as a person lists them: `a, b and c`."""
    return f" {last} ".join((", ".join(words[:-1]), words[-1]) if len(words) > 1 else words)


def end_on_broken_pipe() -> NoReturn:
    """End quietly, as commands do whose reader has left (`ownkey scopes list | head`)."""
    _lead_nowhere(sys.stdout, sys.stderr)
    raise SystemExit(ExitCode.BROKEN_PIPE)


def _end_unheard(error: OSError) -> NoReturn:
    """End with a sentence, because the answer cannot be written where it was to go."""
    _lead_nowhere(sys.stdout)
    say(
        f"Standard output cannot be written to ({error.strerror}), so the answer is not shown. What the "
        "command has done is done."
    )
    raise SystemExit(ExitCode.FAILED) from None


def _lead_nowhere(*streams: TextIO) -> None:
    # What is still buffered has nowhere to go; without this Python complains about it on its way out.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
