"""Wherever a key ring is kept, and whatever wraps it, it keeps the same promises.

What it is kept by: a key file, a variable of the environment, a key file wrapped by a real OpenBao, and one
wrapped by moto's AWS KMS.
"""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ownkey.secret import Secret
from ownkey.vault.aws_kms import AwsKmsSettings
from ownkey.vault.envelope import Context, key_id_of, open_envelope, rewrap, seal
from ownkey.vault.errors import (
    FixedKeyRingError,
    KeyFileBusyError,
    KeyProviderError,
    MissingKeyFileError,
    ProviderAwayError,
    ProviderRefusedError,
    VaultError,
)
from ownkey.vault.key_document import line_of
from ownkey.vault.key_keeper import KeyKeeper, KeySettings
from ownkey.vault.key_provider import build_provider
from ownkey.vault.key_ring import KeyRing, new_key
from ownkey.vault.openbao import AppRole, OpenBaoProvider, OpenBaoSettings
from tests.vault.openbao import OpenBao, running_openbao

ALICES = Context(table="credential", row_id="7", owner="alice", alm_account="acme", version=1)
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def openbao() -> Iterator[OpenBao]:
    with running_openbao() as running:
        yield running


@pytest.fixture(scope="module")
def aws() -> Iterator[tuple[str, Any]]:
    """Run moto's server; return its address and a client of its KMS."""
    identity = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "NO_PROXY": "127.0.0.1",
    }
    before = dict(os.environ)
    os.environ.update(identity)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    yield address, boto3.client("kms", endpoint_url=address)
    server.stop()
    os.environ.clear()
    os.environ.update(before)


@dataclass(frozen=True)
class Kept:
    """A ring that is kept somewhere."""

    settings: KeySettings

    def keeper(self) -> KeyKeeper:
        """Return a keeper as a process has it that has just started."""
        return KeyKeeper(self.settings)


KINDS = ("file", "environment", "openbao", "aws-kms")
FILES = ("file", "openbao", "aws-kms")
WRAPPED = ("openbao", "aws-kms")


def settings_for(kind: str, path: Path, request: pytest.FixtureRequest) -> KeySettings:
    match kind:
        case "environment":
            return KeySettings(path, inline=Secret(line_of(new_key(created_at=AT))))
        case "openbao":
            openbao: OpenBao = request.getfixturevalue("openbao")
            return KeySettings(path, provider=OpenBaoSettings(openbao.address, Secret(openbao.token)))
        case "aws-kms":
            address, client = request.getfixturevalue("aws")
            key = client.create_key()["KeyMetadata"]["KeyId"]
            return KeySettings(path, provider=AwsKmsSettings(key, address))
    return KeySettings(path)


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """Return a ring that is kept as the test's parameter says."""
    made = Kept(settings_for(request.param, tmp_path / "home" / "vault.key", request))
    made.keeper().ensure(may_create=True)
    return made


for_all = pytest.mark.parametrize("kept", KINDS, indirect=True)
for_files = pytest.mark.parametrize("kept", FILES, indirect=True)
for_wrapped = pytest.mark.parametrize("kept", WRAPPED, indirect=True)


def rotated(keeper: KeyKeeper) -> KeyRing:
    with keeper.changing() as replace_ring:
        replace_ring(keeper.ring().with_new_primary(new_key(created_at=AT)))
    return keeper.ring()


@for_all
def test_what_one_process_sealed_the_next_opens(kept: Kept) -> None:
    envelope = seal(Secret("sealed"), ring=kept.keeper().ring(), context=ALICES)
    opened = open_envelope(envelope, ring=kept.keeper().ring_for(key_id_of(envelope)), context=ALICES)
    assert opened.reveal() == "sealed"


@for_all
def test_making_it_again_changes_nothing(kept: Kept) -> None:
    first = kept.keeper().ensure(may_create=True)
    again = kept.keeper().ensure(may_create=True)
    assert again.primary.material == first.primary.material


@for_all
def test_nothing_shows_the_keys(kept: Kept) -> None:
    keeper = kept.keeper()
    material = keeper.ring().primary.material
    shown = f"{kept.settings!r} {keeper!r} {keeper.ring()!r}"
    assert base64.b64encode(material).decode() not in shown
    assert repr(material)[2:-1] not in shown


@for_wrapped
def test_a_wrapped_key_file_holds_no_key(kept: Kept) -> None:
    for key in rotated(kept.keeper()).keys:
        for text in (key.material, base64.b64encode(key.material), key.material.hex().encode()):
            assert text not in kept.settings.file.read_bytes()
    with pytest.raises(KeyProviderError, match="OWNKEY_KEY_PROVIDER"):
        KeyKeeper(KeySettings(kept.settings.file)).ring()


