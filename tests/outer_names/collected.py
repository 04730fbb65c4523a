"""The names that others rely on, as the code has them: each function returns one list, a name a line."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver
from prometheus_client.parser import text_string_to_metric_families

import ownkey
from ownkey.audit.entry import Outcome
from ownkey.audit.words import ACTIONS
from ownkey.calls.meters import Meters
from ownkey.calls.refusals import TABLE
from ownkey.cli.errors import ExitCode
from ownkey.environment.known_variables import KNOWN

SOURCE = Path(ownkey.__file__).parent
RAISED = {"FailedError", "MisuseError", "NothingSentError"}
LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}
VARIABLE = re.compile(r"\bOWNKEY_[A-Z]+(?:_[A-Z]+)*\b")


def refusal_codes() -> set[str]:
    """Return each code of the gateway with its HTTP status."""
    return {f"{code.value} {row.status}" for code, row in TABLE.items()}


def record_events() -> set[str]:
    """Return what an entry of the record may say was done, and how it ended."""
    return {f"action {action}" for action in ACTIONS} | {f"outcome {outcome.value}" for outcome in Outcome}


def metrics() -> set[str]:
    """Return each metric with its kind and the labels of its samples."""
    by_gateway, by_session = Meters("ownkey_gateway"), Meters("ownkey_pages")
    text = b""
    for meters in (by_gateway, by_session):
        meters.ended(outcome="passed", status=200, code="fault", seconds=0.1)
        text += meters.text(open_calls=1)
    families = text_string_to_metric_families(text.decode())
    return {
        " ".join([sample.name, family.type, *sorted(sample.labels)])
        for family in families
        for sample in family.samples
    }


def log_events() -> set[str]:
    """Return each event of the log with its level and the names of its fields."""
    found = set()
    for call in _calls():
        if not (isinstance(call.func, ast.Attribute) and call.func.attr in LOGGED and call.args):
            continue
        event = call.args[0]
        if "log" in ast.unparse(call.func.value) and isinstance(event, ast.Constant):
            fields = sorted(one.arg for one in call.keywords if one.arg)
            found.add(" ".join([call.func.attr, repr(event.value), *fields]))
    return found


def exit_codes() -> set[str]:
    """Return each exit code with its number."""
    return {f"{code.value} {code.name}" for code in ExitCode}


def error_codes() -> set[str]:
    """Return the codes that commands print under `error`, and those of the errors that flows raise."""
    raised = {
        call.args[0].value
        for call in _calls()
        if isinstance(call.func, ast.Name)
        and call.func.id in RAISED
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    return {str(code) for code in raised} | set(_codes_of_classes())


def environment_variables() -> set[str]:
    """Return each variable that the code names, and each that holds the name of a secret's file."""
    return set(KNOWN) | {name for path in _modules() for name in VARIABLE.findall(path.read_text())}


def addresses() -> set[str]:
    """Return each address of the pages with its name."""
    return set(_addresses(get_resolver(), ""))


LISTS: Mapping[str, Callable[[], set[str]]] = {
    "refusal-codes": refusal_codes,
    "record-events": record_events,
    "metrics": metrics,
    "log-events": log_events,
    "exit-codes": exit_codes,
    "error-codes": error_codes,
    "environment-variables": environment_variables,
    "addresses": addresses,
}


def _modules() -> Iterator[Path]:
    yield from sorted(SOURCE.rglob("*.py"))


def _calls() -> Iterator[ast.Call]:
    for path in _modules():
        yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def _codes_of_classes() -> Iterator[str]:
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.ClassDef) and node.name.endswith("Error")):
                continue
            for line in node.body:
                if (
                    isinstance(line, ast.Assign)
                    and ast.unparse(line.targets[0]) == "code"
                    and isinstance(line.value, ast.Constant)
                ):
                    yield str(line.value.value)


def _addresses(resolver: URLResolver, before: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        address = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _addresses(each, address)
        elif isinstance(each, URLPattern):
            yield f"/{address} {each.name or ''}".rstrip()
