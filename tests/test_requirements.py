"""What `pyproject.toml` asks for is pinned with hashes and without an address."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>\S+)", re.MULTILINE)
LINE = re.compile(r"[a-z0-9][a-z0-9.-]*==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
RUN = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["build"]]
DEV = [*RUN, *PYPROJECT["dependency-groups"]["dev"]]


def pins(name: str) -> dict[str, str]:
    """Return the pinned version of each package in a requirements file."""
    return {
        found["name"]: found["version"] for found in PIN.finditer((ROOT / "requirements" / name).read_text())
    }


@pytest.mark.parametrize(("file", "asked_for"), [("run.txt", RUN), ("dev.txt", DEV)])
def test_what_is_asked_for_is_pinned(file: str, asked_for: list[str]) -> None:
    pinned = pins(file)
    for line in asked_for:
        requirement = Requirement(line)
        name = requirement.name.lower().replace("_", "-")
        assert name in pinned, f"{line}: run `make lock`"
        assert requirement.specifier.contains(pinned[name]), f"{line}: run `make lock`"


@pytest.mark.parametrize("file", ["run.txt", "dev.txt"])
def test_nothing_but_pins_and_hashes_is_in_the_files(file: str) -> None:
    lines = (ROOT / "requirements" / file).read_text().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_tests_run_on_what_people_run() -> None:
    run, dev = pins("run.txt"), pins("dev.txt")
    assert {name: dev.get(name) for name in run} == run
