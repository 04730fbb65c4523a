"""What the tests of connections share: an Atlassian that behaves, an ALM account, ways to use the pages."""

import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.utils import timezone

from ownkey.atlassian.check import (
    AbilitiesTold,
    CheckFinished,
    CheckRequest,
    Event,
    Identity,
    IdentityDiffers,
    IdentityMatches,
    IdentityUnreadable,
    Report,
    ScopeDecided,
    ScopeFinding,
    SignedIn,
    SiteFound,
    Verdict,
)
from ownkey.atlassian.identity import is_confirmed_by_login, is_the_expected_person
from ownkey.atlassian.sites import Site
from ownkey.atlassian.wire import Authentication
from ownkey.connections import alm_accounts, checking, flows
from ownkey.connections.models import AlmAccount, Credential, Kind, Policy
from ownkey.people.models import User
from ownkey.scopes.abilities import Ability, Answer
from ownkey.scopes.inference import ScopeState
from ownkey.scopes.profiles import PLANNING
from ownkey.secret import Secret
from tests.people.sign_ins import JUST_NOW

CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
SITE = Site("https://acme.atlassian.net")
NDJSON = "application/x-ndjson"


@dataclass
class Token:
    """What the fake knows about one of its tokens."""

    identity: Identity
    scopes: frozenset[str]
    is_revoked: bool = False


@dataclass
class FakeAtlassian:
    """An Atlassian with the behaviour that connections see: its check tells what a token is worth."""

    tokens: dict[str, Token] = field(default_factory=dict)
    checks: list[CheckRequest] = field(default_factory=list)
    is_down: bool = False

    def make_token(
        self,
        email: str,
        *,
        without: Iterable[str] = (),
        hides_email: bool = False,
        account_id: str | None = None,
    ) -> str:
        """Make a token with the planning scopes, but those in `without`."""
        text = "ATATT" + "3xFfGF0" + secrets.token_urlsafe(40) + "=" + secrets.token_hex(4).upper()
        name = email.partition("@")[0].title()
        self.tokens[text] = Token(
            Identity(account_id or f"id-of-{email}", name, None if hides_email else email, None),
            (PLANNING.scopes | {"read:jira-user", "write:jira-work"}) - set(without),
        )
        return text

    async def run_check(self, request: CheckRequest, _client: object) -> AsyncGenerator[Event, None]:
        """Tell about a token what the real check would."""
        self.checks.append(request)
        if self.is_down:
            yield CheckFinished(report_of(Verdict.UNREACHABLE, "atlassian_down", "Atlassian is not working."))
            return
        yield SiteFound(request.site.url, request.cloud_id or CLOUD_ID, request.cloud_id is not None)
        token = self.tokens.get(request.credential.secret.reveal())
        if token is None or token.is_revoked:
            yield CheckFinished(report_of(Verdict.REFUSED, "credential_refused", "Atlassian refused it."))
            return
        async for event in self._tell(request, token):
            yield event

    async def _tell(self, request: CheckRequest, token: Token) -> AsyncGenerator[Event, None]:
        identity = token.identity if "read:jira-user" in token.scopes else None
        if identity is None:
            yield IdentityUnreadable()
        else:
            yield SignedIn(identity)
            if request.expects_somebody:
                if not is_the_expected_person(identity, request):
                    yield IdentityDiffers(identity)
                    report = report_of(
                        Verdict.REFUSED, "another_person", "This token belongs to somebody else."
                    )
                    yield CheckFinished(replace(report, identity=identity))
                    return
                yield IdentityMatches(identity)
        findings = tuple(_finding(one.scope, token) for one in request.profile.required)
        for finding in findings:
            yield ScopeDecided(finding.scope, finding.state, finding.because)
        has_gaps = any(finding.state is ScopeState.MISSING for finding in findings)
        can_write = "write:jira-work" in token.scopes
        told = (
            (Ability("Search issues", ()), Answer.YES),
            (Ability("Create issues", ()), Answer.YES if can_write else Answer.NO),
        )
        yield AbilitiesTold(told)
        verdict, reason = (Verdict.GAPS, "scopes_missing") if has_gaps else (Verdict.CONNECTED, "connected")
        report = report_of(verdict, reason, "Create a new one." if has_gaps else "Nothing more to do.")
        is_confirmed = request.expects_somebody and (identity is not None or is_confirmed_by_login(request))
        yield CheckFinished(
            replace(
                report,
                identity=identity,
                is_identity_confirmed=is_confirmed,
                scopes=findings,
                abilities=told,
            )
        )


