"""The search that Jira Cloud has removed, answered from the one that it has.

Clients that take the gateway for a Data Center, as `mcp-atlassian` takes every host that is not Atlassian's,
search at `/rest/api/2/search` with `startAt`, and expect a `total`. Jira Cloud answers that with 410. Then,
and only then, the same is asked of `/search/jql` and told in the old words; query, fields and order stay.

Sans I/O: `answer_from` yields what is to be asked and is sent what came back.
"""

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

PATH = re.compile(r"(/rest/api/(?:2|3|latest)/search)/?")
GONE = 410
LARGEST_PAGE = 16 * 1024 * 1024
"""How large an answer may be that is read whole to be retold: a hundred issues are a megabyte or two."""

MOST_ISSUES = 100
"""What one page of issues with their fields holds at most."""

MOST_IDS = 5000
"""What one page of nothing but ids holds at most."""

LAST_START = 50_000
"""Beyond this a client has to page by token: it would take more than ten requests to get there."""

MOST_PAGES = 200
"""How many pages of ids are asked for at most, should Jira make them small."""

_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,19})\s*", re.ASCII)
"""A whole number as Java writes and reads it, up to its largest."""

Document = Mapping[str, object]


class EndlessPagesError(Exception):
    """Jira goes on naming a next page without anything new in it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to make: POST a document to a path."""

    path: str
    document: Document


@dataclass(frozen=True, slots=True)
class ClassicSearch:
    """What a client asked for in the old words."""

    base: str
    jql: str
    start_at: int
    max_results: int
    fields: tuple[str, ...]
    expand: str
    properties: tuple[str, ...]
    fields_by_keys: bool

    def ask(self, jql: str, *, max_results: int, fields: tuple[str, ...], token: str | None = None) -> Ask:
        """Return the request for a page of what a query finds."""
        document: dict[str, object] = {"jql": jql, "maxResults": max_results, "fields": list(fields)}
        if fields != ("id",):
            document |= {"expand": self.expand} if self.expand else {}
            document |= {"properties": list(self.properties)} if self.properties else {}
            document |= {"fieldsByKeys": True} if self.fields_by_keys else {}
        return Ask(f"{self.base}/jql", document | ({"nextPageToken": token} if token else {}))


def read_search(method: str, path: str, *, query: bytes, body: bytes) -> ClassicSearch | None:
    """Return what was asked for, or None if it is no search that can be told in the new words."""
    match = PATH.fullmatch(path)
    if match is None or method not in {"GET", "POST"}:
        return None
    asked = _from_query(query) if method == "GET" else _from_body(body)
    if asked is None:
        return None
    start_at, max_results = _count(asked.get("startAt", 0)), _count(asked.get("maxResults", 50))
    jql = asked.get("jql", "")
    if not isinstance(jql, str) or start_at is None or max_results is None:
        return None
    if not 0 <= start_at <= LAST_START:
        return None
    if max_results < 0:
        max_results = MOST_ISSUES  # "all", which was never more than the largest page
    return ClassicSearch(
        base=match[1],
        jql=jql,
        start_at=start_at,
        max_results=min(max_results, MOST_ISSUES),
        fields=_names(asked.get("fields")) or ("*navigable",),
        expand=",".join(_names(asked.get("expand"))),
        properties=_names(asked.get("properties")),
        fields_by_keys=asked.get("fieldsByKeys") in (True, "true"),
    )


def answer_from(search: ClassicSearch) -> Generator[Ask, Document, dict[str, object]]:
    """Ask for what the old search would have answered, and return it."""
    if search.start_at == 0 and search.max_results > 0:
        page = yield search.ask(search.jql, max_results=search.max_results, fields=search.fields)
        issues, described = _issues(page), _described(page)
        if _token(page) is None:
            return _told(search, issues, total=len(issues), described=described)
    else:
        ids = yield from _ids_up_to(search)
        wanted = ids.found[search.start_at : search.start_at + search.max_results]
        issues, described = [], {}
        if wanted:
            page = yield search.ask(
                f"id in ({', '.join(wanted)})", max_results=len(wanted), fields=search.fields
            )
            place = {issue_id: index for index, issue_id in enumerate(wanted)}
            issues = sorted(_issues(page), key=lambda issue: place.get(str(issue.get("id")), len(place)))
            described = _described(page)
        if ids.are_all:
            return _told(search, issues, total=len(ids.found), described=described)
    counted = yield Ask(f"{search.base}/approximate-count", {"jql": search.jql})
    count = counted.get("count")
    # An approximate count must not tell a client that it is done while there is more.
    least = search.start_at + len(issues) + 1
    return _told(
        search, issues, total=max(count if isinstance(count, int) else 0, least), described=described
    )


@dataclass(frozen=True, slots=True)
class _Ids:
    found: list[str]
    are_all: bool


def _ids_up_to(search: ClassicSearch) -> Generator[Ask, Document, _Ids]:
    """Ask for ids until the page that is wanted is among them, or there are no more.

    Raises:
        EndlessPagesError: Jira names a page that it has named before, none with anything in it, or too many.
    """
    end = search.start_at + search.max_results
    found: list[str] = []
    token: str | None = None
    tokens: set[str] = set()
    for _ in range(MOST_PAGES):
        size = min(max(end - len(found), 1), MOST_IDS)
        page = yield search.ask(search.jql, max_results=size, fields=("id",), token=token)
        new = [number for issue in _issues(page) if (number := str(issue.get("id"))).isdecimal()]
        found += new
        token = _token(page)
        if token is None or len(found) >= end:
            return _Ids(found, token is None)
        if token in tokens or not new:
            raise EndlessPagesError
        tokens.add(token)
    raise EndlessPagesError


def _told(
    search: ClassicSearch, issues: list[Mapping[str, object]], *, total: int, described: Document
) -> dict[str, object]:
    return {
        "expand": "schema,names",
        "startAt": search.start_at,
        "maxResults": search.max_results,
        "total": total,
        "issues": issues,
        **described,
    }


def _described(page: Document) -> dict[str, object]:
    """Return what a page says about its fields, if that was asked for."""
    return {name: page[name] for name in ("names", "schema", "warningMessages") if page.get(name)}


def _issues(page: Document) -> list[Mapping[str, object]]:
    issues = page.get("issues")
    return [issue for issue in issues if isinstance(issue, dict)] if isinstance(issues, list) else []


def _token(page: Document) -> str | None:
    token = page.get("nextPageToken")
    return token if isinstance(token, str) and token else None


def _from_query(query: bytes) -> dict[str, object] | None:
    try:
        given = parse_qs(query.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        return None
    asked: dict[str, object] = {name: values[-1] for name, values in given.items()}
    asked |= {name: given[name] for name in ("fields", "expand", "properties") if name in given}
    return asked


def _from_body(body: bytes) -> dict[str, object] | None:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return asked if isinstance(asked, dict) else None


def _count(value: object) -> int | None:
    """Return a whole number, however its client wrote it; None if it is none."""
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        return int(match[1]) if match else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _names(given: object) -> tuple[str, ...]:
    values = given if isinstance(given, list) else [given]
    parts = (part.strip() for value in values if isinstance(value, str) for part in value.split(","))
    return tuple(part for part in parts if part)
