"""What the operator decides is read in one room, and reaches everything else as one value."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ownkey

SRC = Path(ownkey.__file__).parent
ROOM = SRC / "environment"
SETTINGS = SRC / "console/settings.py"
READS = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
# Django's settings of its own that Ownkey reads: their names are Django's and its apps'.
OF_DJANGO = {
    "ACCOUNT_REAUTHENTICATION_TIMEOUT",
    "AUTH_USER_MODEL",
    "CACHES",
    "EMAIL_FILE_PATH",
    "PASSWORD_RESET_TIMEOUT",
    "SECRET_KEY",
    "SESSION_COOKIE_AGE",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
}


def variables_read_by(source: str) -> Iterator[str]:
    """Yield what a module reads the environment with, such as `environ`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield from {node.attr} & READS
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from {name.name for name in node.names} & READS


def settings_read_by(source: str) -> Iterator[str]:
    """Yield the names that a module takes from Django's settings."""
    tree = ast.parse(source)
    if not any(isinstance(node, ast.ImportFrom) and node.module == "django.conf" for node in ast.walk(tree)):
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "settings"
        ):
            yield node.attr


def elsewhere() -> Iterator[Path]:
    """Yield every module outside the room and Django's settings."""
    for path in SRC.rglob("*.py"):
        if ROOM not in path.parents and path != SETTINGS:
            yield path


def test_no_module_elsewhere_reads_a_variable() -> None:
    assert {
        path.relative_to(SRC).as_posix(): found
        for path in elsewhere()
        if (found := set(variables_read_by(path.read_text())))
    } == {}


def test_nothing_of_ownkeys_own_goes_through_djangos_settings() -> None:
    read = {name for path in elsewhere() for name in settings_read_by(path.read_text())}
    assert read <= OF_DJANGO


@pytest.mark.parametrize(
    "planted",
    [
        "import os\nhome = os.environ['OWNKEY_HOME']",
        "import os\nos.environ.update(OWNKEY_DEMO='1')",
        "from os import environ\n",
        "from os import path, getenv\n",
        "def late():\n    import os\n    return os.getenv('OWNKEY_HOME')",
    ],
)
def test_a_planted_reader_is_seen(planted: str) -> None:
    assert set(variables_read_by(planted))


def test_a_planted_setting_is_seen() -> None:
    planted = "from django.conf import settings\n\ndef late():\n    return settings.OWNKEY.home"
    assert set(settings_read_by(planted)) == {"OWNKEY"}
