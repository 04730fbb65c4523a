"""An ID token is believed only if this issuer signed it for this client and request, and not long ago."""

import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

from ownkey.people.oidc.id_token import IdTokenError, identity_from, read_id_token

ISSUER, CLIENT, NONCE = "https://login.acme.example", "ownkey", "nonce of this request"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "one", "alg": "RS256", "use": "sig"}
KEYS: Mapping[str, Any] = {"keys": [PUBLIC]}


def claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    all_of_them = {"iss": ISSUER, "aud": CLIENT, "sub": "ada", "iat": now, "exp": now + 300, "nonce": NONCE}
    return {name: value for name, value in (all_of_them | changes).items() if value is not None}


def signed(**changes: object) -> str:
    return jwt.encode(claims(**changes), KEY, algorithm="RS256", headers={"kid": "one"})


def read(token: str, keys: Mapping[str, Any] = KEYS) -> Mapping[str, Any]:
    return read_id_token(token, keys=keys, issuer=ISSUER, client_id=CLIENT, nonce=NONCE)


def test_a_good_token_is_believed() -> None:
    assert read(signed())["sub"] == "ada"
    assert read(signed(aud=[CLIENT, "another"], azp=CLIENT))["sub"] == "ada"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
        pytest.param({"iss": ISSUER + "/"}, id="nearly the issuer"),
        pytest.param({"aud": "another"}, id="another client"),
        pytest.param({"aud": [CLIENT, "another"]}, id="several clients and none is named"),
        pytest.param({"aud": [CLIENT, "another"], "azp": "another"}, id="another of several clients"),
        pytest.param({"nonce": "another"}, id="another request"),
        pytest.param({"nonce": None}, id="no request"),
        pytest.param({"nonce": 7}, id="a request that is a number"),
        pytest.param({"exp": 1}, id="too old"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"iat": None}, id="without a beginning"),
        pytest.param({"sub": None}, id="nobody"),
        pytest.param({"sub": ""}, id="an empty name"),
        pytest.param({"sub": "a" * 192}, id="a name that the table would not hold"),
    ],
)
def test_what_is_not_so_is_not_believed(changes: dict[str, object]) -> None:
    with pytest.raises(IdTokenError):
        read(signed(**changes))


def test_a_signature_of_another_key_is_not_believed() -> None:
    token = jwt.encode(claims(), OTHER_KEY, algorithm="RS256", headers={"kid": "one"})
    with pytest.raises(IdTokenError):
        read(token)


def test_no_signature_is_not_believed() -> None:
    token = jwt.encode(claims(), "", algorithm="none", headers={"kid": "one"})
    with pytest.raises(IdTokenError):
        read(token)


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_a_signature_with_the_public_key_as_a_secret_is_not_believed() -> None:
    token = jwt.encode(claims(), PUBLIC["n"], algorithm="HS256", headers={"kid": "one"})
    with pytest.raises(IdTokenError):
        read(token)


@pytest.mark.parametrize("keys", [{"keys": []}, {}, {"keys": [{"kty": "nonsense"}]}, {"keys": "nonsense"}])
def test_without_the_key_nothing_is_believed(keys: Mapping[str, Any]) -> None:
    with pytest.raises(IdTokenError):
        read(signed(), keys)


def test_a_token_that_names_no_key_is_for_a_provider_with_one() -> None:
    token = jwt.encode(claims(), KEY, algorithm="RS256")
    assert read(token)["sub"] == "ada"
    other = RSAAlgorithm.to_jwk(OTHER_KEY.public_key(), as_dict=True) | {"kid": "two"}
    with pytest.raises(IdTokenError):
        read(token, {"keys": [PUBLIC, other]})


@given(st.text(max_size=200))
def test_nonsense_is_not_believed(token: str) -> None:
    with pytest.raises(IdTokenError) as refused:
        read(token)
    assert not token or len(token) < 20 or token not in str(refused.value)


_anything = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.text())
)


@given(st.dictionaries(st.sampled_from(["email", "email_verified", "name", "auth_time"]), _anything))
def test_an_address_is_verified_only_if_that_is_said_in_so_many_words(said: dict[str, object]) -> None:
    identity = identity_from({"sub": "ada", **said}, issuer=ISSUER)
    assert identity.is_email_verified is (str(said.get("email_verified")).strip().lower() == "true")
    assert identity.email == identity.email.strip().lower()
    assert isinstance(identity.name, str)


@pytest.mark.parametrize("said", [True, "true", "True", " TRUE "])
def test_yes_is_yes_also_as_text(said: object) -> None:
    assert identity_from({"sub": "s", "email_verified": said}, issuer="i").is_email_verified


@pytest.mark.parametrize("said", [False, "false", "yes", "1", 1, None, "", ["true"], {"true": True}])
def test_nothing_else_is(said: object) -> None:
    assert not identity_from({"sub": "s", "email_verified": said}, issuer="i").is_email_verified


@pytest.mark.parametrize(
    ("changed", "algorithm", "words"),
    [
        ({}, "HS256", "an algorithm that is not taken (HS256)"),
        ({"iat": 90}, None, "clocks of the provider and of this machine differ by more than 60 seconds"),
        ({"exp": -90}, None, "has expired: the clocks"),
        ({"iss": "https://other.example"}, None, "names another issuer"),
        ({"aud": "another"}, None, "check OWNKEY_OIDC_CLIENT_ID"),
    ],
)
def test_who_mends_a_token_that_is_not_believed_is_told_what(
    changed: dict[str, object], algorithm: str | None, words: str
) -> None:
    now = int(time.time())
    said = {name: now + value if isinstance(value, int) else value for name, value in changed.items()}
    secret = "shared-secret-of-some-length-" * 2
    token = jwt.encode(claims(**said), secret, algorithm=algorithm) if algorithm else signed(**said)
    with pytest.raises(IdTokenError) as refused:
        read(token)
    assert words in str(refused.value)
    assert "shared-secret" not in str(refused.value)