@for_files
def test_a_running_process_sees_a_new_primary_at_once_and_opens_with_both(kept: Kept) -> None:
    running = kept.keeper()
    old = seal(Secret("old"), ring=running.ring(), context=ALICES)
    ring = rotated(kept.keeper())
    assert running.ring().primary.id == ring.primary.id
    for envelope in (old, rewrap(old, ring=ring)):
        opens = kept.keeper().ring_for(key_id_of(envelope))
        assert open_envelope(envelope, ring=opens, context=ALICES).reveal() == "old"


@for_files
def test_an_unknown_key_makes_a_running_process_look_again(kept: Kept) -> None:
    running = kept.keeper()
    old = running.ring()
    new = rotated(kept.keeper())
    assert running.ring_in_memory is old
    assert running.ring_for(old.primary.id) is old
    assert running.ring_for(new.primary.id).primary.id == new.primary.id


@for_files
def test_what_is_known_opens_while_the_file_is_away(kept: Kept) -> None:
    running = kept.keeper()
    known = running.ring().primary.id
    kept.settings.file.rename(kept.settings.file.with_name("elsewhere"))
    assert running.ring_for(known).primary.id == known
    with pytest.raises(MissingKeyFileError, match="put your copy"):
        running.ring()


@for_files
def test_only_one_changes_the_ring_at_a_time(kept: Kept) -> None:
    with kept.keeper().changing(), pytest.raises(KeyFileBusyError), kept.keeper().changing():
        pass
    rotated(kept.keeper())


@for_files
def test_a_retired_key_is_gone_from_the_file(kept: Kept) -> None:
    keeper = kept.keeper()
    old = keeper.ring().primary
    rotated(keeper)
    with keeper.changing() as replace_ring:
        replace_ring(keeper.ring().without(old.id))
    assert old.id.encode() not in kept.settings.file.read_bytes()
    assert [key.id for key in kept.keeper().ring().keys] == [keeper.ring().primary.id]


@pytest.mark.parametrize("kept", ["environment"], indirect=True)
def test_a_ring_in_the_environment_is_changed_by_its_operator_alone(kept: Kept) -> None:
    assert not kept.settings.file.exists()
    with pytest.raises(FixedKeyRingError, match="keys generate"), kept.keeper().changing():
        pass
    old = kept.keeper().ring().primary
    both = Secret(f"{line_of(new_key(created_at=AT))},\n {line_of(old)}")
    ring = KeyKeeper(replace(kept.settings, inline=both)).ring()
    assert ring.older[0].material == old.material


@pytest.mark.parametrize(
    "value", ["", ",", "no-colons", "a:2026-11-23:c2hvcnQ=", "a:yesterday:" + "A" * 44, "a:b:c:d"]
)
def test_a_variable_that_holds_no_ring_is_refused_without_being_shown(tmp_path: Path, value: str) -> None:
    with pytest.raises(VaultError, match="OWNKEY_KEYS") as refusal:
        KeyKeeper(KeySettings(tmp_path / "vault.key", inline=Secret(value))).ring()
    assert "c2hvcnQ" not in str(refusal.value)


def test_a_plain_key_file_is_read_until_a_rotation_wraps_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    plain = KeyKeeper(KeySettings(tmp_path / "vault.key"))
    old = plain.ensure(may_create=True).primary
    keeper = KeyKeeper(settings_for("openbao", tmp_path / "vault.key", request))
    assert keeper.ring().primary.material == old.material
    assert keeper.is_awaiting_wrapping
    ring = rotated(keeper)
    assert not keeper.is_awaiting_wrapping
    assert ring.older[0].material == old.material


