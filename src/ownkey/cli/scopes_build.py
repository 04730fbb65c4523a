"""`ownkey scopes build`: make the catalogue anew from Atlassian's files, and report what changed."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ownkey.cli.errors import FailedError, MisuseError
from ownkey.cli.options import AsJson, day_option
from ownkey.cli.output import print_json, print_line

if TYPE_CHECKING:
    from ownkey.scopes.build import SourceFile
    from ownkey.scopes.catalogue import Operation
    from ownkey.scopes.changes import Changes

EXAMPLE = """\b
Example:
  ownkey scopes build --platform platform.json --software software.json \\
    --service-management jsm.json --assets assets.json --date 2026-08-15
"""

File = Annotated[Path, typer.Option(metavar="FILE", help="Atlassian's OpenAPI file of this API.")]


def build(
    platform: File,
    software: File,
    service_management: File,
    assets: File,
    dated: Annotated[
        date | None,
        day_option("--date", "The day that the files are from.", default="each file's own date"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where to write it.", show_default="the catalogue that Ownkey uses"
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would change and write nothing.")
    ] = False,
    accept_losses: Annotated[
        bool,
        typer.Option("--accept-losses", help="Go on although most operations of an API are gone."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the catalogue anew from Atlassian's files.

    What changed is reported: operations that came, went, moved or need other scopes. A file in which most
    operations of its API are gone is taken for a wrong one and refused.
    """
    from ownkey.scopes.build import SourceFileError, build_document, write_document
    from ownkey.scopes.catalogue import CATALOGUE_FILE, load_catalogue, read_catalogue
    from ownkey.scopes.changes import compare, lost_most

    files = {
        "platform": platform,
        "software": software,
        "service-management": service_management,
        "assets": assets,
    }
    sources = {api: _read(file, dated) for api, file in files.items()}
    try:
        document = build_document(sources)
    except SourceFileError as error:
        raise MisuseError(error.code, str(error)) from None
    changes = compare(load_catalogue(), read_catalogue(document))
    if not accept_losses:
        _refuse_losses(lost_most(changes, load_catalogue()))
    target = output or CATALOGUE_FILE
    if not dry_run:
        try:
            target.write_text(write_document(document), encoding="utf-8")
        except OSError as error:
            raise FailedError(
                "catalogue-not-written", f"{target} cannot be written: {error.strerror}."
            ) from None
    if as_json:
        print_json(_as_json(changes, written=None if dry_run else str(target)))
        return
    _print_for_people(changes)
    if not dry_run:
        print_line(f"Written to {target}.")


def _read(file: Path, dated: date | None) -> "SourceFile":
    from ownkey.scopes.build import SourceFile

    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        day = dated or datetime.fromtimestamp(file.stat().st_mtime, tz=UTC).date()
    except OSError:
        raise MisuseError("source-unreadable", f"The file {file} cannot be read.") from None
    except ValueError:
        raise MisuseError("source-not-json", f"The file {file} is not JSON.") from None
    if not isinstance(document, dict):
        raise MisuseError("source-not-openapi", f"The file {file} is not an OpenAPI file.")
    return SourceFile(document, day.isoformat())


def _refuse_losses(lost: "dict[str, tuple[int, int]]") -> None:
    if lost:
        told = "; ".join(
            f"the {api} file lacks {gone} of the {known} known operations"
            for api, (gone, known) in lost.items()
        )
        raise MisuseError(
            "source-lost-most",
            f"This looks like a wrong file, so nothing was written: {told}. "
            "Give each option the file of its own API, or --accept-losses if it is right.",
        )


def _as_json(changes: "Changes", *, written: str | None) -> dict[str, object]:
    return {
        "added": [operation.signature for operation in changes.added],
        "removed": [operation.signature for operation in changes.removed],
        "moved": [{"from": old.signature, "to": new.signature} for old, new in changes.moved],
        "scopes_changed": [
            {"operation": new.signature, "from": _alternatives(old), "to": _alternatives(new)}
            for old, new in changes.scopes_changed
        ],
        "written": written,
    }


def _alternatives(operation: "Operation") -> list[list[str]]:
    return [sorted(scopes) for scopes in operation.requirement.alternatives]


def _print_for_people(changes: "Changes") -> None:
    if not changes:
        print_line("Nothing changed: the same operations need the same scopes.")
    for operation in changes.added:
        print_line(f"added    {operation.signature}")
    for operation in changes.removed:
        print_line(f"removed  {operation.signature}")
    for old, new in changes.moved:
        print_line(f"moved    {old.signature} → {new.signature}")
    for old, new in changes.scopes_changed:
        print_line(f"scopes   {new.signature}")
        print_line(f"           before: {_words(old)}")
        print_line(f"           now:    {_words(new)}")


def _words(operation: "Operation") -> str:
    return (
        " or ".join(" and ".join(scopes) or "no scope" for scopes in _alternatives(operation))
        or "no token with scopes may"
    )
