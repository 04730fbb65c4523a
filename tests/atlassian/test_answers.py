"""Every row of what is known about Atlassian's answers is understood, and never from the status alone."""

import json

import pytest

from ownkey.atlassian.answers import Meaning, decode
from ownkey.atlassian.wire import Answer, NoAnswer, NoAnswerCause

JSON = ("content-type", "application/json;charset=UTF-8")
TEXT = ("content-type", "text/plain")
HTML = ("content-type", "text/html;charset=UTF-8")
SERAPH_FAILED = ("x-seraph-loginreason", "AUTHENTICATED_FAILED")
SCOPE_CHECK = ("x-failure-category", "FAILURE_CLIENT_SCOPE_CHECK")
PERMISSION = {
    "errorMessages": ["Issue does not exist or you do not have permission to see it."],
    "errors": {},
}


Rows = dict[str, tuple[Answer | NoAnswer, Meaning]]


def answer(status: int, body: object = b"", *headers: tuple[str, str]) -> Answer:
    if isinstance(body, bytes):
        return Answer(status, headers, body)
    if isinstance(body, str):
        return Answer(status, (TEXT, *headers), body.encode())
    return Answer(status, (JSON, *headers), json.dumps(body).encode())


GATEWAY_ROWS: Rows = {
    "missing scope": (
        answer(401, {"code": 401, "message": "Unauthorized; scope does not match"}, SCOPE_CHECK),
        Meaning.SCOPE_REFUSED,
    ),
    "missing scope, message alone": (
        answer(401, {"code": 401, "message": "Unauthorized; scope does not match"}),
        Meaning.SCOPE_REFUSED,
    ),
    "missing scope, header alone": (answer(401, b"", SCOPE_CHECK), Meaning.SCOPE_REFUSED),
    "another failure category": (
        answer(401, {"code": 401, "message": "Unauthorized"}, ("x-failure-category", "FAILURE_CLIENT_AUTH")),
        Meaning.CREDENTIAL_REFUSED,
    ),
    "the scope header on another status": (answer(429, b"", SCOPE_CHECK), Meaning.RATE_LIMITED),
    "wrong, revoked or expired token": (
        answer(401, {"code": 401, "message": "Unauthorized"}),
        Meaning.CREDENTIAL_REFUSED,
    ),
    "unscoped token on the gateway": (answer(401), Meaning.CREDENTIAL_REFUSED),
    "app not installed": (
        answer(403, {"code": 403, "message": "The app is not installed on this instance"}),
        Meaning.APP_NOT_INSTALLED,
    ),
    "app not installed, as text": (
        answer(403, "The app is not installed on this instance"),
        Meaning.APP_NOT_INSTALLED,
    ),
    "a token with scopes is needed": (
        answer(403, {"message": "This tool requires a modern API token (API token with scopes)"}),
        Meaning.SCOPED_TOKEN_NEEDED,
    ),
    "dead site": (answer(410, {"code": 410, "message": "Gone"}), Meaning.SITE_GONE),
    "dead site, no body": (answer(410), Meaning.SITE_GONE),
    "the gateway's own 404": (answer(404, {"code": 404, "message": "Not Found"}), Meaning.UNCLEAR),
    "the gateway's own 403": (answer(403, {"code": 403, "message": "Forbidden"}), Meaning.UNCLEAR),
    "the gateway's own 400": (answer(400, {"code": 400, "message": "Bad Request"}), Meaning.UNCLEAR),
    "a 200 in the gateway's words": (answer(200, {"code": 200, "message": "OK"}), Meaning.UNCLEAR),
}

