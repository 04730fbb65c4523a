"""A provider that says no, or does not answer, is never a lost key: each cause has its own words.

OpenBao and AWS KMS (by moto) are real where they can be brought to it; what they cannot be brought to is
answered by a small server, in the form that their clients read.
"""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.certificate import write_certificate
from ownkey.console.setup import with_way_out
from ownkey.secret import Secret
from ownkey.vault.aws_kms import AwsKmsProvider, AwsKmsSettings
from ownkey.vault.errors import (
    CorruptKeyFileError,
    KeyProviderError,
    LostKeyError,
    MissingKeyFileError,
    ProviderAwayError,
    ProviderRefusedError,
    UnusableKeyFileError,
    VaultError,
)
from ownkey.vault.key_file import load_key_file, load_or_create_key_file
from ownkey.vault.openbao import AppRole, OpenBaoProvider, OpenBaoSettings
from tests.vault.openbao import OpenBao, running_openbao
from tests.vault.test_key_keeping import aws  # noqa: F401 the fixture

KEY = b"k" * 32
LOST = "replace-lost"
WANTS_HTTPS = "Client sent an HTTP request to an HTTPS server."
OF_VAULT = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
EXPIRED = "Signature expired: 20261127T000000Z is now earlier"


@pytest.fixture(scope="module")
def openbao() -> Iterator[OpenBao]:
    with running_openbao() as running:
        yield running


@pytest.fixture
def settings(openbao: OpenBao) -> OpenBaoSettings:
    return OpenBaoSettings(openbao.address, Secret(openbao.token))


def refusal(error: type[KeyProviderError], ask: Callable[[], object]) -> str:
    """Return what is said about a provider that does not do its work."""
    with pytest.raises(error) as refused:
        ask()
    assert refused.value.__cause__ is None, "it may quote the request"
    said = with_way_out(refused.value)
    assert LOST not in said
    assert "backup" not in said
    assert said.endswith("No key is lost.")
    return said


def unwrap(settings: OpenBaoSettings, wrapped: str) -> Callable[[], object]:
    return lambda: OpenBaoProvider(settings).unwrap(wrapped, key_id="one")


@pytest.fixture
def wrapped(settings: OpenBaoSettings) -> str:
    return OpenBaoProvider(settings).wrap(KEY, key_id="one")


# -- OpenBao -----------------------------------------------------------------------------------------


def test_a_token_that_has_expired_is_called_that(
    openbao: OpenBao, settings: OpenBaoSettings, wrapped: str
) -> None:
    token = openbao.new_token(ttl="1s")
    provider = replace(settings, token=Secret(token))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            unwrap(provider, wrapped)()
        except ProviderRefusedError:
            break
        time.sleep(0.2)
    said = refusal(ProviderRefusedError, unwrap(provider, wrapped))
    assert "has expired, was revoked" in said
    assert token not in said


def test_a_token_that_was_revoked_is_called_that(
    openbao: OpenBao, settings: OpenBaoSettings, wrapped: str
) -> None:
    token = openbao.new_token()
    openbao.revoke(token)
    said = refusal(ProviderRefusedError, unwrap(replace(settings, token=Secret(token)), wrapped))
    assert "does not accept the token any more" in said


def test_a_policy_that_does_not_allow_it_is_named_with_what_it_lacks(
    openbao: OpenBao, settings: OpenBaoSettings, wrapped: str
) -> None:
    openbao.root.sys.create_or_update_policy("nothing", 'path "x" { capabilities = ["read"] }')
    made = openbao.root.auth.token.create(policies=["nothing"], no_default_policy=True)
    token = Secret(made["auth"]["client_token"])
    said = refusal(ProviderRefusedError, unwrap(replace(settings, token=token), wrapped))
    assert "update on transit/encrypt/ownkey and transit/decrypt/ownkey" in said


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mount": "elsewhere"}, "has no transit engine at elsewhere: check OWNKEY_OPENBAO_MOUNT"),
        ({"key_name": "another"}, "has no transit key another"),
        ({"namespace": "nobody"}, "check OWNKEY_OPENBAO_NAMESPACE"),
    ],
)
def test_a_wrong_name_is_called_that(
    openbao: OpenBao, settings: OpenBaoSettings, wrapped: str, changed: dict[str, str], words: str
) -> None:
    allowed: OpenBaoSettings = replace(settings, token=Secret(openbao.root.token), **changed)  # type: ignore[arg-type]
    assert words in refusal(ProviderRefusedError, unwrap(allowed, wrapped))


def test_another_transit_key_of_that_name_is_not_a_lost_key(
    openbao: OpenBao, settings: OpenBaoSettings, wrapped: str
) -> None:
    openbao.root.secrets.transit.create_key("second")
    other = replace(settings, token=Secret(openbao.root.token), key_name="second")
    said = refusal(ProviderRefusedError, unwrap(other, wrapped))
    assert "it is not the key, or not the server, that wrapped it" in said


