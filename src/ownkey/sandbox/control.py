"""The control API, `/_sandbox/…`: tests, benchmarks and the demo set the stage with it.

It answers programs on this machine only.

| | |
|---|---|
| `POST tokens` | `email`, `scopes` or `unscoped`, `expires_in_days`, `app`, `label` → `token`, `id` |
| `POST revoke`, `POST expire` | end a token: `token` or `id` |
| `POST people` | change a person: `email`, then `hides_email`, `is_active` |
| `POST faults`, `DELETE faults` | add a fault (`ownkey.sandbox.faults`); end all of them |
| `GET requests` | what was asked, by whom, and what came of it; no secrets |
| `GET effects` | every change of Jira's state so far, and a fingerprint of that state |
| `POST attachments` | put a file of zeros on an issue: `issue`, `size`, `filename`, `email` → `id` |
| `POST search-lag` | let search find changes so many `seconds` later; 0 is at once |
| `POST media` | the address under which clients reach the media host: `origin`; without it, the site's |
| `POST issues` | add `count` issues to `project` (by default MANY); with `status`, all in one column |
| `POST projects` | change a `project`: `name`, `key`, `is_archived`, `access` (the e-mails of each role) |
| `POST hostile` | add a project whose texts, names and files attack whoever shows them |
| `POST reset` | begin again; with `keep_tokens`, people and tokens stay |
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Note, Request, Response, json_response
from ownkey.sandbox.faults import Fault, FaultError
from ownkey.sandbox.staging import STAGING, ControlError, person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.staging import Body
    from ownkey.sandbox.tokens import ApiToken

PREFIX = "/_sandbox/"
LONGEST_LAG_S = 86_400


def answer(cloud: Cloud, request: Request) -> Response:
    """Return the control API's answer; strangers and web pages have no business here."""
    is_near = request.client_host != "" and ipaddress.ip_address(request.client_host).is_loopback
    if not is_near or request.header("origin") is not None:
        return json_response(403, {"error": "The control API answers programs on this machine only."})
    what = request.path.removeprefix(PREFIX).strip("/")
    action = _ACTIONS.get(f"{request.method} {what}")
    if action is None:
        return json_response(404, {"error": f"The control API has: {', '.join(sorted(_ACTIONS))}."})
    try:
        value = action(cloud, _body_of(request))
    except (ControlError, FaultError) as error:
        return json_response(400, {"error": str(error)})
    return json_response(200, value).noted(Note("control"))


def _body_of(request: Request) -> Body:
    if not request.body:
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise ControlError("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise ControlError("The body is a JSON object.")
    return body


def _make_token(cloud: Cloud, body: Body) -> Body:
    scopes, days = body.get("scopes"), body.get("expires_in_days", 365)
    if not (isinstance(days, int | float) and -3650 <= days <= 3650):
        raise ControlError(
            "expires_in_days is a number of days; a negative one makes a token that has expired."
        )
    if body.get("unscoped") or body.get("app") == "data-center":
        held = None
    elif isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes):
        held = frozenset(scopes)
    else:
        raise ControlError("scopes is a list of scope names; for a token without scopes say unscoped.")
    now = cloud.clock()
    api_token, text = cloud.tokens.issue(
        person_of(cloud, body),
        label=str(body.get("label", "Made by the control API")),
        scopes=held,
        created_at=now,
        expires_at=now + timedelta(days=days),
        app=str(body.get("app", "jira")),
    )
    return {"token": text, "id": api_token.id, "expires_at": api_token.expires_at.isoformat()}


def _token(cloud: Cloud, body: Body) -> ApiToken:
    found = cloud.tokens.find(str(body.get("token", ""))) or cloud.tokens.with_id(str(body.get("id", "")))
    if found is None:
        raise ControlError("There is no such token.")
    return found


def _revoke(cloud: Cloud, body: Body) -> Body:
    _token(cloud, body).is_revoked = True
    return {}


def _expire(cloud: Cloud, body: Body) -> Body:
    _token(cloud, body).expires_at = cloud.clock()
    return {}


def _change_person(cloud: Cloud, body: Body) -> Body:
    person = person_of(cloud, body)
    for name in ("hides_email", "is_active"):
        if name in body:
            setattr(person, name, bool(body[name]))
    return {}


def _add_fault(cloud: Cloud, body: Body) -> Body:
    cloud.faults.in_force.append(Fault.from_json(body))
    return {}


def _end_faults(cloud: Cloud, _body: Body) -> Body:
    cloud.faults.end()
    return {}


def _requests(cloud: Cloud, _body: Body) -> Body:
    return {"requests": cloud.requests.as_json()}


def _effects(cloud: Cloud, _body: Body) -> Body:
    effects = [asdict(effect) | {"at": effect.at.isoformat()} for effect in cloud.world.effects]
    return {"effects": effects, "fingerprint": cloud.world.fingerprint()}


def _name_media_host(cloud: Cloud, body: Body) -> Body:
    origin = body.get("origin")
    cloud.world.media_origin = None if origin is None else str(origin)
    return {}


def _let_search_lag(cloud: Cloud, body: Body) -> Body:
    seconds = body.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_LAG_S:
        raise ControlError(f"seconds is a number from 0 to {LONGEST_LAG_S}.")
    cloud.let_search_lag(seconds)
    return {"seconds": seconds}


def _state(cloud: Cloud, _body: Body) -> Body:
    people = [{"email": person.email, "name": person.display_name} for person in cloud.people.values()]
    return {"cloud_id": cloud.cloud_id, "data_center": cloud.data_center, "people": people}


def _reset(cloud: Cloud, body: Body) -> Body:
    if body.get("keep_tokens") is True:
        cloud.renew_jira()
    else:
        cloud.reset()
    return {}


_ACTIONS: Mapping[str, Callable[[Cloud, Body], Body]] = {
    "GET ": _state,
    "POST tokens": _make_token,
    "POST revoke": _revoke,
    "POST expire": _expire,
    "POST people": _change_person,
    "POST faults": _add_fault,
    "DELETE faults": _end_faults,
    "GET requests": _requests,
    "GET effects": _effects,
    "POST search-lag": _let_search_lag,
    "POST media": _name_media_host,
    "POST reset": _reset,
    **STAGING,
}