JIRA_ROWS: Rows = {
    "an answer": (answer(200, {"accountId": "x"}), Meaning.SUCCESS),
    "an empty list": (answer(200, []), Meaning.SUCCESS),
    "created": (answer(201, {"id": "1"}), Meaning.SUCCESS),
    "accepted": (answer(202), Meaning.SUCCESS),
    "nothing to say": (answer(204), Meaning.SUCCESS),
    "a long answer, cut at the limit": (
        Answer(200, (JSON,), b'{"values":[', is_truncated=True),
        Meaning.SUCCESS,
    ),
    "no permission": (answer(403, PERMISSION), Meaning.NO_PERMISSION),
    "no licence for Assets": (
        answer(403, {"errorMessages": ["Access to Assets API was denied"], "errors": {}}),
        Meaning.NO_PERMISSION,
    ),
    "no permission, service management": (
        answer(403, {"errorMessage": "Forbidden", "i18nErrorMessage": {"i18nKey": "x", "parameters": []}}),
        Meaning.NO_PERMISSION,
    ),
    "an operation that was taken away": (answer(410, PERMISSION), Meaning.NOT_FOUND),
    "issue not found": (answer(404, PERMISSION), Meaning.NOT_FOUND),
    "not found, add-on properties": (
        answer(404, {"message": "Property with key not found.", "statusCode": 404}),
        Meaning.NOT_FOUND,
    ),
    "not found, no body but Jira's own header": (answer(404, b"", ("x-arequestid", "1")), Meaning.NOT_FOUND),
    "invalid": (answer(400, PERMISSION), Meaning.INVALID),
    "invalid, builds": (answer(400, [{"message": "No properties given"}]), Meaning.INVALID),
    "conflict": (answer(409, PERMISSION), Meaning.INVALID),
    "media type": (answer(415, PERMISSION), Meaning.INVALID),
    "unprocessable": (answer(422, PERMISSION), Meaning.INVALID),
}

SITE_ROWS: Rows = {
    "scoped token on /myself": (
        answer(401, "Client must be authenticated to access this resource.", SERAPH_FAILED),
        Meaning.CREDENTIAL_REFUSED,
    ),
    "dead token on a list": (answer(200, [], SERAPH_FAILED), Meaning.NOT_SIGNED_IN),
    "dead token on serverInfo": (answer(200, {"baseUrl": "x"}, SERAPH_FAILED), Meaning.NOT_SIGNED_IN),
    "dead token on a bad request": (answer(400, PERMISSION, SERAPH_FAILED), Meaning.NOT_SIGNED_IN),
    "dead token on an issue": (answer(404, PERMISSION, SERAPH_FAILED), Meaning.NOT_SIGNED_IN),
    "scoped token on a board, as text": (
        answer(401, "Client must be authenticated to access this resource."),
        Meaning.CREDENTIAL_REFUSED,
    ),
    "scoped token on a board, as JSON": (
        answer(401, {"message": "Client must be authenticated to access this resource.", "status-code": 401}),
        Meaning.RESOURCE_REFUSED,
    ),
    "Jira's web page": (
        Answer(401, (HTML, SERAPH_FAILED), b"<html>Unauthorized"),
        Meaning.CREDENTIAL_REFUSED,
    ),
    "a web page with Atlassian's trace id": (
        Answer(401, (HTML, ("atl-traceid", "0c0ffee0")), b"<html>Unauthorized"),
        Meaning.CREDENTIAL_REFUSED,
    ),
    "opaque Bearer": (
        answer(403, {"error": "Failed to parse Connect Session Auth Token"}),
        Meaning.BEARER_REFUSED,
    ),
    "CAPTCHA, Data Center": (
        answer(
            403,
            b"",
            ("x-seraph-loginreason", "AUTHENTICATION_DENIED"),
            (
                "x-authentication-denied-reason",
                "CAPTCHA_CHALLENGE; login-url=https://jira.acme.example/login.jsp",
            ),
        ),
        Meaning.CAPTCHA,
    ),
    "CAPTCHA, 401": (
        answer(401, b"", ("x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=x")),
        Meaning.CAPTCHA,
    ),
    "a real permission denial": (
        answer(403, PERMISSION, ("x-seraph-loginreason", "OK")),
        Meaning.NO_PERMISSION,
    ),
}

