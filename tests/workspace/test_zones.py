"""Times of Jira are shown as the reader's clock does; a zone that a browser makes up is UTC."""

from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from django.utils import timezone

from ownkey.workspace.zones import COOKIE, name_of, zone_of
from tests.connections.running import ADA, PASSWORD, Organisation
from tests.in_browser import running_chromium

WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


def zone_in(cookie: str) -> object:
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = cookie
    return zone_of(request)


@pytest.mark.parametrize(
    ("cookie", "at", "hour", "name"),
    [
        ("Europe%2FBerlin", WINTER, 13, "CET"),
        ("Europe/Berlin", SUMMER, 14, "CEST"),
        ("America%2FNew_York", WINTER, 7, "EST"),
        ("Asia/Kolkata", WINTER, 17, "IST"),
        ("America/Sao_Paulo", WINTER, 9, "UTC-03"),
        ("", WINTER, 12, "UTC"),
    ],
)
def test_a_zone_shows_its_own_time_and_name(cookie: str, at: datetime, hour: int, name: str) -> None:
    zone = zone_in(cookie)
    with timezone.override(zone):  # type: ignore[arg-type]
        assert timezone.localtime(at).hour == hour
    assert name_of(zone, at) == name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cookie",
    ["Nowhere/City", "../../etc/passwd", "%2e%2e%2fetc", "\x00", "UTC\r\nX: y", "a" * 9_000, "%ff%fe"],
)
def test_what_is_no_zone_is_utc(cookie: str) -> None:
    assert zone_in(cookie) is UTC


@pytest.mark.browser
@pytest.mark.parametrize(
    ("zone", "word"), [("Asia/Kolkata", "IST"), ("America/Los_Angeles", "PST"), ("UTC", "UTC")]
)
def test_a_browsers_pages_are_in_its_zone(organisation: Organisation, zone: str, word: str) -> None:
    with running_chromium() as chromium:
        page = chromium.new_context(timezone_id=zone).new_page()
        page.goto(f"{organisation.url}/sign-in/")
        page.fill("[name=login]", ADA)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{organisation.url}/")
        answer = page.request.get(f"{organisation.url}/work/acme/issues/ACME-3/")
        assert f" {word}</time>" in answer.text()
