"""Addresses that the gateway answers itself: browse links, the old session resource, dry run and status."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from ownkey.calls.decision import Routes, objection_to
from ownkey.calls.grants import Connected, Snapshot, Standing, Withheld
from ownkey.calls.refusals import Code, Refusal, RefusedError
from ownkey.calls.upstream import BrokeOffError
from ownkey.gateway.address import Target
from ownkey.scopes.catalogue import Operation

BROWSE = "/browse/"
SESSION = "/rest/auth/1/session"
EXPLAIN = "/_ownkey/explain"
STATUS = "/_ownkey/status"
TOLD = frozenset({EXPLAIN, STATUS})
MYSELF = "/rest/api/3/myself"
LARGEST_DOCUMENT = 256 * 1024

ONLY_TOLD = Refusal(
    Code.WRONG_METHOD,
    "This address is read-only.",
    "Use GET.",
    headers=((b"allow", b"GET, HEAD"),),
)
NO_SESSIONS = Refusal(Code.SIGN_IN_NOT_NEEDED)


def page_on_site(site_url: str, path: str, query: bytes) -> bytes:
    """Return the address of a page on the site, which is where people are signed in."""
    return f"{site_url}{path}".encode("ascii") + (b"?" + query if query else b"")


def target_of_session(method: str, target: Target) -> Target:
    """Return what is asked of Jira for the session resource: who is signed in.

    Raises:
        RefusedError: a session was to be opened or closed; there are none.
    """
    if method != "GET":
        raise RefusedError(NO_SESSIONS)
    return replace(target, path=MYSELF)


async def read_json(pieces: AsyncIterator[bytes], *, largest: int = LARGEST_DOCUMENT) -> Mapping[str, object]:
    """Return the JSON object that Jira answered with.

    Raises:
        BrokeOffError: it is none, or larger than it can be.
    """
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > largest:
            raise BrokeOffError
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BrokeOffError from error
    if not isinstance(document, dict):
        raise BrokeOffError
    return document


def _refuse_constant(name: str) -> object:
    """Refuse `NaN` and its like, which are no JSON, although Python reads and writes them."""
    raise ValueError(name)


def session_of(myself: Mapping[str, object], *, base_url: str) -> dict[str, object]:
    """Return what Jira Server's session resource would say about a user of Jira Cloud.

    Clients call it to see whether they are signed in and as whom. There is no session, so there are no
    counts of logins; names are account ids, as everywhere in Jira Cloud.
    """
    account_id = str(myself.get("accountId", ""))
    return {
        "self": f"{base_url}/rest/api/3/user?accountId={account_id}",
        "name": account_id,
        "displayName": myself.get("displayName", ""),
        "loginInfo": {"failedLoginCount": 0, "loginCount": 0},
    }


def explanation(query: bytes, *, snapshot: Snapshot, routes: Routes) -> dict[str, object]:
    """Return what would happen to a call with the caller's own client key, without calling.

    Raises:
        RefusedError: the query does not name one method and one path.
    """
    parameters = parse_qs(query.decode("ascii", "replace"), keep_blank_values=True)
    methods, paths = parameters.get("method", []), parameters.get("path", [])
    if len(methods) != 1 or len(paths) != 1:
        raise RefusedError(
            Refusal(
                Code.BAD_REQUEST,
                "A dry run needs one method and one path.",
                "Ask for /_ownkey/explain?method=GET&path=/rest/api/3/myself, the path percent-encoded.",
            )
        )
    operation, objection = objection_to(
        snapshot, methods[0].upper(), paths[0].partition("?")[0], routes=routes
    )
    credential = snapshot.credential
    refusal = Refusal(credential.reason) if isinstance(credential, Withheld) else None
    if objection is not None:
        refusal = objection.refusal
    told: dict[str, object] = {
        "operation": operation.operation_id if operation is not None else None,
        "allowed": refusal is None,
        "alternatives": _alternatives(operation),
        "missing": sorted(objection.missing) if objection is not None else [],
        "reason": None,
        "next_step": "",
    }
    if refusal is not None:
        told |= {"reason": refusal.code.value, "detail": refusal.detail, "next_step": refusal.next_step}
    return told


def status(snapshot: Snapshot, standing: Standing) -> dict[str, object]:
    """Return how the credential of the caller's owner stands, and as whom a call would be made now.

    Somebody who is not connected may all the same act through the main credential, by the account's policy.
    """
    credential = snapshot.credential
    acting_as = credential.acting_as if isinstance(credential, Connected) else None
    return {
        "alm_account": snapshot.account.slug,
        "person": snapshot.person,
        **standing.told,
        "acting_as": acting_as,
        "through_main": isinstance(credential, Connected) and credential.is_main,
    }


def _alternatives(operation: Operation | None) -> list[list[str]]:
    if operation is None:
        return []
    return [sorted(alternative) for alternative in operation.requirement.alternatives]