ABOUT_A_RESOURCE: Rows = {
    "a project's roles": (answer(401, PERMISSION), Meaning.RESOURCE_REFUSED),
    "a screen's tabs": (answer(401, {"errorMessages": [], "errors": {}}), Meaning.RESOURCE_REFUSED),
    "field errors alone": (answer(401, {"errors": {"role": "no"}}), Meaning.RESOURCE_REFUSED),
    "a request of the service desk": (
        answer(401, {"errorMessage": "no", "i18nErrorMessage": {"i18nKey": "sd.no", "parameters": []}}),
        Meaning.RESOURCE_REFUSED,
    ),
    "no body, but Jira's request id": (answer(401, b"", ("x-arequestid", "1")), Meaning.RESOURCE_REFUSED),
    "a web page that Jira made": (
        Answer(401, (HTML, ("x-arequestid", "7x1")), b"<html>You may not"),
        Meaning.RESOURCE_REFUSED,
    ),
    "with the account": (answer(401, PERMISSION, ("x-aaccountid", "acc-bo")), Meaning.NO_PERMISSION),
    "with the account, in nobody's words": (
        answer(401, {"code": 401, "message": "Unauthorized"}, ("x-aaccountid", "acc-bo")),
        Meaning.NO_PERMISSION,
    ),
    "with the account, Data Center": (answer(401, b"", ("x-ausername", "bo")), Meaning.NO_PERMISSION),
    "for nobody, Data Center": (answer(401, b"", ("x-ausername", "anonymous")), Meaning.RESOURCE_REFUSED),
    "an empty account": (answer(401, b"", ("x-aaccountid", "")), Meaning.CREDENTIAL_REFUSED),
    "errors as other services list them": (
        answer(401, {"errors": [{"status": 401, "title": "Unauthorized"}]}),
        Meaning.CREDENTIAL_REFUSED,
    ),
    "a proxy's JSON": (answer(401, {"statusCode": 401, "error": "Unauthorized"}), Meaning.CREDENTIAL_REFUSED),
    "a list": (answer(401, ["no"]), Meaning.CREDENTIAL_REFUSED),
    "Jira's words, and that nobody was signed in": (
        answer(401, PERMISSION, SERAPH_FAILED),
        Meaning.CREDENTIAL_REFUSED,
    ),
}

SERVICE_ROWS: Rows = {
    "redirect": (answer(302, b"", ("location", "https://new.atlassian.net/")), Meaning.MOVED),
    "rate limit": (answer(429), Meaning.RATE_LIMITED),
    "rate limit in Jira's words": (answer(429, PERMISSION), Meaning.RATE_LIMITED),
    "server error in Jira's words": (answer(500, PERMISSION), Meaning.UNAVAILABLE),
    "bad gateway": (Answer(502, (HTML,), b"<html>"), Meaning.UNAVAILABLE),
    "unavailable": (answer(503), Meaning.UNAVAILABLE),
    "a web page with 200": (Answer(200, (HTML,), b"<html>Sign in"), Meaning.UNCLEAR),
    "a web page that says it is JSON": (Answer(200, (JSON,), b"\n<!DOCTYPE html><html>"), Meaning.UNCLEAR),
    "a proxy's web page with 401": (
        Answer(401, (HTML, ("www-authenticate", "Negotiate")), b"<html>Sign in to the proxy"),
        Meaning.REFUSED_ON_THE_WAY,
    ),
    "a firewall's web page with 401": (
        Answer(401, (("server", "cloudflare"),), b"<!DOCTYPE html><title>Blocked"),
        Meaning.REFUSED_ON_THE_WAY,
    ),
    "a web page with 401 that says it is JSON": (
        Answer(401, (JSON,), b"\n<html>Denied"),
        Meaning.REFUSED_ON_THE_WAY,
    ),
    "a web page with 403": (Answer(403, (HTML,), b"<html>Blocked by proxy"), Meaning.UNCLEAR),
    "a web page with 404": (Answer(404, (HTML,), b"<html>"), Meaning.UNCLEAR),
    "an empty 200": (answer(200), Meaning.UNCLEAR),
    "a 200 of text": (answer(200, "ok"), Meaning.UNCLEAR),
    "an empty 404": (answer(404), Meaning.UNCLEAR),
    "an empty 403": (answer(403), Meaning.UNCLEAR),
    "an unknown JSON 404": (answer(404, {"detail": "x"}), Meaning.UNCLEAR),
    "a method that is not allowed": (answer(405, PERMISSION), Meaning.UNCLEAR),
    "a teapot": (answer(418, PERMISSION), Meaning.UNCLEAR),
    "JSON nested without end": (answer(404, b"[" * 100_000), Meaning.UNCLEAR),
    "bytes": (answer(404, b"\xff\x00"), Meaning.UNCLEAR),
    **{f"no answer: {cause}": (NoAnswer(cause), Meaning.NO_ANSWER) for cause in NoAnswerCause},
}

