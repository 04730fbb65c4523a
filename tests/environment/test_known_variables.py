"""A variable that Ownkey does not read is named with the one that was meant; files are for secrets alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ownkey.environment
from ownkey.environment.known_variables import (
    IN_THE_OPEN,
    INSTEAD,
    OTHER_NAMES,
    OTHER_WORDS,
    SECRETS,
    refused_files,
    unknown_variables,
)
from ownkey.environment.reading import EnvironmentMistakesError, read_environment, without_mistakes
from tests.cli.command import Ownkey

ENVIRONMENT = Path(ownkey.environment.__file__).parent
VALUE = "p4ss"


def variables_read() -> Iterator[tuple[str, bool]]:
    """Yield each variable that the code asks for by name, and whether it asks for it as a secret."""
    for path in (ENVIRONMENT / "reading.py", *ENVIRONMENT.glob("*_variables.py")):
        if path.name == "known_variables.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch(r"OWNKEY_[A-Z_]+", str(first.value)):
                    yield str(first.value), node.func.attr in {"secret", "secret_text"}


def test_what_is_known_is_what_is_read() -> None:
    read = set(variables_read())
    assert {name for name, is_secret in read if is_secret} == SECRETS
    assert {name for name, _ in read} - {f"{name}_FILE" for name in SECRETS} == SECRETS | IN_THE_OPEN


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("OWNKEY_MAIL_HSOT", "OWNKEY_MAIL_HOST"),
        ("OWNKEY_BASEURL", "OWNKEY_BASE_URL"),
        ("OWNKEY_URL", "OWNKEY_BASE_URL"),
        ("OWNKEY_SMTP_HOST", "OWNKEY_MAIL_HOST"),
        ("OWNKEY_SMTP_PASSWORD_FILE", "OWNKEY_MAIL_PASSWORD_FILE"),
        ("OWNKEY_SMTP_HOST_FILE", "OWNKEY_MAIL_HOST"),
        ("OWNKEY_MAIL_TLS", "OWNKEY_MAIL_SECURITY"),
        ("OWNKEY_DB_URL", "OWNKEY_DATABASE_URL"),
        ("OWNKEY_TRUSTED_SITE", "OWNKEY_TRUSTED_SITES"),
        ("OWNKEY_SECRETKEY", "OWNKEY_SECRET_KEY"),
        ("OWNKEY_VAULT_TOKEN_FILE", "OWNKEY_OPENBAO_TOKEN_FILE"),
        ("OWNKEY_OIDC_CA", "OWNKEY_OIDC_CA_FILE"),
        ("ownkey_home", "OWNKEY_HOME"),
        ("OWNKEY_PORT", "--port"),
        ("OWNKEY_ADMIN_PASSWORD", "ownkey init"),
        ("OWNKEY_NONSENSE", "docs/reference/environment.md"),
    ],
)
def test_an_unknown_variable_is_named_with_what_was_meant(name: str, meant: str) -> None:
    (sentence,) = unknown_variables({name: VALUE})
    assert sentence.startswith(f"{name} is no setting of Ownkey")
    assert re.search(rf"{re.escape(meant)}(\W|$)", sentence)
    assert VALUE not in sentence
    assert read_environment({name: VALUE, "OWNKEY_HOME": "/nowhere"}).unknown == (sentence,)


def test_every_hint_names_what_there_is() -> None:
    known = SECRETS | IN_THE_OPEN
    parts = {part for name in known for part in name.split("_")}
    assert {f"OWNKEY_{name}" for name in OTHER_NAMES.values()} <= known
    assert {part for word in OTHER_WORDS.values() for part in word.split("_")} <= parts
    assert not {f"OWNKEY_{name}" for name in (*INSTEAD, *OTHER_NAMES)} & known


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OWNKEY_SERVICE_HOST", "10.0.0.1"),
        ("OWNKEY_SERVICE_PORT_HTTP", "8000"),
        ("OWNKEY_PORT", "tcp://10.0.0.1:8000"),
        ("OWNKEY_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("OWNKEY_GATEWAY_SERVICE_HOST", "10.0.0.2"),
        ("OWNKEY_GATEWAY_PORT_8001_TCP", "tcp://10.0.0.2:8001"),
        ("OWNKEY_NONSENSE", ""),
        ("OTHER_NONSENSE", "1"),
    ],
)
def test_what_kubernetes_sets_for_a_service_is_passed_over(name: str, value: str) -> None:
    assert unknown_variables({name: value}) == ()


@pytest.mark.parametrize("name", sorted(f"{name}_FILE" for name in IN_THE_OPEN))
def test_a_file_is_refused_for_what_is_no_secret(name: str) -> None:
    with pytest.raises(EnvironmentMistakesError) as refused:
        read_environment({name: "/run/secrets/p4ss", "OWNKEY_HOME": "/nowhere"})
    (mistake,) = refused.value.mistakes
    assert mistake.startswith(f"{name} is not read")
    assert VALUE not in mistake
    assert read_environment({name: "", "OWNKEY_HOME": "/nowhere"}).unknown == ()


def test_a_file_is_taken_for_every_secret() -> None:
    assert refused_files({f"{name}_FILE": "/run/secrets/one" for name in SECRETS}) == ()
    assert refused_files({"OWNKEY_OIDC_CA_FILE": "/a.pem", "OWNKEY_OPENBAO_CA_FILE": "/a.pem"}) == ()


def test_the_doctor_goes_on_without_a_refused_file() -> None:
    given = {"OWNKEY_MAIL_HOST_FILE": "/run/secrets/host", "OWNKEY_MAIL_HOST": "mail.acme.example"}
    usable, (mistake,) = without_mistakes(given)
    assert usable.mail.host == "mail.acme.example"
    assert "OWNKEY_MAIL_HOST_FILE" in mistake


def test_starting_and_the_doctor_name_it(tmp_path: Path) -> None:
    ownkey = Ownkey(tmp_path / "home", {"OWNKEY_SMTP_HOST": VALUE})
    sentence = (
        "OWNKEY_SMTP_HOST is no setting of Ownkey, so it changes nothing. Did you mean OWNKEY_MAIL_HOST?"
    )
    assert sentence in ownkey("init").stderr
    assert sentence in ownkey("worker", "--once").stderr
    found = ownkey("doctor", "--json", OWNKEY_ATLASSIAN_API_URL="http://127.0.0.1:1").json["findings"]
    assert [one["verdict"] for one in found if one["says"] == sentence] == ["warn"]
    refused = ownkey("init", "--json", OWNKEY_MAIL_HOST_FILE="/run/secrets/host")
    assert (refused.code, refused.json["error"]) == (2, "environment-mistakes")
