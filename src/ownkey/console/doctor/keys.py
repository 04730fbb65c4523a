"""The keys: whether what is saved opens, and whether they are looked after."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from ownkey.connections.key_uses import DAMAGED, refuse_wrong_keys
from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.console.key_rotation import KeyFacts, list_keys
from ownkey.console.setup import with_way_out
from ownkey.environment.process import key_keeper
from ownkey.environment.signing import SigningKeyError, read_signing_key
from ownkey.environment.values import Environment
from ownkey.vault.errors import VaultError

OLD = timedelta(days=365)


def examine_ring(_environment: Environment) -> Iterator[Finding]:
    """Look at the key ring, and at what it is kept by."""
    try:
        keys = len(key_keeper().ring().keys)
        is_awaiting = key_keeper().is_awaiting_wrapping
    except VaultError as error:
        yield fail("keys", with_way_out(error), "Until then Ownkey does not start.")
        return
    yield fine("keys", f"The key ring can be read; it holds {keys} key{'' if keys == 1 else 's'}.")
    if is_awaiting:
        yield warn(
            "key-provider",
            "The key file is not wrapped by the key provider yet.",
            "Run ownkey keys rotate: the new key is wrapped from its first day.",
        )


def examine_keys(_environment: Environment) -> Iterator[Finding]:
    """Look at whether the keys open what is stored, and whether they are looked after."""
    try:
        key_keeper().ring()
    except VaultError:
        return  # which was said already
    try:
        refuse_wrong_keys()
        keys = list_keys()
    except VaultError as error:
        yield fail("key", with_way_out(error), "Until then Ownkey does not start.")
        return
    finally:
        connection.close()
    for key in keys:
        yield _look_at(key)


def examine_signing_key(environment: Environment) -> Iterator[Finding]:
    """Look at the key that sessions and links are signed with."""
    try:
        key = read_signing_key(environment)
    except SigningKeyError as error:
        yield fail("signing-key", str(error), "Until then Ownkey does not start.")
        return
    if key:
        yield fine("signing-key", "Sessions and links are signed.")
    else:
        yield fail("signing-key", "There is no signing key.", "Run ownkey init.")


def _look_at(key: KeyFacts) -> Finding:
    if key.id == DAMAGED:
        return _look_at_unnamed(key)
    if key.created_at is None:
        return warn(
            "key",
            f"The key {key.id} is not in the ring, but {key.hashes} client keys or links need it.",
            "They do not work: bring the key back, or give it up with ownkey keys replace-lost.",
        )
    uses = f"seals {key.envelopes} tokens and recognises {key.hashes} client keys and links"
    if not key.is_primary:
        return _look_at_older(key, uses)
    days = (timezone.now() - key.created_at).days
    if days > OLD.days:
        return warn("key", f"The primary key {key.id} is {days} days old.", "Run ownkey keys rotate.")
    return fine("key", f"The primary key {key.id} {uses}; it is {days} days old.")


def _look_at_older(key: KeyFacts, uses: str) -> Finding:
    if key.envelopes:
        return warn(
            "key", f"The older key {key.id} still {uses}.", "Run ownkey keys rotate: one did not end."
        )
    if not key.is_in_use:
        return warn(
            "key",
            f"Nothing needs the older key {key.id} any more.",
            f"Run ownkey keys retire {key.id}, and keep a copy for backups from its time.",
        )
    return fine("key", f"The older key {key.id} {uses}.")


def _look_at_unnamed(key: KeyFacts) -> Finding:
    if key.envelopes:
        return fail(
            "key",
            f"{key.envelopes} saved tokens are damaged.",
            "Have their owners enter them again; everything else is not affected.",
        )
    return warn(
        "key",
        f"{key.hashes} client keys are from before it was noted which key they need.",
        "Make them anew before you retire a key.",
    )