ROWS = GATEWAY_ROWS | JIRA_ROWS | SITE_ROWS | ABOUT_A_RESOURCE | SERVICE_ROWS


@pytest.mark.parametrize("row", ROWS)
def test_each_known_answer_is_understood(row: str) -> None:
    given, meaning = ROWS[row]
    assert decode(given).meaning is meaning


def test_every_meaning_has_a_row() -> None:
    assert {meaning for _, meaning in ROWS.values()} == set(Meaning)


@pytest.mark.parametrize("row", GATEWAY_ROWS | SITE_ROWS | SERVICE_ROWS)
def test_only_jiras_own_answers_prove_that_a_scope_is_there(row: str) -> None:
    is_jiras = row == "a real permission denial"
    assert decode(ROWS[row][0]).meaning.is_from_jira is is_jiras


@pytest.mark.parametrize("row", JIRA_ROWS)
def test_jiras_own_answers_refuse_no_credential(row: str) -> None:
    meaning = decode(ROWS[row][0]).meaning
    assert meaning.is_from_jira
    assert not meaning.refuses_credential


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((), None),
        ((("retry-after", "2"),), 2.0),
        ((("retry-after", "0"),), 0.0),
        ((("retry-after", "-1"),), None),
        ((("retry-after", "soon"),), None),
        ((("retry-after", "9" * 30),), 999_999_999.0),
        (
            (
                ("retry-after", "Mon, 23 Nov 2026 10:00:05 GMT"),
                ("date", "Mon, 23 Nov 2026 10:00:00 GMT"),
            ),
            5.0,
        ),
        (
            (
                ("retry-after", "Mon, 23 Nov 2026 09:00:00 GMT"),
                ("date", "Mon, 23 Nov 2026 10:00:00 GMT"),
            ),
            0.0,
        ),
        ((("retry-after", "Mon, 23 Nov 2026 10:00:05 GMT"),), None),
        (
            (("retry-after", "Mon, 23 Nov 2026 10:00:05 GMT"), ("date", "Mon Nov 23 10:00:00 2026")),
            5.0,
        ),
    ],
)
def test_the_wait_that_is_asked_for_is_read(
    headers: tuple[tuple[str, str], ...], seconds: float | None
) -> None:
    assert decode(Answer(429, headers)).retry_after_s == seconds
    assert decode(Answer(503, headers)).retry_after_s == seconds
    assert decode(Answer(200, headers)).retry_after_s is None


@pytest.mark.parametrize(
    ("headers", "trace_id"),
    [
        ((("atl-traceid", "0a1b2c"),), "0a1b2c"),
        ((("atl-request-id", "7a6f0c0e-5b1c"),), "7a6f0c0e-5b1c"),
        ((("atl-traceid", "<script>"),), None),
        ((("atl-traceid", "a" * 65),), None),
        ((), None),
    ],
)
def test_a_trace_id_is_kept_if_it_is_plain(
    headers: tuple[tuple[str, str], ...], trace_id: str | None
) -> None:
    assert decode(Answer(500, headers)).trace_id == trace_id
