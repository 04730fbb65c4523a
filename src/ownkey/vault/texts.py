"""Sealing what a library wants as plain text: it is a `str` outside for as long as the library holds it."""

from ownkey.secret import Secret
from ownkey.vault.envelope import Context, open_envelope, seal
from ownkey.vault.key_ring import KeyRing


def seal_text(text: str, *, ring: KeyRing, context: Context) -> bytes:
    """Return an envelope that opens only with this ring and in this context."""
    return seal(Secret(text), ring=ring, context=context)


def open_text(envelope: bytes, *, ring: KeyRing, context: Context) -> str:
    """Return the text in an envelope; it is a secret, and on its way to a library that checks with it.

    Raises:
        EnvelopeError: It does not open here, or not with this ring.
    """
    return open_envelope(envelope, ring=ring, context=context).reveal()
