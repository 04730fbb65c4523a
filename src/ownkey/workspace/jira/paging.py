"""Jira's pages of values: one page, and where the next begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ownkey.workspace.jira.asking import Jira, Named
from ownkey.workspace.jira.expected import list_in, object_in
from ownkey.workspace.jira.uses import Use

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class ValuePage:
    """One page of an answer with `startAt`, `isLast` and `values`.

    Attributes:
        values: The JSON objects of this page, in Jira's order.
        next_start: Where the next page begins, or None.
    """

    values: Sequence[Mapping[str, Any]]
    next_start: int | None


async def value_page(
    jira: Jira, use: Use, query: Named, *, start: int = 0, size: int = PAGE_SIZE
) -> ValuePage:
    """Return one page of what an operation lists.

    Raises:
        JiraTroubleError: there is no answer.
    """
    answer = object_in(await jira.json(use, query={**query, "startAt": start, "maxResults": size}))
    values = list_in(answer, "values")
    count = len(answer["values"])
    is_last = not count or answer.get("isLast", True) is not False
    return ValuePage(values, None if is_last else start + count)
