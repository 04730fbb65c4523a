"""A document in Atlassian's format as HTML: every text is escaped, and only links of the web are links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ownkey.sandbox.markup import Markup, joined, piece

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DEEPEST = 50
_BLOCKS: Mapping[str, str] = {
    "paragraph": "<p>$inner</p>",
    "blockquote": "<blockquote>$inner</blockquote>",
    "bulletList": "<ul>$inner</ul>",
    "orderedList": "<ol>$inner</ol>",
    "listItem": "<li>$inner</li>",
    "taskList": "<ul>$inner</ul>",
    "decisionList": "<ul>$inner</ul>",
    "decisionItem": "<li>$inner</li>",
    "codeBlock": "<pre tabindex=0><code>$inner</code></pre>",
    "panel": '<div class="note">$inner</div>',
    "table": '<div class="wide" tabindex=0><table>$inner</table></div>',
    "tableRow": "<tr>$inner</tr>",
    "tableHeader": "<th>$inner</th>",
    "tableCell": "<td>$inner</td>",
}
_MARKS: Mapping[str, str] = {
    "strong": "<strong>$inner</strong>",
    "em": "<em>$inner</em>",
    "code": "<code>$inner</code>",
    "strike": "<s>$inner</s>",
    "underline": "<u>$inner</u>",
}
_EMPTY = Markup()


def html_of(document: object) -> Markup:
    """Return a document as HTML; what is not known is shown by what is in it, and no deeper than fifty."""
    return _node(document, _DEEPEST)


def _node(node: object, depth: int) -> Markup:
    if not isinstance(node, dict) or depth == 0:
        return _EMPTY
    kind, attributes = str(node.get("type")), node.get("attrs")
    given: Mapping[str, Any] = attributes if isinstance(attributes, dict) else {}
    if kind == "text":
        return _text(node)
    if kind in _LEAVES:
        return _LEAVES[kind](given)
    inner = _inner(node, depth)
    if kind == "heading":
        level = given.get("level")
        # The page's own headings stand above those of a text.
        number = min(max(level, 1), 4) + 2 if isinstance(level, int) else 3
        return piece(f"<h{number}>$inner</h{number}>", inner=inner)
    if kind == "taskItem":
        done = "☑" if given.get("state") == "DONE" else "☐"
        return piece("<li>$done $inner</li>", done=done, inner=inner)
    template = _BLOCKS.get(kind)
    return inner if template is None else piece(template, inner=inner)


def _inner(node: Mapping[str, Any], depth: int) -> Markup:
    content = node.get("content")
    children = content if isinstance(content, list) else []
    return Markup("".join(_node(child, depth - 1) for child in children))


def _text(node: Mapping[str, Any]) -> Markup:
    text = node.get("text")
    shown = piece("$text", text=text if isinstance(text, str) else "")
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if not isinstance(mark, dict):
            continue
        kind, attributes = str(mark.get("type")), mark.get("attrs")
        if kind == "link" and isinstance(attributes, dict):
            shown = _link(attributes.get("href"), shown)
        elif kind in _MARKS:
            shown = piece(_MARKS[kind], inner=shown)
    return shown


def _link(address: object, inner: Markup) -> Markup:
    if not isinstance(address, str) or not _is_of_the_web(address):
        return inner
    return piece('<a href="$to" rel="noopener noreferrer nofollow">$inner</a>', to=address, inner=inner)


def _is_of_the_web(address: str) -> bool:
    try:
        return urlsplit(address).scheme in ("http", "https", "mailto") and address.isprintable()
    except ValueError:
        return False


def _card(given: Mapping[str, Any]) -> Markup:
    address = given.get("url")
    return _link(address, piece("$text", text=address if isinstance(address, str) else "(link)"))


def _said(given: Mapping[str, Any], *names: str) -> Markup:
    found = next((given[name] for name in names if isinstance(given.get(name), str)), "")
    return piece("$text", text=found)


_LEAVES: Mapping[str, Callable[[Mapping[str, Any]], Markup]] = {
    "hardBreak": lambda _given: Markup("<br>"),
    "rule": lambda _given: Markup("<hr>"),
    "mention": lambda given: piece('<span class="tag">$name</span>', name=_said(given, "text", "id")),
    "emoji": lambda given: _said(given, "text", "shortName"),
    "status": lambda given: piece('<span class="tag">$name</span>', name=_said(given, "text")),
    "date": lambda given: _said(given, "timestamp"),
    "inlineCard": _card,
    "blockCard": lambda given: joined((Markup("<p>"), _card(given), Markup("</p>"))),
    "media": lambda given: piece("<p>(file: $name)</p>", name=_said(given, "alt", "id")),
}
