"""A site's cloud id is a UUID from the site itself, or one of many sentences, each with a way out."""

import json

import pytest

from ownkey.atlassian.sites import Site, SiteError
from ownkey.atlassian.tenant import MESSAGES, NO_ANSWER_CODES, read_cloud_id, tenant_request
from ownkey.atlassian.wire import Answer, NoAnswer, NoAnswerCause, header_fields

CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
SITE = Site("https://acme.atlassian.net")


def test_a_site_is_asked_without_a_credential() -> None:
    request = tenant_request(SITE)
    assert request.url == "https://acme.atlassian.net/_edge/tenant_info"
    assert request.door is None
    assert "Authorization" not in header_fields(request)


@pytest.mark.parametrize(
    "document",
    [{"cloudId": CLOUD_ID}, {"cloudId": CLOUD_ID.upper(), "cloudName": "acme"}],
    ids=["alone", "with-more"],
)
def test_the_cloud_id_is_taken(document: dict[str, str]) -> None:
    assert read_cloud_id(Answer(200, body=json.dumps(document).encode()), site=SITE) == CLOUD_ID


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(Answer(200, body=b""), "site_no_cloud_id", id="empty"),
        pytest.param(Answer(200, body=b"[]"), "site_no_cloud_id", id="list"),
        pytest.param(Answer(200, body=b'"x"'), "site_no_cloud_id", id="text"),
        pytest.param(Answer(200, body=b"{}"), "site_no_cloud_id", id="no-key"),
        pytest.param(Answer(200, body=b'{"cloudId": null}'), "site_no_cloud_id", id="null"),
        pytest.param(Answer(200, body=b'{"cloudId": 7}'), "site_no_cloud_id", id="number"),
        pytest.param(Answer(200, body=b'{"cloudId": "../../x"}'), "site_no_cloud_id", id="path"),
        pytest.param(
            Answer(200, body=f'{{"cloudId": "{CLOUD_ID}/../x"}}'.encode()),
            "site_no_cloud_id",
            id="uuid-and-path",
        ),
        pytest.param(
            Answer(200, body=f'{{"cloudId": "{CLOUD_ID}\\n"}}'.encode()), "site_no_cloud_id", id="newline"
        ),
        pytest.param(Answer(200, body=b"[" * 60_000), "site_no_cloud_id", id="nested"),
        pytest.param(Answer(401, body=b"{}"), "site_no_cloud_id", id="401"),
        pytest.param(Answer(200, body=b"{", is_truncated=True), "site_huge", id="huge"),
        pytest.param(Answer(200, (("content-type", "text/html"),), b"Sign in"), "site_html", id="html"),
        pytest.param(Answer(200, body=b" <!DOCTYPE html>"), "site_html", id="html-unsaid"),
        pytest.param(Answer(404, (("content-type", "text/html"),), b"<html>"), "site_missing", id="404"),
        pytest.param(Answer(410), "site_missing", id="410"),
        pytest.param(Answer(429), "site_rate_limited", id="429"),
        pytest.param(Answer(500), "site_down", id="500"),
        pytest.param(Answer(503), "site_down", id="503"),
        pytest.param(Answer(302, (("location", "/login"),)), "site_redirects", id="to-itself"),
        pytest.param(
            Answer(302, (("location", "https://acme.atlassian.net/login"),)),
            "site_redirects",
            id="to-its-own-host",
        ),
        pytest.param(Answer(302), "site_redirects", id="to-nowhere"),
        pytest.param(Answer(301, (("location", "https://[x/"),)), "site_redirects", id="to-nonsense"),
        pytest.param(
            Answer(301, (("location", "https://evil.example/"),)), "site_moved", id="to-another-host"
        ),
        *(pytest.param(NoAnswer(cause), NO_ANSWER_CODES[cause], id=cause) for cause in NoAnswerCause),
    ],
)
def test_everything_else_has_a_sentence(answer: Answer | NoAnswer, code: str) -> None:
    with pytest.raises(SiteError) as refusal:
        read_cloud_id(answer, site=SITE)
    assert refusal.value.code == code
    assert refusal.value.message == MESSAGES[code]


def test_a_renamed_site_is_named() -> None:
    moved = Answer(301, (("location", "https://acme-new.atlassian.net/_edge/tenant_info"),))
    with pytest.raises(SiteError, match=r"acme-new\.atlassian\.net") as refusal:
        read_cloud_id(moved, site=SITE)
    assert refusal.value.code == "site_moved"


def test_a_host_that_could_be_anything_is_not_repeated() -> None:
    with pytest.raises(SiteError) as refusal:
        read_cloud_id(Answer(301, (("location", "https://evil.example/"),)), site=SITE)
    assert "evil" not in refusal.value.message


def test_every_code_is_used_once() -> None:
    assert set(NO_ANSWER_CODES) == set(NoAnswerCause)
    assert len(set(MESSAGES.values())) == len(MESSAGES)
