"""A document of Atlassian's format as HTML that is safe to show, whatever the document holds.

Everything that a document says is escaped. Elements, classes and the few attributes come from closed lists
here; a link leads to http or https or is shown as text; a node that is not known is named, and its content is
shown.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from ownkey.workspace.documents.text import shown

DEEPEST: Final = 40
MOST_NODES: Final = 20_000

Node = Mapping[str, Any]


class _TooLargeError(Exception):
    """The document has more nodes than are shown."""


def document_html(document: object) -> SafeString:
    """Return a document as HTML; what is no document is shown as text.

    Jira has documents in version 3 of its API, and plain text in fields that hold no document.
    """
    if document is None:
        return SafeString("")
    if not isinstance(document, dict):
        return format_html('<p class="plain">{}</p>', shown(str(document)))
    writer = _Writer()
    try:
        return writer.children(document, depth=0)
    except _TooLargeError:
        return SafeString("".join(writer.finished)) + SafeString(
            '<p class="cut-short">The rest of this text is too long to be shown here. Open it in Jira.</p>'
        )


class _Writer:
    """Writes one document."""

    def __init__(self) -> None:
        self.finished: list[str] = []
        self._nodes = 0

    def children(self, node: Node, *, depth: int) -> SafeString:
        """Return the content of a node."""
        content = node.get("content")
        pieces: list[str] = []
        for child in content if isinstance(content, list) else ():
            if isinstance(child, dict):
                piece = self.node(child, depth=depth + 1)
                pieces.append(piece)
                if depth == 0:
                    self.finished.append(piece)
        return mark_safe("".join(pieces))  # noqa: S308 — each piece was made safe

    def node(self, node: Node, *, depth: int) -> SafeString:
        """Return one node."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _TooLargeError
        if depth > DEEPEST:
            return SafeString('<p class="cut-short">Nested too deeply to be shown here. Open it in Jira.</p>')
        kind = str(node.get("type", ""))
        if kind == "text":
            return _marked(node)
        leaf = _LEAVES.get(kind)
        if leaf is not None:
            return leaf(_attributes_of(node))
        inner = self.children(node, depth=depth)
        wrap = _WRAPS.get(kind)
        return wrap(_attributes_of(node), inner) if wrap is not None else _unknown(inner)


Wrap = Callable[[Mapping[str, Any], SafeString], SafeString]
Leaf = Callable[[Mapping[str, Any]], SafeString]


