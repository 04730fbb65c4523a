"""The record is told in plain language: every action that the code records has words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import ownkey
from ownkey.audit.entry import Outcome
from ownkey.audit.words import ACTIONS, OUTCOMES, action_words, actor_words, details_words

SOURCE = Path(ownkey.__path__[0])


def recorded_actions() -> Iterator[str]:
    """Yield the action of every `record("…")` and `_record…("…")` in the code."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or "record" not in ast.unparse(node.func).split(".")[-1]:
                continue
            for part in ast.walk(node.args[0]) if node.args else ():
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_every_recorded_action_has_words() -> None:
    found = set(recorded_actions())
    assert {"signed-in", "credential.replaced", "client-key.revoked"} <= found
    assert found <= ACTIONS.keys()


def test_every_outcome_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)


def test_an_action_without_words_keeps_its_name() -> None:
    assert action_words("kettle.put-on") == "Kettle: put on"


def test_nobody_and_the_operator_have_names() -> None:
    assert actor_words("") == "A person not signed in"
    assert actor_words("operator") == "The operator"
    assert actor_words("ada@acme.example") == "ada@acme.example"


def test_details_are_words_without_what_is_empty() -> None:
    details = {"administrator": True, "missing": ["a", "b"], "reason": "", "scopes": None, "jira_trace": "x"}
    assert details_words(details) == [
        ("Administrator", "yes"),
        ("Missing scopes", "a, b"),
        ("Jira trace", "x"),
    ]
