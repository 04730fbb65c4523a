"""`ownkey backup` and `ownkey restore`: everything that is saved, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from ownkey.cli import lost_keys
from ownkey.cli.environment import read_environment
from ownkey.cli.errors import FailedError, MisuseError
from ownkey.cli.options import AsJson
from ownkey.cli.output import listed, print_json, print_line, say

BACKUP_EXAMPLE = """\b
Example:
  ownkey backup /var/backups/ownkey-2026-11-23.backup
"""
RESTORE_EXAMPLE = """\b
Example:
  OWNKEY_HOME=/var/lib/ownkey ownkey restore ownkey-2026-11-23.backup --key-file vault.key
"""


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make; it must not be there.")],
    with_keys: Annotated[
        bool,
        typer.Option(
            "--with-keys",
            help="Put the key file in, too. Such a backup is all that it takes to read every saved token.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy everything that is saved into one file, while Ownkey runs.

    It is proven before it gets its name: every part is read back, and saved tokens are opened. Without the
    keys it is worth nothing to a thief, and nothing to you either: keep a copy of the key file (vault.key)
    somewhere else. The file of the signing key is not in it: everybody signs in again after a restore.
    """
    environment = read_environment()
    from ownkey.console.setup import SetupError, start_without_changes

    try:
        environment = start_without_changes()
    except SetupError as error:
        raise FailedError(error.code, str(error)) from None
    from ownkey.audit.record import OPERATOR
    from ownkey.console.backups.errors import BackupError
    from ownkey.console.backups.making import make_backup
    from ownkey.vault.errors import VaultError

    try:
        made = make_backup(environment, file.absolute(), with_keys=with_keys, actor=OPERATOR)
    except (BackupError, VaultError) as error:
        raise FailedError(error.code, str(error)) from None
    if as_json:
        print_json(
            {
                "file": str(file.absolute()),
                "bytes": made.size,
                "keys": list(made.key_ids),
                "with_keys": made.has_keys,
                "unreadable_tokens": made.unreadable.total(),
                "recorded": made.was_recorded,
            }
        )
    else:
        print_line(str(file.absolute()))
    if made.has_keys:
        say("The keys are in it: whoever has this file can read every saved token. Lock it away.")
    elif made.key_ids:
        say(f"It opens only with a key file that holds {listed(made.key_ids)}: back that up, too.")
    if made.unreadable:
        say(f"{made.unreadable.total()} saved tokens open with no key at hand; ownkey keys list says which.")
    if not made.was_recorded:
        say("The database takes no writes, so the record does not say that this backup was made.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup that ownkey backup made.")],
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The key file that belongs to it.",
            show_default="the one in the backup, or in OWNKEY_HOME",
        ),
    ] = None,
    keys_lost: Annotated[
        bool,
        typer.Option(
            "--keys-lost",
            help="The keys are lost for good: restore people, ALM accounts and the record, and delete the "
            "tokens, which nothing opens any more.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup where there is no database yet. Nothing that is there is ever overwritten.

    It is proven first: whole, readable by this version, its tokens open with the keys at hand. Only then
    is anything put in place.
    """
    read_environment()
    from ownkey.console.setup import SetupError, start_without_changes

    try:
        environment = start_without_changes()
    except SetupError as error:
        raise FailedError(error.code, str(error)) from None
    if keys_lost and key_file is not None:
        raise MisuseError("two-keys", "Give --key-file or --keys-lost, not both.")
    from ownkey.console.backups.errors import BackupError
    from ownkey.console.backups.restoring import restore_backup

    try:
        restored = restore_backup(
            environment,
            file.absolute(),
            key_file=key_file and key_file.absolute(),
            without_keys=keys_lost,
        )
    except BackupError as error:
        raise FailedError(error.code, str(error)) from None
    from ownkey.cli.store import open_store

    if keys_lost:
        _let_go_of_what_nothing_opens()
    # From here on it is an ordinary start: tables of an older version are brought up to date.
    open_store()
    from ownkey.audit.record import OPERATOR, record

    record(
        "backup.restored",
        actor=OPERATOR,
        subject=file.name,
        details={"made_at": restored.manifest.made_at, "version": restored.manifest.version},
    )
    if as_json:
        print_json(
            {
                "home": str(environment.home),
                "made_at": restored.manifest.made_at,
                "version": restored.manifest.version,
                "unreadable_tokens": restored.unreadable,
            }
        )
        return
    print_line(f"The backup of {restored.manifest.made_at} is restored to {environment.home}.")
    if restored.unreadable:
        say(f"{restored.unreadable} saved tokens were damaged before the backup was made.")
    say("Tokens that were replaced since then are old again: ownkey doctor shows what to look at.")


def _let_go_of_what_nothing_opens() -> None:
    """Give a restored database without keys a new one; those of its tokens that it had are gone."""
    environment = lost_keys.open_store_without_keys()
    from ownkey.audit.record import OPERATOR
    from ownkey.console.lost_keys import OtherKeysError, replace_lost
    from ownkey.vault.errors import VaultError

    try:
        loss = replace_lost(environment, actor=OPERATOR)
    except (VaultError, OtherKeysError) as error:
        raise FailedError(error.code, f"The database is restored, and no more than that. {error}") from None
    for line in lost_keys.sentences(loss, is_done=True):
        say(line)
