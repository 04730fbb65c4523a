"""In the answers of every operation, links of Jira's lead here and what people wrote stays, byte for byte."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownkey.gateway.document_links import DocumentLinks
from ownkey.gateway.link_places import ORDINARY, answer_places
from ownkey.gateway.links import link_table
from ownkey.scopes.catalogue import load_catalogue
from tests.gateway.answers import PEOPLES_VALUE, PUBLIC, TEXTS, Document, Maker, operations, shapes
from tests.gateway.kit import API_BASE, SITE_URL

TABLE = link_table(API_BASE, SITE_URL, PUBLIC)
WRITTEN = st.sampled_from([(None, (",", ":")), (None, (", ", ": ")), (2, (",", ": ")), (1, (" ,", "\t: "))])
SLASHES = st.sampled_from(["/", "\\/", "\\u002f", "\\u002F"])


def links_in(signature: str) -> DocumentLinks | None:
    places = answer_places(load_catalogue().operation(signature))
    return TABLE.in_answers(places) if places is not None else None


def written(document: Document, indent: int | None, separators: tuple[str, str], slash: str = "/") -> bytes:
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=False)
    return text.replace("/", slash).encode()


def test_every_described_operation_is_known() -> None:
    assert len(list(operations())) > 450


@pytest.mark.parametrize("start", range(6))
def test_in_every_operation_jira_s_links_lead_here_and_people_s_text_stays(start: int) -> None:
    for signature in operations():
        before, after = Maker(start).make(shapes()["answers"][signature])
        links = links_in(signature)
        document = written(before, None, (",", ":"))
        rewritten = links.rewrite(document) if links is not None else document
        assert json.loads(rewritten) == after, signature


@given(
    st.sampled_from(list(operations())),
    st.integers(0, 100),
    WRITTEN,
    SLASHES,
    st.lists(st.floats(0, 1), max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_however_it_is_written_and_cut_nothing_else_changes(
    signature: str,
    start: int,
    style: tuple[int | None, tuple[str, str]],
    slash: str,
    cuts: list[float],
) -> None:
    before, after = Maker(start).make(shapes()["answers"][signature])
    links = links_in(signature)
    if links is None:
        return
    document, wanted = written(before, *style, slash), written(after, *style, slash)
    assert links.rewrite(document) == wanted
    places = [0, *sorted(int(cut * len(document)) for cut in cuts), len(document)]
    stream = links.stream()
    pieces = [stream.feed(document[a:b]) for a, b in pairwise(places)]
    assert b"".join(pieces) + stream.finish() == wanted


def test_every_single_cut_makes_no_difference() -> None:
    links = TABLE.in_answers(ORDINARY)
    before, after = Maker(1).make(shapes()["answers"]["GET /rest/api/3/issue/{issueIdOrKey}"])
    fields = ("assignee", "comment", "description", "customfield_10004", "customfield_10005")
    before["fields"] = {name: before["fields"][name] for name in fields}
    after["fields"] = {name: after["fields"][name] for name in fields}
    document, wanted = (
        written({"id": "1", "fields": each["fields"]}, None, (", ", ": ")) for each in (before, after)
    )
    for cut in range(len(document) + 1):
        stream = links.stream()
        assert stream.feed(document[:cut]) + stream.feed(document[cut:]) + stream.finish() == wanted
    stream = links.stream()
    assert (
        b"".join(stream.feed(document[i : i + 1]) for i in range(len(document))) + stream.finish() == wanted
    )


@pytest.mark.parametrize(
    "name", ["properties", "value", "parameters", "customfield_10000", "body", "configuration"]
)
@pytest.mark.parametrize("blanks", ["", " ", "\n\t  ", " " * 3000])
def test_what_people_keep_stays_whatever_stands_around_its_name(name: str, blanks: str) -> None:
    kept = json.dumps(PEOPLES_VALUE).replace("user?accountId=1", "user/1")
    document = f'{{"a": 1, "{name}"{blanks}:{blanks}{kept}{blanks}}}'.encode()
    links = TABLE.in_answers(ORDINARY)
    assert links.rewrite(document) is document
    for size in (1, 7, 1000, 5000):
        stream = links.stream()
        pieces = [stream.feed(document[i : i + size]) for i in range(0, len(document), size)]
        assert b"".join(pieces) + stream.finish() == document


@given(
    st.recursive(
        st.sampled_from(TEXTS),
        lambda inner: (
            st.dictionaries(
                st.text(max_size=8)
                | st.sampled_from(["self", "fields", "nextPage", "properties", "avatarUrls", "48x48"]),
                inner,
                max_size=4,
            )
            | st.lists(inner, max_size=3)
        ),
    )
)
@settings(deadline=None)
def test_whatever_an_entity_property_holds_stays(value: Document) -> None:
    links = links_in("GET /rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}")
    assert links is not None
    document = written({"key": TEXTS[0], "value": value}, None, (",", ":"))
    assert links.rewrite(document) is document


@pytest.mark.parametrize(
    "document",
    [
        b'{"self":' * 100_000,
        b"[" * 500_000,
        b'{"properties":' + b"[{" * 300_000,
        b'{"customfield_1":' + b'{"self":' * 100_000 + b"}" * 100_000,
        b'{"value": "' + b"\\" * 99_999,
        b'"self":"' * 50_000,
        b'}}}}]]]]"self',
    ],
)
def test_depth_and_nonsense_pass_as_they_are(document: bytes) -> None:
    links = TABLE.in_answers(ORDINARY)
    mention = API_BASE.encode()
    assert links.rewrite(document + mention) == document + mention
    stream = links.stream()
    pieces = [stream.feed(document[i : i + 8192]) for i in range(0, len(document), 8192)]
    assert b"".join(pieces) + stream.finish() == document


def test_what_is_not_described_is_rewritten_by_name_and_never_in_text() -> None:
    places = answer_places(None)
    assert places is not None
    before = {
        "self": TEXTS[0],
        "title": TEXTS[1],
        "value": {"self": TEXTS[0]},
        "settings": [{"key": TEXTS[1]}],
    }
    after = before | {"self": f"{PUBLIC}/rest/api/3/issue/10001"}
    assert json.loads(TABLE.in_answers(places).rewrite(json.dumps(before).encode())) == after