def _element(name: str, css: str = "") -> Wrap:
    opening = f'<{name} class="{css}">' if css else f"<{name}>"

    def wrap(_attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
        return mark_safe(f"{opening}{inner}</{name}>")  # noqa: S308 — names from this module around what is safe

    return wrap


def _heading(attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
    level = attributes.get("level")
    # Below the page's own headings, which are of the first two levels.
    number = min(max(level, 1) + 2, 6) if isinstance(level, int) else 3
    return mark_safe(f"<h{number}>{inner}</h{number}>")  # noqa: S308 — a number around what is safe


def _ordered(attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
    start = attributes.get("order")
    return format_html('<ol start="{}">{}</ol>', start if isinstance(start, int) else 1, inner)


def _task(attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
    words = "Done" if attributes.get("state") == "DONE" else "To do"
    return format_html(
        '<li class="task" data-state="{}"><span class="mark">{}</span> {}</li>', words, words, inner
    )


def _panel(attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
    kind = attributes.get("panelType")
    known = kind if kind in {"info", "note", "warning", "error", "success", "tip"} else "info"
    return format_html('<aside class="panel" data-kind="{}">{}</aside>', known, inner)


def _expand(attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
    title = _words(attributes.get("title")) or "More"
    return format_html("<details><summary>{}</summary>{}</details>", title, inner)


def _cell(name: str) -> Wrap:
    def wrap(attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
        spans = (_span(attributes.get("colspan")), _span(attributes.get("rowspan")))
        return format_html(f'<{name} colspan="{{}}" rowspan="{{}}">{{}}</{name}>', *spans, inner)

    return wrap


def _table(_attributes: Mapping[str, Any], inner: SafeString) -> SafeString:
    return format_html('<div class="wide" tabindex="0"><table>{}</table></div>', inner)


def _unknown(inner: SafeString) -> SafeString:
    return format_html('<div class="unknown"><span class="kind">Shown in Jira only</span>{}</div>', inner)


def _mention(attributes: Mapping[str, Any]) -> SafeString:
    name = _words(attributes.get("text")).removeprefix("@") or "someone"
    return format_html('<span class="mention">@{}</span>', name)


def _emoji(attributes: Mapping[str, Any]) -> SafeString:
    return format_html("{}", _words(attributes.get("text")) or _words(attributes.get("shortName")))


def _status(attributes: Mapping[str, Any]) -> SafeString:
    return format_html('<span class="status-word">{}</span>', _words(attributes.get("text")))


def _date(attributes: Mapping[str, Any]) -> SafeString:
    try:
        day = datetime.fromtimestamp(int(attributes.get("timestamp", "")) / 1000, UTC).date()
    except (ValueError, TypeError, OverflowError, OSError):
        return SafeString("")
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), f"{day:%d %b %Y}")


def _card(attributes: Mapping[str, Any]) -> SafeString:
    url = _words(attributes.get("url"))
    return _link(url, format_html("{}", url or "a page"))


def _media(attributes: Mapping[str, Any]) -> SafeString:
    name = _words(attributes.get("alt")) or "a file"
    return format_html('<span class="file">Attached: {}</span>', name)


def _nothing(_attributes: Mapping[str, Any]) -> SafeString:
    return SafeString("")


_WRAPS: Final[Mapping[str, Wrap]] = {
    "paragraph": _element("p"),
    "heading": _heading,
    "bulletList": _element("ul"),
    "orderedList": _ordered,
    "listItem": _element("li"),
    "taskList": _element("ul", "tasks"),
    "taskItem": _task,
    "blockTaskItem": _task,
    "decisionList": _element("ul", "decisions"),
    "decisionItem": _element("li", "decision"),
    "codeBlock": lambda _a, inner: format_html('<pre tabindex="0"><code>{}</code></pre>', inner),
    "blockquote": _element("blockquote"),
    "panel": _panel,
    "expand": _expand,
    "nestedExpand": _expand,
    "table": _table,
    "tableRow": _element("tr"),
    "tableHeader": _cell("th"),
    "tableCell": _cell("td"),
    "mediaSingle": _element("figure"),
    "mediaGroup": _element("div", "files"),
    "caption": _element("figcaption"),
    "layoutSection": _element("div", "columns"),
    "layoutColumn": _element("div"),
    "bodiedExtension": lambda _a, inner: _unknown(inner),
}
_LEAVES: Final[Mapping[str, Leaf]] = {
    "hardBreak": lambda _a: SafeString("<br>"),
    "rule": lambda _a: SafeString("<hr>"),
    "mention": _mention,
    "emoji": _emoji,
    "status": _status,
    "date": _date,
    "inlineCard": _card,
    "blockCard": _card,
    "embedCard": _card,
    "media": _media,
    "mediaInline": _media,
    "placeholder": _nothing,
    "extension": lambda _a: _unknown(SafeString("")),
    "inlineExtension": lambda _a: SafeString('<span class="kind">Shown in Jira only</span>'),
}
_MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "strong": ("<strong>", "</strong>"),
    "em": ("<em>", "</em>"),
    "underline": ("<u>", "</u>"),
    "strike": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
}


def _marked(node: Node) -> SafeString:
    """Return a text with its marks; marks of colour and place are not shown."""
    html = escape(shown(str(node.get("text", ""))))
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else ():
        if isinstance(mark, dict):
            html = _with_mark(html, mark)
    return html


def _with_mark(html: SafeString, mark: Node) -> SafeString:
    kind, attributes = mark.get("type"), _attributes_of(mark)
    if kind == "link":
        return _link(_words(attributes.get("href")), html)
    if kind == "subsup":
        name = "sub" if attributes.get("type") == "sub" else "sup"
        return mark_safe(f"<{name}>{html}</{name}>")  # noqa: S308 — a name from here around what is safe
    before, after = _MARKS.get(str(kind), ("", ""))
    return mark_safe(f"{before}{html}{after}")  # noqa: S308 — see above


def _link(url: str, inner: SafeString) -> SafeString:
    """Return a link, or its text alone where it leads to nothing that a browser may open."""
    if not leads_to_the_web(url):
        return inner
    return format_html('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', url, inner)


def leads_to_the_web(url: str) -> bool:
    """Whether an address is one of http or https, read as browsers read it."""
    try:
        found = urlsplit(url.strip())
    except ValueError:
        return False
    return found.scheme in {"http", "https"} and bool(found.netloc)


def plain_text(document: object, *, most: int = 200) -> str:
    """Return the beginning of a document's text, in one line."""
    words: list[str] = []
    _collect([document], words, most)
    return shown(" ".join(" ".join(words).split()))[:most]


def _collect(nodes: Iterable[object], words: list[str], most: int) -> None:
    waiting = list(nodes)
    steps = 0
    while waiting and sum(map(len, words)) < most and steps < MOST_NODES:
        steps += 1
        node = waiting.pop(0)
        if isinstance(node, str):
            words.append(node)
        elif isinstance(node, dict):
            text = node.get("text") if node.get("type") == "text" else _attributes_of(node).get("text")
            if isinstance(text, str):
                words.append(text)
            content = node.get("content")
            waiting[:0] = content if isinstance(content, list) else []


def _attributes_of(node: Node) -> Mapping[str, Any]:
    attributes = node.get("attrs")
    return attributes if isinstance(attributes, dict) else {}


def _words(value: object) -> str:
    return shown(value)


def _span(value: object) -> int:
    return min(max(value, 1), 100) if isinstance(value, int) else 1