def _finding(scope: str, token: Token) -> ScopeFinding:
    is_granted = scope in token.scopes
    state = ScopeState.GRANTED if is_granted else ScopeState.MISSING
    return ScopeFinding(scope, state, "a call was let through" if is_granted else "a call was refused")


def report_of(verdict: Verdict, reason: str, next_step: str) -> Report:
    """Return the report of a check that found no scopes."""
    return Report(verdict, reason, CLOUD_ID, None, False, (), (), next_step)  # noqa: FBT003


@pytest.fixture
def atlassian(monkeypatch: pytest.MonkeyPatch) -> FakeAtlassian:
    """Put a fake in Atlassian's place."""
    fake = FakeAtlassian()

    @asynccontextmanager
    async def open_client(_addresses: object) -> AsyncIterator[None]:
        yield None

    monkeypatch.setattr(checking, "run_check", fake.run_check)
    monkeypatch.setattr(checking, "open_client", open_client)
    return fake


def wanted(**changes: object) -> alm_accounts.Wanted:
    """Return an ALM account as an administrator wants it."""
    usual = alm_accounts.Wanted(
        name="Acme Jira",
        slug="acme-jira",
        kind=Kind.JIRA_CLOUD,
        site=SITE,
        cloud_id=None,
        profile=PLANNING,
        policy=Policy.REFUSE,
        other_email_allowed=False,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # checked by the tests that use it


def pasted(text: str, login: str, **changes: object) -> flows.Pasted:
    """Return a scoped token as its owner entered it."""
    usual = flows.Pasted(
        authentication=Authentication.SCOPED_API_TOKEN,
        login=login,
        secret=Secret(text),
        expires_on=timezone.localdate() + timedelta(days=365),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # checked by the tests that use it


@pytest.fixture
def account(alice: User, atlassian: FakeAtlassian) -> AlmAccount:
    """Return an ALM account that Alice added."""
    token = atlassian.make_token(alice.email)
    outcome = async_to_sync(flows.save_main)(
        wanted(), pasted(token, alice.email), account=None, accept_gaps=False, actor=alice, signed_in=JUST_NOW
    )
    assert outcome.saved is not None
    return outcome.saved


Connect = Callable[..., Credential]


@pytest.fixture
def connect(account: AlmAccount, atlassian: FakeAtlassian) -> Connect:
    """Return a function that connects somebody to the ALM account."""

    def connect_(user: User, *, without: Iterable[str] = ()) -> Credential:
        token = atlassian.make_token(user.email, without=without)
        outcome = async_to_sync(flows.connect)(
            user, account, pasted(token, user.email), accept_gaps=True, actor=user, signed_in=JUST_NOW
        )
        assert outcome.saved is not None
        return outcome.saved

    return connect_


@dataclass(frozen=True)
class Streamed:
    """An answer to the page's script: the status, and what was put into which slot, in order."""

    status: int
    lines: list[dict[str, str]]
    headers: Mapping[str, str]

    @property
    def slots(self) -> list[str]:
        """The slots, in order."""
        return [line["slot"] for line in self.lines]

    def html(self, slot: str) -> str:
        """Return what was put into a slot last."""
        return [line["html"] for line in self.lines if line["slot"] == slot][-1]


Stream = Callable[..., Streamed]


@pytest.fixture
def stream() -> Stream:
    """Return a function that posts as the page's script does and reads the lines."""

    def stream_(user: User, url: str, data: Mapping[str, Any]) -> Streamed:
        return async_to_sync(_stream)(user, url, data)

    return stream_


async def _stream(user: User, url: str, data: Mapping[str, Any]) -> Streamed:
    browser = AsyncClient()
    await browser.aforce_login(user)
    answer = await browser.post(url, data, headers={"accept": NDJSON})
    streamed: Any = answer
    body = b"".join([part async for part in streamed]) if answer.streaming else answer.content
    is_stream = answer.headers.get("Content-Type", "").startswith(NDJSON)
    lines = [json.loads(line) for line in body.decode().splitlines()] if is_stream else []
    return Streamed(answer.status_code, lines, answer.headers)


def form_data(token: str = "", login: str = "bob@acme.example", **more: str) -> dict[str, str]:
    """Return what a person's browser posts while the token is being entered."""
    return {
        "change": "1",
        "using_scope_api": "on",
        "login": login,
        "token": token,
        "expires_on": str(timezone.localdate() + timedelta(days=365)),
        **more,
    }
