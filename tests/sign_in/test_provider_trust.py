"""Only the origins that the operator named are dialled for single sign-on, without redirects or proxies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from ownkey.environment.values import SingleSignOn
from ownkey.people.oidc.discovery import ProviderMistakeError, checked_discovery, trusted_origins
from ownkey.secret import Secret
from tests.conftest import ChangeEnvironment

ISSUER = "https://login.acme.example/realms/acme"
SAID = SingleSignOn(ISSUER, "ownkey", Secret("not a real one"))
GOOD = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


class Refuser(BaseHTTPRequestHandler):
    """Answers everything with a redirect, and remembers what was asked."""

    asked: list[tuple[str, str | None]]
    target = ""

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(302)
        self.send_header("Location", self.target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(target: str = "/elsewhere") -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Run a server that redirects to `target`; yield its origin and what it is asked."""
    asked: list[tuple[str, str | None]] = []
    handler = type("Handler", (Refuser,), {"asked": asked, "target": target})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def session_for(change_environment: ChangeEnvironment) -> Any:  # noqa: ANN401 a function
    def _session(issuer: str, **changes: Any) -> Any:  # noqa: ANN401 a session of requests
        said = replace(SAID, issuer=issuer, **changes)
        change_environment(single_sign_on=said)
        return get_adapter().get_requests_session()

    return _session


def test_another_origin_is_not_dialled(session_for: Any) -> None:  # noqa: ANN401 see above
    with listening() as (issuer, _), listening() as (other, asked):
        with session_for(issuer) as session, pytest.raises(OSError, match="No connection adapters"):
            session.get(f"{other}/anything")
        assert not asked


@pytest.mark.parametrize(
    "form",
    [
        "{0}.evil.example/",
        "{0}@127.0.0.1:1/",
        "{0}1/",
        "http://127.1:1/",
        "file:///etc/passwd",
    ],
)
def test_what_only_looks_like_the_origin_is_not_dialled(session_for: Any, form: str) -> None:  # noqa: ANN401 see above
    with listening() as (issuer, asked):
        with session_for(issuer) as session, pytest.raises(OSError):  # noqa: PT011 each says it in its own way
            session.get(form.format(issuer))
        assert not asked


def test_a_redirect_is_not_followed(session_for: Any) -> None:  # noqa: ANN401 see above
    with listening("/again") as (issuer, asked), session_for(issuer) as session:
        with pytest.raises(OSError, match="redirect"):
            session.get(f"{issuer}/first")
        assert [path for path, _ in asked] == ["/first"]


def test_an_origin_that_the_operator_trusts_beside_it_is(session_for: Any) -> None:  # noqa: ANN401 see above
    with listening() as (issuer, _), listening() as (other, asked):
        with session_for(issuer, trusted_origins=frozenset({other})) as session, pytest.raises(OSError):  # noqa: PT011 the redirect
            session.get(f"{other}/keys")
        assert [path for path, _ in asked] == ["/keys"]


def test_neither_a_proxy_nor_a_netrc_of_the_machine_is_used(
    session_for: Any,  # noqa: ANN401 see above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with listening() as (issuer, asked):
        with session_for(issuer) as session, pytest.raises(OSError, match="redirect"):
            session.get(f"{issuer}/direct")
        assert asked == [("/direct", None)]


def test_a_discovery_document_of_its_own_is_taken() -> None:
    assert checked_discovery(GOOD, SAID) == GOOD
    assert trusted_origins(SAID) == {"https://login.acme.example"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"issuer": "https://evil.example"}, id="another issuer"),
        pytest.param({"issuer": "https://login.acme.example/realms/other"}, id="another realm"),
        pytest.param({"issuer": None}, id="no issuer"),
        pytest.param({"token_endpoint": "https://evil.example/token"}, id="tokens elsewhere"),
        pytest.param({"token_endpoint": "http://login.acme.example/token"}, id="tokens in the clear"),
        pytest.param({"jwks_uri": "https://169.254.169.254/keys"}, id="keys at the cloud's metadata"),
        pytest.param(
            {"jwks_uri": "https://login.acme.example.evil.example/keys"}, id="keys at a longer name"
        ),
        pytest.param({"authorization_endpoint": "https://evil.example/"}, id="people sent elsewhere"),
        pytest.param({"authorization_endpoint": "javascript:alert(1)"}, id="a script"),
        pytest.param({"jwks_uri": ["https://login.acme.example/keys"]}, id="a list"),
        pytest.param({"token_endpoint": None}, id="nothing"),
    ],
)
def test_one_that_leads_elsewhere_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(OAuth2Error):
        checked_discovery(GOOD | changes, SAID)


def test_origins_that_the_operator_trusts_may_be_named() -> None:
    trusting = replace(SAID, trusted_origins=frozenset({"https://keys.acme.example"}))
    found = GOOD | {"jwks_uri": "https://keys.acme.example/keys"}
    assert checked_discovery(found, trusting) == found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"issuer": "http://keycloak:8080/realms/acme"},
            "names the issuer http://keycloak:8080/",
        ),
        (
            {"issuer": "https://login.acme.example/{tenantid}/v2.0"},
            "/{tenantid}/v2.0, and OWNKEY_OIDC",
        ),
        ({"issuer": "two\nlines"}, "something that is no address"),
        ({"issuer": 7}, "something that is no address"),
        ({"token_endpoint": "https://tokens.other.example/t"}, "OWNKEY_OIDC_TRUSTED_ORIGINS"),
    ],
)
def test_the_operator_is_told_what_was_expected_and_what_was_found(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ProviderMistakeError) as refused:
        checked_discovery(GOOD | changes, SAID)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
