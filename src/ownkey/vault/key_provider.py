"""What may wrap the keys of a key file, so that the file alone is worth nothing.

A provider wraps and unwraps key-encryption keys of 32 bytes and does nothing else. It is asked when Ownkey
starts and when the ring changes; what it unwrapped stays in memory. So it never stands in the way of a call,
and it may be away for as long as nothing starts.
"""

from typing import Protocol, TypeAlias

from ownkey.vault.aws_kms import AwsKmsProvider, AwsKmsSettings
from ownkey.vault.openbao import OpenBaoProvider, OpenBaoSettings


class KeyProvider(Protocol):
    """Wraps and unwraps key-encryption keys."""

    @property
    def name(self) -> str:
        """The stable name that the key file keeps, to say later who wrapped it."""

    def wrap(self, material: bytes, *, key_id: str) -> str:
        """Return a key wrapped, as text; bound to its id, so that wrapped keys cannot change places.

        Raises:
            KeyProviderError: The provider does not answer, or refuses.
        """

    def unwrap(self, wrapped: str, *, key_id: str) -> bytes:
        """Return a key unwrapped.

        Raises:
            KeyProviderError: The provider does not answer, or refuses; or the key was wrapped for another id.
        """


ProviderSettings: TypeAlias = OpenBaoSettings | AwsKmsSettings


def build_provider(settings: ProviderSettings) -> KeyProvider:
    """Return the provider that the settings name; its library is loaded only then.

    Raises:
        KeyProviderError: Its library is not installed.
    """
    if isinstance(settings, OpenBaoSettings):
        return OpenBaoProvider(settings)
    return AwsKmsProvider(settings)
