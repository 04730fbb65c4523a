"""A failure in any layer, with a secret in hand, leaves the secret in no log, page or answer.

The logs are written as the product writes them, for machines and for a terminal, at the level that says most.
"""

import io
import logging
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest
import structlog
from django.test import Client
from django.urls import reverse

from ownkey import client_key
from ownkey.connections import checking, client_keys
from ownkey.connections.models import AlmAccount, ClientKey
from ownkey.environment import logs
from ownkey.gateway import identify
from ownkey.people.models import User
from tests.connections.conftest import FakeAtlassian, form_data
from tests.gateway import kit

from .traces import places_of, traces_of


class OutOfOrderError(Exception):
    """What goes wrong in these tests."""


def fails(*_arguments: object, **_more: object) -> NoReturn:
    raise OutOfOrderError


@pytest.fixture
def written() -> Iterator[Callable[[], str]]:
    """Return a function that returns all that was logged, as both of the product's formatters write it."""
    stream = io.StringIO()
    config = logs.logging_config()["formatters"]["events"]
    handlers = []
    for last in (
        structlog.processors.JSONRenderer(),
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=config["foreign_pre_chain"], processors=[*config["processors"][:-1], last]
            )
        )
        handlers.append(handler)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    quiet = [logging.getLogger(name) for name in ("ownkey", "django", "django.request", "django.db.backends")]
    levels = [each.level for each in quiet]
    for each in quiet:
        each.setLevel(logging.DEBUG)
    for each in (root, logging.getLogger("django")):
        for handler in handlers:
            each.addHandler(handler)
    yield stream.getvalue
    for each in (root, logging.getLogger("django")):
        for handler in handlers:
            each.removeHandler(handler)
    for each, before in zip(quiet, levels, strict=True):
        each.setLevel(before)
    root.setLevel(level)


@pytest.mark.parametrize(
    "where",
    [
        "ownkey.connections.forms.clean_api_token",
        "ownkey.connections.checking.run_check",
        "ownkey.connections.candidates.seal_for",
        "ownkey.vault.envelope._wrap",
        "ownkey.connections.models.Candidate.save",
        "ownkey.connections.checklist.Checklist.apply",
        "ownkey.audit.record.append",
    ],
)
def test_a_failing_layer_does_not_write_the_token_down(  # noqa: PLR0917 fixtures
    where: str,
    account: AlmAccount,
    bob: User,
    atlassian: FakeAtlassian,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
) -> None:
    token = atlassian.make_token(bob.email)
    browser = Client(raise_request_exception=False)
    browser.force_login(bob)
    try:
        monkeypatch.setattr(where, fails)
    except (AttributeError, TypeError):
        pytest.fail(f"{where} has gone: name the place where this layer fails now.")
    seen = ""
    for name, action in (("test", ""), ("edit", "save")):
        answer = browser.post(
            reverse(f"connections:credential_{name}", args=[account.slug]), form_data(token, action=action)
        )
        seen += answer.content.decode()
    traces = traces_of(token, login=bob.email)
    assert places_of(traces, "log", written().encode()) == []
    assert places_of(traces, "page", seen.encode()) == []


def test_the_log_would_have_said_that_it_failed(
    account: AlmAccount,
    bob: User,
    atlassian: FakeAtlassian,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
) -> None:
    monkeypatch.setattr(checking, "run_check", fails)
    browser = Client(raise_request_exception=False)
    browser.force_login(bob)
    token = atlassian.make_token(bob.email)
    browser.post(reverse("connections:credential_test", args=[account.slug]), form_data(token))
    assert "OutOfOrderError" in written()


def test_a_key_that_could_not_be_made_is_not_written_down(
    account: AlmAccount,
    bob: User,
    bobs_browser: Client,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[], str],
) -> None:
    made: list[str] = []
    issue = client_key.issue_client_key

    def noted() -> client_key.ClientKey:
        key = issue()
        made.append(key.text())
        return key

    monkeypatch.setattr(client_key, "issue_client_key", noted)
    monkeypatch.setattr(client_keys, "record", fails)
    bobs_browser.raise_request_exception = False
    data = {"name": "Tool", "expires_on": "", "reach": "all"}
    answer = bobs_browser.post(reverse("client_keys:new", args=[account.slug]), data)
    assert (bob.is_active, answer.status_code, len(made)) == (True, 500, 1)
    assert not ClientKey.objects.exists(), "a key that could not be recorded is none"
    assert places_of(traces_of(made[0]), "log", written().encode() + answer.content) == []


@pytest.mark.parametrize("where", ["identify", "send"])
async def test_a_failing_gateway_writes_neither_key_nor_token_down(
    where: str, monkeypatch: pytest.MonkeyPatch, written: Callable[[], str]
) -> None:
    async def breaks(_sent: kit.Sent) -> NoReturn:
        raise OutOfOrderError(kit.AUTHORIZATION, kit.ALICES_KEY.text())

    if where == "identify":
        monkeypatch.setattr(identify, "parse_client_key", fails)
    logs.configure_structlog()
    try:
        gateway = kit.build(kit.FakeUpstream(breaks))
        answer = await kit.Client(gateway).ask("GET", "/jira/acme/rest/api/3/myself")
        await gateway.way.stop()
    finally:
        structlog.reset_defaults()
    assert (answer.status, answer.code) == (500, "fault")
    told = written().encode() + answer.body
    assert b"OutOfOrderError" in told
    for secret in (kit.TOKEN, kit.ALICES_KEY.secret, kit.ALICES_KEY.text(), kit.AUTHORIZATION.decode()):
        assert places_of(traces_of(secret), "log", told) == []
