"""A document of Jira's is shown as safe HTML, whatever it holds."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.workspace.documents.html import MOST_NODES, document_html, leads_to_the_web, plain_text
from ownkey.workspace.documents.text import shown

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    " java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://x.example/" onmouseover=alert(1) x="',
    "\u202egnp.exe",
    "\ud800",
    "{{ 7|add:7 }}{% load static %}",
)
KINDS = [
    "doc",
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "listItem",
    "taskList",
    "taskItem",
    "blockTaskItem",
    "decisionList",
    "decisionItem",
    "codeBlock",
    "blockquote",
    "rule",
    "panel",
    "expand",
    "nestedExpand",
    "table",
    "tableRow",
    "tableHeader",
    "tableCell",
    "mediaSingle",
    "mediaGroup",
    "media",
    "mediaInline",
    "caption",
    "blockCard",
    "embedCard",
    "inlineCard",
    "layoutSection",
    "layoutColumn",
    "hardBreak",
    "mention",
    "emoji",
    "date",
    "status",
    "placeholder",
    "extension",
    "bodiedExtension",
    "inlineExtension",
    "syncBlock",
    "unknownBlock",
    "script",
    "iframe",
    "style",
]
MARKS = [
    "strong",
    "em",
    "underline",
    "strike",
    "code",
    "subsup",
    "textColor",
    "backgroundColor",
    "link",
    "border",
    "alignment",
    "indentation",
    "annotation",
    "fragment",
    "dataConsumer",
    "breakout",
    "onclick",
]
ATTRIBUTES = [
    "level",
    "order",
    "state",
    "panelType",
    "title",
    "colspan",
    "rowspan",
    "text",
    "shortName",
    "timestamp",
    "url",
    "alt",
    "href",
    "type",
    "color",
    "layout",
    "width",
    "id",
    "localId",
    "collection",
    "data",
    "style",
    "onclick",
]
TAGS = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")
ALLOWED = {
    "p",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "aside",
    "details",
    "summary",
    "th",
    "td",
    "tr",
    "table",
    "div",
    "pre",
    "code",
    "blockquote",
    "figure",
    "figcaption",
    "br",
    "hr",
    "span",
    "time",
    "a",
    "strong",
    "em",
    "u",
    "s",
    "sub",
    "sup",
}
ALLOWED_ATTRIBUTES = re.compile(
    r'(?: (?:class="[a-z -]+"|data-(?:state|kind)="[A-Za-z ]+"|start="-?[0-9]+"|(?:colspan|rowspan)="[0-9]+"'
    r'|datetime="[0-9-]+"|tabindex="0"|href="https?://[^"<>]*"|rel="noopener noreferrer nofollow"'
    r'|target="_blank"))*'
)


def assert_safe(html: str) -> None:
    """Assert that there is nothing but elements and attributes of the closed lists."""
    for _, name, attributes in TAGS.findall(html):
        assert name in ALLOWED, html
        assert ALLOWED_ATTRIBUTES.fullmatch(attributes), html
    assert "<" not in TAGS.sub("", html), html
    html.encode("utf-8")


def document(*content: Any) -> dict[str, Any]:  # noqa: ANN401 — any node
    return {"type": "doc", "version": 1, "content": list(content)}


def text(words: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, "marks": list(marks)}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_node_lets_an_attack_through(kind: str, attack: str) -> None:
    node = {
        "type": kind,
        "attrs": dict.fromkeys(ATTRIBUTES, attack),
        "content": [text(attack, {"type": "link", "attrs": {"href": attack}})],
    }
    assert_safe(document_html(document(node)))
    assert_safe(document_html(document({"type": "paragraph", "content": [node]})))


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("mark", MARKS)
def test_no_mark_lets_an_attack_through(mark: str, attack: str) -> None:
    attributes = dict.fromkeys(ATTRIBUTES, attack)
    assert_safe(document_html(document(text(attack, {"type": mark, "attrs": attributes}))))


def test_what_people_write_is_read() -> None:
    html = document_html(
        document(
            {"type": "heading", "attrs": {"level": 1}, "content": [text("Plan")]},
            {"type": "paragraph", "content": [text("a "), text("b", {"type": "strong"}), text(" c")]},
            {"type": "codeBlock", "content": [text("x < 1")]},
            {
                "type": "taskList",
                "content": [{"type": "taskItem", "attrs": {"state": "DONE"}, "content": [text("t")]}],
            },
        )
    )
    assert "<h3>Plan</h3>" in html
    assert "<p>a <strong>b</strong> c</p>" in html
    assert "x &lt; 1" in html
    assert "Done" in html


def test_a_link_leads_to_the_web_or_is_text() -> None:
    good = document(text("here", {"type": "link", "attrs": {"href": "https://acme.example/a?b=1&c"}}))
    assert 'href="https://acme.example/a?b=1&amp;c"' in document_html(good)
    for bad in (
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "//evil.example",
        "/sign-out/",
        "mailto:a@b",
        "https://",
    ):
        assert document_html(document(text("here", {"type": "link", "attrs": {"href": bad}}))) == "here"
        assert not leads_to_the_web(bad)


def test_depth_and_size_are_bounded() -> None:
    node: dict[str, Any] = text("core")
    for _ in range(3_000):
        node = {"type": "blockquote", "content": [node]}
    assert "Nested too deeply" in document_html(document(node))
    many = document(*({"type": "paragraph", "content": [text("x")]} for _ in range(MOST_NODES)))
    assert "too long to be shown here" in document_html(many)
    assert len(plain_text(document(node))) <= 200


@pytest.mark.parametrize(
    "value", [None, "", 5, [], {}, {"type": "doc"}, {"content": "x"}, {"content": [1, None]}, "<b>"]
)
def test_what_is_no_document_breaks_nothing(value: object) -> None:
    assert_safe(document_html(value))
    plain_text(value)


leaves = st.one_of(st.text(max_size=8), st.integers(), st.none(), st.sampled_from(ATTACKS))
nodes: st.SearchStrategy[Any] = st.recursive(
    st.builds(
        lambda words, mark, href: text(words, {"type": mark, "attrs": {"href": href}}),
        st.one_of(st.text(max_size=8), st.sampled_from(ATTACKS)),
        st.sampled_from(MARKS),
        leaves,
    ),
    lambda inner: st.builds(
        lambda kind, attributes, content: {"type": kind, "attrs": attributes, "content": content},
        st.sampled_from(KINDS),
        st.one_of(st.dictionaries(st.sampled_from(ATTRIBUTES), leaves, max_size=3), leaves),
        st.one_of(st.lists(inner, max_size=4), leaves),
    ),
    max_leaves=20,
)


@given(st.lists(nodes, max_size=5))
def test_generated_documents_are_safe(content: list[Any]) -> None:
    assert_safe(document_html(document(*content)))
    assert_safe(document_html(json.loads(json.dumps(document(*content)))))


def test_text_that_turns_round_is_read_as_it_is() -> None:
    assert shown("a\u202egnp.exe\x00\x1b[31m") == "agnp.exe[31m"
    assert shown("family \U0001f469\u200d\U0001f467") == "family \U0001f469\u200d\U0001f467"
    assert shown("\ud800") == "?"
