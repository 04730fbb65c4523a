"""Which functions of the product write: found in the code itself, so that none is forgotten."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).resolve().parents[2] / "src" / "ownkey"
ROOMS: Final = (
    "mail",
    "people",
    "connections",
    "console",
    "database",
    "audit",
    "gateway/store",
    "workspace",
)
"""What can reach the database."""

_WRITES: Final = frozenset(
    {
        *("save", "delete", "update", "create", "get_or_create", "update_or_create", "set_password"),
        *("bulk_create", "bulk_update", "asave", "adelete", "aupdate", "acreate", "end"),
    }
)
_WRITING_SQL: Final = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the product.

    Attributes:
        name: Its module and its name, such as "people.flows.suspend_user".
        is_act: Whether it declares who may and whether it asks.
    """

    name: str
    is_act: bool


def writers(source: Path = SOURCE, rooms: tuple[str, ...] = ROOMS) -> list[Function]:
    """Return every function that changes a row by itself, or through a private one of its own module."""
    found = []
    for room in rooms:
        for file in sorted((source / room).rglob("*.py")):
            if "migrations" not in file.parts:
                found += _writers_of(file, source)
    return found


def used_by(file: Path) -> set[str]:
    """Return what of the product a module uses, by full name: "people.flows.suspend_user"."""
    tree = ast.parse(file.read_text())
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}".removeprefix("ownkey.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ownkey")
        for alias in node.names
    }
    plain = {
        imported[node.id] for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in imported
    }
    dotted = {
        f"{imported[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported
    }
    return plain | dotted


def pages(source: Path = SOURCE) -> list[Path]:
    """Return the modules that answer browsers: views, pages, forms, and what allauth calls."""
    named = ("views", "_page", "forms", "_form", "adapter", "middleware")
    files = [file for room in ROOMS for file in sorted((source / room).rglob("*.py"))]
    return [file for file in files if "views" in file.parts or file.stem.endswith(named)]


def _writers_of(file: Path, source: Path) -> list[Function]:
    tree = ast.parse(file.read_text())
    module = ".".join(file.relative_to(source).with_suffix("").parts)
    functions = dict(_functions(tree, ""))
    writing = {name for name, node in functions.items() if _writes(node)}
    while more := {
        name
        for name, node in functions.items()
        if name not in writing and _mentioned(node) & {each for each in writing if _is_private(each)}
    }:
        writing |= more
    return [
        Function(f"{module}.{name}", is_act=_is_act(functions[name]))
        for name in sorted(writing)
        if not _is_private(name)
    ]


_Node = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, _Node]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


def _is_private(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("_") and not last.startswith("__")


def _is_act(node: _Node) -> bool:
    return any(isinstance(each, ast.Call) and _called(each) == "act" for each in node.decorator_list)


def _mentioned(node: _Node) -> frozenset[str]:
    inner = list(ast.walk(node))
    return frozenset(
        {each.id for each in inner if isinstance(each, ast.Name)}
        | {each.attr for each in inner if isinstance(each, ast.Attribute)}
    )


def _writes(node: _Node) -> bool:
    for each in ast.walk(node):
        if not isinstance(each, ast.Call):
            continue
        name = _called(each)
        if isinstance(each.func, ast.Attribute) and (name in _WRITES or _module_of(each.func) == "derived"):
            return True
        if isinstance(each.func, ast.Name) and name == "record":
            return True
        if name in {"execute", "executemany"} and any(_is_writing_sql(given) for given in each.args):
            return True
    return False


def _module_of(called: ast.Attribute) -> str:
    return called.value.id if isinstance(called.value, ast.Name) else ""


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_writing_sql(given: ast.expr) -> bool:
    texts = [each.value for each in ast.walk(given) if isinstance(each, ast.Constant)]
    return any(isinstance(text, str) and text.lstrip().upper().startswith(_WRITING_SQL) for text in texts)
