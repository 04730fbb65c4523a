"""Where the keys come from is said in the environment; mistakes are told by name and never by value."""

from pathlib import Path

import pytest

from ownkey.environment.reading import EnvironmentMistakesError, read_environment
from ownkey.vault.aws_kms import AwsKmsSettings
from ownkey.vault.openbao import OpenBaoSettings

HOME = {"OWNKEY_HOME": "/nowhere"}
BAO = {
    "OWNKEY_KEY_PROVIDER": "openbao",
    "OWNKEY_OPENBAO_ADDRESS": "https://bao.acme.example:8200",
    "OWNKEY_OPENBAO_TOKEN": "s.only-for-tests",
}


def test_by_default_the_keys_are_in_a_file() -> None:
    keys = read_environment(HOME).keys
    assert (keys.file, keys.inline, keys.provider) == (Path("/nowhere/vault.key"), None, None)


def test_openbao_is_read_whole(tmp_path: Path) -> None:
    token, certificates = tmp_path / "token", tmp_path / "ca.pem"
    token.write_text("s.only-for-tests\n")
    certificates.write_text("")
    provider = read_environment(
        HOME
        | {
            "OWNKEY_KEY_PROVIDER": "openbao",
            "OWNKEY_OPENBAO_ADDRESS": "https://bao.acme.example:8200",
            "OWNKEY_OPENBAO_TOKEN_FILE": str(token),
            "OWNKEY_OPENBAO_KEY": "jira",
            "OWNKEY_OPENBAO_MOUNT": "keys",
            "OWNKEY_OPENBAO_NAMESPACE": "it",
            "OWNKEY_OPENBAO_CA_FILE": str(certificates),
        }
    ).keys.provider
    assert isinstance(provider, OpenBaoSettings)
    assert provider.address == "https://bao.acme.example:8200"
    assert (provider.key_name, provider.mount, provider.namespace) == ("jira", "keys", "it")
    assert provider.ca_file == certificates
    assert "only-for-tests" not in repr(provider)


def test_kms_is_read_whole() -> None:
    given = HOME | {"OWNKEY_KEY_PROVIDER": "aws-kms", "OWNKEY_AWS_KMS_KEY": "alias/ownkey"}
    assert read_environment(given).keys.provider == AwsKmsSettings("alias/ownkey", "")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        pytest.param({"OWNKEY_KEY_PROVIDER": "s3cret"}, "OWNKEY_KEY_PROVIDER", id="unknown-provider"),
        pytest.param(BAO | {"OWNKEY_OPENBAO_TOKEN": ""}, "OWNKEY_OPENBAO_TOKEN", id="no-token"),
        pytest.param(
            BAO | {"OWNKEY_OPENBAO_ADDRESS": "http://bao.acme.example"},
            "OWNKEY_OPENBAO_ADDRESS",
            id="open-line",
        ),
        pytest.param(BAO | {"OWNKEY_OPENBAO_ADDRESS": ""}, "OWNKEY_OPENBAO_ADDRESS", id="no-address"),
        pytest.param(BAO | {"OWNKEY_OPENBAO_CA_FILE": "/nowhere"}, "OWNKEY_OPENBAO_CA_FILE", id="no-ca-file"),
        pytest.param({"OWNKEY_KEY_PROVIDER": "aws-kms"}, "OWNKEY_AWS_KMS_KEY", id="no-kms-key"),
        pytest.param(BAO | {"OWNKEY_KEYS": "s3cret"}, "OWNKEY_KEYS", id="both"),
    ],
)
def test_mistakes_are_told_by_name(variables: dict[str, str], named: str) -> None:
    with pytest.raises(EnvironmentMistakesError) as told:
        read_environment(HOME | variables)
    assert named in str(told.value)
    assert "s3cret" not in str(told.value)
    assert "only-for-tests" not in str(told.value)
