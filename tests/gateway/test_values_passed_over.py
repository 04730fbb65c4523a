"""Values that are passed over at once come out as they do where each of them is looked at."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownkey.gateway.document_links import DocumentLinks
from ownkey.gateway.jiras_links import JirasLinks
from ownkey.gateway.link_places import ORDINARY
from ownkey.gateway.link_stream import LinkStream
from ownkey.gateway.links import LinkTable
from tests.gateway.kit import API_BASE, SITE_URL

PUBLIC = "https://gw.example/jira/acme"
LINKS = LinkTable(api_base=API_BASE, site_url=SITE_URL, public_base=PUBLIC).in_answers(ORDINARY)
USER, OPTION, ISSUE = "user?accountId=1", "customFieldOption/7", "issue/10001"


def meant(text: str) -> tuple[bytes, bytes]:
    """Return a document, and what it becomes: what is written `API>` leads here behind it, `API` stays."""
    before, after = text.replace("API>", API_BASE), text.replace("API>", PUBLIC)
    return tuple(each.replace("API", API_BASE).replace("SITE", SITE_URL).encode() for each in (before, after))  # type: ignore[return-value]


def in_pieces(links: DocumentLinks, document: bytes, size: int) -> bytes:
    stream = links.stream()
    pieces = [stream.feed(document[start : start + size]) for start in range(0, len(document), size)]
    return b"".join(pieces) + stream.finish()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            '{"customfield_10001":{"self":"API>/rest/api/3/user?accountId=1","x":"API/"}}', id="a user"
        ),
        pytest.param(
            '{"customfield_10001":{"self":"API/rest/api/3/issue/1"}}', id="a shape that is not Jira's"
        ),
        pytest.param(
            '{"customfield_10001":{"x":1,"self":"SITE/rest/api/3/user?accountId=1"}}', id="the site's"
        ),
        pytest.param(
            '{"customfield_10001":{"type":"doc","self":"API/rest/api/3/user?accountId=1"}}', id="a rich text"
        ),
        pytest.param(
            '{"customfield_10001":{"properties":{"self":"API>/rest/api/3/user?accountId=1"}}}',
            id="a name of people's within a field",
        ),
        pytest.param(
            '{"10001":{"properties":{"self":"API/rest/api/3/user?accountId=1"}}}',
            id="a name of people's within what ends as a field does",
        ),
        pytest.param(
            r'{"a\"customfield_10001":{"properties":{"self":"API/rest/api/3/user?accountId=1"}}}',
            id="a name that holds that of a field",
        ),
        pytest.param(
            '{"customfield_10001":[{"self":"API>/rest/api/3/user?accountId=1"},'
            '{"self":"API>/rest/api/3/customFieldOption/7","value":"API/rest/"}],"self":"API>/rest/x"}',
            id="a list of a field",
        ),
        pytest.param(
            '{"customfield_10001":{"a":{"b":{"c":{"d":{"self":"API>/rest/api/3/user?accountId=1"}}}}}}',
            id="a deep field",
        ),
        pytest.param(
            '{"fields":{"self":"API>/rest/x"},"votes":{"self":"API>/rest/y"}}', id="what ends alike"
        ),
        pytest.param('{"values":[{"self":"API>/rest/x"}],"issues":[{"self":"API>/rest/y"}]}', id="pages"),
        pytest.param('{"roles":{"A \\"self":"API>/rest/api/3/project/1/role/1","self":"API/x"}}', id="roles"),
        pytest.param('{"roles":[{"self":"API>/rest/api/3/project/1/role/1"}]}', id="a list of roles"),
        pytest.param(
            r'{"a__b":1,"x":"\"properties\":{","properties":{"self":"API/rest/x"},"y":"}"}',
            id="a bracket in text",
        ),
        pytest.param(
            '{"a__b":1,"x":":{","properties":{"self":"API/rest/x"},"y":"}","z":{"self":"API>/"}}',
            id="a colon first",
        ),
        pytest.param(
            '{"a__b":1,"x":["ab\\\\",":[1"],"self":"API>/rest/x","y":"]"}', id="a backslash before it"
        ),
        pytest.param('{"a":"::","app::f":{"self":"API/rest/x"},"self":"API>/rest/x"}', id="two colons"),
        pytest.param('{"self":"API>/rest/x","com.app__f":{"self":"API/rest/x"}}', id="an app's field"),
        pytest.param(
            '{"properties":{"a":"ab\\\\"},"self":"API>/rest/x"}', id="a backslash at a string's end"
        ),
        pytest.param(
            '{"properties":{"a":"\\"}"},"self":"API>/rest/x"}', id="a quote and a bracket in a string"
        ),
        pytest.param(
            '{"properties":{"a":"API\\/rest"},"self":"API>/rest/x"}', id="a slash escaped somewhere"
        ),
        pytest.param(
            '{"content":"API/rest/x","thumbnail":"API>/rest/api/3/attachment/1"}', id="files and text"
        ),
        pytest.param('{"x":"API/rest/x","self":"API>/rest/x","y":["API/"]}', id="other places of a link"),
        pytest.param(
            '{ "self" :\t"API>/rest/x", "self": "API>/rest/y", "selves": "API/rest/z"}', id="blanks"
        ),
    ],
)
def test_links_are_judged_by_where_they_stand(text: str) -> None:
    document, wanted = meant(text)
    json.loads(document)
    assert LINKS.rewrite(document) == wanted
    for size in (1, 5, 64, 1000):
        assert in_pieces(LINKS, document, size) == wanted


NAMES = [
    "self",
    "properties",
    "customfield_10001",
    "customfield_1",
    "10001",
    "a__b",
    "a::b",
    "fields",
    "roles",
]
VALUES = [f"{API_BASE}/rest/api/3/{what}" for what in (USER, OPTION, ISSUE)] + ['"properties":{', ":{", "x\\"]
documents: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(VALUES),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(documents, st.lists(st.integers(0, 2000), max_size=4))
@settings(deadline=None)
def test_what_is_passed_over_comes_out_as_if_slashes_were_escaped(document: Any, cuts: list[int]) -> None:  # noqa: ANN401 any JSON
    """Where slashes are escaped every value is looked at, so that both ways have to agree."""
    plain = json.dumps(document, separators=(",", ":")).encode()
    escaped = plain.replace(b"/", b"\\/")
    wanted = LINKS.rewrite(escaped).replace(b"\\/", b"/")
    assert LINKS.rewrite(plain) == wanted
    stream = LINKS.stream()
    places = [0, *sorted(cut % (len(plain) + 1) for cut in cuts), len(plain)]
    assert b"".join(stream.feed(plain[a:b]) for a, b in pairwise(places)) + stream.finish() == wanted


def test_fields_with_nothing_but_jira_s_links_need_no_second_look() -> None:
    option = {"self": f"{API_BASE}/rest/api/3/{OPTION}", "value": "High"}
    fields: dict[str, object] = {f"customfield_{10_000 + number}": option for number in range(40)}
    fields["description"] = {"type": "doc", "content": [{"text": "https://acme.example", "marks": []}]}
    document = json.dumps({"issues": [{"fields": fields}]}, separators=(",", ":")).encode()
    links = JirasLinks(LINKS.addresses, ORDINARY)
    marks = LINKS.addresses.marks_in(document)
    assert not list(LinkStream(links)._kept_by_people(document, len(document), marks))
    assert LINKS.rewrite(document).count(PUBLIC.encode()) == 40


def test_a_document_without_links_is_the_same_object() -> None:
    document = json.dumps({"self": "https://elsewhere/rest/x", "text": "\\/ \n" * 1000}).encode()
    assert LINKS.rewrite(document) is document
