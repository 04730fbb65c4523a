"""Links: between two issues, each of which shows it from its own side, and to pages elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.entities import Change, IssueLink
from ownkey.sandbox.jira.issue.changes import add_history, issue_of
from ownkey.sandbox.jira.issue.view import short_json
from ownkey.sandbox.jira.reference import link_type_json
from ownkey.sandbox.jira.schemes import LinkType, link_type_called

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Issue, RemoteLink


def _linked(call: Call, body: JsonObject, side: str) -> Issue:
    given = body.get(side)
    named = str(given.get("key") or given.get("id") or "") if isinstance(given, dict) else ""
    return found(call.seen.issue(named), "Issue Does Not Exist")


def _link(call: Call) -> Response:
    body = call.object_body()
    given = body.get("type")
    named = str(given.get("id") or given.get("name") or "") if isinstance(given, dict) else ""
    kind = found(link_type_called(named), f"No issue link type with name '{named[:40]}' found.")
    inward, outward = _linked(call, body, "inwardIssue"), _linked(call, body, "outwardIssue")
    for side in (inward, outward):
        call.require(side.project_id, "LINK_ISSUES", "No Link Issue Permission for issue")
    if inward.id == outward.id:
        raise JiraRefusalError(400, "You cannot link an issue to itself.")
    link = IssueLink(call.world.new_id(), kind.name, inward.id, outward.id)
    call.world.links[link.id] = link
    _note_link(call, link, kind, is_made=True)
    return Response(201, b"", (("location", call.link("issueLink", link.id)),))


def _note_link(call: Call, link: IssueLink, kind: LinkType, *, is_made: bool) -> None:
    """Add the link to the history of both its issues, each from its own side."""
    inward, outward = call.world.issues[link.inward_id], call.world.issues[link.outward_id]
    for issue, other, words in ((inward, outward, kind.outward), (outward, inward, kind.inward)):
        value = (other.key, f"This issue {words} {other.key}")
        change = (None, None, *value) if is_made else (*value, None, None)
        action = "link issues" if is_made else "unlink issues"
        add_history(call, issue, (Change("Link", "issuelinks", *change),), action=action)


def _link_of(call: Call) -> tuple[IssueLink, LinkType]:
    wanted = call.world.links.get(call.parameters["linkId"])
    sides = (
        [] if wanted is None else [call.world.issues[wanted.inward_id], call.world.issues[wanted.outward_id]]
    )
    link = found(wanted if all(map(call.seen.sees, sides)) else None, "No issue link with this id exists.")
    return link, found(link_type_called(link.type_name), "The link type was not found.")


def _get_link(call: Call) -> Response:
    link, kind = _link_of(call)
    issues = call.world.issues
    shown = {
        "id": link.id,
        "self": call.link("issueLink", link.id),
        "type": link_type_json(call, kind),
        "inwardIssue": short_json(call, issues[link.inward_id]),
        "outwardIssue": short_json(call, issues[link.outward_id]),
    }
    return json_response(200, shown)


def _unlink(call: Call) -> Response:
    link, kind = _link_of(call)
    call.require(
        call.world.issues[link.inward_id].project_id, "LINK_ISSUES", "No Link Issue Permission for issue"
    )
    del call.world.links[link.id]
    _note_link(call, link, kind, is_made=False)
    return Response(204)


def remote_link_json(call: Call, link: RemoteLink) -> JsonObject:
    """Return a link to a page elsewhere as Jira shows it."""
    shown: JsonObject = {
        "id": int(link.id),
        "self": call.link("issue", link.issue_id, "remotelink", link.id),
        "object": {
            "url": link.url,
            "title": link.title,
            "summary": link.summary,
            "icon": {},
            "status": {"icon": {}},
        },
    }
    if link.application:
        shown["application"] = {"name": link.application}
    return shown | ({"relationship": link.relationship} if link.relationship else {})


def _remote_links(call: Call) -> Response:
    issue = issue_of(call)
    links = [link for link in call.world.remote_links.values() if link.issue_id == issue.id]
    return json_response(200, [remote_link_json(call, link) for link in links])


def _remote_link(call: Call) -> Response:
    issue, link = issue_of(call), call.world.remote_links.get(call.parameters["linkId"])
    is_its_own = link is not None and link.issue_id == issue.id
    return json_response(
        200, remote_link_json(call, found(link if is_its_own else None, "The link does not exist."))
    )


HANDLERS: Handlers = {
    "POST /rest/api/3/issueLink": _link,
    "GET /rest/api/3/issueLink/{linkId}": _get_link,
    "DELETE /rest/api/3/issueLink/{linkId}": _unlink,
    "GET /rest/api/3/issue/{issueIdOrKey}/remotelink": _remote_links,
    "GET /rest/api/3/issue/{issueIdOrKey}/remotelink/{linkId}": _remote_link,
}
