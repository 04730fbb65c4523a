"""`ownkey audit …`: the record of who did what: its head, its proof, its copy, its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.errors import ExitCode, FailedError, MisuseError
from ownkey.cli.options import AsJson, day_option
from ownkey.cli.output import print_json, print_line, say
from ownkey.cli.store import open_store

if TYPE_CHECKING:
    from ownkey.audit.head import Head
    from ownkey.audit.verifying import Verification

HEAD_EXAMPLE = """\b
Example:
  ownkey audit head > record-head.txt
"""
VERIFY_EXAMPLE = """\b
Examples:
  ownkey audit verify
  ownkey audit verify --head record-head.txt --json
"""
EXPORT_EXAMPLE = """\b
Example:
  ownkey audit export --since 2026-01-01 --until 2026-12-31 --format csv > record.csv
"""
PRUNE_EXAMPLE = """\b
Examples:
  ownkey audit prune --before 2025-01-01 --dry-run
  ownkey audit prune --before 2025-01-01
"""

LARGEST_HEAD_FILE = 64 * 1024


class Format(StrEnum):
    """What the record is printed as."""

    JSONL = "jsonl"
    CSV = "csv"


Since = Annotated[date | None, day_option("--since", "The first day (UTC).")]
Until = Annotated[date | None, day_option("--until", "The last day (UTC), itself included.")]
Before = Annotated[date, day_option("--before", "The first day (UTC) that stays.")]


def build_app() -> typer.Typer:
    """Return the `audit` command with its subcommands."""
    app = typer.Typer(
        help="Prove, export and shorten the record of who did what.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=VERIFY_EXAMPLE,
    )
    app.command("head", epilog=HEAD_EXAMPLE)(head)
    app.command("verify", epilog=VERIFY_EXAMPLE)(verify)
    app.command("export", epilog=EXPORT_EXAMPLE)(export)
    app.command("prune", epilog=PRUNE_EXAMPLE)(prune)
    return app


def head(as_json: AsJson = False) -> None:
    """Print the record's signed head, to be kept somewhere else.

    It is one line without secrets. Given to ownkey audit verify later, it shows whether the record was cut
    short or rewritten in between.
    """
    open_store()
    from ownkey.audit.head import current_head

    with _vault_errors():
        found = current_head()
    if as_json:
        print_json(_head_as_json(found))
    else:
        print_line(found.text())


def verify(
    kept_head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="FILE|HEAD",
            help="A head that was kept: the line itself, or a file with it.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the whole record and say whether anything in it was changed, removed or added.

    Exits with 0 when it is whole, with 1 when it is not; the first bad entry is named.
    """
    text = None if kept_head is None else _head_text(kept_head)
    open_store()
    from ownkey.audit.head import HeadError, parse_head
    from ownkey.audit.verifying import verify_record

    try:
        kept = None if text is None else parse_head(text)
    except HeadError as error:
        raise MisuseError(error.code, str(error)) from None
    with _vault_errors():
        found = verify_record(kept)
    if as_json:
        print_json(_as_json(found))
    elif found.is_whole:
        print_line(_whole_sentence(found))
    for sentence in found.sentences:
        say(sentence)
    if not found.is_whole:
        raise typer.Exit(ExitCode.FAILED)


def export(
    since: Since = None,
    until: Until = None,
    as_: Annotated[
        Format, typer.Option("--format", help="JSON Lines, or CSV for spreadsheets.")
    ] = Format.JSONL,
    as_json: AsJson = False,
) -> None:
    """Print the record's entries, the oldest first.

    JSON Lines hold each entry whole, with its hash and signature; --json means the same.
    """
    if as_json and as_ is Format.CSV:
        raise MisuseError("two-formats", "Give --format csv or --json, not both.")
    open_store()
    import json

    from ownkey.audit.exporting import as_json as entry_as_json
    from ownkey.audit.exporting import csv_lines
    from ownkey.audit.record import OPERATOR, record
    from ownkey.audit.search import Search, stored_entries
    from ownkey.audit.storing import UnreadableRowError

    search = Search(since=since, until=until)
    details = {"format": as_.value, "since": str(search.since or ""), "until": str(search.until or "")}
    with _vault_errors():
        record("record.exported", actor=OPERATOR, details=details)
    try:
        if as_ is Format.CSV:
            for line in csv_lines(stored_entries(search)):
                print_line(line.removesuffix("\r\n"))
        else:
            for stored in stored_entries(search):
                print_line(json.dumps(entry_as_json(stored), ensure_ascii=False))
    except UnreadableRowError as error:
        raise FailedError(
            "record-unreadable",
            f"Entry {error.number} is not in the form that Ownkey writes. ownkey audit verify tells more.",
        ) from None


def prune(
    before: Before,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove entries that are older than a day, for good. Export them first.

    An entry in the record says what was removed, so that what is left can still be proven. A record that is
    not whole is not shortened.
    """
    at = datetime.combine(before, time(), tzinfo=UTC)
    if at > datetime.now(UTC):
        raise MisuseError("day-to-come", "The day given with --before is still to come.")
    open_store()
    from ownkey.audit import pruning
    from ownkey.audit.record import OPERATOR

    try:
        with _vault_errors():
            cut = pruning.prunable(before=at) if dry_run else pruning.prune(before=at, actor=OPERATOR)
    except pruning.BrokenRecordError as error:
        raise FailedError(error.code, str(error)) from None
    if as_json:
        print_json({"entries": cut.entries, "through": cut.through or None, "removed": not dry_run})
    else:
        print_line(_cut_sentence(cut.entries, before=before, is_done=not dry_run))


@contextmanager
def _vault_errors() -> Iterator[None]:
    """Tell that the keys cannot be read as a sentence of this command."""
    from ownkey.vault.errors import VaultError

    try:
        yield
    except VaultError as error:
        raise FailedError(error.code, str(error)) from None


def _head_text(given: str) -> str:
    """Return the text that a head stands in: what was given, or the file of that name."""
    if given.startswith("ownkey-record-head:"):
        return given
    try:
        with Path(given).open(encoding="utf-8") as file:
            return file.read(LARGEST_HEAD_FILE)
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError("head-file", "The file with the kept head cannot be read.") from error


def _head_as_json(head: "Head") -> dict[str, object]:
    return {
        "count": head.number,
        "hash": head.hash.hex(),
        "key_id": head.key_id,
        "signature": head.signature.hex(),
        "head": head.text(),
    }


def _as_json(found: "Verification") -> dict[str, object]:
    bad = found.bad
    return {
        "whole": found.is_whole,
        "entries": found.entries,
        "first": found.first or None,
        "bad": None if bad is None else {"number": bad.number, "fault": bad.fault, "message": bad.message},
        "unchecked_signatures": found.unchecked,
        "clock_set_back": found.set_back,
        "kept_head": found.kept,
        "head": None if found.head is None else _head_as_json(found.head),
    }


def _whole_sentence(found: "Verification") -> str:
    if not found.entries:
        return "The record is empty."
    last = found.first + found.entries - 1
    return f"The record is whole: entries {found.first} to {last} are as they were written."


def _cut_sentence(entries: int, *, before: date, is_done: bool) -> str:
    if not entries:
        return f"Nothing in the record is older than {before}."
    number = "1 entry" if entries == 1 else f"{entries} entries"
    done = "removed" if is_done else "would be removed"
    return f"{number} from before {before} {done}."
