"""What the people of the walk do, in the words of the pages: the administrator's way and the person's way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSWORD = "four unrelated words"


def set_up(page: Page, link: str, *, name: str, email: str) -> None:
    """Be the first administrator: open the one-time link and choose a password."""
    page.goto(link)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_label(re.compile("^Password")).first.fill(PASSWORD)
    repeat = page.get_by_label(re.compile("again|repeat", re.IGNORECASE))
    if repeat.count():
        repeat.first.fill(PASSWORD)
    page.get_by_role("button", name="Set up and sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def sign_in(page: Page, ownkey: str, *, email: str, password: str) -> None:
    """Sign in to Ownkey."""
    page.goto(f"{ownkey}/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation").first).to_be_visible()


def make_api_token_with_scopes(page: Page, atlassian: str, *, person: str, name: str, scopes: Iterable[str]) -> str:
    """Make a scoped API token by the steps of the guide and return what *Copy* would copy."""
    page.goto(f"{atlassian}/manage-profile/security")
    if page.get_by_role("button", name=re.compile(person)).count():
        page.get_by_role("button", name=re.compile(person)).click()
        page.goto(f"{atlassian}/manage-profile/security")
    page.get_by_role("link", name="Create and manage API tokens").click()
    page.get_by_role("link", name="Create API token with scopes").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Jira", exact=True).check()
    page.get_by_role("button", name="Next").click()
    for scope in scopes:
        page.get_by_label(re.compile("^Search")).fill(scope)
        page.get_by_label(scope, exact=True).check()
    page.get_by_label(re.compile("^Search")).fill("")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create token").click()
    return page.get_by_label("API token", exact=True).input_value()
