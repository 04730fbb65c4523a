"""Showing a check as it happens: a live list at a terminal, plain lines in a pipe, nothing for machines."""

import sys
from typing import TYPE_CHECKING, Protocol, Self

from ownkey.cli.check_words import lines_for
from ownkey.cli.output import print_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ownkey.scopes.profiles import ScopeProfile


class Display(Protocol):
    """Shows the events of one check; used as a context, so that the terminal is left as it was found."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    def show(self, event: object) -> None:
        """Show what has just happened."""


def display_for(profile: "ScopeProfile", *, as_json: bool) -> Display:
    """Return how a check of this profile's scopes is shown here."""
    if as_json:
        return NoDisplay()
    return LiveDisplay(profile) if sys.stdout.isatty() else LineDisplay()


class NoDisplay:
    """Shows nothing: the report is printed as JSON at the end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def show(self, event: object) -> None:
        """Show nothing."""


class LineDisplay(NoDisplay):
    """Prints a line or more for each event, in the order in which they happen."""

    def show(self, event: object) -> None:
        """Print what has just happened."""
        for line in lines_for(event):
            print_line(f"{line.mark} {line.text}".rstrip())


class LiveDisplay:
    """Draws the checklist, with every required scope in its place from the start, and fills it in."""

    def __init__(self, profile: "ScopeProfile") -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        self._before: list[RenderableType] = []
        self._after: list[RenderableType] = []
        self._scopes: dict[str, RenderableType | None] = {
            required.scope: None for required in profile.required
        }
        self._is_signed_in = False
        self._is_finished = False
        self._spinner = Spinner("dots", text="checking")
        self._live: Live = Live(
            console=Console(highlight=False), get_renderable=self._draw, refresh_per_second=12
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        # Stopped in the middle, what is not decided is left out rather than shown as turning for ever.
        self._is_finished = True
        self._live.stop()

    def show(self, event: object) -> None:
        """Fill in what has just happened."""
        from ownkey.atlassian.check import (
            AbilitiesTold,
            CheckFinished,
            IdentityUnreadable,
            ScopeDecided,
            SignedIn,
        )

        self._is_signed_in |= isinstance(event, SignedIn | IdentityUnreadable)
        self._is_finished |= isinstance(event, CheckFinished)
        rows = [_drawn(line.mark, line.text, line.style) for line in lines_for(event)]
        if isinstance(event, ScopeDecided):
            self._scopes[event.scope] = rows[0]
        elif isinstance(event, AbilitiesTold | CheckFinished):
            self._after += rows
        else:
            self._before += rows
        self._live.refresh()

    def _draw(self) -> "RenderableType":
        from rich.console import Group

        waiting = None if self._is_finished else self._spinner
        if not self._is_signed_in:
            scopes: list[RenderableType] = []
        elif self._is_finished:
            scopes = [row for row in self._scopes.values() if row is not None]
        else:
            scopes = [row or _drawn("·", scope, "dim") for scope, row in self._scopes.items()]
        return Group(*self._before, *scopes, *self._after, *([waiting] if waiting else []))


def _drawn(mark: str, text: str, style: str) -> "RenderableType":
    """Return a line with its mark in a column of its own; what is written there is never read as markup."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text(mark, style=style), Text(text))
    return table