def test_a_version_that_is_too_old_is_named(
    openbao: OpenBao, settings: OpenBaoSettings, wrapped: str
) -> None:
    transit = openbao.root.secrets.transit
    transit.rotate_key("ownkey")
    transit.update_key_configuration("ownkey", min_decryption_version=2)
    try:
        assert "min_decryption_version" in refusal(ProviderRefusedError, unwrap(settings, wrapped))
    finally:
        transit.update_key_configuration("ownkey", min_decryption_version=1)


@pytest.mark.parametrize(("mount", "words"), [("approle", "ROLE_ID and"), ("nowhere", "OPENBAO_ROLE_MOUNT")])
def test_a_role_that_does_not_sign_in_is_named(
    openbao: OpenBao, settings: OpenBaoSettings, wrapped: str, mount: str, words: str
) -> None:
    role_id, _secret_id = openbao.make_role()
    role = AppRole(role_id, Secret("not the secret id"), mount)
    said = refusal(ProviderRefusedError, unwrap(replace(settings, token=role), wrapped))
    assert words in said
    assert "not the secret id" not in said


def test_a_sealed_server_is_to_be_unsealed(tmp_path: Path) -> None:
    with running_openbao() as openbao:
        settings = OpenBaoSettings(openbao.address, Secret(openbao.token))
        wrapped = OpenBaoProvider(settings).wrap(KEY, key_id="one")
        openbao.root.sys.seal()
        assert "is sealed: unseal it" in refusal(ProviderAwayError, unwrap(settings, wrapped))
    assert "does not answer: bring it back" in refusal(ProviderAwayError, unwrap(settings, wrapped))
    assert not list(tmp_path.iterdir())


def test_https_where_there_is_none_is_called_that(settings: OpenBaoSettings, wrapped: str) -> None:
    secure = replace(settings, address=settings.address.replace("http:", "https:"))
    assert "does not speak https there" in refusal(ProviderAwayError, unwrap(secure, wrapped))


def test_a_name_that_is_not_known_is_called_that(settings: OpenBaoSettings, wrapped: str) -> None:
    unknown = replace(settings, address="http://openbao.invalid:8200")
    assert "is not found by its name" in refusal(ProviderAwayError, unwrap(unknown, wrapped))


def test_a_certificate_that_is_not_trusted_is_called_that(tmp_path: Path) -> None:
    with an_untrusted_server(tmp_path) as port:
        settings = OpenBaoSettings(f"https://127.0.0.1:{port}", Secret("s.made-up"))
        assert "OWNKEY_OPENBAO_CA_FILE" in refusal(ProviderAwayError, unwrap(settings, "vault:v1:x"))


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (429, {"errors": ["request path: rate limit quota exceeded"]}, ProviderAwayError, "(429)"),
        (500, {"errors": ["disk full"]}, ProviderAwayError, "an error of its own"),
        (502, {"errors": []}, ProviderAwayError, "an error of its own"),
        (307, {}, ProviderRefusedError, "sends Ownkey elsewhere"),
        (200, {"hello": "world"}, ProviderRefusedError, "not OpenBao's"),
        (400, {"errors": [WANTS_HTTPS]}, ProviderRefusedError, "https address"),
        (403, {"errors": [OF_VAULT]}, ProviderRefusedError, "does not accept the token any more"),
        (418, {"errors": ["s3cret words"]}, ProviderRefusedError, "its log says why"),
    ],
)  # fmt: skip
def test_other_answers_of_it_have_words_of_their_own(
    status: int, body: object, error: type[KeyProviderError], words: str
) -> None:
    with answering(status, body) as address:
        said = refusal(error, unwrap(OpenBaoSettings(address, Secret("s.made-up")), "vault:v1:x"))
    assert words in said
    assert "s3cret" not in said


# -- AWS KMS -----------------------------------------------------------------------------------------


@pytest.fixture
def kms(request: pytest.FixtureRequest) -> tuple[AwsKmsSettings, Any, str]:
    """Return settings for a key of moto's KMS, a client of it, and a wrapped key."""
    address, client = request.getfixturevalue("aws")
    key = client.create_key()["KeyMetadata"]["KeyId"]
    settings = AwsKmsSettings(key, address)
    return settings, client, AwsKmsProvider(settings).wrap(KEY, key_id="one")


def decrypt(settings: AwsKmsSettings, wrapped: str) -> Callable[[], object]:
    return lambda: AwsKmsProvider(settings).unwrap(wrapped, key_id="one")


