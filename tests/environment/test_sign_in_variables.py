"""What the operator says about signing in is taken whole; every mistake is told by name, never by value."""

from pathlib import Path

import pytest

from ownkey.environment.reading import EnvironmentMistakesError, read_environment
from ownkey.environment.values import SecondFactorFor, SingleSignOn

PLANTED = "a-planted-client-secret"
GOOD = {
    "OWNKEY_OIDC_ISSUER": "https://login.acme.example/realms/acme",
    "OWNKEY_OIDC_CLIENT_ID": "ownkey",
    "OWNKEY_OIDC_CLIENT_SECRET": PLANTED,
}


def provider(**changes: str) -> SingleSignOn:
    found = read_environment(GOOD | changes).single_sign_on
    assert found
    return found


def mistakes(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(EnvironmentMistakesError) as refused:
        read_environment(environ)
    assert PLANTED not in str(refused.value)
    return refused.value.mistakes


def test_without_an_issuer_there_is_no_provider_and_nobody_must_have_a_factor() -> None:
    environment = read_environment({})
    assert environment.single_sign_on is None
    assert environment.second_factor_for is SecondFactorFor.NOBODY


def test_a_provider_needs_three_variables() -> None:
    said = provider()
    assert (said.issuer, said.client_id, said.name) == (
        GOOD["OWNKEY_OIDC_ISSUER"],
        "ownkey",
        "single sign-on",
    )
    assert not said.is_only_way
    assert PLANTED not in repr(said)


def test_all_of_it_can_be_given(tmp_path: Path) -> None:
    file = tmp_path / "authority.pem"
    file.write_text("certificates")
    said = provider(
        OWNKEY_OIDC_NAME="Acme Login",
        OWNKEY_OIDC_TRUSTED_ORIGINS="https://keys.acme.example, https://Token.acme.example/",
        OWNKEY_OIDC_CA_FILE=str(file),
        OWNKEY_OIDC_ONLY="true",
    )
    assert said.trusted_origins == {"https://keys.acme.example", "https://token.acme.example"}
    assert (said.name, said.ca_file, said.is_only_way) == ("Acme Login", file, True)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.acme.example",
        "https://login.acme.example/",
        "http://localhost:8080",
        "http://[::1]:1/a",
    ],
)
def test_an_issuer_is_https_or_of_this_machine(issuer: str) -> None:
    assert provider(OWNKEY_OIDC_ISSUER=issuer).issuer == issuer.rstrip("/")


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.acme.example",
        "login.acme.example",
        "https://",
        "https://somebody@login.acme.example",
        "https://login.acme.example/?tenant=a",
        "https://login.acme.example/#a",
        "https://login.acme.example:x/",
        "https://login.acme.example/a b",
        "https://lögin.acme.example/",
        "ftp://login.acme.example",
        "https://login.acme.example/" + "a" * 200,
    ],
)
def test_anything_else_is_refused_by_name(issuer: str) -> None:
    (told,) = mistakes(GOOD | {"OWNKEY_OIDC_ISSUER": issuer})
    assert told.startswith("OWNKEY_OIDC_ISSUER ")


def test_everything_that_is_missing_or_wrong_is_told_at_once() -> None:
    told = mistakes(
        {
            "OWNKEY_OIDC_ISSUER": "http://login.acme.example",
            "OWNKEY_OIDC_NAME": "a" * 41,
            "OWNKEY_OIDC_TRUSTED_ORIGINS": "http://keys.acme.example",
            "OWNKEY_OIDC_CA_FILE": "/nowhere.pem",
            "OWNKEY_OIDC_ONLY": "perhaps",
            "OWNKEY_REQUIRE_MFA": "some",
        }
    )
    names = {sentence.split()[0] for sentence in told}
    assert names == {
        "OWNKEY_OIDC_ISSUER",
        "OWNKEY_OIDC_NAME",
        "OWNKEY_OIDC_CLIENT_ID",
        "OWNKEY_OIDC_CLIENT_SECRET",
        "OWNKEY_OIDC_TRUSTED_ORIGINS",
        "OWNKEY_OIDC_CA_FILE",
        "OWNKEY_OIDC_ONLY",
        "OWNKEY_REQUIRE_MFA",
    }


@pytest.mark.parametrize(
    "name",
    ["OWNKEY_OIDC_CLIENT_ID", "OWNKEY_OIDC_CLIENT_SECRET", "OWNKEY_OIDC_TRUSTED_ORIGINS", "OWNKEY_OIDC_ONLY"],
)
def test_half_a_provider_is_a_mistake_and_not_none(name: str) -> None:
    value = {"OWNKEY_OIDC_ONLY": "1", "OWNKEY_OIDC_TRUSTED_ORIGINS": "https://a.example"}.get(name, PLANTED)
    assert mistakes({name: value}) == (
        "OWNKEY_OIDC_ISSUER must name the provider, for others of its variables are set.",
    )


@pytest.mark.parametrize("whom", SecondFactorFor)
def test_who_must_have_a_factor_is_said_in_a_word(whom: SecondFactorFor) -> None:
    assert read_environment({"OWNKEY_REQUIRE_MFA": whom.value.upper()}).second_factor_for is whom


@pytest.mark.parametrize(
    "end", ["", "/", "/.well-known/openid-configuration", "/.well-known/openid-configuration/"]
)
def test_the_address_of_the_document_is_as_good_as_the_issuer_s_own(end: str) -> None:
    issuer = GOOD["OWNKEY_OIDC_ISSUER"]
    assert provider(OWNKEY_OIDC_ISSUER=issuer + end).issuer == issuer
