"""The form that an answer of Jira's must have; in the place of another, a page would seem to be empty."""

from collections.abc import Mapping, Sequence
from typing import Any

from ownkey.workspace.jira.trouble import JiraTroubleError, unreadable
from ownkey.workspace.jira.values import list_of


def object_in(answer: object) -> Mapping[str, Any]:
    """Return an answer that is a JSON object.

    Raises:
        JiraTroubleError: it is none.
    """
    if not isinstance(answer, Mapping):
        raise JiraTroubleError(unreadable())
    return answer


def list_in(answer: object, name: str = "") -> Sequence[Mapping[str, Any]]:
    """Return the JSON objects of an answer that is a list, or of the list that it has under a name.

    Raises:
        JiraTroubleError: there is no such list.
    """
    found = object_in(answer).get(name) if name else answer
    if not isinstance(found, list):
        raise JiraTroubleError(unreadable())
    return list_of(found)
