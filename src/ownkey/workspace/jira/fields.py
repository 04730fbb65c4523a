"""Which of a Jira's fields hold the sprint, the estimate and the flag: found by name and type."""

from dataclasses import dataclass, replace
from typing import Any, Final

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.expected import list_in
from ownkey.workspace.jira.remembered import remembered
from ownkey.workspace.jira.uses import FIELDS
from ownkey.workspace.jira.values import mapping_of, text_of

POINTS_NAMES: Final = ("story points", "story point estimate")
_SPRINT_TYPE: Final = "com.pyxis.greenhopper.jira:gh-sprint"


@dataclass(frozen=True, slots=True)
class Fields:
    """The ids of fields that have no fixed one; empty where a Jira has no such field.

    Attributes:
        sprint: The sprints of an issue.
        points: The fields that hold estimates; company-managed and team-managed projects have one each.
        flagged: The flag for impediments.
        numbers: Every field that could be the estimate: id and name.
    """

    sprint: str = ""
    points: tuple[str, ...] = ()
    flagged: str = ""
    numbers: tuple[tuple[str, str], ...] = ()

    @property
    def of_cards(self) -> tuple[str, ...]:
        """Those that cards need."""
        return tuple(each for each in (self.sprint, *self.points, self.flagged) if each)

    @property
    def points_names(self) -> tuple[str, ...]:
        """The names of the fields that hold estimates."""
        return tuple(name for field_id, name in self.numbers if field_id in self.points)

    def with_points(self, field_id: str) -> "Fields":
        """Return the same with another field as the estimate, if there is such a field."""
        return replace(self, points=(field_id,)) if field_id in dict(self.numbers) else self


async def fields_of(jira: Jira) -> Fields:
    """Return the fields; asked for once in a while.

    Raises:
        JiraTroubleError: there is no answer.
    """
    return await remembered(jira.means, "fields", lambda: _ask(jira))


async def _ask(jira: Jira) -> Fields:
    found = list_in(await jira.json(FIELDS))
    numbers = tuple((text_of(each, "id"), text_of(each, "name")) for each in found if _type(each) == "number")
    return Fields(
        sprint=next((text_of(each, "id") for each in found if _custom(each) == _SPRINT_TYPE), ""),
        points=tuple(each[0] for name in POINTS_NAMES for each in numbers if each[1].lower() == name),
        flagged=next((text_of(each, "id") for each in found if text_of(each, "name") == "Flagged"), ""),
        numbers=numbers,
    )


def _type(field: Any) -> str:  # noqa: ANN401 — as Jira sent it
    return text_of(mapping_of(field.get("schema")), "type")


def _custom(field: Any) -> str:  # noqa: ANN401 — as Jira sent it
    return text_of(mapping_of(field.get("schema")), "custom")
