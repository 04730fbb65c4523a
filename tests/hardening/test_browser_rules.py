"""Every page lets the browser run nothing foreign, frame and keep nothing, and trusts no header or link.

All addresses of the resolver are walked, so that a new page cannot be forgotten.
"""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from ownkey.people.models import User
from tests.conftest import PASSWORD
from tests.connections.conftest import form_data

from .access import Arguments, routes, state

EVIL = "evil.example"
NEXT = (
    f"https://{EVIL}/",
    f"//{EVIL}/",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"https:{EVIL}",
    f"///{EVIL}",
    f"/%09/{EVIL}",
    f"\t//{EVIL}",
    f"http://localhost@{EVIL}/",
    f"javascript://{EVIL}/%0aalert(1)",
    f"//{EVIL}\r\nSet-Cookie: a=b",
)
CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}
PROBES = ("unsafe", "*", "http:", "https:", "data:", "blob:")


def every_answer(browser: Client, things: Arguments) -> Iterator[tuple[str, HttpResponseBase]]:
    """Yield what each address answers to reading and to an empty form, and what nowhere answers."""
    for route in routes():
        yield f"GET {route.name}", browser.get(things.address_of(route))
    for address in ("/nowhere/", "/static/nothing.css", "/static/console/app.css"):
        yield f"GET {address}", browser.get(address)
    for route in routes():
        if route.name not in {"account_logout", "people:end_session"}:
            yield f"POST {route.name}", browser.post(things.address_of(route))


@pytest.fixture(params=["charlies_browser", "bobs_browser", "alices_browser"])
def browser(request: pytest.FixtureRequest, alices_things: Arguments) -> Client:  # noqa: ARG001 Alice is made first
    """Return each browser of the cast in turn."""
    if request.param == "alices_browser":
        browser = Client()
        Authenticator.objects.all().delete()  # one that is no real passkey has no page for using it
        browser.force_login(User.objects.get(email="alice@acme.example"))
        return browser
    found: Client = request.getfixturevalue(request.param)
    return found


def test_every_answer_is_closed_to_foreign_scripts_frames_and_sniffing(
    browser: Client, alices_things: Arguments
) -> None:
    for name, answer in every_answer(browser, alices_things):
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "same-origin", name
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        if name.startswith("GET /static/"):
            continue
        policy = headers["Content-Security-Policy"]
        assert {part.strip() for part in policy.split(";") if part.strip()} >= CSP, name
        assert not any(hole in policy for hole in PROBES), name
        assert headers["X-Frame-Options"] == "DENY", name
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert "Access-Control-Allow-Origin" not in headers, name


def test_no_page_is_kept_by_a_browser_or_a_proxy(browser: Client, alices_things: Arguments) -> None:
    for name, answer in every_answer(browser, alices_things):
        if not name.startswith("GET /static/"):
            assert "no-store" in answer.headers["Cache-Control"], name


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    browser: Client, alices_things: Arguments
) -> None:
    for name, answer in every_answer(browser, alices_things):
        for cookie in getattr(answer, "cookies", {}).values():
            assert cookie["httponly"], (name, cookie.key)
            assert cookie["samesite"] == "Lax", (name, cookie.key)
            assert not cookie["domain"], (name, cookie.key)
            assert cookie["path"] == "/", (name, cookie.key)


def test_no_form_from_elsewhere_is_taken(alices_things: Arguments, alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    token = browser.get("/profile/").context["csrf_token"]
    before = state()
    for route in routes():
        address = alices_things.address_of(route)
        assert browser.post(address, form_data()).status_code == 403, route.name
        foreign = browser.post(
            address, form_data() | {"csrfmiddlewaretoken": str(token)}, headers={"origin": f"https://{EVIL}"}
        )
        assert foreign.status_code == 403, route.name
        assert "did not come from Ownkey" in foreign.content.decode(), route.name
    assert state() == before


def test_a_foreign_host_is_refused_everywhere(browser: Client, alices_things: Arguments) -> None:
    for route in routes():
        address = alices_things.address_of(route)
        for headers in ({"host": EVIL}, {"host": f"localhost.{EVIL}"}, {"host": f"localhost@{EVIL}"}):
            answer = browser.get(address, headers=headers)
            assert answer.status_code == 400 or route.name == "healthy", (route.name, headers)
            assert EVIL not in answer.content.decode(), route.name


def test_headers_of_proxies_change_no_answer(browser: Client, alices_things: Arguments) -> None:
    headers = {
        "x-forwarded-host": EVIL,
        "x-forwarded-proto": "https",
        "x-forwarded-port": "666",
        "forwarded": f"host={EVIL};proto=https",
        "x-original-url": f"//{EVIL}/",
        "x-rewrite-url": f"//{EVIL}/",
    }
    for route in routes():
        answer = browser.get(alices_things.address_of(route), headers=headers)
        content = b"" if answer.streaming else answer.content
        assert EVIL not in f"{answer.headers}{content.decode()}", route.name


def stays_here(location: str) -> bool:
    """Whether a browser that follows this is still here, browsers taking backslashes and tabs as they do."""
    read = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
    there = urlsplit(urljoin("http://testserver/", read))
    return (there.scheme, there.hostname) == ("http", "testserver")


@pytest.mark.parametrize("wanted", NEXT[:3])
def test_no_address_leads_to_another_site(
    wanted: str, bobs_browser: Client, charlies_browser: Client, alices_things: Arguments
) -> None:
    names = ("next", "redirect", "url", "return_to", "continue")
    for route in routes():
        address = alices_things.address_of(route)
        for browser in (charlies_browser, bobs_browser):
            answer = browser.get(address, dict.fromkeys(names, wanted))
            assert stays_here(answer.headers.get("Location", "")), route.name


@pytest.mark.parametrize("wanted", NEXT)
def test_signing_in_and_out_does_not_lead_to_another_site(
    wanted: str, bob: User, charlies_browser: Client
) -> None:
    signed_in = charlies_browser.post("/sign-in/", {"login": bob.email, "password": PASSWORD, "next": wanted})
    assert stays_here(signed_in.headers["Location"])
    confirmed = charlies_browser.post("/confirm-password/", {"password": PASSWORD, "next": wanted})
    assert stays_here(confirmed.headers.get("Location", ""))
    left = charlies_browser.post("/sign-out/", {"next": wanted})
    assert stays_here(left.headers["Location"])


@pytest.mark.parametrize("method", ["trace", "options"])
def test_no_method_reflects_or_shares_anything(
    method: str, browser: Client, alices_things: Arguments
) -> None:
    for route in routes():
        answer = getattr(browser, method)(alices_things.address_of(route), headers={"x-secret": "planted"})
        assert "planted" not in answer.content.decode(), route.name
        assert "Access-Control-Allow-Methods" not in answer.headers, route.name


def test_debug_pages_are_off(settings: Settings) -> None:
    assert settings.DEBUG is False
