"""What a person can go on with while writing a query: fields, functions, and the values of a field."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject
from ownkey.sandbox.jira.fields import FIELDS
from ownkey.sandbox.jira.schemes import CATEGORIES, PRIORITIES, RESOLUTION, all_statuses, all_types
from ownkey.sandbox.jira.searching.jql_fields import CUSTOM, field_called
from ownkey.sandbox.jira.searching.jql_tree import JqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ownkey.sandbox.jira.fields import Field

    Values = Callable[[Call], Iterable[tuple[str, str]]]

_MOST_SHOWN = 15
_RESERVED = (
    "after", "and", "as", "avg", "before", "begin", "by", "changed", "commit", "contains", "count",
    "delete", "distinct", "divide", "drop", "during", "else", "empty", "end", "equals", "explain",
    "false", "field", "from", "function", "go", "group", "having", "if", "in", "inner", "input",
    "insert", "is", "isempty", "isnull", "join", "last", "left", "less", "like", "limit", "max", "min",
    "minus", "mode", "modify", "multiply", "next", "not", "notin", "nowait", "null", "of", "on", "or",
    "order", "outer", "power", "previous", "prior", "privileges", "public", "raise", "raw", "remainder",
    "rename", "resource", "return", "returns", "revoke", "right", "row", "rows", "select", "session",
    "set", "share", "size", "start", "strict", "sum", "synonym", "table", "then", "to", "trans",
    "transaction", "trigger", "true", "uid", "union", "unique", "update", "user", "values", "view",
    "was", "when", "whenever", "where", "while", "with",
)  # fmt: skip
_SET = ("=", "!=", "in", "not in", "is", "is not")
_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": ("~", "!~", "is", "is not"),
    "date": ("=", "!=", "in", "not in", ">", ">=", "<", "<=", "is", "is not"),
    "number": ("=", "!=", "in", "not in", ">", ">=", "<", "<=", "is", "is not"),
    "priority": ("=", "!=", "in", "not in", ">", ">=", "<", "<=", "is", "is not"),
    "rank": (),
}
_TYPES: Mapping[str, str] = {
    "text": "java.lang.String",
    "date": "java.util.Date",
    "number": "java.lang.Number",
    "user": "com.atlassian.jira.user.ApplicationUser",
}
_UNITS = ("Day", "Week", "Month", "Year")
_MOMENT = ("java.util.Date", False)
_SPRINTS = ("com.atlassian.greenhopper.service.sprint.Sprint", True)
_FUNCTIONS: Mapping[str, tuple[str, bool]] = {
    "currentUser()": ("com.atlassian.jira.user.ApplicationUser", False),
    "now()": _MOMENT,
    **{f"{edge}Of{unit}()": _MOMENT for edge in ("start", "end") for unit in _UNITS},
    **{f"{state}Sprints()": _SPRINTS for state in ("open", "closed", "future")},
    "releasedVersions()": ("com.atlassian.jira.project.version.Version", True),
    "unreleasedVersions()": ("com.atlassian.jira.project.version.Version", True),
    "standardIssueTypes()": ("com.atlassian.jira.issue.issuetype.IssueType", True),
    "subTaskIssueTypes()": ("com.atlassian.jira.issue.issuetype.IssueType", True),
    "linkedIssues()": ("com.atlassian.jira.issue.Issue", True),
    "watchedIssues()": ("com.atlassian.jira.issue.Issue", True),
    "votedIssues()": ("com.atlassian.jira.issue.Issue", True),
}  # fmt: skip


def _reference(_call: Call) -> Response:
    fields = [described for item in FIELDS if (described := _field(item)) is not None]
    functions = [
        {"value": name, "displayName": name, "isList": str(is_list).lower(), "types": [kind]}
        for name, (kind, is_list) in _FUNCTIONS.items()
    ]
    names = {
        "visibleFieldNames": fields,
        "visibleFunctionNames": functions,
        "jqlReservedWords": list(_RESERVED),
    }
    return json_response(200, names)


def _field(item: Field) -> JsonObject | None:
    """Return what can be asked about a field, None about one that cannot be searched for."""
    clause = item.name if item.custom else next(iter(item.clauses), "")
    try:
        kind = field_called(clause).kind
    except JqlError:
        return None
    shown: JsonObject = {
        "value": quoted(clause),
        "displayName": clause,
        "orderable": str(item.type != "array").lower(),
        "searchable": "true",
        "operators": list(_OPERATORS.get(kind, _SET)),
        "types": [_TYPES.get("user" if item.type == "user" else kind, "java.lang.Object")],
    }
    if clause.casefold() in _VALUES or CUSTOM.get(item.id, "") in _VALUES:
        shown["auto"] = "true"
    if item.custom:
        number = f"cf[{item.id.rpartition('_')[2]}]"
        shown |= {"cfid": number, "displayName": f"{item.name} - {number}"}
    return shown


def quoted(text: str) -> str:
    """Return a name or value as a query spells it: in quotation marks where it has to be."""
    is_plain = text.replace("_", "").replace("-", "").isalnum() and text.casefold() not in _RESERVED
    return text if is_plain and text.isascii() else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _suggestions(call: Call) -> Response:
    name, text = call.query.get("fieldName", ""), call.query.get("fieldValue", "")
    predicate = call.query.get("predicateName")
    if predicate is not None:
        if predicate not in ("by", "from", "to"):
            raise JiraRefusalError(400, f"The predicate '{predicate[:40]}' is not known.")
        name, text = ("assignee" if predicate == "by" else name), call.query.get("predicateValue", "")
    values = _VALUES.get(_plain_name(name))
    if values is None:
        return json_response(200, {"results": []})
    wanted = text.strip('"').casefold()
    matching = [(value, shown) for value, shown in values(call) if wanted in shown.casefold()][:_MOST_SHOWN]
    results = [{"value": quoted(value), "displayName": marked(shown, wanted)} for value, shown in matching]
    return json_response(200, {"results": results})


def _plain_name(name: str) -> str:
    """Return a field's name as the table of values has it."""
    wanted = name.strip('"').casefold()
    wanted = f"customfield_{wanted[3:-1]}" if wanted.startswith("cf[") else wanted
    return CUSTOM.get(wanted, wanted)


