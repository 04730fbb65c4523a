"""Every command keeps the same manners: help with an example, no secrets in arguments, quiet ends."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from ownkey.cli.main import build_app
from tests.cli.command import Ownkey

PROBE = """
import sys
from ownkey.cli.main import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write("\\nimported: " + " ".join({name.partition(".")[0] for name in sys.modules}))
"""


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that there is."""

    def below(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        if isinstance(command, TyperGroup):
            for name, inner in command.commands.items():
                yield from below(inner, (*words, name))

    return below(typer.main.get_command(build_app()), ())


COMMANDS = [pytest.param(words, id=" ".join(words) or "ownkey") for words in commands()]


@pytest.mark.parametrize("words", COMMANDS)
def test_help_ends_in_an_example_of_that_very_command(ownkey: Ownkey, words: tuple[str, ...]) -> None:
    ended = ownkey(*words, "--help")

    assert ended.code == 0
    example = ended.stdout.partition("Example")[2]
    assert f"ownkey {' '.join(words)}".strip() in example


@pytest.mark.parametrize("words", COMMANDS)
def test_no_option_takes_a_secret_as_its_value(ownkey: Ownkey, words: tuple[str, ...]) -> None:
    text = ownkey(*words, "--help").stdout

    for option in ("--token ", "--password ", "--secret ", "--api-token "):
        assert option not in text


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["explain", "GET", "/rest/api/3/myself"], id="explain"),
        pytest.param(["scopes", "list"], id="scopes"),
        pytest.param(["check", "--site", "acme.atlassian.net", "--email", "x"], id="check"),
    ],
)
def test_what_needs_no_database_never_imports_django(ownkey: Ownkey, arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=ownkey.environment(),
        stdin=subprocess.DEVNULL,
    )

    imported = ended.stderr.rpartition("imported: ")[2].split()
    assert "typer" in imported
    assert "django" not in imported
    assert "rich" not in imported


def test_version_names_the_program(ownkey: Ownkey) -> None:
    assert ownkey("--version").stdout.startswith("ownkey 0.")


@pytest.mark.parametrize(
    "arguments",
    [(), ("frobnicate",), ("explain", "GET"), ("scopes", "list", "--frob"), ("serve", "--port", "x")],
)
def test_misuse_exits_with_2(ownkey: Ownkey, arguments: tuple[str, ...]) -> None:
    ended = ownkey(*arguments)

    assert ended.code == 2
    assert ended.stdout + ended.stderr


def test_a_reader_that_leaves_early_is_no_error(ownkey: Ownkey) -> None:
    with subprocess.Popen(
        ownkey.command("scopes", "list"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ownkey.environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaints = process.stderr.read()

    assert complaints == b""
    assert process.returncode == 141


def test_mistakes_in_the_environment_are_told_together_and_by_name(ownkey: Ownkey) -> None:
    ended = ownkey(
        "check", "--site", "acme.atlassian.net", "--email", "ada@acme.example", "--json",
        OWNKEY_BASE_URL="nonsense", OWNKEY_TRUSTED_SITES="also nonsense",
    )  # fmt: skip

    assert ended.code == 2
    assert ended.json["error"] == "environment-mistakes"
    assert "OWNKEY_BASE_URL" in ended.stderr
    assert "OWNKEY_TRUSTED_SITES" in ended.stderr
    assert "nonsense" not in ended.stderr


def test_a_terminal_without_our_letters_still_gets_an_answer(ownkey: Ownkey) -> None:
    for_people = ownkey("scopes", "profile", "planning", PYTHONIOENCODING="ascii")
    for_machines = ownkey("scopes", "profile", "planning", "--json", PYTHONIOENCODING="ascii")

    assert (for_people.code, for_machines.code) == (0, 0)
    assert "?" not in for_machines.json["title"]
    assert for_machines.json == ownkey("scopes", "profile", "planning", "--json").json


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["check", "--site", "x", "{}"], id="one-too-many"),
        pytest.param(["check", "--site", "x", "--expires", "{}"], id="not-a-date"),
        pytest.param(["check", "--site", "x", "--token={}"], id="no-such-option"),
        pytest.param(["{}"], id="no-such-command"),
    ],
)
def test_a_secret_typed_as_an_argument_is_not_repeated(ownkey: Ownkey, arguments: list[str]) -> None:
    secret = "ATATT" + "3xFfGF0" + "Planted_-" * 9 + "=0A1B2C3D"

    ended = ownkey(*(argument.format(secret) for argument in arguments), "--json")

    assert ended.code == 2
    assert json.loads(ended.stdout)["error"] == "misuse"
    assert "Planted" not in ended.stdout + ended.stderr


def test_a_password_typed_as_an_argument_is_not_repeated(ownkey: Ownkey) -> None:
    ended = ownkey("user", "add", "ada@acme.example", "hunter2", "--name", "Ada")
    assert ended.code == 2
    assert "hunter2" not in ended.stdout + ended.stderr
    assert "Secrets are never given as arguments" in ended.stderr
