"""The doctor reads the provider's document, and says what keeps people from signing in with it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ownkey.console.doctor.examination import EXAMINATIONS
from ownkey.console.doctor.findings import Finding, Verdict
from ownkey.console.doctor.single_sign_on import CHECK, CLOCK, examine_single_sign_on
from ownkey.environment.process import current_environment
from ownkey.environment.values import SingleSignOn
from tests.sign_in.conftest import Use
from tests.sign_in.provider import Provider

DOCUMENT = "/.well-known/openid-configuration"


@dataclass
class Small:
    """A small provider whose document says what a test wants.

    Attributes:
        changes: What is different in its document.
        keys: What it publishes as its keys.
        status: With which it answers for the document.
        body: What it sends in place of the document.
        skew: By how much its clock is wrong.
    """

    issuer: str = ""
    changes: dict[str, object] = field(default_factory=dict)
    keys: object = field(default_factory=lambda: {"keys": [{"kty": "RSA"}]})
    status: int = 200
    body: str | None = None
    skew: timedelta = timedelta()
    asked: list[str] = field(default_factory=list)

    def provider(self) -> Provider:
        """Return what a test names in the settings."""
        return Provider(self.issuer, "made-up")

    def document(self) -> dict[str, object]:
        """Return its document."""
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256"],
        }
        return usual | self.changes


@contextmanager
def running(small: Small) -> Iterator[Small]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            small.asked.append(self.path)
            assert "Authorization" not in self.headers
            is_document = self.path == DOCUMENT
            found = small.document() if is_document else small.keys
            body = (small.body if is_document and small.body is not None else json.dumps(found)).encode()
            self.send_response_only(small.status if is_document else 200)
            self.send_header("Date", format_datetime(datetime.now(UTC) + small.skew, usegmt=True))
            if small.status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    small.issuer = f"http://127.0.0.1:{server.server_port}"
    try:
        yield small
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def looked() -> dict[str, Finding]:
    """Return what the doctor finds, the last by its check."""
    return {one.check: one for one in examine_single_sign_on(current_environment())}


def found_with(use: Use, **changes: Any) -> dict[str, Finding]:  # noqa: ANN401 what is to be different
    with running(Small(**changes)) as small:
        use(small.provider())
        return looked()


def test_without_a_provider_there_is_no_line() -> None:
    assert current_environment().single_sign_on is None
    assert looked() == {}
    assert CHECK in {one.check for one in EXAMINATIONS}


@pytest.mark.usefixtures("acme_login")
def test_a_real_provider_is_well(provider: Provider, acme_login: SingleSignOn) -> None:
    found = looked()
    assert found[CHECK].verdict is Verdict.OK, found
    assert provider.issuer in found[CHECK].says
    assert "RS256" in found[CHECK].says
    assert found[CLOCK].verdict is Verdict.OK
    assert acme_login.client_secret.reveal() not in str(found)


@pytest.mark.parametrize(
    "issuer",
    ["http://keycloak:8080/realms/acme", "https://login.acme.example/{tenantid}/v2.0", "https://127.0.0.1"],
    ids=["inner name", "placeholder", "another scheme"],
)
def test_another_issuer_is_named_beside_the_expected_one(use: Use, issuer: str) -> None:
    with running(Small(changes={"issuer": issuer})) as small:
        use(small.provider())
        found = looked()[CHECK]
        assert found.verdict is Verdict.FAIL
        assert f"names the issuer {issuer}, and OWNKEY_OIDC_ISSUER names {small.issuer}." in found.says
        assert found.next_step.startswith("Make them the same")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_address_over_an_open_line_or_elsewhere_is_named(use: Use, name: str) -> None:
    found = found_with(use, changes={name: "http://login.acme.example/x"})[CHECK]
    assert found.verdict is Verdict.FAIL
    assert f"{name} is http://login.acme.example/x" in found.says
    assert "OWNKEY_OIDC_TRUSTED_ORIGINS" in found.next_step


def test_userinfo_elsewhere_is_a_warning(use: Use) -> None:
    found = found_with(use, changes={"userinfo_endpoint": "https://graph.other.example/userinfo"})[CHECK]
    assert found.verdict is Verdict.WARN
    assert "OWNKEY_OIDC_TRUSTED_ORIGINS" in found.next_step


@pytest.mark.parametrize("algorithms", [["HS256"], ["none"], ["HS256", "HS512", "two\nlines"]])
def test_algorithms_that_are_not_taken_are_named_with_those_that_are(use: Use, algorithms: list[str]) -> None:
    found = found_with(use, changes={"id_token_signing_alg_values_supported": algorithms})[CHECK]
    assert found.verdict is Verdict.FAIL
    assert algorithms[0] in found.says
    assert "\n" not in found.says
    assert "RS256" in found.next_step


def test_without_keys_it_is_told_to_make_one(use: Use) -> None:
    nothing: tuple[dict[str, list[str]], ...] = ({"keys": []}, {})
    for keys in nothing:
        found = found_with(use, keys=keys)[CHECK]
        assert found.verdict is Verdict.FAIL
        assert found.next_step == "Give the client a signing key at the provider."
    assert found_with(use, keys=[1])[CHECK].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": 404}, "it answers 404"),
        ({"status": 503}, "it answers 503"),
        ({"status": 302}, "leads to another address"),
        ({"body": "<html>"}, "no JSON object"),
        ({"body": "[]"}, "no JSON object"),
    ],
    ids=["404", "503", "redirect", "a page", "a list"],
)
def test_a_document_that_cannot_be_read_is_told_by_its_cause(
    use: Use, changes: dict[str, Any], words: str
) -> None:
    with running(Small(**changes)) as small:
        use(small.provider())
        found = looked()
        assert small.asked == [DOCUMENT]
    assert found[CHECK].verdict is Verdict.FAIL
    assert words in found[CHECK].says
    assert "OWNKEY_OIDC_ISSUER" in found[CHECK].next_step


def test_a_provider_that_is_away_is_told(provider: Provider, use: Use) -> None:
    use(provider, issuer="http://127.0.0.1:1")
    found = looked()[CHECK]
    assert found.verdict is Verdict.FAIL
    assert "does not answer" in found.says


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, Verdict.OK), (45, Verdict.WARN), (-45, Verdict.WARN), (90, Verdict.FAIL), (-3600, Verdict.FAIL)],
)
def test_its_clock_is_compared(use: Use, seconds: int, verdict: Verdict) -> None:
    found = found_with(use, skew=timedelta(seconds=seconds))
    assert found[CLOCK].verdict is verdict
    assert ("(NTP)" in found[CLOCK].next_step) is (verdict is not Verdict.OK)
    assert found[CHECK].verdict is Verdict.OK
