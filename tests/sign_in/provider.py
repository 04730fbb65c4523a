"""A real OpenID Connect provider as a process, and a visitor of its sign-in page."""

import html
import json
import re
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest

FOLDER = Path(__file__).parents[1] / "oidc"
CLIENT_ID = "ownkey"
CALLBACK = "/sign-in/provider/callback/"
PATIENCE_S = 60


@dataclass(frozen=True)
class Provider:
    """A running provider."""

    issuer: str
    client_secret: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Hands a redirect over as it came."""

    def redirect_request(self, *_: object) -> None:
        return None


class Visitor:
    """Somebody's browser at the provider: it keeps cookies, and stops where the provider sends them back."""

    def __init__(self, back: str) -> None:
        """Take the address that the provider sends people back to."""
        self.back = back
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(CookieJar()),
            _NoRedirect(),
        )

    def sign_in(self, address: str, **claims: object) -> str:
        """Go to `address`, sign in as `claims` if asked, and return the path that leads back to Ownkey."""
        return self._walk(address, {"do": "sign-in", "claims": json.dumps(claims)})

    def stop(self, address: str) -> str:
        """Go to `address`, think better of it, and return the path that leads back."""
        return self._walk(address, {"do": "stop"})

    def _walk(self, address: str, answer: dict[str, str]) -> str:
        data: bytes | None = None
        for _ in range(20):
            if address.startswith(self.back):
                return address.removeprefix(self.back.removesuffix(CALLBACK))
            status, location, body = self._fetch(address, data)
            data = None
            if location:
                address = urljoin(address, location)
                continue
            form = re.search(r'action="(/interaction/[^"]+)"', body)
            assert form, (status, address, body)
            address, data = urljoin(address, html.unescape(form[1])), urlencode(answer).encode()
        raise AssertionError("The provider goes round in circles.")

    def _fetch(self, address: str, data: bytes | None) -> tuple[int, str, str]:
        try:
            answer = self.opener.open(address, data, timeout=PATIENCE_S)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status or 0, answer.headers.get("Location", ""), answer.read().decode()


@contextmanager
def running_provider(back: str, *, only_userinfo: bool = False) -> Iterator[Provider]:
    """Run the provider while the block lasts; it sends people back to `back` and nowhere else."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("The provider is not installed; `make test` installs it.")
    secret = secrets.token_hex(16)
    process = subprocess.Popen(
        [node, "provider.js"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    given = {
        "client_id": CLIENT_ID,
        "client_secret": secret,
        "redirect_uri": back,
        "only_userinfo": only_userinfo,
    }
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(given))
        process.stdin.close()
        issuer = process.stdout.readline().strip()
        assert issuer, "The provider did not start."
        yield Provider(issuer, secret)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
