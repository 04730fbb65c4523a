"""Rich text in its two spellings: a document in Atlassian's format (API version 3) and plain text (2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_DEEPEST = 50
_BLOCKS = frozenset(
    (
        "paragraph",
        "heading",
        "blockquote",
        "codeBlock",
        "listItem",
        "bulletList",
        "orderedList",
        "panel",
        "rule",
    )
)


class NotRichTextError(ValueError):
    """A value is not the rich text that this version of the API takes."""


@dataclass(frozen=True, slots=True)
class RichText:
    """A text that somebody wrote. `document` is kept as it was sent; without it, `plain` is all there is."""

    plain: str
    document: dict[str, Any] | None = None

    def as_document(self) -> dict[str, Any]:
        """Return the text as a document in Atlassian's format."""
        if self.document is not None:
            return self.document
        content = [
            {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
            for line in self.plain.split("\n")
        ]
        return {"type": "doc", "version": 1, "content": content}

    def shown(self, api_version: str) -> dict[str, Any] | str:
        """Return the text as a version of the API shows it."""
        return self.as_document() if api_version == "3" else self.plain


def read_text(value: object, api_version: str) -> RichText:
    """Return the text that was sent to a version of the API.

    Raises:
        NotRichTextError: version 3 was sent no document, or version 2 no string.
    """
    if api_version != "3":
        if not isinstance(value, str):
            raise NotRichTextError("Operation value must be a string")
        return RichText(value)
    if (
        not isinstance(value, dict)
        or value.get("type") != "doc"
        or not isinstance(value.get("content"), list)
    ):
        raise NotRichTextError(
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        )
    return RichText(_plain(value, _DEEPEST).strip("\n"), value)


def _plain(node: object, depth: int) -> str:
    if not isinstance(node, dict) or depth == 0:
        return ""
    kind, content, attributes = str(node.get("type")), node.get("content"), node.get("attrs")
    if kind == "hardBreak":
        return "\n"
    if kind == "mention" and isinstance(attributes, dict):
        return str(attributes.get("text", ""))
    text = node.get("text")
    inner = "".join(_plain(child, depth - 1) for child in content) if isinstance(content, list) else ""
    return (text if isinstance(text, str) else "") + inner + ("\n" if kind in _BLOCKS else "")
