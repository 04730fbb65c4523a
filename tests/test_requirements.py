"""What `pyproject.toml` asks for is pinned with hashes and no address, and the package asks for the same."""

import os
import re
import subprocess
import sys
import tomllib
from email.parser import HeaderParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS: dict[str, list[str | dict[str, str]]] = PYPROJECT["dependency-groups"]
FILES = {
    "installer.txt": ["installer"],
    "run.txt": ["run", "build"],
    "dev.txt": ["run", "build", "dev", "aws", "openbao"],
    "clients.txt": ["clients"],
}
EXTRAS = ("aws", "openbao")
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^\s;]+)", re.MULTILINE)
LINE = re.compile(r"[a-z0-9][a-z0-9.-]*==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")


def text(name: str) -> str:
    """Return a requirements file's text."""
    return (ROOT / "requirements" / name).read_text()


def pins(name: str) -> dict[str, str]:
    """Return the pinned version of each package in a requirements file."""
    return {found["name"]: found["version"] for found in PIN.finditer(text(name))}


@pytest.mark.parametrize("file", FILES)
def test_what_is_asked_for_is_pinned(file: str) -> None:
    pinned = pins(file)
    asked_for = [line for group in FILES[file] for line in GROUPS[group] if isinstance(line, str)]
    assert asked_for
    for line in asked_for:
        requirement = Requirement(line)
        name = requirement.name.lower().replace("_", "-")
        assert name in pinned, f"{line}: run `make lock`"
        assert requirement.specifier.contains(pinned[name]), f"{line}: run `make lock`"


@pytest.mark.parametrize("file", [*FILES, "oldest-installer.txt"])
def test_nothing_but_pins_and_hashes_is_in_the_files(file: str) -> None:
    lines = text(file).splitlines()
    assert lines
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_tests_run_on_what_people_run() -> None:
    run, dev = pins("run.txt"), pins("dev.txt")
    assert {name: dev.get(name) for name in run} == run


def test_the_package_asks_for_what_is_locked_and_for_nothing_else() -> None:
    build = {"setuptools"}
    assert pins("package.txt") == {
        name: version for name, version in pins("run.txt").items() if name not in build
    }
    for extra in EXTRAS:
        asked_for = pins(f"package-{extra}.txt")
        assert asked_for
        assert asked_for.items() <= pins("dev.txt").items()


def test_the_build_back_end_is_the_locked_one() -> None:
    assert PYPROJECT["build-system"]["requires"] == [f"setuptools=={pins('run.txt')['setuptools']}"]


def test_the_built_package_says_the_same(tmp_path: Path) -> None:
    build = "from setuptools import build_meta; build_meta.prepare_metadata_for_build_wheel(sys.argv[1])"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [sys.executable, "-c", f"import sys; {build}", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    (metadata,) = tmp_path.glob("*.dist-info/METADATA")
    said = [
        Requirement(line)
        for line in HeaderParser().parsestr(metadata.read_text()).get_all("Requires-Dist", [])
    ]
    by_file = {"package.txt": None} | {f"package-{extra}.txt": extra for extra in EXTRAS}
    for file, extra in by_file.items():
        mine = {each.name: str(each.specifier) for each in said if _belongs_to(each, extra)}
        assert mine == {name: f"=={version}" for name, version in pins(file).items()}


def _belongs_to(requirement: Requirement, extra: str | None) -> bool:
    marker = str(requirement.marker or "")
    return f'extra == "{extra}"' in marker if extra else "extra ==" not in marker
