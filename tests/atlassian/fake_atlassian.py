"""A fake Atlassian that answers from a set of scopes, and a way to play a check against it."""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ownkey.atlassian.check import CheckRequest, Event, Report, check
from ownkey.atlassian.events import CheckFinished
from ownkey.atlassian.sites import Site
from ownkey.atlassian.steps import Drop, Finished, Start, Wait
from ownkey.atlassian.wire import (
    Answer,
    Authentication,
    Credential,
    NoAnswer,
    WireRequest,
    header_fields,
)
from ownkey.scopes.profiles import RequiredScope, ScopeProfile
from ownkey.scopes.router import Unrouted, load_router
from ownkey.secret import Secret

CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
SITE = Site("https://acme.atlassian.net")
GATEWAY = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
ADA = "ada@acme.example"
TOKEN = "ATATT" + "3x-made-up-for-a-test"
ADAS_ACCOUNT = {
    "accountId": "5b10a2844c20165700ede21g",
    "displayName": "Ada Lovelace",
    "emailAddress": ADA,
    "avatarUrls": {"48x48": "https://avatar.example/ada"},
}
PLANNING_SCOPES = (
    "delete:async-task:jira",
    "delete:attachment:jira",
    "delete:avatar:jira",
    "delete:board-scope.admin:jira-software",
    "delete:build-info:jira",
    "delete:cmdb-attribute:jira",
    "delete:cmdb-object:jira",
    "delete:cmdb-schema:jira",
    "delete:cmdb-type:jira",
    "delete:comment:jira",
    "read:project:jira",
    "read:board-scope:jira-software",
    "read:epic:jira-software",
    "read:sprint:jira-software",
    "read:jira-work",
    "read:jira-user",
    "write:epic:jira-software",
    "write:sprint:jira-software",
    "write:jira-work",
    "manage:jira-project",
)

Fault = Callable[[WireRequest], Answer | NoAnswer | None]


def profile_of(*scopes: str) -> ScopeProfile:
    """Return a profile that requires these scopes."""
    required = tuple(RequiredScope(scope, "Read", "because the test needs it") for scope in scopes)
    return ScopeProfile("test", "Test", required)


def json_answer(status: int, document: object, *fields: tuple[str, str]) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, (("content-type", "application/json"), *fields), json.dumps(document).encode())


REFUSED = json_answer(401, {"code": 401, "message": "Unauthorized"})
SCOPE_REFUSED = json_answer(
    401,
    {"code": 401, "message": "Unauthorized; scope does not match"},
    ("x-failure-category", "FAILURE_CLIENT_SCOPE_CHECK"),
)
NOT_FOUND = json_answer(404, {"errorMessages": ["Not found"], "errors": {}})
RATE_LIMITED = json_answer(429, {}, ("retry-after", "2"))


@dataclass
class FakeAtlassian:
    """One site, one token.

    Attributes:
        scopes: The token's scopes; None for a token without.
        login: Whose token it is.
        account: What `/myself` says.
        cloud_id: The site's.
        fault: Answers in place of Atlassian where it returns anything.
        requests: Everything that was sent, in order.
    """

    scopes: frozenset[str] | None = frozenset(PLANNING_SCOPES)
    login: str = ADA
    account: dict[str, object] = field(default_factory=lambda: dict(ADAS_ACCOUNT))
    cloud_id: str = CLOUD_ID
    fault: Fault = lambda _request: None
    requests: list[WireRequest] = field(default_factory=list)

    def answer(self, request: WireRequest) -> Answer | NoAnswer:
        """Return what Atlassian would say."""
        self.requests.append(request)
        faulty = self.fault(request)
        if faulty is not None:
            return faulty
        if request.url == f"{SITE.url}/_edge/tenant_info":
            return json_answer(200, {"cloudId": self.cloud_id})
        if request.url.startswith("https://api.atlassian.com/ex/jira/"):
            return self._gateway(request)
        return self._site(request)

    @property
    def paths(self) -> list[str]:
        """The method and path of every request."""
        return [f"{request.method} {urlsplit(request.url).path}" for request in self.requests]

    @property
    def signed_in(self) -> list[WireRequest]:
        """The requests that carried the credential."""
        return [request for request in self.requests if request.door is not None]

    def _is_accepted(self, request: WireRequest) -> bool:
        scheme, _, value = header_fields(request).get("Authorization", "").partition(" ")
        if scheme == "Bearer":
            return value == TOKEN
        return base64.b64decode(value).decode() == f"{self.login}:{TOKEN}"

    def _gateway(self, request: WireRequest) -> Answer:
        path = urlsplit(request.url).path.removeprefix("/ex/jira/")
        cloud_id, _, rest = path.partition("/")
        if self.scopes is None or not self._is_accepted(request):
            return REFUSED
        found = load_router().find(request.method, f"/{rest}")
        if isinstance(found, Unrouted) or cloud_id != self.cloud_id:
            return SCOPE_REFUSED
        if not found.requirement.is_satisfied_by(self.scopes):
            return SCOPE_REFUSED
        if rest == "rest/api/3/myself":
            return json_answer(200, self.account)
        return json_answer(200, {"values": []}) if request.method == "GET" else NOT_FOUND

    def _site(self, request: WireRequest) -> Answer:
        path = urlsplit(request.url).path
        if self.scopes is None and self._is_accepted(request):
            return json_answer(200, self.account)
        if path.endswith("/myself"):
            failed = ("x-seraph-loginreason", "AUTHENTICATED_FAILED")
            return Answer(401, (failed,), b"Client must be authenticated to access this resource.")
        return json_answer(200, [], ("x-seraph-loginreason", "AUTHENTICATED_FAILED"))


def request_for(
    profile: ScopeProfile | None = None,
    authentication: Authentication = Authentication.SCOPED_API_TOKEN,
    *,
    login: str = ADA,
    token: str = TOKEN,
    **more: Any,  # noqa: ANN401 — whatever a CheckRequest takes
) -> CheckRequest:
    """Return a request to check Ada's token."""
    return CheckRequest(
        site=SITE,
        credential=Credential(authentication, login, Secret(token)),
        profile=profile or profile_of(*PLANNING_SCOPES),
        nonce="0123456789ab",
        **more,
    )


def play(
    request: CheckRequest, atlassian: FakeAtlassian, *, order: random.Random | None = None
) -> list[Event]:
    """Return a check's events; answers come in the order of the questions, or in a random one."""
    steps = check(request)
    waiting: list[Start] = []
    events: list[Event] = []
    finished: Finished | None = None
    while True:
        try:
            step = steps.send(finished)
        except StopIteration:
            assert not waiting, "a check ends with nothing under way"
            return events
        finished = None
        if isinstance(step, Start):
            waiting.append(step)
        elif isinstance(step, Wait):
            start = waiting.pop(order.randrange(len(waiting)) if order else 0)
            finished = Finished(start.id, atlassian.answer(start.request))
        elif isinstance(step, Drop):
            waiting.clear()
        else:
            events.append(step)


def report_of(events: list[Event]) -> Report:
    """Return the report that ends a check."""
    finished = events[-1]
    assert isinstance(finished, CheckFinished)
    return finished.report