def marked(shown: str, wanted: str) -> str:
    """Return a text as HTML, with the part that was asked for in bold, as Jira's suggestions have it."""
    start = shown.casefold().find(wanted) if wanted else -1
    if start < 0:
        return escape(shown)
    end = start + len(wanted)
    return f"{escape(shown[:start])}<b>{escape(shown[start:end])}</b>{escape(shown[end:])}"


def _people(call: Call) -> Iterable[tuple[str, str]]:
    for person in call.world.people.values():
        yield (
            person.account_id,
            person.display_name if person.hides_email else f"{person.display_name} - {person.email}",
        )


def _labels(call: Call) -> Iterable[tuple[str, str]]:
    return (
        (label, label) for label in sorted({label for issue in call.seen.ranked() for label in issue.labels})
    )


def _sprints(call: Call) -> Iterable[tuple[str, str]]:
    sprints = (one for one in call.world.sprints.values() if call.seen.sprint(str(one.id)) is not None)
    return ((str(one.id), one.name) for one in sprints)


def _names(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in dict.fromkeys(values)]


def _projects(call: Call) -> Iterable[tuple[str, str]]:
    return ((one.key, f"{one.name} ({one.key})") for one in call.seen.projects())


def _seen_projects(call: Call) -> set[str]:
    return {project.id for project in call.seen.projects()}


def _versions(call: Call) -> Iterable[tuple[str, str]]:
    seen = _seen_projects(call)
    return _names(one.name for one in call.world.versions.values() if one.project_id in seen)


def _components(call: Call) -> Iterable[tuple[str, str]]:
    seen = _seen_projects(call)
    return _names(one.name for one in call.world.components.values() if one.project_id in seen)


def _levels(call: Call) -> Iterable[tuple[str, str]]:
    seen = _seen_projects(call)
    return _names(one.name for one in call.world.security_levels.values() if one.project_id in seen)


def _statuses(call: Call) -> Iterable[tuple[str, str]]:
    return _names(status.name for status in all_statuses(call.seen.projects()))


def _types(call: Call) -> Iterable[tuple[str, str]]:
    return _names(kind.name for kind in all_types(call.seen.projects()))


_VALUES: Mapping[str, Values] = {
    "project": _projects,
    "status": _statuses,
    "statuscategory": lambda _call: _names(name for _number, name, _colour in CATEGORIES.values()),
    "issuetype": _types,
    "type": _types,
    "priority": lambda _call: _names(PRIORITIES),
    "resolution": lambda _call: _names((RESOLUTION[1], "Unresolved")),
    **dict.fromkeys(("assignee", "reporter", "creator", "watcher", "voter"), _people),
    "labels": _labels,
    "component": _components,
    "fixversion": _versions,
    "affectedversion": _versions,
    "sprint": _sprints,
    "level": _levels,
    "flagged": lambda _call: _names(("Impediment",)),
    "filter": lambda call: ((item.name, item.name) for item in call.seen.filters()),
}

HANDLERS: Handlers = {
    "GET /rest/api/3/jql/autocompletedata": _reference,
    "POST /rest/api/3/jql/autocompletedata": _reference,
    "GET /rest/api/3/jql/autocompletedata/suggestions": _suggestions,
}
