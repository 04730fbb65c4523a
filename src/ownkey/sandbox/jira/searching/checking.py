"""Queries looked at without searching: whether they can be understood, and which issues they would find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject
from ownkey.sandbox.jira.searching.completion import quoted
from ownkey.sandbox.jira.searching.jql import parse
from ownkey.sandbox.jira.searching.jql_tree import (
    Both,
    Clause,
    Condition,
    Either,
    Function,
    JqlError,
    Not,
    Operand,
    UnknownValueError,
)
from ownkey.sandbox.jira.searching.matching import check, matching, searchable

if TYPE_CHECKING:
    from ownkey.sandbox.jira.searching.jql_tree import Query

MOST_QUERIES, MOST_ISSUES = 50, 1000
_VALIDATIONS = ("strict", "warn", "none")


def _parse(call: Call) -> Response:
    how, queries = call.query.get("validation", "strict"), call.object_body().get("queries")
    if how not in _VALIDATIONS:
        raise JiraRefusalError(400, f"The validation is one of {', '.join(_VALIDATIONS)}.")
    if not isinstance(queries, list) or not 0 < len(queries) <= MOST_QUERIES:
        raise JiraRefusalError(400, f"Between 1 and {MOST_QUERIES} queries are parsed at once.")
    return json_response(200, {"queries": [_parsed(call, str(jql), how) for jql in queries]})


def _parsed(call: Call, jql: str, how: str) -> JsonObject:
    shown: JsonObject = {"query": jql, "errors": []}
    try:
        query = parse(jql)
    except JqlError as error:
        return shown | {"errors": [str(error)]}
    if how != "none":
        try:
            check(call, query)
        except UnknownValueError as error:
            shown["warnings" if how == "warn" else "errors"] = [str(error)]
        except JqlError as error:
            shown["errors"] = [str(error)]
    return shown if how == "strict" and shown["errors"] else shown | {"structure": _structure(query)}


def _structure(query: Query) -> JsonObject:
    shown: JsonObject = {}
    if query.clause is not None:
        shown["where"] = _clause_json(query.clause)
    if query.order:
        fields = [
            {"field": _field_json(name), "direction": "desc" if descends else "asc"}
            for name, descends in query.order
        ]
        shown["orderBy"] = {"fields": fields}
    return shown


def _clause_json(clause: Clause) -> JsonObject:
    if isinstance(clause, Both | Either):
        parts = [_clause_json(part) for part in clause.parts]
        return {"clauses": parts, "operator": "and" if isinstance(clause, Both) else "or"}
    if isinstance(clause, Not):
        return {"clauses": [_clause_json(clause.part)], "operator": "not"}
    return _condition_json(clause)


def _condition_json(condition: Condition) -> JsonObject:
    shown: JsonObject = {"field": _field_json(condition.field), "operator": condition.operator}
    operands = [_operand_json(operand) for operand in condition.operands]
    is_list = condition.operator.endswith("in") and not isinstance(condition.operands[0], Function)
    if is_list:
        encoded = ", ".join(str(one.get("encodedValue") or one["encodedOperand"]) for one in operands)
        shown["operand"] = {"values": operands, "encodedOperand": f"({encoded})"}
    elif operands:
        shown["operand"] = operands[0]
    if condition.predicates:
        shown["predicates"] = [
            {"operator": one.word, "operand": _operand_json(one.operands[0])} for one in condition.predicates
        ]
    return shown


def _operand_json(operand: Operand) -> JsonObject:
    if isinstance(operand, Function):
        encoded = f"{operand.name}({', '.join(map(quoted, operand.arguments))})"
        return {"function": operand.name, "arguments": list(operand.arguments), "encodedOperand": encoded}
    if operand.text is None:
        return {"keyword": "empty", "encodedOperand": "EMPTY"}
    return {"value": operand.text, "encodedValue": quoted(operand.text)}


def _field_json(name: str) -> JsonObject:
    return {"name": name, "encodedName": quoted(name)}


def _match(call: Call) -> Response:
    body = call.object_body()
    queries, ids = body.get("jqls"), body.get("issueIds")
    if not isinstance(queries, list) or not isinstance(ids, list):
        raise JiraRefusalError(400, "The jqls and the issueIds are lists.")
    if len(queries) > MOST_QUERIES or len(ids) > MOST_ISSUES:
        raise JiraRefusalError(400, f"At most {MOST_QUERIES} queries and {MOST_ISSUES} issues are matched.")
    wanted = set(map(str, ids))
    among = [issue for issue in searchable(call) if issue.id in wanted]
    matches: list[JsonObject] = []
    for jql in queries:
        try:
            found = [int(issue.id) for issue in matching(call, str(jql), list(among))]
            matches.append({"matchedIssues": found, "errors": []})
        except JiraRefusalError as refusal:
            matches.append({"matchedIssues": [], "errors": list(refusal.messages)})
    return json_response(200, {"matches": matches})


HANDLERS: Handlers = {
    "POST /rest/api/3/jql/parse": _parse,
    "POST /rest/api/3/jql/match": _match,
}
