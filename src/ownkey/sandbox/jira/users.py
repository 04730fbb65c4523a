"""Who one is, who there is, and the server: the operations that a client calls first."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.access import PERMISSIONS
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.seen import Seen

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.people import Person

BUILD = {"version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0], "buildNumber": 100296}
_NO_ISSUE = "Issue does not exist or you do not have permission to see it."
_NO_PROJECT = "No project could be found with that id or key."
SIZES = ("48x48", "24x24", "16x16", "32x32")


def jira_time(at: datetime) -> str:
    """Return a moment as Jira writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}{at:%z}"


def avatar_urls(site_url: str, person: Person) -> JsonObject:
    """Return the links to a person's picture in Jira's four sizes."""
    link = f"{site_url}/_static/avatars/{person.user_name}.svg"
    return dict.fromkeys(SIZES, link)


def user_json(call: Call, person: Person) -> JsonObject:
    """Return a person as Jira shows them to others; the address is left out where they hide it."""
    shown: JsonObject = {
        "self": f"{call.link('user')}?accountId={person.account_id}",
        "accountId": person.account_id,
        "accountType": "app" if person.is_service_account else "atlassian",
        "emailAddress": "" if person.hides_email else person.email,
        "avatarUrls": avatar_urls(call.site_url, person),
        "displayName": person.display_name,
        "active": person.is_active,
        "timeZone": person.time_zone,
    }
    if person.hides_email:
        del shown["emailAddress"]
    return shown


def person_json(call: Call, email: str | None) -> JsonObject | None:
    """Return the person with an e-mail address as Jira shows them, None for nobody."""
    return None if email is None else user_json(call, call.world.people[email])


def _myself(call: Call) -> Response:
    extra = {
        "locale": call.person.locale,
        "groups": {"size": 1, "items": []},
        "applicationRoles": {"size": 1, "items": []},
        "expand": "groups,applicationRoles",
    }
    return json_response(200, user_json(call, call.person) | extra)


def _server_info(call: Call) -> Response:
    info = {
        "baseUrl": call.site_url,
        **BUILD,
        "deploymentType": "Cloud",
        "serverTitle": "Jira (sandbox)",
        "serverTime": jira_time(call.now),
    }
    return json_response(200, info)


def _user(call: Call) -> Response:
    wanted = call.query.get("accountId")
    if wanted is None:
        # Names and keys are Data Center's; Cloud has known people by their account id alone since 2019.
        raise JiraRefusalError(400, "The query parameter 'accountId' needs to be provided.")
    message = "Specified user does not exist or you do not have required permissions"
    return json_response(200, user_json(call, found(call.world.person(wanted), message)))


def _all_users(call: Call) -> Response:
    return _list(call, list(call.world.people.values()))


def people_called(call: Call, text: str) -> list[Person]:
    """Return the people whose name or shown address has a text in it."""
    wanted = text.casefold()
    return [
        person
        for person in call.world.people.values()
        if wanted in person.display_name.casefold() or (wanted in person.email and not person.hides_email)
    ]


def _search_users(call: Call) -> Response:
    """Answer a search for people by a part of their name or shown address, or by their account id."""
    return _list(call, _searched(call))


def _searched(call: Call) -> list[Person]:
    account_id = call.query.get("accountId")
    if account_id is not None:
        person = call.world.person(account_id)
        return [] if person is None else [person]
    return people_called(call, call.query.get("query", ""))


def _assignable(call: Call) -> Response:
    project_id = _place(call, "project", "issueKey", "issueId")
    return _list(call, [one for one in _searched(call) if _may(call, one, project_id, "ASSIGNABLE_USER")])


def _assignable_in_all(call: Call) -> Response:
    found_projects = [found(call.seen.project(key), _NO_PROJECT).id for key in call.names("projectKeys")]
    people = _searched(call)
    return _list(
        call, [one for one in people if all(_may(call, one, n, "ASSIGNABLE_USER") for n in found_projects)]
    )


