"""Test Connection says what is so, why, and what to do next, and never sends a refused credential again."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ownkey.atlassian.check import (
    AbilitiesTold,
    Identity,
    IdentityDiffers,
    IdentityMatches,
    IdentityUnreadable,
    ScopeDecided,
    SignedIn,
    SiteFound,
    Verdict,
    check,
)
from ownkey.atlassian.kinds import KINDS, require_rows
from ownkey.atlassian.steps import Finished, Start, Wait
from ownkey.atlassian.tenant import MESSAGES as SITE_MESSAGES
from ownkey.atlassian.verdicts import SENTENCES, VERDICTS, Reason
from ownkey.atlassian.wire import Answer, Authentication, NoAnswer, NoAnswerCause, WireRequest
from ownkey.scopes.inference import ScopeState
from tests.atlassian.fake_atlassian import (
    ADA,
    ADAS_ACCOUNT,
    CLOUD_ID,
    GATEWAY,
    PLANNING_SCOPES,
    RATE_LIMITED,
    REFUSED,
    SCOPE_REFUSED,
    SITE,
    TOKEN,
    FakeAtlassian,
    json_answer,
    play,
    profile_of,
    report_of,
    request_for,
)

ACCOUNT_ID = str(ADAS_ACCOUNT["accountId"])
ADA_LOVELACE = Identity(ACCOUNT_ID, "Ada Lovelace", ADA, "https://avatar.example/ada")
SMALL = profile_of("read:jira-work", "read:jira-user", "read:board-scope:jira-software")
SMALL_SCOPES = SMALL.scopes
OPEN_OR_COVERED = {ScopeState.GRANTED, ScopeState.COVERED}


def at(path: str, answer: Answer | NoAnswer) -> Callable[[WireRequest], Answer | NoAnswer | None]:
    """Return a fault that answers requests to a path."""
    return lambda request: answer if request.url.endswith(path) else None


def on_probes(answer: Answer | NoAnswer) -> Callable[[WireRequest], Answer | NoAnswer | None]:
    """Return a fault that answers every probe."""
    first = ("/myself", "/tenant_info", "/serverInfo")
    return lambda request: None if request.url.endswith(first) else answer


def test_a_good_token_is_connected() -> None:
    atlassian = FakeAtlassian()
    events = play(request_for(), atlassian)
    report = report_of(events)
    assert report.verdict is Verdict.CONNECTED
    assert report.reason in {Reason.CONNECTED, Reason.CONNECTED_WITH_UNKNOWNS}
    assert report.identity == ADA_LOVELACE
    assert report.cloud_id == CLOUD_ID
    assert [finding.scope for finding in report.scopes] == list(PLANNING_SCOPES)
    assert events[:2] == [SiteFound(SITE.url, CLOUD_ID, is_typed=False), SignedIn(ADA_LOVELACE)]
    assert sum(isinstance(event, AbilitiesTold) for event in events) == 1


def test_each_required_scope_is_told_once_and_as_in_the_report() -> None:
    events = play(request_for(), FakeAtlassian(scopes=frozenset(PLANNING_SCOPES[5:])))
    told = {event.scope: event.state for event in events if isinstance(event, ScopeDecided)}
    assert sum(isinstance(event, ScopeDecided) for event in events) == len(told) == len(PLANNING_SCOPES)
    assert told == {finding.scope: finding.state for finding in report_of(events).scopes}


def test_the_order_is_site_then_person_then_scopes() -> None:
    atlassian = FakeAtlassian()
    play(request_for(), atlassian)
    assert atlassian.paths[0] == "GET /_edge/tenant_info"
    assert atlassian.paths[1] == f"GET /ex/jira/{CLOUD_ID}/rest/api/3/myself"
    assert atlassian.paths.count(atlassian.paths[1]) == 1
    assert all(request.url.startswith(GATEWAY + "/") for request in atlassian.requests[1:])
    assert atlassian.requests[0].door is None


def test_a_missing_scope_is_named() -> None:
    scopes = frozenset(PLANNING_SCOPES) - {"read:sprint:jira-software"}
    report = report_of(play(request_for(), FakeAtlassian(scopes=scopes)))
    assert (report.verdict, report.reason) == (Verdict.GAPS, Reason.SCOPES_MISSING)
    assert "create a new one that also has read:sprint:jira-software." in report.next_step
    missing = [finding.scope for finding in report.scopes if finding.state is ScopeState.MISSING]
    assert missing == ["read:sprint:jira-software"]


def test_many_missing_scopes_are_counted() -> None:
    report = report_of(play(request_for(), FakeAtlassian(scopes=frozenset({"read:jira-user"}))))
    assert report.verdict is Verdict.GAPS
    count = sum(finding.state is ScopeState.MISSING for finding in report.scopes)
    assert count > 3
    assert f"the {count} missing scopes (" in report.next_step
    assert f"and {count - 3} more)." in report.next_step


def test_a_typed_cloud_id_is_taken_and_the_site_not_asked() -> None:
    atlassian = FakeAtlassian()
    events = play(request_for(cloud_id=CLOUD_ID), atlassian)
    assert events[0] == SiteFound(SITE.url, CLOUD_ID, is_typed=True)
    assert "GET /_edge/tenant_info" not in atlassian.paths


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (NoAnswer(NoAnswerCause.NAME_UNKNOWN), "site_unknown"),
        (NoAnswer(NoAnswerCause.NO_NAME_SERVICE), "site_no_name_service"),
        (NoAnswer(NoAnswerCause.TIMED_OUT), "site_slow"),
        (Answer(404), "site_missing"),
        (Answer(200, (("content-type", "text/html"),), b"<html>"), "site_html"),
    ],
)
def test_a_site_that_is_not_found_gets_no_credential(answer: Answer | NoAnswer, code: str) -> None:
    atlassian = FakeAtlassian(fault=at("/tenant_info", answer))
    report = report_of(play(request_for(), atlassian))
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, code)
    assert report.next_step == SITE_MESSAGES[code]
    assert report.cloud_id is None
    assert atlassian.signed_in == []


def test_a_refused_credential_is_sent_once() -> None:
    atlassian = FakeAtlassian(login="somebody@acme.example")
    report = report_of(play(request_for(), atlassian))
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.CREDENTIAL_REFUSED)
    assert len(atlassian.signed_in) == 1
    assert {finding.state for finding in report.scopes} == {ScopeState.UNKNOWN}
    assert report.abilities == ()


@pytest.mark.parametrize(
    ("context", "reason", "said"),
    [
        ({}, Reason.CREDENTIAL_REFUSED, "made without scopes"),
        (
            {"expires_on": date(2026, 11, 22), "today": date(2026, 11, 23)},
            Reason.EXPIRED,
            "expired on 22 November 2026",
        ),
        ({"expires_on": date(2026, 11, 23), "today": date(2026, 11, 23)}, Reason.CREDENTIAL_REFUSED, ""),
        (
            {"last_accepted_at": datetime(2026, 11, 1, 12, tzinfo=UTC)},
            Reason.NO_LONGER_ACCEPTED,
            "until 1 November 2026",
        ),
        ({"expected_email": "alice@acme.example"}, Reason.WRONG_EMAIL, "not the one that you use"),
        ({"expected_email": ADA.upper()}, Reason.CREDENTIAL_REFUSED, ""),
        ({"looks_cut_off": True}, Reason.LOOKS_CUT_OFF, "looks cut off"),
    ],
    ids=["nothing", "expired", "last-day", "accepted-before", "other-email", "own-email", "cut-off"],
)
def test_a_refusal_is_explained_from_what_is_known(
    context: dict[str, Any], reason: Reason, said: str
) -> None:
    report = report_of(play(request_for(token="another", **context), FakeAtlassian()))
    assert (report.verdict, report.reason) == (Verdict.REFUSED, reason)
    assert said in report.next_step


def test_a_token_without_scopes_is_refused_under_using_scope_api() -> None:
    report = report_of(play(request_for(), FakeAtlassian(scopes=None)))
    assert report.reason == Reason.CREDENTIAL_REFUSED
    assert "Using Scope API unticked" in report.next_step


def test_a_token_with_scopes_is_refused_without_using_scope_api() -> None:
    atlassian = FakeAtlassian()
    report = report_of(play(request_for(None, Authentication.UNSCOPED_API_TOKEN), atlassian))
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.CREDENTIAL_REFUSED)
    assert "Using Scope API ticked" in report.next_step
    assert len(atlassian.signed_in) == 1


def test_an_anonymous_200_is_a_refusal() -> None:
    """The trap of the site address: it serves a dead token as if nobody had signed in."""
    served = json_answer(200, ADAS_ACCOUNT, ("x-seraph-loginreason", "AUTHENTICATED_FAILED"))
    atlassian = FakeAtlassian(scopes=None, fault=at("/myself", served))
    report = report_of(play(request_for(None, Authentication.UNSCOPED_API_TOKEN), atlassian))
    assert report.verdict is Verdict.REFUSED
    assert report.identity is None


def test_a_token_without_scopes_is_not_limited_by_them() -> None:
    atlassian = FakeAtlassian(scopes=None)
    report = report_of(play(request_for(SMALL, Authentication.UNSCOPED_API_TOKEN), atlassian))
    assert (report.verdict, report.reason) == (Verdict.CONNECTED, Reason.CONNECTED)
    assert {finding.state for finding in report.scopes} == {ScopeState.COVERED}
    assert atlassian.paths == ["GET /_edge/tenant_info", "GET /rest/api/3/myself"]


@pytest.mark.parametrize(
    ("authentication", "login"),
    [(Authentication.PERSONAL_ACCESS_TOKEN, ""), (Authentication.PASSWORD, ADA)],
)
def test_data_center_is_asked_who_it_is_and_nothing_else(authentication: Authentication, login: str) -> None:
    account = {"key": "JIRAUSER10000", "name": "ada", "displayName": "Ada Lovelace", "emailAddress": ADA}
    atlassian = FakeAtlassian(scopes=None, account=dict(account))
    events = play(request_for(SMALL, authentication, login=login), atlassian)
    report = report_of(events)
    assert report.verdict is Verdict.CONNECTED
    assert report.cloud_id is None
    assert report.identity == Identity("JIRAUSER10000", "Ada Lovelace", ADA, None)
    assert atlassian.paths == ["GET /rest/api/2/myself"]


@pytest.mark.parametrize("login", [ADA, ""], ids=["with-address", "alone"])
def test_a_service_account_goes_through_the_gateway(login: str) -> None:
    atlassian = FakeAtlassian(scopes=SMALL_SCOPES)
    report = report_of(play(request_for(SMALL, Authentication.SERVICE_ACCOUNT, login=login), atlassian))
    assert report.verdict is Verdict.CONNECTED


def test_a_token_that_may_not_say_whose_it_is_is_checked_all_the_same() -> None:
    profile = profile_of("read:jira-work", "read:board-scope:jira-software")
    atlassian = FakeAtlassian(scopes=profile.scopes)
    events = play(request_for(profile), atlassian)
    report = report_of(events)
    assert IdentityUnreadable() in events
    assert (report.verdict, report.reason) == (Verdict.CONNECTED, Reason.CONNECTED_UNIDENTIFIED)
    assert report.identity is None
    assert atlassian.paths.count(f"GET /ex/jira/{CLOUD_ID}/rest/api/3/serverInfo") == 1


def test_a_token_that_may_not_say_whose_it_is_is_not_taken_for_the_expected_one() -> None:
    profile = profile_of("read:jira-work")
    request = request_for(profile, expected_account_id=ACCOUNT_ID)
    report = report_of(play(request, FakeAtlassian(scopes=profile.scopes)))
    assert (report.verdict, report.reason) == (Verdict.GAPS, Reason.IDENTITY_UNCONFIRMED)
    assert not report.is_identity_confirmed


def test_an_accepted_login_confirms_whom_the_token_may_not_name() -> None:
    profile = profile_of("read:jira-work")
    request = request_for(profile, expected_email=ADA.upper())
    report = report_of(play(request, FakeAtlassian(scopes=profile.scopes)))
    assert report.reason == Reason.CONNECTED_UNIDENTIFIED
    assert report.is_identity_confirmed


def test_an_unreadable_identity_is_a_missing_scope_where_it_is_required() -> None:
    report = report_of(play(request_for(SMALL), FakeAtlassian(scopes=SMALL_SCOPES - {"read:jira-user"})))
    assert (report.verdict, report.reason) == (Verdict.GAPS, Reason.SCOPES_MISSING)
    assert "read:jira-user" in report.next_step


@pytest.mark.parametrize("typed", [None, CLOUD_ID], ids=["found", "typed"])
def test_when_everything_is_refused_nothing_is_said_of_single_scopes(typed: str | None) -> None:
    """A wrong cloud id and a token without any Jira scope look the same."""
    atlassian = FakeAtlassian(fault=lambda request: SCOPE_REFUSED if request.door else None)
    events = play(request_for(cloud_id=typed), atlassian)
    report = report_of(events)
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.WRONG_CLOUD_ID_OR_NO_SCOPES)
    assert {finding.state for finding in report.scopes} == {ScopeState.UNKNOWN}
    assert not any(event.state is ScopeState.MISSING for event in events if isinstance(event, ScopeDecided))
    assert ("check the cloud id first" in report.next_step) is (typed is not None)


def test_the_expected_person_is_confirmed() -> None:
    request = request_for(SMALL, expected_account_id=ACCOUNT_ID, expected_email="Ada@ACME.example")
    events = play(request, FakeAtlassian(scopes=SMALL_SCOPES))
    assert IdentityMatches(ADA_LOVELACE) in events
    assert report_of(events).is_identity_confirmed


@pytest.mark.parametrize(
    ("expected", "account"),
    [
        ({"expected_account_id": "another"}, {}),
        ({"expected_email": "alice@acme.example"}, {}),
        ({"expected_account_id": ACCOUNT_ID, "expected_email": "alice@acme.example"}, {}),
        ({"expected_email": "alice@acme.example"}, {"emailAddress": ""}),
    ],
    ids=["account", "email", "email-of-the-account", "hidden-email"],
)
def test_another_persons_token_is_refused_and_not_probed(
    expected: dict[str, Any], account: dict[str, object]
) -> None:
    atlassian = FakeAtlassian(account={**ADAS_ACCOUNT, **account})
    events = play(request_for(**expected), atlassian)
    report = report_of(events)
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.ANOTHER_PERSON)
    assert "Ada Lovelace" in report.next_step
    assert any(isinstance(event, IdentityDiffers) for event in events)
    assert len(atlassian.signed_in) == 1


def test_a_hidden_email_is_confirmed_by_the_login_that_was_accepted() -> None:
    atlassian = FakeAtlassian(scopes=SMALL_SCOPES, account={**ADAS_ACCOUNT, "emailAddress": ""})
    report = report_of(play(request_for(SMALL, expected_email=ADA), atlassian))
    assert report.is_identity_confirmed
    assert report.identity is not None
    assert report.identity.email is None


def at_probe(number: int, answer: Answer) -> Callable[[WireRequest], Answer | None]:
    """Return a fault that strikes one of the probes, by number."""
    probes = 0

    def fault(request: WireRequest) -> Answer | None:
        nonlocal probes
        is_probe = request.door is not None and not request.url.endswith(("/myself", "/serverInfo"))
        probes += is_probe
        return answer if is_probe and probes == number else None

    return fault


@pytest.mark.parametrize(
    "answer",
    [
        REFUSED,
        Answer(401, (), b"<html>Unauthorized"),
        Answer(403, (("x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=x"),)),
        json_answer(401, {"errorMessages": ["You cannot edit the configuration of this project."]}),
    ],
    ids=["gateway", "page", "captcha", "jira"],
)
def test_a_refusal_at_one_resource_is_no_verdict_on_the_token(answer: Answer) -> None:
    plain, struck = FakeAtlassian(), FakeAtlassian(fault=at_probe(2, answer))
    before = report_of(play(request_for(), plain))
    report = report_of(play(request_for(), struck))
    assert report.verdict is not Verdict.REFUSED
    known = {finding.scope: finding.state for finding in before.scopes}
    told = [finding for finding in report.scopes if finding.state is not ScopeState.UNKNOWN]
    assert len(told) > len(before.scopes) / 2, "the other probes were asked after all"
    assert all(finding.state is known[finding.scope] for finding in told)


@pytest.mark.parametrize(
    "who", [Answer(429), Answer(503), Answer(302), NoAnswer(NoAnswerCause.TIMED_OUT)], ids=str
)
def test_a_refusal_that_cannot_be_confirmed_is_not_proven(who: Answer | NoAnswer) -> None:
    asked = 0
    strike = at_probe(2, REFUSED)

    def fault(request: WireRequest) -> Answer | NoAnswer | None:
        nonlocal asked
        asked += request.url.endswith("/myself")
        return who if request.url.endswith("/myself") and asked > 1 else strike(request)

    atlassian = FakeAtlassian(fault=fault)
    report = report_of(play(request_for(), atlassian))
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, Reason.INCONCLUSIVE)
    assert atlassian.signed_in[-1].url.endswith("/myself"), "nothing more was sent"


JIRAS_PAGE = Answer(401, (("x-seraph-loginreason", "AUTHENTICATED_FAILED"),), b"<html>Unauthorized")


@pytest.mark.parametrize("answer", [REFUSED, Answer(401), JIRAS_PAGE], ids=str)
@pytest.mark.parametrize("is_dead", [True, False], ids=["dead", "alive"])
def test_a_recheck_confirms_a_refusal_once(answer: Answer, is_dead: bool) -> None:  # noqa: FBT001
    asked = 0

    def fault(request: WireRequest) -> Answer | None:
        nonlocal asked
        asked += request.url.endswith("/myself")
        return answer if request.url.endswith("/myself") and (asked == 1 or is_dead) else None

    atlassian = FakeAtlassian(fault=fault)
    report = report_of(play(request_for(confirms_refusal=True), atlassian))
    assert (report.verdict is Verdict.REFUSED) is is_dead
    assert asked == 2
    assert len(atlassian.signed_in) == 2 or not is_dead


PROXYS_PAGE = Answer(401, (("www-authenticate", "Negotiate"),), b"<html>Sign in to the proxy")


@pytest.mark.parametrize("confirms_refusal", [True, False], ids=["re-check", "test"])
def test_a_proxys_page_is_no_verdict_on_the_token(confirms_refusal: bool) -> None:  # noqa: FBT001
    atlassian = FakeAtlassian(fault=lambda request: PROXYS_PAGE if request.door is not None else None)
    report = report_of(play(request_for(confirms_refusal=confirms_refusal), atlassian))
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, Reason.UNEXPECTED_ANSWER)
    assert len(atlassian.signed_in) <= 2


def test_a_proxys_page_in_the_middle_of_a_check_is_no_verdict_on_the_token() -> None:
    sent = 0

    def barge_in(request: WireRequest) -> Answer | None:
        nonlocal sent
        sent += request.door is not None
        return PROXYS_PAGE if sent > 4 else None

    report = report_of(play(request_for(), FakeAtlassian(fault=barge_in)))
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, Reason.INCONCLUSIVE)


def test_probes_that_are_always_refused_do_not_go_on_for_ever() -> None:
    def fault(request: WireRequest) -> Answer | None:
        is_probe = request.door is not None and not request.url.endswith("/myself")
        return REFUSED if is_probe else None

    atlassian = FakeAtlassian(fault=fault)
    report = report_of(play(request_for(), atlassian))
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, Reason.INCONCLUSIVE)
    assert atlassian.paths.count(f"GET /ex/jira/{CLOUD_ID}/rest/api/3/myself") == 1 + 3


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(401, {"errorMessages": ["no"], "errors": {}}),
        json_answer(401, {"code": 401, "message": "Unauthorized"}, ("x-aaccountid", "acc-ada")),
    ],
)
def test_jiras_own_401_to_who_am_i_is_no_verdict_at_the_api_gateway(answer: Answer) -> None:
    report = report_of(play(request_for(), FakeAtlassian(fault=at("/myself", answer))))
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, Reason.INCONCLUSIVE)


def test_jiras_own_401_to_who_am_i_is_the_verdict_where_jira_itself_looks() -> None:
    answer = json_answer(401, {"errorMessages": ["You are not authenticated."], "errors": {}})
    request = request_for(authentication=Authentication.PERSONAL_ACCESS_TOKEN)
    report = report_of(play(request, FakeAtlassian(scopes=None, fault=at("/myself", answer))))
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.CREDENTIAL_REFUSED)


def test_a_token_revoked_in_the_middle_is_not_sent_again() -> None:
    atlassian = FakeAtlassian()
    sent = 0

    def revoke(request: WireRequest) -> Answer | None:
        nonlocal sent
        sent += request.door is not None
        return REFUSED if sent > 4 else None

    atlassian.fault = revoke
    report = report_of(play(request_for(), atlassian))
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.REFUSED_DURING_CHECK)
    assert len(atlassian.signed_in) == 5 + 1, "and once more to ask who is signed in"
    assert atlassian.signed_in[-1].url.endswith("/myself")
    assert all(
        finding.state in {ScopeState.GRANTED, ScopeState.MISSING, ScopeState.UNKNOWN}
        for finding in report.scopes
    )


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (NoAnswer(NoAnswerCause.TIMED_OUT), Verdict.UNREACHABLE, Reason.TIMED_OUT),
        (NoAnswer(NoAnswerCause.NAME_UNKNOWN), Verdict.UNREACHABLE, Reason.NO_CONNECTION),
        (NoAnswer(NoAnswerCause.NO_NAME_SERVICE), Verdict.UNREACHABLE, Reason.NO_NAME_SERVICE),
        (NoAnswer(NoAnswerCause.CUT), Verdict.UNREACHABLE, Reason.NO_CONNECTION),
        (NoAnswer(NoAnswerCause.TLS), Verdict.UNREACHABLE, Reason.UNTRUSTED_CERTIFICATE),
        (NoAnswer(NoAnswerCause.PRIVATE_ADDRESS), Verdict.UNREACHABLE, Reason.NOT_ALLOWED),
        (Answer(500), Verdict.UNREACHABLE, Reason.ATLASSIAN_DOWN),
        (Answer(429), Verdict.UNREACHABLE, Reason.RATE_LIMITED),
        (Answer(410), Verdict.UNREACHABLE, Reason.SITE_GONE),
        (Answer(302), Verdict.UNREACHABLE, Reason.SITE_MOVED),
        (Answer(200, (), b"<html>"), Verdict.UNREACHABLE, Reason.UNEXPECTED_ANSWER),
        (
            Answer(200, (("content-type", "application/json"),), b'{"a":', is_truncated=True),
            Verdict.UNREACHABLE,
            Reason.ANSWER_TOO_LONG,
        ),
        (Answer(200, (), b"x", is_truncated=True), Verdict.UNREACHABLE, Reason.ANSWER_TOO_LONG),
        (Answer(200, (), b"<html>", is_truncated=True), Verdict.UNREACHABLE, Reason.ANSWER_TOO_LONG),
        (Answer(503, (), b"x", is_truncated=True), Verdict.UNREACHABLE, Reason.ATLASSIAN_DOWN),
        (json_answer(200, {"displayName": "x"}), Verdict.UNREACHABLE, Reason.UNEXPECTED_ANSWER),
        (json_answer(200, ["x"]), Verdict.UNREACHABLE, Reason.UNEXPECTED_ANSWER),
        (json_answer(403, {"errorMessages": ["x"]}), Verdict.REFUSED, Reason.NO_ACCESS_TO_JIRA),
        (
            json_answer(403, {"message": "The app is not installed on this instance"}),
            Verdict.REFUSED,
            Reason.APP_NOT_INSTALLED,
        ),
        (
            Answer(401, (("x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=x"),)),
            Verdict.REFUSED,
            Reason.CAPTCHA,
        ),
    ],
)
def test_each_answer_to_who_am_i_has_its_end(
    answer: Answer | NoAnswer, verdict: Verdict, reason: Reason
) -> None:
    atlassian = FakeAtlassian(fault=at("/myself", answer))
    report = report_of(play(request_for(), atlassian))
    assert (report.verdict, report.reason) == (verdict, reason)
    assert len(atlassian.signed_in) == 1


@pytest.mark.parametrize(
    ("retry_after", "said"),
    [(None, "wait a minute"), ("60", "in 60 seconds"), ("3.5", "wait a minute"), ("4", "in 4 seconds")],
)
def test_a_rate_limit_says_how_long_to_wait(retry_after: str | None, said: str) -> None:
    fields = (("retry-after", retry_after),) if retry_after else ()
    report = report_of(play(request_for(), FakeAtlassian(fault=at("/myself", Answer(429, fields)))))
    assert report.reason == Reason.RATE_LIMITED
    assert said in report.next_step


def test_a_short_wait_is_sat_out_once() -> None:
    limited: set[tuple[str, str]] = set()

    def once(request: WireRequest) -> Answer | None:
        if request.door is None or (request.method, request.url) in limited:
            return None
        limited.add((request.method, request.url))
        return RATE_LIMITED

    atlassian = FakeAtlassian(scopes=SMALL_SCOPES, fault=once)
    report = report_of(play(request_for(SMALL), atlassian))
    assert report.verdict is Verdict.CONNECTED
    assert len(atlassian.signed_in) == 2 * len(limited)


def test_the_wait_that_was_asked_for_is_kept() -> None:
    steps = check(request_for(SMALL, cloud_id=CLOUD_ID))
    assert isinstance(next(steps), SiteFound)
    first = next(steps)
    assert isinstance(first, Start)
    assert isinstance(next(steps), Wait)
    again = steps.send(Finished(first.id, RATE_LIMITED))
    assert isinstance(again, Start)
    assert (again.request, again.after_s) == (first.request, 2.0)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(503),
        Answer(429),
        json_answer(429, {}, ("retry-after", "60")),
        RATE_LIMITED,
        NoAnswer(NoAnswerCause.TIMED_OUT),
        NoAnswer(NoAnswerCause.CUT),
        Answer(403, (("content-type", "text/html"),), b"<html>Blocked by proxy"),
        json_answer(404, {"code": 404, "message": "Not Found"}),
        Answer(302, (("location", "https://evil.example/"),)),
    ],
    ids=["500", "503", "429", "429-long", "429-short", "time-out", "cut", "html-403", "gateway-404", "302"],
)
def test_answers_that_say_nothing_prove_nothing(answer: Answer | NoAnswer) -> None:
    atlassian = FakeAtlassian(fault=on_probes(answer))
    report = report_of(play(request_for(), atlassian))
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, Reason.INCONCLUSIVE)
    states = {finding.scope: finding.state for finding in report.scopes}
    assert states.pop("read:jira-user") in {ScopeState.GRANTED, ScopeState.UNKNOWN}
    assert set(states.values()) == {ScopeState.UNKNOWN}
    assert report.next_step.endswith("test again in a minute.")


def test_no_writing_method_is_used_without_leave() -> None:
    atlassian = FakeAtlassian()
    report = report_of(play(request_for(allow_write_probes=False), atlassian))
    assert {request.method for request in atlassian.requests} == {"GET"}
    assert report.verdict is Verdict.CONNECTED
    unknown = [finding for finding in report.scopes if finding.state is ScopeState.UNKNOWN]
    assert unknown
    assert report.reason == Reason.CONNECTED_WITH_UNKNOWNS
    assert "switched off" in report.next_step


def test_the_json_is_what_the_command_promises() -> None:
    report = report_of(play(request_for(SMALL), FakeAtlassian(scopes=SMALL_SCOPES)))
    shown = json.loads(json.dumps(report.as_json()))
    assert list(shown) == ["verdict", "reason", "cloud_id", "identity", "scopes", "next_step"]
    assert shown["identity"] == {"account_id": ACCOUNT_ID, "display_name": "Ada Lovelace", "email": ADA}
    assert shown["scopes"][0] == {"scope": "read:jira-work", "state": "granted"}
    assert shown["verdict"] == "connected"


def test_no_event_holds_the_token() -> None:
    events = play(request_for(), FakeAtlassian())
    assert TOKEN not in repr(events)


def test_every_reason_has_a_verdict_and_every_sentence_an_end() -> None:
    assert set(VERDICTS) == set(Reason)
    made_to_fit = {
        Reason.CREDENTIAL_REFUSED,
        Reason.EXPIRED,
        Reason.NO_LONGER_ACCEPTED,
        Reason.ANOTHER_PERSON,
        Reason.WRONG_CLOUD_ID_OR_NO_SCOPES,
        Reason.SCOPES_MISSING,
        Reason.INCONCLUSIVE,
        Reason.CONNECTED_WITH_UNKNOWNS,
    }
    assert set(SENTENCES) == set(Reason) - made_to_fit
    assert set(KINDS) == set(Authentication)
    for sentence in [*SENTENCES.values(), *(kind.refused for kind in KINDS.values())]:
        assert sentence.endswith(".")
        assert ". " not in sentence, "one sentence"


def test_a_kind_of_credential_without_a_row_fails_and_so_does_a_row_without_a_kind() -> None:
    names = frozenset(each.value for each in Authentication)
    require_rows(names)
    with pytest.raises(LookupError, match="oauth"):
        require_rows(names | {"oauth"})
    with pytest.raises(LookupError, match="password"):
        require_rows(names, {name: kind for name, kind in KINDS.items() if name != "password"})
