"""The variables about the keys that tokens are sealed with, and what wraps them."""

from enum import StrEnum
from pathlib import Path

from ownkey.environment.variables import Variables, is_safe
from ownkey.secret import Secret
from ownkey.vault.aws_kms import AwsKmsSettings
from ownkey.vault.key_provider import ProviderSettings
from ownkey.vault.openbao import AppRole, OpenBaoSettings


class KeyProviderName(StrEnum):
    """What wraps the keys in the key file."""

    FILE = "file"
    OPENBAO = "openbao"
    AWS_KMS = "aws-kms"


def read_key_provider(reader: Variables) -> ProviderSettings | None:
    """Return what wraps the keys in the key file, None for nothing."""
    given = reader.text("OWNKEY_KEY_PROVIDER", KeyProviderName.FILE)
    if given != KeyProviderName.FILE and reader.secret_text("OWNKEY_KEYS"):
        reader.mistakes.append("OWNKEY_KEY_PROVIDER wraps a key file, and with OWNKEY_KEYS there is none.")
    match given:
        case KeyProviderName.FILE:
            return None
        case KeyProviderName.OPENBAO:
            return _openbao(reader)
        case KeyProviderName.AWS_KMS:
            if not (key := reader.text("OWNKEY_AWS_KMS_KEY")):
                reader.mistakes.append("OWNKEY_AWS_KMS_KEY must name a key of AWS KMS.")
            return AwsKmsSettings(key, reader.origin("OWNKEY_AWS_KMS_ENDPOINT", default=""))
    reader.mistakes.append("OWNKEY_KEY_PROVIDER must be file, openbao or aws-kms.")
    return None


def _openbao(reader: Variables) -> OpenBaoSettings | None:
    address = reader.origin("OWNKEY_OPENBAO_ADDRESS", default="")
    token = _openbao_token(reader)
    if not is_safe(address):
        reader.mistakes.append("OWNKEY_OPENBAO_ADDRESS must be an https address, or one of this machine.")
    ca_file = reader.certificates("OWNKEY_OPENBAO_CA_FILE")
    if token is None:
        return None
    return OpenBaoSettings(
        address=address,
        token=token,
        key_name=reader.text("OWNKEY_OPENBAO_KEY", "ownkey"),
        mount=reader.text("OWNKEY_OPENBAO_MOUNT", "transit"),
        namespace=reader.text("OWNKEY_OPENBAO_NAMESPACE"),
        ca_file=ca_file,
    )


def _openbao_token(reader: Variables) -> Secret | Path | AppRole | None:
    """Return what Ownkey shows to OpenBao: a token, the file that an agent keeps one in, or a role."""
    role_id, secret_id = reader.text("OWNKEY_OPENBAO_ROLE_ID"), reader.secret("OWNKEY_OPENBAO_SECRET_ID")
    token, file = reader.secret("OWNKEY_OPENBAO_TOKEN"), reader.text("OWNKEY_OPENBAO_TOKEN_FILE")
    if role_id and secret_id and not token:
        return AppRole(role_id, secret_id, reader.text("OWNKEY_OPENBAO_ROLE_MOUNT", "approle"))
    if role_id or secret_id:
        reader.mistakes.append(
            "OWNKEY_OPENBAO_ROLE_ID and OWNKEY_OPENBAO_SECRET_ID go together, and replace "
            "OWNKEY_OPENBAO_TOKEN."
        )
    elif token is None:
        reader.mistakes.append(
            "OWNKEY_OPENBAO_TOKEN (or OWNKEY_OPENBAO_ROLE_ID and OWNKEY_OPENBAO_SECRET_ID) must be set "
            "for OWNKEY_KEY_PROVIDER=openbao."
        )
    return Path(file) if file and token else token
