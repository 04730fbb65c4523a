"""A `Secret` shows itself to nobody, and only the wire and the vault may ask it to."""

import copy
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import ownkey
from ownkey.secret import Secret

PLANTED = "ATATT" + "3x-planted-in-a-test"

# Django and its mailer take their own two passwords as plain text; no API token comes near these modules.
OWN_SETTINGS = {"console/settings.py", "environment/signing.py", "environment/process.py"}


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(repr, id="repr"),
        pytest.param(str, id="str"),
        pytest.param("{}".format, id="format"),
        pytest.param("{!r:>40}".format, id="format-with-width"),
        pytest.param(lambda secret: "%s" % secret, id="percent"),  # noqa: UP031 — this way of printing is the case
        pytest.param(lambda secret: repr([secret]), id="in-a-list"),
        pytest.param(lambda secret: str({"token": secret}), id="in-a-dictionary"),
    ],
)
def test_printing_shows_a_mask(show: Callable[[object], str]) -> None:
    shown = show(Secret(PLANTED))
    assert PLANTED not in shown
    assert "•••" in shown


@pytest.mark.parametrize(
    "take",
    [
        pytest.param(pickle.dumps, id="pickle"),
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
        pytest.param(json.dumps, id="json"),
        pytest.param(lambda secret: secret == Secret(PLANTED), id="equality"),
        pytest.param(lambda secret: secret != PLANTED, id="inequality"),
        pytest.param(hash, id="hash"),
        pytest.param(vars, id="vars"),
        pytest.param(list, id="iteration"),
        pytest.param(len, id="length"),
        pytest.param(bytes, id="bytes"),
    ],
)
def test_everything_else_is_refused_without_naming_it(take: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as refusal:
        take(Secret(PLANTED))
    assert PLANTED not in str(refusal.value)


def test_an_empty_secret_is_false() -> None:
    assert Secret(PLANTED)
    assert not Secret("")


def test_reveal_is_called_on_the_wire_and_in_the_vault_only() -> None:
    package = Path(ownkey.__file__).parent
    reveals = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"\.reveal\b", path.read_text()) and path != package / "secret.py"
    }
    elsewhere = {path for path in reveals if path != "atlassian/wire.py" and not path.startswith("vault/")}
    assert not elsewhere - OWN_SETTINGS
    assert "atlassian/wire.py" in reveals, "the test looks where the code is"


def test_nothing_reaches_around_reveal() -> None:
    package = Path(ownkey.__file__).parent
    assert not [path for path in package.rglob("*.py") if "_Secret__" in path.read_text()]
