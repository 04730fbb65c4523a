"""The catalogue that Ownkey comes with is what `ownkey scopes build` makes of Atlassian's files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ownkey.scopes.build import (
    SourceFile,
    SourceFileError,
    build_document,
    derived_id,
    is_ambiguous,
    requirement_of,
    write_document,
)
from ownkey.scopes.catalogue import CATALOGUE_FILE, Catalogue, read_catalogue
from ownkey.scopes.changes import compare

FILES = {
    "platform": "platform.json",
    "software": "software.json",
    "service-management": "jsm.json",
    "assets": "assets.json",
}
SERVER = "https://api.atlassian.com/ex/jira/{cloudId}/jsm/assets/workspace/{workspaceId}/v1"


def atlassian_files() -> Path | None:
    """Return the folder with Atlassian's files, None where they are not at hand."""
    beside = Path(__file__).parents[3] / "shared" / "atlassian"
    folder = Path(os.environ.get("OWNKEY_ATLASSIAN_FILES") or beside)
    return folder if all((folder / name).is_file() for name in FILES.values()) else None


def test_catalogue_is_what_atlassians_files_give(catalogue: Catalogue) -> None:
    folder = atlassian_files()
    if folder is None:
        pytest.skip("Atlassian's files are not here; OWNKEY_ATLASSIAN_FILES names the folder that has them.")
    sources = {
        api: SourceFile(json.loads((folder / name).read_text("utf-8")), catalogue.sources[api].date)
        for api, name in FILES.items()
    }
    document = build_document(sources)
    assert write_document(document) == CATALOGUE_FILE.read_text("utf-8")
    assert not compare(catalogue, read_catalogue(document))


def operation(**parts: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"operationId": "one", **parts}


@pytest.mark.parametrize(
    ("parts", "alternatives", "ambiguous"),
    [
        pytest.param({"security": [{"basicAuth": []}]}, [], False, id="basic only"),
        pytest.param({}, [], False, id="nothing said"),
        pytest.param({"security": [{"OAuth2": []}, {}]}, [[]], False, id="an empty set alone"),
        pytest.param(
            {
                "security": [{"OAuth2": []}],
                "x-atlassian-oauth2-scopes": [
                    {"state": "Current", "scopes": []},
                    {"state": "Beta", "scopes": ["a"]},
                ],
            },
            [["a"]],
            True,
            id="an empty set beside scopes",
        ),
        pytest.param(
            {
                "security": [{"OAuth2": ["b", "a"]}],
                "x-atlassian-oauth2-scopes": [{"scopes": ["a", "b"]}, {"scopes": ["c"]}],
            },
            [["a", "b"], ["c"]],
            False,
            id="each set once",
        ),
    ],
)
def test_every_published_set_is_an_alternative(
    parts: dict[str, Any], alternatives: list[list[str]], *, ambiguous: bool
) -> None:
    assert (requirement_of(operation(**parts)), is_ambiguous(operation(**parts))) == (alternatives, ambiguous)


@pytest.mark.parametrize(
    ("parts", "callers"),
    [
        pytest.param(
            {"security": [{"basicAuth": []}], "x-atlassian-connect-scope": "ADMIN"}, "basic-auth", id="basic"
        ),
        pytest.param({"x-atlassian-connect-scope": "READ"}, "apps", id="a Connect scope and nothing else"),
        pytest.param({"security": [{"connectJWT": []}]}, None, id="another way to sign in"),
        pytest.param({}, None, id="nothing said"),
        pytest.param({"security": [{"OAuth2": ["a"]}, {"basicAuth": []}]}, None, id="scopes"),
    ],
)
def test_who_may_without_a_scope_is_noted_where_no_scope_is_published(
    parts: dict[str, Any], callers: str | None
) -> None:
    (row, *_) = build_document(sources_with({"get": operation(**parts)}))["operations"]
    assert row.get("callers") == callers


def body(schema: dict[str, Any], media: str = "application/json", *, required: bool = True) -> dict[str, Any]:
    return {"requestBody": {"required": required, "content": {media: {"schema": schema}}}}


