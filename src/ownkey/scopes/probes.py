"""Requests that cannot have an effect, whichever way they are answered.

Three kinds, and no others. A GET, of something that does not exist where its path names anything. A DELETE of
something that cannot exist, in every parameter of its path. A POST or PUT whose body is not JSON, where Jira
insists on a JSON object (one POST that takes none is named below; it acts on the id in its path), again
with ids that cannot exist wherever its path has parameters. What is doubtful all the same is on a reviewed
list and is never sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ownkey.scopes.catalogue import Operation

# Cut off in the middle: no parser takes it for a value, however lenient.
MALFORMED_JSON = b'{"ownkey-probe":'

# These are never probed, by reason. A path that ends in a slash stands for everything below it.
NEVER_PROBED: Mapping[str, str] = {
    "/rest/atlassian-connect/": "belongs to an app, whose key is in the path or in the credential",
    "/rest/forge/1/app/properties/{propertyKey}": "belongs to the calling app, whatever the key",
    "/rest/internal/": "is Atlassian's own",
    "/rest/api/3/app/": "writes an app's values",
    "/rest/api/3/jql/function/computation": "writes an app's values",
    "/rest/api/3/webhook": "acts on the webhooks of the caller",
    "/rest/api/3/webhook/": "acts on the webhooks of the caller",
    "/rest/api/3/mypreferences": "acts on the caller's own preferences",
    "/rest/api/3/user/properties/{propertyKey}": "acts on the caller where no user is named",
    "/rest/api/3/user/columns": "acts on the caller where no user is named",
    "/rest/api/3/issue/properties/{propertyKey}": "acts on every issue where no filter is given",
    "/rest/api/3/workflow/transitions/{transitionId}/properties": "acts through its query string",
    "/rest/api/3/field/association": "acts through its body",
    "/rest/api/3/redact": "wipes content for good",
}
# A GET reads even here, so it is only the writing methods that the list forbids, but for these.
NEVER_READ: Mapping[str, str] = {
    "/rest/atlassian-connect/": "belongs to an app, whose key is in the path or in the credential",
    "/rest/devinfo/0.10/existsByProperties": "takes a credential of its own in its parameters",
}
# POSTs without a body act at once, so each that may be probed is named: what it acts on is the id in its
# path, and that id cannot exist.
BODILESS_POSTS: Mapping[str, str] = {
    "/rest/api/3/task/{taskId}/cancel": "cancels the task that the path names"
}

# Answers that make Jira work hard, or are long. They are asked only where nothing else decides a scope.
HEAVY_READS = frozenset(
    {
        "/rest/api/3/auditing/record",
        "/rest/api/3/dashboard",
        "/rest/api/3/field",
        "/rest/api/3/issue/createmeta",
        "/rest/api/3/issue/limit/report",
        "/rest/api/3/jql/autocompletedata",
        "/rest/api/3/project",
        "/rest/api/3/search",
        "/rest/api/3/users",
        "/rest/api/3/users/search",
    }
)

# Parts of Jira that depend on a site's plan or products.
RARE_PARTS = (
    "/rest/api/3/data-policy",
    "/rest/api/3/forge/",
    "/rest/api/3/plans/",
    "/rest/api/3/uiModifications",
    "/rest/servicedeskapi/",
)

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that cannot have an effect, whichever way it is answered.

    Attributes:
        path: The concrete path, without a host.
        body: What to send, None for nothing. It is never valid JSON.
    """

    operation: Operation
    method: str
    path: str
    body: bytes | None = None
    content_type: str | None = None


def probe_of(operation: Operation, *, nonce: str) -> Probe:
    """Return the harmless request that asks for an operation.

    Args:
        operation: What is asked for; `is_probed` says that it may be.
        nonce: Random text of this check: the ids in the path are made from it, so nobody has made them
            before.

    Raises:
        ValueError: there is no harmless request for this operation.
    """
    if not is_probed(operation):
        raise ValueError(f"There is no harmless request for {operation.signature}.")
    path = _PARAMETER.sub(lambda match: _impossible_id(match[1], operation, nonce), operation.path)
    if operation.method in {"POST", "PUT"}:
        return Probe(operation, operation.method, path, MALFORMED_JSON, "application/json")
    return Probe(operation, operation.method, path)


def is_probed(operation: Operation) -> bool:
    """Whether there is a harmless request that asks for this operation, and whose answer means something."""
    if operation.is_ambiguous or operation.requirement.is_open or operation.requirement.is_closed:
        return False
    has_parameter = "{" in operation.path
    match operation.method:
        case "GET":
            return operation.reads and not _is_on(NEVER_READ, operation.path)
        case "DELETE":
            return (
                has_parameter
                and not operation.json_object_required
                and not _is_on(NEVER_PROBED, operation.path)
            )
        case "POST" | "PUT":
            takes_object = operation.json_object_required or (
                operation.method == "POST" and operation.path in BODILESS_POSTS
            )
            return takes_object and not _is_on(NEVER_PROBED, operation.path)
        case _:
            return False


def cost_of(operation: Operation) -> float:
    """Return how dear it is to ask for an operation: one probe, and a little for what is less welcome.

    What only some sites have comes after what every site has, GET before DELETE, and DELETE before POST and
    PUT.
    """
    return _cost_of_method(operation) + (0.5 if operation.path.startswith(RARE_PARTS) else 0)


def _cost_of_method(operation: Operation) -> float:
    if operation.method == "GET":
        if operation.path in HEAVY_READS:
            return 1.3
        return 1.0 if "{" in operation.path else 1.05
    if operation.method == "DELETE":
        return 1.1
    # A malformed body is harmless by itself. That what it speaks of cannot exist either is better still.
    return 1.2 if "{" in operation.path else 1.25


def _is_on(reviewed: Mapping[str, str], path: str) -> bool:
    return path in reviewed or any(entry.endswith("/") and path.startswith(entry) for entry in reviewed)


def _impossible_id(name: str, operation: Operation, nonce: str) -> str:
    """Return an id that nothing has: a long number where one is needed, else a word without digits or dashes.

    A word with a dash and digits could be an issue's key. Atlassian's generators do not reach the number.
    """
    digest = sha256(nonce.encode()).digest()
    if name == "workspaceId":
        return str(UUID(bytes=digest[:16], version=4))
    if name in operation.numeric_parameters:
        return str(9 * 10**17 + int.from_bytes(digest[:8], "big") % 10**16)
    return "ownkeyprobe" + "".join(chr(ord("a") + byte % 26) for byte in digest[:16])
