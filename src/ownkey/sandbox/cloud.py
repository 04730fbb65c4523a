"""The pretend cloud: one organisation, one site, and everything in it that can change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ownkey.sandbox.account.sessions import Sessions
from ownkey.sandbox.faults import Faults
from ownkey.sandbox.jira.seeds.first import first_world
from ownkey.sandbox.jira.seeds.many import KEY, add_many
from ownkey.sandbox.people import cast
from ownkey.sandbox.request_log import RequestLog
from ownkey.sandbox.tokens import TokenStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ownkey.sandbox.jira.world import World
    from ownkey.sandbox.people import Person

CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
SITE_NAME = "acme"


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Cloud:
    """The whole state of a sandbox. `data_center` makes the site address a Jira Data Center instead.

    Search finds what was changed `search_lag_s` seconds later; what is read by id is never behind. The
    project MANY begins with so many `issues`.
    """

    clock: Callable[[], datetime] = utc_now
    delay_ms: int = 0
    search_lag_s: float = 0
    issues: int = 0
    data_center: bool = False
    cloud_id: str = CLOUD_ID
    people: dict[str, Person] = field(init=False)
    tokens: TokenStore = field(init=False)
    sessions: Sessions = field(init=False)
    faults: Faults = field(default_factory=Faults, init=False)
    requests: RequestLog = field(init=False)
    world: World = field(init=False)
    failed_sign_ins: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again: the same people and the same Jira, no token, no session, no fault, an empty log."""
        self.people = cast()
        self.tokens = TokenStore()
        self.sessions = Sessions()
        self.failed_sign_ins = {}
        self.renew_jira()

    def renew_jira(self) -> None:
        """Begin again with Jira alone: people, tokens and sessions stay."""
        self.faults.end()
        self.requests = RequestLog()
        self.world = first_world(self.people, self.clock())
        add_many(self.world, self.issues, self.clock())
        self.let_search_lag(self.search_lag_s)

    def add_issues(self, count: int, *, key: str = KEY, status: str | None = None) -> dict[str, str | int]:
        """Add many issues to a project; return what they are called."""
        now = self.clock()
        made = add_many(self.world, count, now, key=key, status=status)
        self.world.record(now, self.world.people[made[0].reporter], "add issues", f"{key} ({count})")
        self.world.index.note(self.world, now)
        return {"project": key, "count": len(made), "first": made[0].key, "last": made[-1].key}

    def let_search_lag(self, lag_s: float) -> None:
        """Let search find changes so many seconds after they were made, from now on."""
        self.search_lag_s = lag_s
        self.world.index.set_lag(lag_s, self.world, self.clock())
