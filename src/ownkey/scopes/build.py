"""Atlassian's OpenAPI files in, the catalogue's document out: facts only, none of their sentences.

What a call has to carry is noted as far as probes need it. The document is JSON with one operation a line, in
an order that depends on nothing but its content.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ownkey.scopes.catalogue import Callers
from ownkey.scopes.reading import is_reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ownkey.scopes.requirement import Scope

APIS = ("platform", "software", "service-management", "assets")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
FORMAT = 1
ABOUT = (
    "Facts taken from Atlassian's OpenAPI files by `ownkey scopes build`: do not edit, build again. "
    "scopes: any one of these sets, each needed whole; [[]] no scope needed; [] no token with scopes may. "
    "ambiguous: an empty set is published beside these, which may mean that no scope is needed. "
    "callers: where scopes is [], who may all the same, if the files say so: apps, or basic-auth. "
    "reads: changes nothing. "
    "json_object: refused without a JSON object as body. numeric: path parameters that are numbers."
)

# The reduced form of the Assets file says nothing about bodies. These take a JSON object in Atlassian's file
# (version 1.135.77), whose whole form says so by itself.
_ASSETS_JSON_OBJECTS = frozenset(
    {
        "POST /config/referencetype",
        "POST /config/statustype",
        "POST /object/create",
        "POST /objectschema/create",
        "POST /objecttype/create",
        "POST /objecttypeattribute/{objectTypeId}",
        "PUT /config/statustype/{id}",
        "PUT /object/{id}",
        "PUT /objectschema/{id}",
        "PUT /objecttype/{id}",
        "PUT /objecttypeattribute/{objectTypeId}/{id}",
    }
)


class SourceFileError(ValueError):
    """A file is not what it is said to be."""

    code = "source-file"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One of Atlassian's files, parsed, and the date it is from."""

    document: Mapping[str, Any]
    date: str


def build_document(sources: Mapping[str, SourceFile]) -> dict[str, Any]:
    """Return the catalogue's document, made from one file for each of `APIS`.

    The Assets file is either Atlassian's own or the reduced form that lists operations with their scopes.

    Raises:
        SourceFileError: a file is absent or has another shape.
    """
    if absent := [api for api in APIS if api not in sources]:
        raise SourceFileError(f"The catalogue needs a file for each API, and {', '.join(absent)} is absent.")
    header = []
    operations: list[dict[str, Any]] = []
    for api in APIS:
        source = sources[api]
        rows = sorted(_rows(api, source.document), key=lambda row: (row["path"], row["method"]))
        if not rows:
            raise SourceFileError(f"The {api} file has no operations. Is it Atlassian's OpenAPI file?")
        version = _version(source.document)
        header.append({"api": api, "version": version, "date": source.date, "operations": len(rows)})
        operations += rows
    return {"format": FORMAT, "about": ABOUT, "sources": header, "operations": operations}


