"""Keys wrapped by a key of AWS KMS."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

from ownkey.vault.aws_kms_faults import fault_in
from ownkey.vault.errors import KeyProviderError, ProviderRefusedError

TIMEOUT_S: Final = 10
ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class AwsKmsSettings:
    """A symmetric key in AWS KMS; credentials and region come as for every AWS client.

    Attributes:
        key: The key's id, ARN or alias.
        endpoint: The service's address, if it is not AWS's own.
    """

    key: str
    endpoint: str = ""


class AwsKmsProvider:
    """Wraps keys with one KMS key; the caller needs `kms:Encrypt` and `kms:Decrypt` on it."""

    name = "aws-kms"

    def __init__(self, settings: AwsKmsSettings) -> None:
        try:
            import boto3  # noqa: PLC0415 an extra: only who uses it has it
            from botocore.config import Config  # noqa: PLC0415 see above
            from botocore.exceptions import BotoCoreError  # noqa: PLC0415 see above
        except ImportError:
            raise KeyProviderError(
                "AWS KMS needs a library that is not installed: install ownkey[aws]."
            ) from None
        self._settings = settings
        limits = Config(
            connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S, retries={"total_max_attempts": ATTEMPTS}
        )
        try:
            self._client: Any = boto3.client("kms", endpoint_url=settings.endpoint or None, config=limits)
        except (BotoCoreError, ValueError) as error:
            raise fault_in(error) from None

    def wrap(self, material: bytes, *, key_id: str) -> str:
        """Return a key wrapped by the KMS key."""
        answer = self._ask("encrypt", key_id, Plaintext=material)
        return base64.b64encode(answer["CiphertextBlob"]).decode("ascii")

    def unwrap(self, wrapped: str, *, key_id: str) -> bytes:
        """Return a key unwrapped by the KMS key."""
        try:
            blob = base64.b64decode(wrapped, validate=True)
        except (binascii.Error, ValueError):
            raise ProviderRefusedError(
                "The wrapped key in the key file is damaged: put your copy of the key file back (and chmod "
                "600)."
            ) from None
        return bytes(self._ask("decrypt", key_id, CiphertextBlob=blob)["Plaintext"])

    def _ask(self, operation: str, key_id: str, **values: bytes) -> Any:  # noqa: ANN401 as boto3 has it
        from botocore import exceptions  # noqa: PLC0415 an extra

        # The causes are not chained: they may quote the request.
        try:
            return getattr(self._client, operation)(
                KeyId=self._settings.key, EncryptionContext={"ownkey-key": key_id}, **values
            )
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            raise fault_in(error) from None
