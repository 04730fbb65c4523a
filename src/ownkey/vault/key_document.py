"""A key ring as text: the JSON of a key file, and the lines that an environment variable holds.

Format 1 holds the keys themselves, in Base64: `{"format": 1, "primary": id, "keys": [{"id", "created_at",
"key"}]}`. Format 2 holds them wrapped by a provider: `{"format": 2, "provider": name, "primary": id, "keys":
[{"id", "created_at", "wrapped"}]}`. In a variable a ring is `id:YYYY-MM-DD:key`, the primary first, with
blanks or commas between.
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any, Final

from ownkey.vault.errors import CorruptKeyFileError, KeyProviderError
from ownkey.vault.key_provider import KeyProvider
from ownkey.vault.key_ring import KeyEncryptionKey, KeyRing

PLAIN_FORMAT: Final = 1
WRAPPED_FORMAT: Final = 2
PUT_BACK: Final = "No stored token opens without it: put your copy of it back (and chmod 600)."


def parse_document(content: bytes, *, provider: KeyProvider | None, where: str) -> KeyRing:
    """Return the ring in a key file's content.

    Args:
        content: What stands in the file.
        provider: What unwraps the keys; keys that are not wrapped (yet) are read all the same.
        where: What messages call the file.

    Raises:
        CorruptKeyFileError: It is not a key ring.
        KeyProviderError: The keys are wrapped by another provider, or it does not unwrap them.
    """
    document = _document_in(content, where)
    if document.get("format") == WRAPPED_FORMAT:
        wrapped_by = document.get("provider")
        if not isinstance(wrapped_by, str):
            raise CorruptKeyFileError(f"{where} does not hold a key ring. {PUT_BACK}")
        if provider is None or provider.name != wrapped_by:
            raise KeyProviderError(
                f"The keys in {where[0].lower()}{where[1:]} are wrapped by the provider {wrapped_by}: set "
                "OWNKEY_KEY_PROVIDER and the variables that belong to it."
            )
    else:
        provider = None
    try:
        keys = {entry["id"]: _key_in(entry, provider) for entry in document["keys"]}
        primary = keys.pop(document["primary"])
        ring = KeyRing(primary=primary, older=tuple(keys.values()))
        is_whole = document["format"] in {PLAIN_FORMAT, WRAPPED_FORMAT}
        is_whole = is_whole and len(ring.keys) == len(document["keys"])
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        # The cause is not chained: its text could quote the file.
        is_whole = False
    if not is_whole:
        raise CorruptKeyFileError(f"{where} does not hold a key ring. {PUT_BACK}")
    return ring


def is_wrapped(content: bytes) -> bool:
    """Return whether a key file's content holds wrapped keys."""
    return _document_in(content, "The key file").get("format") == WRAPPED_FORMAT


def write_document(ring: KeyRing, *, provider: KeyProvider | None) -> bytes:
    """Return the content of a key file for a ring, each key wrapped if there is a provider.

    Raises:
        KeyProviderError: The provider does not wrap.
    """
    document: dict[str, Any] = {"format": PLAIN_FORMAT if provider is None else WRAPPED_FORMAT}
    if provider is not None:
        document["provider"] = provider.name
    document["primary"] = ring.primary.id
    document["keys"] = [
        {"id": key.id, "created_at": key.created_at.isoformat(), **_kept_of(key, provider)}
        for key in ring.keys
    ]
    return json.dumps(document, indent=2).encode() + b"\n"


def parse_lines(text: str, *, where: str) -> KeyRing:
    """Return the ring in a variable's value.

    Raises:
        CorruptKeyFileError: It is not a key ring.
    """
    try:
        keys = [_key_of_line(line) for line in text.replace(",", " ").split()]
        return KeyRing(primary=keys[0], older=tuple(keys[1:]))
    except (IndexError, ValueError, binascii.Error):
        raise CorruptKeyFileError(
            f"{where} does not hold a key ring: it has keys as ownkey keys generate prints them, the primary "
            "first, with blanks or commas between."
        ) from None


def line_of(key: KeyEncryptionKey) -> str:
    """Return a key as a variable holds it. It is the key itself."""
    return f"{key.id}:{key.created_at:%Y-%m-%d}:{base64.b64encode(key.material).decode('ascii')}"


def _document_in(content: bytes, where: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        raise CorruptKeyFileError(f"{where} is cut off or is not JSON. {PUT_BACK}") from None
    if not isinstance(document, dict):
        raise CorruptKeyFileError(f"{where} does not hold a key ring. {PUT_BACK}")
    if document.get("format") not in {None, PLAIN_FORMAT, WRAPPED_FORMAT}:
        raise CorruptKeyFileError(
            f"{where} was written by another version of Ownkey: start that version, or upgrade this one."
        )
    return document


def _key_in(entry: dict[str, str], provider: KeyProvider | None) -> KeyEncryptionKey:
    material = (
        base64.b64decode(entry["key"], validate=True)
        if provider is None
        else provider.unwrap(entry["wrapped"], key_id=entry["id"])
    )
    return KeyEncryptionKey(
        id=entry["id"], created_at=datetime.fromisoformat(entry["created_at"]), material=material
    )


def _kept_of(key: KeyEncryptionKey, provider: KeyProvider | None) -> dict[str, str]:
    if provider is None:
        return {"key": base64.b64encode(key.material).decode("ascii")}
    return {"wrapped": provider.wrap(key.material, key_id=key.id)}


def _key_of_line(line: str) -> KeyEncryptionKey:
    key_id, day, material = line.split(":")
    return KeyEncryptionKey(
        id=key_id,
        created_at=datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC),
        material=base64.b64decode(material, validate=True),
    )