def test_a_key_that_kms_does_not_know_is_named(kms: tuple[AwsKmsSettings, Any, str]) -> None:
    settings, _client, wrapped = kms
    unknown = replace(settings, key="12345678-1234-1234-1234-123456789012")
    assert "AWS_REGION" in refusal(ProviderRefusedError, decrypt(unknown, wrapped))


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("AccessDeniedException", ProviderRefusedError, "allow it kms:Encrypt and kms:Decrypt"),
        ("NotFoundException", ProviderRefusedError, "has no key in this region"),
        ("DisabledException", ProviderRefusedError, "enable it again"),
        ("KMSInvalidStateException", ProviderRefusedError, "cancel its deletion at once"),
        ("IncorrectKeyException", ProviderRefusedError, "not the one that wrapped it"),
        ("InvalidCiphertextException", ProviderRefusedError, "not the one that wrapped it"),
        ("InvalidKeyUsageException", ProviderRefusedError, "symmetric key"),
        ("UnrecognizedClientException", ProviderRefusedError, "have expired, were revoked"),
        ("ExpiredTokenException", ProviderRefusedError, "have expired, were revoked"),
        ("ThrottlingException", ProviderAwayError, "try again in a moment"),
        ("KeyUnavailableException", ProviderAwayError, "try again later"),
        ("KMSInternalException", ProviderAwayError, "try again later"),
        ("SomethingNewException", ProviderRefusedError, "CloudTrail says why (SomethingNewException)"),
    ],
)
def test_each_code_of_kms_has_words_of_its_own(
    kms: tuple[AwsKmsSettings, Any, str],
    code: str,
    error: type[KeyProviderError],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    _settings, _client, wrapped = kms
    with answering(400, {"__type": code, "message": "s3cret words"}) as address:
        said = refusal(error, decrypt(AwsKmsSettings("alias/ownkey", address), wrapped))
    assert words in said
    assert "s3cret" not in said


def test_a_wrong_clock_is_called_that(kms: tuple[AwsKmsSettings, Any, str]) -> None:
    body = {
        "__type": "InvalidSignatureException",
        "message": EXPIRED,
    }
    with answering(400, body) as address:
        said = refusal(ProviderRefusedError, decrypt(AwsKmsSettings("k", address), kms[2]))
    assert "by a time server (NTP)" in said


def test_no_credentials_and_no_region_are_called_that(
    kms: tuple[AwsKmsSettings, Any, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings, _client, wrapped = kms
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    assert "finds no credentials" in refusal(ProviderRefusedError, decrypt(settings, wrapped))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    assert "needs a region" in refusal(ProviderRefusedError, decrypt(settings, wrapped))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    assert "AWS_PROFILE" in refusal(ProviderRefusedError, decrypt(settings, wrapped))


def test_kms_that_is_away_or_not_trusted_is_called_that(
    kms: tuple[AwsKmsSettings, Any, str], tmp_path: Path
) -> None:
    settings, _client, wrapped = kms
    away = replace(settings, endpoint="http://127.0.0.1:1")
    assert "is not reached" in refusal(ProviderAwayError, decrypt(away, wrapped))
    with an_untrusted_server(tmp_path) as port:
        foreign = replace(settings, endpoint=f"https://127.0.0.1:{port}")
        assert "certificate that is not trusted" in refusal(ProviderAwayError, decrypt(foreign, wrapped))


# -- What may be lost --------------------------------------------------------------------------------


def test_only_a_key_file_that_is_gone_or_opens_nothing_may_be_lost() -> None:
    def below(kind: type[VaultError]) -> Iterator[type[VaultError]]:
        yield kind
        for each in kind.__subclasses__():
            yield from below(each)

    assert {kind for kind in below(VaultError) if kind.may_be_lost} == {MissingKeyFileError, LostKeyError}
    assert LOST in with_way_out(MissingKeyFileError("It is missing."))


def test_a_key_file_that_is_gone_may_be_lost_and_a_link_to_nothing_is_not(tmp_path: Path) -> None:
    with pytest.raises(MissingKeyFileError):
        load_key_file(tmp_path / "vault.key")
    (tmp_path / "vault.key").symlink_to(tmp_path / "volume" / "vault.key")
    for use in (load_key_file, load_or_create_key_file):
        with pytest.raises(UnusableKeyFileError, match="is a link to"):
            use(tmp_path / "vault.key")


@pytest.mark.parametrize("content", [b"", b'{"format": 1, "primary', b"[]", b'{"format": 9}'])
def test_a_damaged_key_file_is_to_be_put_back_and_not_given_up(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vault.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(CorruptKeyFileError) as refused:
        load_key_file(file)
    assert LOST not in with_way_out(refused.value)


# -- Servers -----------------------------------------------------------------------------------------


@contextmanager
def answering(status: int, body: object) -> Iterator[str]:
    """Run a server that gives everything the same answer; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = answer  # noqa: N815 as the server names them

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def an_untrusted_server(place: Path) -> Iterator[int]:
    """Run a TLS server whose certificate nobody vouches for; yields its port."""
    authority = write_certificate(place)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("certificate.pem"), authority.with_name("key.pem"))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    with listener.accept()[0] as visitor, context.wrap_socket(visitor, server_side=True):
                        pass
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