def _browsing(call: Call) -> Response:
    issue_key = call.query.get("issueKey")
    if issue_key is None:
        project_id = _place(call, "projectKey")
        return _list(call, [one for one in _searched(call) if _may(call, one, project_id, "BROWSE_PROJECTS")])
    issue = found(call.seen.issue(issue_key), _NO_ISSUE)
    return _list(call, [one for one in _searched(call) if Seen(call.world, one).sees(issue)])


def _permitted(call: Call) -> Response:
    """Answer, for those who administer a project, who has some permissions in it."""
    keys, project_id = call.names("permissions"), _place(call, "projectKey", "issueKey")
    if not keys or not set(keys) <= PERMISSIONS.keys():
        raise JiraRefusalError(400, "The permissions are keys of permissions that there are.")
    call.require(project_id, "ADMINISTER_PROJECTS", "You are not authorized to perform this action.")
    people = _searched(call)
    return _list(call, [one for one in people if all(_may(call, one, project_id, key) for key in keys)])


def _place(call: Call, project: str, *issues: str) -> str:
    """Return the id of the project that a query names, itself or by one of its issues."""
    for name in issues:
        if name in call.query:
            return found(call.seen.issue(call.query[name]), _NO_ISSUE).project_id
    if project not in call.query:
        raise JiraRefusalError(400, f"The query parameter '{project}' needs to be provided.")
    return found(call.seen.project(call.query[project]), _NO_PROJECT).id


def _may(call: Call, person: Person, project_id: str, permission: str) -> bool:
    return Seen(call.world, person).may(project_id, permission)


def _pick(call: Call) -> Response:
    """Answer a search for people with their names marked up, as Jira's own picker shows them."""
    wanted = call.query.get("query", "")
    people = people_called(call, wanted)
    users = [
        {
            "accountId": person.account_id,
            "accountType": "app" if person.is_service_account else "atlassian",
            "displayName": person.display_name,
            "html": _marked(person.display_name, wanted),
            "avatarUrl": avatar_urls(call.site_url, person)["24x24"],
        }
        for person in people[: call.number("maxResults", 50)]
    ]
    header = f"Showing {len(users)} of {len(people)} matching users"
    return json_response(200, {"users": users, "total": len(people), "header": header})


def _pick_with_groups(call: Call) -> Response:
    users = json.loads(_pick(call).body)
    groups: JsonObject = {"header": "Showing 0 of 0 matching groups", "total": 0, "groups": []}
    return json_response(200, {"users": users, "groups": groups})


def _marked(name: str, wanted: str) -> str:
    start = name.casefold().find(wanted.casefold()) if wanted else -1
    if start < 0:
        return escape(name)
    end = start + len(wanted)
    return f"{escape(name[:start])}<strong>{escape(name[start:end])}</strong>{escape(name[end:])}"


def _list(call: Call, people: list[Person]) -> Response:
    start, size = call.number("startAt", 0), call.number("maxResults", 50)
    return json_response(200, [user_json(call, person) for person in people[start : start + size]])


def _bulk(call: Call) -> Response:
    wanted = call.query_lists.get("accountId", [])
    people = [person for person in call.world.people.values() if person.account_id in wanted]
    return call.page([user_json(call, person) for person in people])


HANDLERS: Handlers = {
    "GET /rest/api/3/myself": _myself,
    "GET /rest/api/3/serverInfo": _server_info,
    "GET /rest/api/3/user": _user,
    "GET /rest/api/3/users": _all_users,
    "GET /rest/api/3/users/search": _all_users,
    "GET /rest/api/3/user/search": _search_users,
    "GET /rest/api/3/user/assignable/search": _assignable,
    "GET /rest/api/3/user/assignable/multiProjectSearch": _assignable_in_all,
    "GET /rest/api/3/user/viewissue/search": _browsing,
    "GET /rest/api/3/user/permission/search": _permitted,
    "GET /rest/api/3/user/picker": _pick,
    "GET /rest/api/3/groupuserpicker": _pick_with_groups,
    "GET /rest/api/3/user/bulk": _bulk,
}
