"""What Ownkey uses of allauth beyond its public interface stands in one module, and this release has it."""

import ast
from pathlib import Path

import pytest

from ownkey.people import allauth_internals

SOURCE = Path(allauth_internals.__file__).parents[1]


@pytest.mark.parametrize("name", allauth_internals.__all__)
def test_each_part_is_there(name: str) -> None:
    found = getattr(allauth_internals, name)
    assert callable(found) or isinstance(found, str)


def test_nothing_else_imports_internals() -> None:
    users = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules += [f"{node.module}.{alias.name}" for alias in node.names]
            if any(each.startswith("allauth") and ".internal" in each for each in modules):
                users.add(file.name)
    assert users == {"allauth_internals.py"}
