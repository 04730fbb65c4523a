"""Short ways to write down documents in Atlassian's format."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def node(kind: str, *content: Node | str, **attributes: object) -> Node:
    """Return a node; a text stands for a text node, and without content there is none."""
    made: Node = {"type": kind}
    if attributes:
        made["attrs"] = attributes
    if content:
        made["content"] = [text(part) if isinstance(part, str) else part for part in content]
    return made


def text(words: str, *marks: str | Node) -> Node:
    """Return a text node with marks; a mark without attributes is given by its name."""
    made: Node = {"type": "text", "text": words}
    if marks:
        made["marks"] = [{"type": mark} if isinstance(mark, str) else mark for mark in marks]
    return made


def mark(kind: str, **attributes: object) -> Node:
    """Return a mark with attributes."""
    return {"type": kind, "attrs": attributes}


def marked(made: Node, *marks: Node) -> Node:
    """Return a node with marks of its own, as paragraphs and pictures have them."""
    return made | {"marks": list(marks)}


def paragraph(*content: Node | str) -> Node:
    """Return a paragraph."""
    return node("paragraph", *content)


def document(*content: Node) -> Node:
    """Return a whole document."""
    return {"type": "doc", "version": 1, "content": list(content)}