@pytest.mark.parametrize("kind", WRAPPED)
def test_a_wrapped_key_opens_only_under_its_own_name(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = settings_for(kind, tmp_path / "vault.key", request).provider
    assert settings is not None
    provider = build_provider(settings)
    wrapped = provider.wrap(b"k" * 32, key_id="one")
    assert provider.unwrap(wrapped, key_id="one") == b"k" * 32
    for text, key_id in ((wrapped, "another"), (wrapped[:-4] + "AAAA", "one"), ("nonsense", "one")):
        with pytest.raises(ProviderRefusedError):
            provider.unwrap(text, key_id=key_id)


@pytest.mark.parametrize("kept", ["openbao"], indirect=True)
def test_a_token_that_may_not_and_a_server_that_is_away_are_told_apart(kept: Kept) -> None:
    given = kept.settings.provider
    assert isinstance(given, OpenBaoSettings)
    assert isinstance(given.token, Secret)
    for changed, error in (
        (replace(given, token=Secret("s.wrong")), ProviderRefusedError),
        (replace(given, key_name="another"), ProviderRefusedError),
        (replace(given, address="http://127.0.0.1:1"), ProviderAwayError),
    ):
        keeper = KeyKeeper(replace(kept.settings, provider=changed))
        with pytest.raises(error) as refusal:
            keeper.ring()
        assert given.token.reveal() not in str(refusal.value)
        assert refusal.value.__cause__ is None


def test_what_is_known_opens_while_openbao_is_away(tmp_path: Path) -> None:
    with running_openbao() as openbao:
        settings = KeySettings(
            tmp_path / "vault.key", provider=OpenBaoSettings(openbao.address, Secret(openbao.token))
        )
        running = KeyKeeper(settings)
        envelope = seal(Secret("sealed"), ring=running.ensure(may_create=True), context=ALICES)
    opens = running.ring_for(key_id_of(envelope))
    assert open_envelope(envelope, ring=opens, context=ALICES).reveal() == "sealed"
    assert running.ring() is opens, "nobody is asked as long as the file is the same"
    with pytest.raises(ProviderAwayError, match="does not answer"):
        KeyKeeper(settings).ring()


def test_a_token_file_is_read_anew_so_an_agent_may_replace_it(openbao: OpenBao, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{openbao.new_token()}\n")
    first = file.read_text().strip()
    keeper = KeyKeeper(KeySettings(tmp_path / "vault.key", provider=OpenBaoSettings(openbao.address, file)))
    keeper.ensure(may_create=True)
    openbao.revoke(first)
    with pytest.raises(ProviderRefusedError) as refusal:
        rotated(keeper)
    assert first not in str(refusal.value)
    file.write_text(openbao.new_token())
    assert len(rotated(keeper).keys) == 2, "the same process, which nobody restarted"
    for spoilt in ("", None):
        file.unlink() if spoilt is None else file.write_text(spoilt)
        with pytest.raises(ProviderRefusedError, match="OWNKEY_OPENBAO_TOKEN_FILE"):
            rotated(keeper)


def test_an_approle_signs_in_by_itself_and_again_when_its_token_ends(
    openbao: OpenBao, tmp_path: Path
) -> None:
    role_id, secret_id = openbao.make_role()
    settings = OpenBaoSettings(openbao.address, AppRole(role_id, Secret(secret_id)))
    provider = OpenBaoProvider(settings)
    keeper = KeyKeeper(KeySettings(tmp_path / "vault.key", provider=settings))
    keeper.ensure(may_create=True)
    wrapped = provider.wrap(b"k" * 32, key_id="one")
    openbao.revoke(provider._client.token)
    assert provider.unwrap(wrapped, key_id="one") == b"k" * 32
    assert len(rotated(keeper).keys) == 2
    wrong = OpenBaoProvider(replace(settings, token=AppRole(role_id, Secret("wrong"))))
    with pytest.raises(ProviderRefusedError, match="OWNKEY_OPENBAO_SECRET_ID") as refusal:
        wrong.wrap(b"k" * 32, key_id="one")
    assert secret_id not in str(refusal.value)
    away = OpenBaoProvider(replace(settings, address="http://127.0.0.1:1"))
    with pytest.raises(ProviderAwayError, match="does not answer"):
        away.wrap(b"k" * 32, key_id="one")


@pytest.mark.parametrize("kept", ["aws-kms"], indirect=True)
def test_a_kms_that_is_away_or_another_key_is_told(kept: Kept) -> None:
    given = kept.settings.provider
    assert isinstance(given, AwsKmsSettings)
    for changed, error in (
        (AwsKmsSettings("no-such-key", given.endpoint), ProviderRefusedError),
        (AwsKmsSettings(given.key, "http://127.0.0.1:1"), ProviderAwayError),
    ):
        with pytest.raises(error):
            KeyKeeper(replace(kept.settings, provider=changed)).ring()


@pytest.mark.parametrize(("library", "extra"), [("hvac", "openbao"), ("boto3", "aws")])
def test_a_library_that_is_not_installed_is_named(library: str, extra: str) -> None:
    program = (
        "import sys\n"
        f"sys.modules[{library!r}] = None\n"
        "from ownkey.secret import Secret\n"
        "from ownkey.vault.key_provider import *\n"
        f"build_provider(OpenBaoSettings('https://x', Secret('x')) if {extra!r} == 'openbao' "
        "else AwsKmsSettings('x'))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert f"install ownkey[{extra}]" in ended.stderr
