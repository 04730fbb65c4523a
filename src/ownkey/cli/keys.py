"""`ownkey keys …`: the vault's keys, which everything that is saved is sealed with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli import lost_keys
from ownkey.cli.errors import ExitCode, FailedError
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_line, print_table, say
from ownkey.cli.store import open_store

if TYPE_CHECKING:
    from ownkey.console.key_rotation import KeyFacts

LIST_EXAMPLE = """\b
Example:
  ownkey keys list
"""
ROTATE_EXAMPLE = """\b
Example:
  ownkey keys rotate
\b
Exit codes: 0 everything is sealed with the primary key, 1 something is not.
"""
RETIRE_EXAMPLE = """\b
Example:
  ownkey keys retire 3f9a1c0b7d2e4856
"""
GENERATE_EXAMPLE = """\b
Example:
  ownkey keys generate > new-key.txt
"""


def build_app() -> typer.Typer:
    """Return the `keys` command with its subcommands."""
    app = typer.Typer(
        help="List, rotate and retire the keys that saved tokens are sealed with.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=LIST_EXAMPLE.replace("keys list", "keys rotate"),
    )
    app.command("list", epilog=LIST_EXAMPLE)(list_)
    app.command("rotate", epilog=ROTATE_EXAMPLE)(rotate)
    app.command("retire", epilog=RETIRE_EXAMPLE)(retire)
    app.command("generate", epilog=GENERATE_EXAMPLE)(generate)
    app.command("replace-lost", epilog=lost_keys.EXAMPLE)(lost_keys.replace_lost)
    return app


def list_(as_json: AsJson = False) -> None:
    """List the keys, and how much each is in use. The keys themselves are not shown."""
    open_store()
    from ownkey.console.key_rotation import list_keys

    with _vault_errors():
        keys = list_keys()
    if as_json:
        print_json([_as_json(key) for key in keys])
        return
    rows = [
        (
            key.id or "(unknown)",
            _role(key),
            f"{key.created_at:%Y-%m-%d}" if key.created_at else "-",
            str(key.envelopes),
            str(key.hashes),
        )
        for key in keys
    ]
    print_table(rows, headings=("ID", "ROLE", "MADE", "SEALED TOKENS", "CLIENT KEYS AND LINKS"))


def rotate(as_json: AsJson = False) -> None:
    """Make a new key and move every saved token to it, while Ownkey runs.

    It can be stopped at any moment: nothing is lost, and running it again continues. Older keys stay until
    ownkey keys retire takes them out.
    """
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.console import key_rotation

    with _vault_errors():
        done = key_rotation.rotate(actor=OPERATOR)
    if as_json:
        print_json(
            {"primary": done.primary_id, "is_new": done.is_new, "moved": done.moved, "stuck": done.stuck}
        )
    else:
        made = "was made" if done.is_new else "was there from an earlier rotation that had not ended"
        print_line(f"The primary key {done.primary_id} {made}. Saved tokens moved to it: {done.moved}.")
    if done.stuck:
        say(
            f"{done.stuck} saved tokens could not be moved: they are damaged, or their key is not in the "
            "ring. Their owners have to enter them again, or the key has to come back. ownkey keys list says "
            "more."
        )
        raise typer.Exit(ExitCode.FAILED)
    if not as_json:
        say("Back up the key file now. Backups made before today still need the older keys.")


def retire(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id; ownkey keys list shows it.")],
    as_json: AsJson = False,
) -> None:
    """Take an older key that nothing needs any more out of the key ring, for good.

    Backups from before the rotation can only be opened with it: keep a copy for as long as you keep them.
    """
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.console import key_rotation

    with _vault_errors():
        key_rotation.retire(key_id, actor=OPERATOR)
    if as_json:
        print_json({"retired": key_id})
    else:
        print_line(f"The key {key_id} is not in the key ring any more.")


def generate() -> None:
    """Print a new key, for those who keep the key ring in OWNKEY_KEYS.

    It is the key itself: send it straight to where secrets are kept.
    """
    from datetime import UTC, datetime

    from ownkey.vault.key_document import line_of
    from ownkey.vault.key_ring import new_key

    say("This is a key. With it and the database, every saved token can be read.")
    print_line(line_of(new_key(created_at=datetime.now(UTC))))


@contextmanager
def _vault_errors() -> Iterator[None]:
    """Tell what is wrong with the keys as a sentence of this command."""
    from ownkey.console.key_rotation import KeyInUseError
    from ownkey.vault.errors import VaultError

    try:
        yield
    except (KeyInUseError, VaultError) as error:
        raise FailedError(error.code, str(error)) from None


def _role(key: "KeyFacts") -> str:
    if key.is_primary:
        return "primary"
    return "older" if key.is_known else "not in the ring"


def _as_json(key: "KeyFacts") -> dict[str, object]:
    return {
        "id": key.id,
        "role": _role(key),
        "created_at": key.created_at.isoformat(timespec="seconds") if key.created_at else None,
        "envelopes": key.envelopes,
        "hashes": key.hashes,
        "may_retire": key.is_known and not key.is_in_use,
    }
