"""The import contracts hold for packages that are not there yet: what is planted anywhere breaks them."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ownkey

ROOT = Path(__file__).parents[1]
SRC = Path(ownkey.__file__).parent
PROJECT = (ROOT / "pyproject.toml").read_text()
CONTRACTS: list[dict[str, Any]] = tomllib.loads(PROJECT)["tool"]["importlinter"]["contracts"]
BY_ID = {contract["id"]: contract for contract in CONTRACTS}
MOST_EXCEPTIONS = 5
LOOP_SOCKETS = {
    "create_connection", "create_datagram_endpoint", "create_server", "create_unix_connection",
    "create_unix_server", "open_connection", "sock_connect", "start_server",
}  # fmt: skip
DIALS = {"cli/demo.py", "mail/diagnosis.py", "sandbox/server.py"}


class Plant(NamedTuple):
    """A module that must not be there.

    Attributes:
        contract: Which contract it breaks.
        module: Where it stands, below `ownkey`.
        source: What it holds.
    """

    contract: str
    module: str
    source: str


PLANTS = (
    Plant("layers", "planted", '"""A package without a place."""'),
    Plant("layers", "vault.planted", "from ownkey.people.models import User"),
    Plant("layers", "environment.planted", "from ownkey.database import files"),
    Plant("layers", "sandbox.planted", "from ownkey.calls import way"),
    Plant("sandbox", "sandbox.planted", "from ownkey.secret import Secret"),
    Plant("sandbox-outside", "connections.planted", "from ownkey.sandbox.cloud import Cloud"),
    Plant("sandbox-outside", "planted", "from ownkey.sandbox.cloud import Cloud"),
    Plant("cryptography", "planted", "from cryptography.fernet import Fernet"),
    Plant("cryptography", "people.planted", "def late():\n    import cryptography"),
    Plant("http-clients", "planted", "import aiohttp"),
    Plant("http-clients", "workspace.jira.planted", "from pyreqwest.client import Client"),
    Plant("http-clients", "console.planted", "import httpx"),
    Plant("sockets", "planted", "import socket"),
    Plant("sockets", "console.planted", "from smtplib import SMTP"),
    Plant("servers", "planted", "from granian.server.embed import Server"),
    Plant("key-services", "planted", "import boto3"),
    Plant("database", "planted", "import sqlite3"),
    Plant("database", "audit.planted", "def late():\n    from sqlite3 import connect"),
    Plant("pure", "calls.planted", "from django.conf import settings"),
    Plant("pure", "scopes.planted", "from django.utils import timezone"),
    Plant("pure", "environment.planted", "import typer"),
    Plant("pure-scopes", "scopes.planted", "import time"),
    Plant("calls", "calls.planted", "import uvloop"),
    Plant("gateway", "gateway.planted", "from ownkey.connections import models"),
)
# What comes out of a module that also has what is harmless, so that no import contract sees it.
BANNED = (
    "import urllib.request",
    "from urllib import request",
    "from http.client import HTTPSConnection",
    "import http.server",
    "from asyncio import open_connection",
    "import asyncio\n\nasyncio.start_server(print)",
    "import asyncio\n\nasyncio.open_unix_connection('/run/socket')",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the tree with its contracts."""
    place = tmp_path_factory.mktemp("copy")
    shutil.copytree(SRC, place / "src/ownkey", ignore=shutil.ignore_patterns("__pycache__", "static"))
    (place / "pyproject.toml").write_text(PROJECT)
    return place


@pytest.fixture
def planted(copy: Path, request: pytest.FixtureRequest) -> Iterator[Plant]:
    """Put a module into the copy, and take it away again."""
    plant: Plant = request.param
    path = copy.joinpath("src/ownkey", *plant.module.split(".")).with_suffix(".py")
    path.write_text(f"{plant.source}\n")
    yield plant
    path.unlink()


def broken(copy: Path, *contracts: str) -> str:
    """Return what `lint-imports` says of the copy, empty when all contracts are kept."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--config=../pyproject.toml"]
    only = [part for contract in contracts for part in ("--contract", contract)]
    ended = subprocess.run(
        [*command, *only], cwd=copy / "src", capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.returncode in {0, 1}, ended.stderr
    return ended.stdout if ended.returncode else ""


def test_the_tree_itself_breaks_none(copy: Path) -> None:
    assert broken(copy) == ""


@pytest.mark.parametrize(
    "planted", PLANTS, ids=[f"{one.contract} by {one.module}" for one in PLANTS], indirect=True
)
def test_what_is_planted_breaks_it(planted: Plant, copy: Path) -> None:
    assert f"ownkey.{planted.module}" in broken(copy, planted.contract)


def test_every_contract_was_broken_once() -> None:
    assert {plant.contract for plant in PLANTS} == BY_ID.keys()


def test_a_contract_about_a_library_is_about_everything() -> None:
    """A list of sources is open: a package that is new is in none."""
    listed = {
        name
        for name, one in BY_ID.items()
        if one["type"] == "forbidden" and one["source_modules"] != ["ownkey"]
    }
    assert listed == {"sandbox", "pure", "pure-scopes", "calls", "gateway"}


def test_every_place_below_the_database_is_pure() -> None:
    """The one list of sources that has to be whole is: a package gets its place, and with it its purity."""
    layers = [layer.split(" | ") for layer in BY_ID["layers"]["layers"]]
    below = {f"ownkey.{name}" for layer in layers[layers.index(["database"]) + 1 :] for name in layer}
    assert below - {"ownkey.sandbox"} == {*BY_ID["pure"]["source_modules"]} - {"ownkey.calls"}


@pytest.mark.parametrize("contract", BY_ID)
def test_exceptions_are_few_and_each_has_its_reason(contract: str) -> None:
    exceptions = BY_ID[contract].get("ignore_imports", [])
    assert len(exceptions) <= MOST_EXCEPTIONS
    for exception in exceptions:
        assert re.search(rf'"{re.escape(exception)}",? # \w+', PROJECT), exception


@pytest.mark.parametrize("source", BANNED)
def test_no_socket_comes_out_of_a_module_that_contracts_let_pass(source: str, copy: Path) -> None:
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--select=TID251", "-"]
    name = f"--stdin-filename={copy / 'src/ownkey/connections/planted.py'}"
    ended = subprocess.run(
        [*command, name], cwd=copy, input=source, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, "is banned" in ended.stdout) == (1, True), ended.stdout + ended.stderr


def test_no_socket_comes_out_of_an_event_loop() -> None:
    found = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in LOOP_SOCKETS
    }
    assert found == DIALS
