"""Who is signed in to the account pages, and the token that each is about to make."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from ownkey.sandbox.people import Person

COOKIE = "sandbox_session"


@dataclass(slots=True)
class Draft:
    """A token that is being made, step by step."""

    name: str = ""
    expires_on: date | None = None
    app: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(slots=True)
class Session:
    """One browser's session. `fresh_token` is shown by the next page that asks for it, and by no other."""

    person: Person
    draft: Draft = field(default_factory=Draft)
    fresh_token: tuple[str, str] | None = None


@dataclass(slots=True)
class Sessions:
    """The open sessions by the value of their cookie."""

    _open: dict[str, Session] = field(default_factory=dict)

    def open(self, person: Person) -> str:
        """Open a session; returned is its cookie's value."""
        value = secrets.token_urlsafe(24)
        self._open[value] = Session(person)
        return value

    def find(self, value: str | None) -> Session | None:
        """Return the session that a cookie's value belongs to."""
        return None if value is None else self._open.get(value)

    def close(self, value: str | None) -> None:
        """End a session."""
        self._open.pop(value or "", None)
