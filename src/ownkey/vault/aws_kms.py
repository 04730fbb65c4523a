"""Keys wrapped by a key of AWS KMS."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

from ownkey.vault.errors import KeyProviderError, ProviderAwayError, ProviderRefusedError

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
        except (BotoCoreError, ValueError):
            raise ProviderRefusedError(
                "AWS KMS cannot be used as it is configured: check AWS_REGION and OWNKEY_AWS_KMS_ENDPOINT."
            ) from None

    def wrap(self, material: bytes, *, key_id: str) -> str:
        """Return a key wrapped by the KMS key."""
        answer = self._ask("encrypt", key_id, Plaintext=material)
        return base64.b64encode(answer["CiphertextBlob"]).decode("ascii")

    def unwrap(self, wrapped: str, *, key_id: str) -> bytes:
        """Return a key unwrapped by the KMS key."""
        try:
            blob = base64.b64decode(wrapped, validate=True)
        except (binascii.Error, ValueError):
            raise ProviderRefusedError("The wrapped key in the key file is damaged.") from None
        return bytes(self._ask("decrypt", key_id, CiphertextBlob=blob)["Plaintext"])

    def _ask(self, operation: str, key_id: str, **values: bytes) -> Any:  # noqa: ANN401 as boto3 has it
        from botocore import exceptions  # noqa: PLC0415 an extra

        # The causes are not chained: they may quote the request.
        try:
            return getattr(self._client, operation)(
                KeyId=self._settings.key, EncryptionContext={"ownkey-key": key_id}, **values
            )
        except (exceptions.ConnectionError, exceptions.HTTPClientError):
            raise ProviderAwayError(
                "AWS KMS does not answer: check this machine's network, AWS_REGION and "
                "OWNKEY_AWS_KMS_ENDPOINT."
            ) from None
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            if _is_server_error(error):
                raise ProviderAwayError("AWS KMS is not working at the moment: try again later.") from None
            raise ProviderRefusedError(
                "AWS KMS refused to use the key that OWNKEY_AWS_KMS_KEY names: check that it is the key that "
                "the key file was wrapped with, that it is enabled, and that this machine's AWS identity may "
                "encrypt and decrypt with it."
            ) from None


def _is_server_error(error: Exception) -> bool:
    response = getattr(error, "response", None) or {}
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500
