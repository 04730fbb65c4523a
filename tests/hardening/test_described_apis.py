"""What Ownkey and the sandbox answer programs is what docs/reference/openapi*.json says, whatever is sent.

Schemathesis makes up the requests, right ones and wrong ones, in bounded number.
"""

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ownkey.gateway import special
from ownkey.sandbox import control
from tests.connections.running import ADA, PASSWORD, Organisation, running_organisation
from tests.gateway_store.running import call, make_key
from tests.sandbox_process import Sandbox, running_sandbox

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
OURS, SANDBOXS = (
    json.loads((REFERENCE / name).read_text("utf-8")) for name in ("openapi.json", "openapi-sandbox.json")
)
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
VERBS = {"get", "post", "delete", "put", "patch"}
BOUNDED = settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def operations(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each operation of a description: its path and its method."""
    return [
        (path, verb.upper()) for path, item in document["paths"].items() for verb in item if verb in VERBS
    ]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return a running Ownkey in which Ada is connected."""
    with running_organisation(tmp_path_factory.mktemp("acme") / "home") as organisation:
        organisation.add_alm_account("acme", "Acme")
        organisation.connect("acme", ADA)
        yield organisation


@pytest.fixture(scope="module")
def key(acme: Organisation) -> str:
    """Return Ada's client key."""
    return make_key(acme, ADA)["key"]


@pytest.fixture(scope="module")
def session(acme: Organisation) -> dict[str, str]:
    """Return the header fields of Ada's browser."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
    )
    with opener.open(f"{acme.url}/sign-in/") as answer:
        form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    assert form
    data = {"login": ADA, "password": PASSWORD, "csrfmiddlewaretoken": form[1]}
    with opener.open(f"{acme.url}/sign-in/", urllib.parse.urlencode(data).encode()) as answer:
        assert answer.status == 200
    cookies = {cookie.name: cookie.value or "" for cookie in jar}
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": cookies["ownkey_csrf"],
    }


def try_out(document: dict[str, Any], operation: tuple[str, str], url: str, headers: dict[str, str]) -> None:
    """Send what the description allows and what it does not; check each answer against it."""
    path, method = operation
    described = schemathesis.openapi.from_dict(document)[path][method]
    for mode in GenerationMode:
        _try_mode(described, mode, url, headers)


def _try_mode(
    described: APIOperation[Any, Any, Any, Any], mode: GenerationMode, url: str, headers: dict[str, str]
) -> None:
    @BOUNDED
    @given(case=described.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case[Any]) -> None:
        if mode is GenerationMode.NEGATIVE and "account" in case.path_parameters:
            case.path_parameters["account"] = "acme"  # a slash or dots in it would be another address
        case.call_and_validate(
            base_url=url, headers=headers, checks=CHECKS, allow_redirects=False, timeout=30
        )

    try:
        holds()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "where nothing can be wrong, nothing wrong can be sent"


@pytest.mark.parametrize("operation", operations(OURS), ids=" ".join)
def test_ownkey_answers_as_described(
    operation: tuple[str, str], acme: Organisation, key: str, session: dict[str, str]
) -> None:
    if "_ownkey" in operation[0]:
        headers = {"Authorization": f"Bearer {key}"}
    elif operation[1] == "POST":
        headers = session
    else:
        headers = {}
    try_out(OURS, operation, acme.url, headers)


@pytest.mark.parametrize("operation", operations(OURS), ids=" ".join)
def test_without_being_somebody_it_answers_as_described(
    operation: tuple[str, str], acme: Organisation
) -> None:
    try_out(OURS, operation, acme.url, {})


def test_the_addresses_that_only_tell_do_nothing_else(acme: Organisation, key: str) -> None:
    for path in special.TOLD:
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = call(f"{acme.url}/jira/acme{path}", key, method=method)
            assert (answer.status, answer.code) == (405, "wrong-method"), (path, method)


def test_every_address_of_the_gateways_own_is_described() -> None:
    described = {path.removeprefix("/jira/{account}") for path in OURS["paths"] if "/_ownkey/" in path}
    assert described == special.TOLD


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox of its own: it is told all sorts of things."""
    with running_sandbox() as running:
        yield running


@pytest.mark.parametrize("operation", operations(SANDBOXS), ids=" ".join)
def test_the_sandbox_answers_as_described(operation: tuple[str, str], sandbox: Sandbox) -> None:
    try_out(SANDBOXS, operation, sandbox.url, {})


def test_every_address_of_the_sandboxs_control_is_described() -> None:
    described = {f"{method} {path.removeprefix('/_sandbox/')}" for path, method in operations(SANDBOXS)}
    assert described == set(control._ACTIONS)
