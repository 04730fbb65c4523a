"""What may wrap the keys of a key file, so that the file alone is worth nothing.

A provider wraps and unwraps key-encryption keys of 32 bytes and does nothing else. It is asked when Ownkey
starts and when the ring changes; what it unwrapped stays in memory. So it never stands in the way of a call,
and it may be away for as long as nothing starts.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from ownkey.secret import Secret


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


@dataclass(frozen=True, slots=True)
class OpenBaoSettings:
    """A key of the transit engine of OpenBao or Vault.

    Attributes:
        address: The server's origin.
        token: May encrypt and decrypt with that one key, and needs nothing else.
        key_name: The transit key's name.
        mount: Where the transit engine is mounted.
        namespace: The namespace, where there are some.
        ca_file: The certificates that the server's own is checked with, in place of the system's.
    """

    address: str
    token: Secret = field(compare=False)
    key_name: str = "ownkey"
    mount: str = "transit"
    namespace: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class AwsKmsSettings:
    """A symmetric key in AWS KMS; credentials and region come as for every AWS client.

    Attributes:
        key: The key's id, ARN or alias.
        endpoint: The service's address, if it is not AWS's own.
    """

    key: str
    endpoint: str = ""


ProviderSettings: TypeAlias = OpenBaoSettings | AwsKmsSettings


def build_provider(settings: ProviderSettings) -> KeyProvider:
    """Return the provider that the settings name; only the one that is used is loaded.

    Raises:
        KeyProviderError: Its library is not installed.
    """
    if isinstance(settings, OpenBaoSettings):
        from ownkey.vault.openbao import OpenBaoProvider  # noqa: PLC0415 see above

        return OpenBaoProvider(settings)
    from ownkey.vault.aws_kms import AwsKmsProvider  # noqa: PLC0415 see above

    return AwsKmsProvider(settings)
