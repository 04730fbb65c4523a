"""What goes on beside the issues: long-running tasks, uploaded avatars and reported builds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Task:
    """A long-running task of the background."""

    id: str
    description: str
    submitted_by: str
    status: str = "RUNNING"


@dataclass(slots=True)
class Avatar:
    """An avatar that somebody uploaded."""

    id: str
    type: str
    owner_id: str


@dataclass(slots=True)
class Build:
    """A build that a build server has told Jira about; removable by its properties."""

    pipeline_id: str
    number: int
    state: str
    issue_keys: tuple[str, ...]
    properties: dict[str, str]
