"""What a test run says about itself at its end: seconds by folder, the seed, and how many kills were tried.

Beside the seconds on the clock stand those that were computed, which a busy machine leaves as they are.
"""

import resource
import time
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import PurePath

import pytest

from tests.faults import dying
from tests.running import forks

KILLS_OF_EACH = 8
LONGEST_FIRST = ("faults", "clients", "upgrades", "lifecycle", "gateway_store", "connections", "hardening")
"""Folders whose files take long, so that no process is left alone with one of them at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption(
        "--all-kills", action="store_true", help="kill programs at every moment, not at a sample"
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take the seed of the run, which pytest-randomly gives to every process of it."""
    seed = config.getoption("randomly_seed", None)
    dying.sampling.seed = seed if isinstance(seed, int) else int(time.time())
    dying.sampling.most = None if config.getoption("all_kills") else KILLS_OF_EACH
    config.pluginmanager.register(Figures(counted_s=computed_s()), "ownkey-figures")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the folders that take longest begin; within them the order stays random."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(folder_of(item.nodeid), len(places)))


@dataclass
class Spent:
    """What one folder took."""

    tests: int = 0
    clock_s: float = 0.0
    cpu_s: float = 0.0


@dataclass(eq=False)
class Figures:
    """Collects the figures: in each process of a run for its own tests, in the first one for all."""

    folders: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    kills: list[tuple[int, int]] = field(default_factory=list)
    counted_s: float = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the seconds computed since the last report, and the kills, into the report."""
        report = yield
        now = computed_s()
        # What is in a report's __dict__ reaches the process with the terminal.
        report.__dict__.update(cpu_s=now - self.counted_s, kills=list(dying.tried))
        self.counted_s = now
        dying.tried.clear()
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a report, from this process or from one that runs tests for it."""
        folder = self.folders[folder_of(report.nodeid)]
        folder.tests += report.when == "call"
        folder.clock_s += report.duration
        folder.cpu_s += getattr(report, "cpu_s", 0.0)
        self.kills += [(chosen, there) for chosen, there in getattr(report, "kills", ())]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what was collected; the process that collects it is the one with a terminal."""
        terminalreporter.section("seconds by folder")
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """Return the table, the folder that took longest first, and what was tried of the kills."""
        rows = sorted(self.folders.items(), key=lambda row: -row[1].clock_s)
        everything = Spent(
            sum(spent.tests for _, spent in rows),
            sum(spent.clock_s for _, spent in rows),
            sum(spent.cpu_s for _, spent in rows),
        )
        lines = [f"{'':24}{'tests':>7}{'clock':>9}{'computed':>10}"]
        for name, spent in [*rows, ("all, added up", everything)]:
            lines.append(f"{name:24}{spent.tests:7}{spent.clock_s:9.1f}{spent.cpu_s:10.1f}")
        if self.kills:
            chosen, there = (sum(numbers) for numbers in zip(*self.kills, strict=True))
            lines.append(f"kills: {chosen} of {there} moments, chosen by the seed (all: --all-kills)")
        return [
            *lines,
            f"seed: {dying.sampling.seed} (the same again: --randomly-seed={dying.sampling.seed})",
        ]


def folder_of(nodeid: str) -> str:
    """Return the folder of a test below tests/, or `tests` itself."""
    parts = PurePath(nodeid.partition("::")[0]).parts
    return parts[1] if len(parts) > 2 else parts[0]


def computed_s() -> float:
    """Return the seconds that this process and the children that it has waited for have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + forks.spent.cpu_s
