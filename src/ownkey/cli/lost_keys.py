"""`ownkey keys replace-lost`: the way on when keys of the vault are lost for good."""

from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.environment import read_environment
from ownkey.cli.errors import FailedError
from ownkey.cli.options import AsJson
from ownkey.cli.output import listed, print_json, print_line, say

if TYPE_CHECKING:
    from ownkey.console.lost_keys import Loss
    from ownkey.environment.values import Environment

EXAMPLE = """\b
Examples:
  ownkey keys replace-lost
  ownkey keys replace-lost --yes
"""

Yes = Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what is lost.")]


def replace_lost(yes: Yes = False, as_json: AsJson = False) -> None:
    """Say what is lost with keys that are lost for good; with --yes, let it go and make a new key.

    Every saved token that still opens stays as it is. Those that do not are deleted, and their owners
    connect again; second factors that do not are removed; client keys and links that only a lost key
    recognises are revoked. First look for the key file in every backup: what is let go does not come back.
    """
    environment = open_store_without_keys()
    from ownkey.audit.record import OPERATOR
    from ownkey.console import lost_keys
    from ownkey.vault.errors import VaultError

    try:
        if yes:
            loss = lost_keys.replace_lost(environment, actor=OPERATOR)
        else:
            loss = lost_keys.find_loss(environment)
    except VaultError as error:
        # Keys that are there and cannot be read are not lost: what stands in the way is to be put right.
        raise FailedError(error.code, f"{error} Nothing was changed, for no key is lost by this.") from None
    except lost_keys.OtherKeysError as error:
        raise FailedError(error.code, str(error)) from None
    if as_json:
        print_json(_as_json(loss, is_done=yes))
        return
    for line in sentences(loss, is_done=yes):
        print_line(line)
    if loss.is_nothing:
        return
    if yes:
        say("Back up the keys now. People see on their pages that they have to connect again.")
    else:
        say("Nothing was changed. If no backup holds the keys, run this again with --yes.")


def open_store_without_keys() -> "Environment":
    """Start Django with the tables of this version, whatever the keys are; return the environment.

    Raises:
        CommandError: The environment, the data directory or the database cannot be used.
    """
    read_environment()
    from ownkey.console.setup import SetupError, prepare_without_keys

    try:
        return prepare_without_keys()
    except SetupError as error:
        raise FailedError(error.code, str(error)) from None


def sentences(loss: "Loss", *, is_done: bool) -> list[str]:
    """Return what is lost, a line each."""
    if loss.is_nothing:
        return ["Nothing is lost: every saved token opens."]
    lost = loss.unopenable
    keys = "There is no key at all." if loss.has_no_keys else ""
    if loss.key_ids:
        keys = f"Lost {'key' if len(loss.key_ids) == 1 else 'keys'}: {listed(loss.key_ids)}."
    counts = [
        (len(lost.main_credentials), "main token", "deleted"),
        (len(lost.credentials), "saved token", "deleted"),
        (len(lost.candidates), "tested token", "deleted"),
        (len(lost.factor_secrets), "second factor", "removed"),
        (len(lost.mails), "waiting mail", "given up"),
        (len(lost.client_keys), "client key", "revoked"),
        (loss.links, "invitation or set-up link", "revoked"),
    ]
    tense = "" if is_done else "would be "
    lines = [f"{_counted(number, what)}: {tense}{fate}." for number, what, fate in counts if number]
    return [line for line in (keys, *lines) if line]


def _counted(number: int, what: str) -> str:
    if number == 1:
        return f"1 {what}"
    return f"{number} " + " or ".join(f"{word}s" for word in what.split(" or "))


def _as_json(loss: "Loss", *, is_done: bool) -> dict[str, object]:
    return {
        "done": is_done,
        "keys": list(loss.key_ids),
        "no_keys": loss.has_no_keys,
        "main_tokens": len(loss.unopenable.main_credentials),
        "tokens": len(loss.unopenable.credentials),
        "tested_tokens": len(loss.unopenable.candidates),
        "client_keys": len(loss.unopenable.client_keys),
        "second_factors": len(loss.unopenable.factor_secrets),
        "mails": len(loss.unopenable.mails),
        "links": loss.links,
    }
