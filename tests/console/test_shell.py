"""Every answer is closed to framing, foreign scripts and caches, and every failure says what to do next."""

import logging
import re
from pathlib import Path

import pytest
from django.forms import CharField, Form
from django.template import Context, Template
from django.test import Client, RequestFactory

from ownkey.console import errors
from ownkey.environment import logs
from ownkey.people.models import User

CONSOLE = Path(errors.__file__).parent


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/sign-in/", "/nothing/", "/static/console/app.css"])
def test_answers_forbid_sniffing_and_foreign_referrers(charlies_browser: Client, address: str) -> None:
    answer = charlies_browser.get(address)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_the_policy_allows_nothing_inline_and_nothing_foreign(
    charlies_browser: Client,
) -> None:
    policy = charlies_browser.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


def test_no_template_has_an_inline_script_style_or_handler() -> None:
    for template in CONSOLE.parent.rglob("templates/**/*.html"):
        text = template.read_text()
        assert "<style" not in text, template
        assert " style=" not in text, template
        assert "<script>" not in text, template
        assert not any(f" {handler}=" in text for handler in ("onclick", "onsubmit", "onload", "onchange")), (
            template
        )


@pytest.mark.parametrize("page", errors.PAGES, ids=lambda page: f"{page.status} {page.title}")
def test_an_error_page_says_what_happened_and_what_to_do(page: errors.ErrorPage) -> None:
    assert page.title
    assert page.sentence.endswith(".")
    assert page.next_step.endswith(".")


@pytest.mark.django_db
def test_an_unknown_address_gets_a_page(charlies_browser: Client) -> None:
    answer = charlies_browser.get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_with_a_page(bob: User, password: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/sign-in/", {"login": bob.email, "password": password})
    assert answer.status_code == 403
    assert "The form had gone stale" in answer.content.decode()


def test_a_failure_of_ours_gets_a_page_without_asking_the_database() -> None:
    answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something went wrong in Ownkey" in answer.content.decode()


@pytest.mark.django_db
def test_an_unknown_host_is_refused(charlies_browser: Client) -> None:
    answer = charlies_browser.get("/sign-in/", headers={"host": "evil.example"})
    assert answer.status_code == 400


@pytest.mark.django_db
def test_strangers_with_made_up_hosts_do_not_fill_the_log() -> None:
    assert not logging.getLogger("django.security.DisallowedHost").isEnabledFor(logging.ERROR)
    assert logging.getLogger("django.security.csrf").isEnabledFor(logging.ERROR)


def test_home_shows_a_fresh_administrator_what_to_do_first(alices_browser: Client) -> None:
    page = alices_browser.get("/").content.decode()
    assert "First steps" in page
    assert "Add ALM Account" in page


@pytest.mark.django_db
def test_home_tells_a_person_to_wait_when_there_is_no_alm_account(bobs_browser: Client) -> None:
    page = bobs_browser.get("/").content.decode()
    assert "Nothing to connect to yet" in page
    assert "Settings" not in page


@pytest.mark.django_db
def test_only_the_demo_says_that_it_is_one(charlies_browser: Client) -> None:
    assert "ribbon" not in charlies_browser.get("/sign-in/").content.decode()


class _AskForm(Form):
    name = CharField(label="Name", help_text="As on the door.")


def test_a_field_ties_its_help_and_errors_to_its_input() -> None:
    page = Template("{% field form.name %}").render(Context({"form": _AskForm({})}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert 'id="id_name_helptext"' in page
    assert 'id="id_name_error"' in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("kind", ["set-up", "invitations", "password-reset"])
def test_the_secret_of_a_link_does_not_reach_the_log(kind: str) -> None:
    event = logs.mask_secret_paths(None, "", {"event": f"Gone: /{kind}/s3cret-part/", "level": "warning"})
    assert event["event"] == f"Gone: /{kind}/…/"


def test_every_icon_that_templates_and_styles_name_exists() -> None:
    static = CONSOLE / "static" / "console"
    sprite = (static / "icons.svg").read_text()
    for template in CONSOLE.parent.rglob("templates/**/*.html"):
        for name in re.findall(r'{% icon "(\w+)"', template.read_text()):
            assert f'<symbol id="{name}"' in sprite, (template, name)
    for name in re.findall(r'url\("(icons/[\w-]+\.svg)"\)', (static / "app.css").read_text()):
        assert (static / name).is_file(), name