@pytest.mark.parametrize(
    ("parts", "needs_object"),
    [
        pytest.param(body({"$ref": "#/components/schemas/Thing"}), True, id="a reference to an object"),
        pytest.param(body({"properties": {}}), True, id="properties without a type"),
        pytest.param(body({}), False, id="anything at all"),
        pytest.param(body({"type": "string"}), False, id="a string"),
        pytest.param(body({"type": "object"}, required=False), False, id="not required"),
        pytest.param(body({"type": "object"}, "*/*"), False, id="any kind of body"),
        pytest.param({}, False, id="no body"),
    ],
)
def test_a_body_is_required_where_the_file_says_a_json_object_is(
    parts: dict[str, Any], *, needs_object: bool
) -> None:
    document = build_document(sources_with({"post": operation(**parts)}))
    (row,) = [row for row in document["operations"] if row["api"] == "platform"]
    assert row.get("json_object", False) is needs_object


def test_parameters_that_are_numbers_are_noted_wherever_they_are_declared() -> None:
    shared = {"name": "first", "in": "path", "schema": {"type": "integer"}}
    own = {"name": "second", "in": "path", "schema": {"type": "string"}}
    item = {"parameters": [shared], "get": operation(parameters=[own])}
    (row, *_) = build_document(sources_with(item))["operations"]
    assert row["numeric"] == ["first"]


def test_assets_file_is_read_whole_or_reduced() -> None:
    whole = {
        "info": {"version": "1"},
        "servers": [{"url": SERVER}],
        "paths": {"/object/{id}": {"get": {"x-atlassian-oauth2-scopes": [{"scopes": ["read:a:jira"]}]}}},
    }
    reduced = {
        "server": SERVER,
        "source": "…?_v=1.2.3",
        "operations": [{"method": "GET", "path": "/object/{id}", "scopes": ["read:a:jira"]}],
    }
    rows = []
    for assets in (whole, reduced):
        document = build_document(
            {**sources_with({"get": operation()}), "assets": SourceFile(assets, "2026-01-01")}
        )
        rows.append([row for row in document["operations"] if row["api"] == "assets"])
    assert (
        rows[0]
        == rows[1]
        == [
            {
                "api": "assets",
                "method": "GET",
                "path": "/jsm/assets/workspace/{workspaceId}/v1/object/{id}",
                "id": "getObjectById",
                "scopes": [["read:a:jira"]],
                "reads": True,
            }
        ]
    )


def test_an_id_is_derived_from_method_and_path() -> None:
    assert derived_id("GET", "/objectschema/{id}/objecttypes/flat") == "getObjectschemaByIdObjecttypesFlat"


def test_document_survives_writing_and_reading() -> None:
    document = build_document(sources_with({"get": operation(security=[{"OAuth2": ["b", "a"]}])}))
    text = write_document(document)
    assert json.loads(text) == document
    assert [line for line in text.splitlines() if '"method"' in line] == [
        '{"api":"platform","method":"GET","path":"/thing","id":"one","scopes":[["a","b"]],"reads":true},',
        *[line for line in text.splitlines() if '"method"' in line][1:],
    ]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        pytest.param({"platform": None}, "platform is absent", id="absent"),
        pytest.param({"platform": {"openapi": "3"}}, "neither paths nor operations", id="another file"),
        pytest.param({"platform": {"paths": {}}}, "has no operations", id="empty"),
    ],
)
def test_a_file_that_is_something_else_is_named(
    broken: dict[str, dict[str, Any] | None], message: str
) -> None:
    sources: dict[str, SourceFile] = sources_with({"get": operation()})
    for api, document in broken.items():
        del sources[api]
        if document is not None:
            sources[api] = SourceFile(document, "2026-01-01")
    with pytest.raises(SourceFileError, match=message):
        build_document(sources)


def sources_with(item: dict[str, Any]) -> dict[str, SourceFile]:
    """Return four files of which the platform's has this one path."""
    schemas = {"schemas": {"Thing": {"type": "object"}}}
    platform = {"info": {"version": "1"}, "paths": {"/thing": item}, "components": schemas}
    other = {"info": {"version": "1"}, "paths": {"/other": {"get": operation()}}}
    return {api: SourceFile(platform if api == "platform" else other, "2026-01-01") for api in FILES}
