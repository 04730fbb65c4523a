"""The issues as JSON, written anew for those only that have changed: there may be thousands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ownkey.sandbox.keeping.codec import Encoder, dict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ownkey.sandbox.jira.entities import Issue


@dataclass(frozen=True, slots=True)
class Encoded:
    """A part of a document that is JSON already."""

    text: str


@dataclass(slots=True)
class IssueTexts:
    """Each issue as it was when it was last written, with its JSON."""

    _held: dict[str, tuple[Issue, str]] = field(default_factory=dict)

    def encoded(self, issues: Mapping[str, Issue]) -> Encoded:
        """Return the issues by id, as the encoder would write them."""
        self._held = {number: self._pair(number, issue) for number, issue in issues.items()}
        return Encoded(dict_of((json.dumps(number), text) for number, (_, text) in self._held.items()))

    def _pair(self, number: str, issue: Issue) -> tuple[Issue, str]:
        held = self._held.get(number)
        if held is not None and held[0] == issue:
            return held
        return issue.copy(), json.dumps(Encoder().value(issue), separators=(",", ":"))