def write_document(document: Mapping[str, Any]) -> str:
    """Return the document as text: one source and one operation a line, so that differences read well."""
    head = {key: value for key, value in document.items() if key not in {"sources", "operations"}}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key in ("sources", "operations"):
        rows = ",\n".join(_compact(row) for row in document[key])
        lines.append(f"{json.dumps(key)}: [\n{rows}\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def requirement_of(operation: Mapping[str, Any]) -> list[list[Scope]]:
    """Return the scope sets of an operation, each sorted, in the order in which the file gives them.

    Every entry of `x-atlassian-oauth2-scopes` and every `OAuth2` entry of `security` is an alternative. An
    empty one beside one with scopes says only that this kind of scope does not exist for the operation; empty
    ones alone say that no scope is needed. An operation with none (basic authentication or Connect only) is
    closed to scopes.
    """
    published = _published(operation)
    return [scopes for scopes in published if scopes] or published


def is_ambiguous(operation: Mapping[str, Any]) -> bool:
    """Whether an empty scope set is published beside others: it is not sure that a scope is needed."""
    published = _published(operation)
    return [] in published and len(published) > 1


def callers_of(operation: Mapping[str, Any]) -> Callers:
    """Return who may call an operation that has no scope set, as far as its file says."""
    security = operation.get("security") or ()
    if any("basicAuth" in entry for entry in security):
        return Callers.BASIC_AUTH
    # A Connect app signs in with a token of its own, which no file lists under `security`.
    return Callers.APPS if not security and "x-atlassian-connect-scope" in operation else Callers.UNSAID


def _published(operation: Mapping[str, Any]) -> list[list[Scope]]:
    entries = [entry["scopes"] for entry in operation.get("x-atlassian-oauth2-scopes") or ()]
    entries += [entry["OAuth2"] for entry in operation.get("security") or () if "OAuth2" in entry]
    return [list(scopes) for scopes in dict.fromkeys(tuple(sorted(set(scopes))) for scopes in entries)]


def _rows(api: str, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(document.get("operations"), list):
        yield from _reduced_rows(api, document)
        return
    if not isinstance(document.get("paths"), dict):
        raise SourceFileError(
            f"The {api} file has neither paths nor operations. Is it Atlassian's OpenAPI file?"
        )
    prefix = _prefix(document)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                yield _row(
                    api,
                    method.upper(),
                    path if path.startswith(prefix) else prefix + path,
                    operation.get("operationId") or derived_id(method, path),
                    requirement_of(operation),
                    ambiguous=is_ambiguous(operation),
                    callers=callers_of(operation),
                    json_object=_takes_json_object(operation, document),
                    numeric=_numeric_parameters(parameters, document),
                )


def _reduced_rows(api: str, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    prefix = _prefix(document)
    for operation in document["operations"]:
        method, path = operation["method"], operation["path"]
        yield _row(
            api,
            method,
            prefix + path,
            derived_id(method, path),
            [sorted(operation["scopes"])] if operation["scopes"] else [],
            ambiguous=False,
            callers=Callers.UNSAID,
            json_object=f"{method} {path}" in _ASSETS_JSON_OBJECTS,
            numeric=[],
        )


def _row(  # noqa: PLR0913 - one argument a column
    api: str,
    method: str,
    path: str,
    operation_id: str,
    scopes: list[list[Scope]],
    *,
    ambiguous: bool,
    callers: Callers,
    json_object: bool,
    numeric: list[str],
) -> dict[str, Any]:
    row: dict[str, Any] = {"api": api, "method": method, "path": path, "id": operation_id, "scopes": scopes}
    if ambiguous:
        row["ambiguous"] = True
    if not scopes and callers is not Callers.UNSAID:
        row["callers"] = callers.value
    if is_reading(method, path):
        row["reads"] = True
    if json_object:
        row["json_object"] = True
    if numeric:
        row["numeric"] = numeric
    return row


def derived_id(method: str, path: str) -> str:
    """Return an id for an operation that has none in Atlassian's file, such as `getObjectById`."""
    words = []
    for segment in path.split("/"):
        if name := segment.strip("{}"):
            parts = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))
            words.append(f"By{parts}" if segment.startswith("{") else parts)
    return method.lower() + "".join(words)


def _prefix(document: Mapping[str, Any]) -> str:
    """Return what the server's address adds in front of paths, nothing for a site's own address."""
    server = document.get("server") or next((one["url"] for one in document.get("servers") or ()), "")
    path = unquote(urlsplit(server).path)
    return re.sub(r"^/ex/jira/[^/]+", "", path).rstrip("/")


def _version(document: Mapping[str, Any]) -> str:
    if version := document.get("info", {}).get("version"):
        return str(version)
    found = re.search(r"_v=([0-9.]+)", str(document.get("source", "")))
    return found.group(1) if found else ""


def _takes_json_object(operation: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    body = _resolved(operation.get("requestBody") or {}, document)
    content = body.get("content") or {}
    if not body.get("required") or list(content) != ["application/json"]:
        return False
    schema = _resolved(content["application/json"].get("schema") or {}, document)
    return schema.get("type") == "object" or ("type" not in schema and "properties" in schema)


def _numeric_parameters(parameters: list[Mapping[str, Any]], document: Mapping[str, Any]) -> list[str]:
    resolved = [_resolved(parameter, document) for parameter in parameters]
    return sorted(
        {
            one["name"]
            for one in resolved
            if one.get("in") == "path"
            and _resolved(one.get("schema") or {}, document).get("type") == "integer"
        }
    )


def _resolved(part: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        target: Any = document
        for key in str(part["$ref"]).removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def _compact(row: Mapping[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)
