"""One measured figure, and the table that `make bench` prints."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, how much, and the most that it may be.

    Attributes:
        name: What was measured.
        measured: How much.
        unit: Of what; goals are upper limits in the same unit.
        goal: The most that it may be; None for a figure that only stands beside another.
        compared_with: What it stands beside, and how much that is.
    """

    name: str
    measured: float
    unit: str
    goal: float | None = None
    compared_with: tuple[str, float] | None = None

    @property
    def is_met(self) -> bool:
        """Whether the goal is met; a figure without one is."""
        return self.goal is None or self.measured <= self.goal

    def row(self) -> tuple[str, ...]:
        """Return the figure as the table's cells."""
        goal = "" if self.goal is None else f"≤ {_short(self.goal)} {self.unit}"
        beside = ratio = ""
        if self.compared_with is not None:
            other, much = self.compared_with
            beside, ratio = f"{other}: {_short(much)} {self.unit}", _ratio(self.measured, much)
        met = "" if self.goal is None else "yes" if self.is_met else "NO"
        return self.name, f"{_short(self.measured)} {self.unit}", goal, met, beside, ratio


HEADINGS = ("figure", "measured", "goal", "met", "beside", "ratio")


def table(figures: Iterable[Figure]) -> str:
    """Return figures as a Markdown table."""
    rows = [HEADINGS, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def median_s(act: Callable[[], object], *, times: int) -> float:
    """Return the median of how many seconds `act` takes, after one time that is not counted."""
    act()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def _ratio(ours: float, other: float) -> str:
    """Return how many times the larger one is the smaller one, and which of them that is."""
    return f"{_short(other / ours)} × ours" if other >= ours else f"ours {_short(ours / other)} ×"


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
