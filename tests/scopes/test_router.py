"""A request is the operation that Jira would take it for, or none at all: nothing unclear is let through."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.scopes.catalogue import Catalogue, Operation
from ownkey.scopes.requirement import Requirement
from ownkey.scopes.router import LONGEST_CACHED_PATH, Router, Unrouted, UnroutedReason, load_router


@pytest.fixture(scope="module")
def router() -> Router:
    return load_router()


def test_every_operation_is_found_at_its_own_address(catalogue: Catalogue, router: Router) -> None:
    for operation in catalogue.operations:
        path = re.sub(r"\{\w+\}", "x9", operation.path)
        assert router.find(operation.method, path) is operation


@pytest.mark.parametrize(
    ("method", "path", "signature"),
    [
        pytest.param("GET", "/rest/api/3/issue/AB-1", "GET /rest/api/3/issue/{issueIdOrKey}", id="version 3"),
        pytest.param("GET", "/rest/api/2/issue/AB-1", "GET /rest/api/3/issue/{issueIdOrKey}", id="version 2"),
        pytest.param(
            "GET", "/rest/api/latest/issue/AB-1", "GET /rest/api/3/issue/{issueIdOrKey}", id="latest"
        ),
        pytest.param(
            "GET", "/rest/api/3/issue/AB-1/", "GET /rest/api/3/issue/{issueIdOrKey}", id="trailing slash"
        ),
        pytest.param(
            "HEAD", "/rest/api/3/issue/AB-1", "GET /rest/api/3/issue/{issueIdOrKey}", id="HEAD is GET"
        ),
        pytest.param(
            "GET", "/rest/api/3/issue/a%20%C3%A9", "GET /rest/api/3/issue/{issueIdOrKey}", id="encoded"
        ),
        pytest.param(
            "GET", "/rest/api/3/issue/100%25", "GET /rest/api/3/issue/{issueIdOrKey}", id="a percent sign"
        ),
        pytest.param("GET", "/rest/api/%33/%6Dyself", "GET /rest/api/3/myself", id="encoded literals"),
        pytest.param("GET", "/rest/api/3/issue/...", "GET /rest/api/3/issue/{issueIdOrKey}", id="three dots"),
        pytest.param(
            "GET", "/rest/api/3/issue/.a", "GET /rest/api/3/issue/{issueIdOrKey}", id="a leading dot"
        ),
        pytest.param(
            "GET", "/rest/api/3/dashboard/search", "GET /rest/api/3/dashboard/search", id="literal first"
        ),
        pytest.param(
            "GET", "/rest/api/3/dashboard/7", "GET /rest/api/3/dashboard/{id}", id="else a parameter"
        ),
        pytest.param(
            "GET",
            "/rest/api/3/dashboard/search/items/1/properties",
            "GET /rest/api/3/dashboard/{dashboardId}/items/{itemId}/properties",
            id="back from a literal that leads nowhere",
        ),
        pytest.param(
            "DELETE",
            "/jsm/assets/workspace/w/v1/object/1",
            "DELETE /jsm/assets/workspace/{workspaceId}/v1/object/{id}",
            id="Assets",
        ),
    ],
)
def test_a_request_is_its_operation(router: Router, method: str, path: str, signature: str) -> None:
    found = router.find(method, path)
    assert isinstance(found, Operation)
    assert found.signature == signature


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="empty"),
        pytest.param("rest/api/3/myself", id="no slash in front"),
        pytest.param("https://acme.example/rest/api/3/myself", id="a whole address"),
        pytest.param("//rest/api/3/myself", id="two slashes in front"),
        pytest.param("/rest/api//3/myself", id="an empty segment"),
        pytest.param("/rest/api/3/myself//", id="two slashes behind"),
        pytest.param("/rest/api/3/issue/../myself", id="dot segments"),
        pytest.param("/rest/api/3/issue/./A", id="a dot segment"),
        pytest.param("/rest/api/3/issue/..", id="dot segments at the end"),
        pytest.param("/rest/api/3/issue/%2e%2E/myself", id="encoded dot segments"),
        pytest.param("/rest/api/3/issue/.%2e/myself", id="half-encoded dot segments"),
        pytest.param("/rest/api/3/issue/%2e", id="an encoded dot segment at the end"),
        pytest.param("/rest/api/3/issue/%252e%252e/myself", id="dots encoded twice"),
        pytest.param("/rest/api/3/issue/%25252e/myself", id="a dot encoded thrice"),
        pytest.param("/rest/api/3/issue/..;/myself", id="dots with a path parameter"),
        pytest.param("/rest/api/3/issue/..;a=b/myself", id="dots with a longer path parameter"),
        pytest.param("/rest/api/3/issue/..%3B/myself", id="dots with an encoded path parameter"),
        pytest.param("/rest/api/3/issue/A;x=1", id="a path parameter"),
        pytest.param("/rest/api/3/issue/a\\b", id="a backslash"),
        pytest.param("/rest/api/3/issue/a%5cb", id="an encoded backslash"),
        pytest.param("/rest/api/3/issue/a%255Cb", id="a backslash encoded twice"),
        pytest.param("/rest/api/3/issue/a%2Fb", id="an encoded slash"),
        pytest.param("/rest/api/3/issue/a%252fb", id="a slash encoded twice"),
        pytest.param("/rest/api/3/issue/a\nb", id="a line break"),
        pytest.param("/rest/api/3/issue/a\n", id="a line break at the end"),
        pytest.param("/rest/api/3/issue/a%0d%0aB", id="encoded line breaks"),
        pytest.param("/rest/api/3/issue/a%250a", id="a line break encoded twice"),
        pytest.param("/rest/api/3/issue/a%00", id="an encoded null"),
        pytest.param("/rest/api/3/issue/a%7F", id="an encoded delete"),
        pytest.param("/rest/api/3/issue/a%C2%85", id="an encoded control character beyond ASCII"),
        pytest.param("/rest/api/3/issue/a b", id="a raw space"),
        pytest.param("/rest/api/3/issue/é", id="raw beyond ASCII"),
        pytest.param("/rest/api/3/issue/\u212a", id="a letter that folds to ASCII"),
        pytest.param("/rest/api/3/issue/a#b", id="a fragment"),
        pytest.param("/rest/api/3/issue/a?b", id="a query"),
        pytest.param("/rest/api/3/issue/%", id="a broken escape"),
        pytest.param("/rest/api/3/issue/%g0", id="no hexadecimal escape"),
        pytest.param("/rest/api/3/issue/%u002e", id="a Unicode escape"),
        pytest.param("/rest/api/3/issue/%E9", id="not UTF-8"),
        pytest.param("/rest/api/3/issue/%c0%ae%c0%ae/myself", id="overlong dots"),
    ],
)
def test_an_unsafe_path_is_no_operation(router: Router, path: str) -> None:
    assert router.find("GET", path) == Unrouted(UnroutedReason.UNSAFE_PATH)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/rest",
        "/rest/api/3",
        "/rest/api/4/myself",
        "/rest/api/3/myself/x",
        "/REST/api/3/myself",
        "/browse/AB-1",
    ],
)
def test_an_unknown_path_is_told_as_such(router: Router, path: str) -> None:
    assert router.find("GET", path) == Unrouted(UnroutedReason.UNKNOWN_PATH)


def test_a_wrong_method_is_told_with_the_right_ones(router: Router) -> None:
    assert router.find("PATCH", "/rest/api/2/issue/AB-1/") == Unrouted(
        UnroutedReason.WRONG_METHOD, ("DELETE", "GET", "PUT")
    )
    assert router.find("HEAD", "/rest/api/3/issue/bulk") == Unrouted(UnroutedReason.WRONG_METHOD, ("POST",))
    # An issue cannot be called archive: what is literal is never taken for an id.
    assert router.find("GET", "/rest/api/3/issue/archive") == Unrouted(
        UnroutedReason.WRONG_METHOD, ("POST", "PUT")
    )


def test_methods_are_told_apart_by_case(router: Router) -> None:
    assert isinstance(router.find("get", "/rest/api/3/myself"), Unrouted)


ALPHABET = "aA3./\\%;?#\n\x00 é%2e%2f%5c%25"


@given(st.text(alphabet=ALPHABET, max_size=30))
def test_what_is_let_through_means_the_same_however_often_it_is_decoded(tail: str) -> None:
    found = load_router().find("GET", "/rest/api/3/issue/" + tail)
    if isinstance(found, Operation):
        path = "/rest/api/3/issue/" + tail
        for _ in range(4):
            segments = path.rstrip("/").split("/")
            assert len(segments) == len(found.path.split("/"))
            assert not {".", "..", ""} & set(segments[1:])
            assert not set(path) & {"\\", "\n", "\x00"}
            path = unquote(path)


@given(st.from_regex(r"\A[!-~]{0,8}\Z"), st.sampled_from(["", "/"]))
def test_any_id_finds_its_operation_once_it_is_encoded(text: str, end: str) -> None:
    escaped = quote(text, safe="")
    found = load_router().find("GET", f"/rest/agile/1.0/sprint/{escaped}{end}")
    if isinstance(found, Operation):
        assert found.path == "/rest/agile/1.0/sprint/{sprintId}"
    elif found.reason is UnroutedReason.UNSAFE_PATH:
        assert re.search(r"[/\\]|\A\.{1,2}(;|\Z)|%[0-9A-Fa-f]{2}|\A\Z", text)


def test_long_paths_are_found_and_not_kept(router: Router) -> None:
    path = "/rest/api/3/issue/" + "A" * LONGEST_CACHED_PATH
    before = router._find_cached.cache_info().currsize
    assert isinstance(router.find("GET", path), Operation)
    assert router._find_cached.cache_info().currsize == before


def test_a_router_of_other_operations_knows_no_aliases_it_was_not_given() -> None:
    own = Operation("GET", "/a/{b}", "own", Requirement(()), reads=True, api="platform")
    router = Router([own])
    assert router.find("GET", "/a/1") is own
    assert router.find("GET", "/rest/api/2/myself") == Unrouted(UnroutedReason.UNKNOWN_PATH)
