"""What Test Connection shows: lines that fill as the events arrive, or at once from a stored report."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from ownkey.atlassian.check import (
    AbilitiesTold,
    CheckFinished,
    Event,
    IdentityDiffers,
    IdentityMatches,
    IdentityUnreadable,
    ScopeDecided,
    SignedIn,
    SiteFound,
    Verdict,
)
from ownkey.connections.checklist_lines import Ending, Line, Mark, Person, ScopeLine, grouped
from ownkey.connections.reports import SAVEABLE
from ownkey.connections.stored_report import StoredAbility, StoredReport, stored_abilities
from ownkey.scopes.abilities import names_beyond
from ownkey.scopes.profiles import ScopeProfile

SITE, IDENTITY, OWNER = Line("Site found", Mark.RUNNING), Line("Signed in"), Line("Is this you?")
UNREAD = "The token may not read whose it is."
NAMELESS = "Atlassian accepted the Jira login with this token. The token may not read the name behind it."
YOURS = "Yes, this is your Atlassian account."
YOURS_BY_LOGIN = "Yes: Atlassian accepts a token only with its owner’s e-mail address, and it accepted yours."


@dataclass(slots=True)
class Checklist:
    """The checklist of one check; `apply` tells which slots of the page an event changes.

    Attributes:
        profile: The required scopes.
        has_scopes: Whether this kind of credential has scopes at all.
        has_owner: Whether it must belong to somebody certain.
    """

    profile: ScopeProfile
    has_scopes: bool
    has_owner: bool
    site: Line = SITE
    identity: Line = IDENTITY
    owner: Line = OWNER
    person: Person | None = None
    scopes: dict[str, ScopeLine] = field(default_factory=dict)
    abilities: tuple[StoredAbility, ...] = ()
    ending: Ending | None = None

    def __post_init__(self) -> None:
        if self.has_scopes:
            self.scopes = {
                required.scope: ScopeLine(required.scope, required.group, required.reason)
                for required in self.profile.required
            }

    def apply(self, event: Event) -> tuple[str, ...]:
        """Take in an event and return the slots that changed."""
        slots: tuple[str, ...] = ()
        match event:
            case SiteFound():
                slots = self._find_site(event.origin, event.cloud_id)
            case SignedIn():
                slots = self._sign_in(event.identity.display_name, event.identity.email or "")
            case IdentityUnreadable():
                self.identity = Line("Signed in", Mark.UNSURE, UNREAD)
                slots = ("identity", "status")
            case IdentityMatches():
                self.owner = Line("Is this you?", Mark.DONE, YOURS)
                slots = ("owner",)
            case IdentityDiffers():
                self.owner = Line("Is this you?", Mark.FAILED, "No, this is another Atlassian account.")
                slots = ("owner",)
            case ScopeDecided():
                slots = self._decide(event.scope, str(event.state), event.because)
            case AbilitiesTold():
                self.abilities = stored_abilities(event.abilities)
                slots = ("abilities",)
            case CheckFinished():
                slots = self.finish(StoredReport.of(event.report))
        return slots

    def finish(self, report: StoredReport) -> tuple[str, ...]:
        """Take in the end of a check, also one that was stored, and return the slots that changed."""
        identity = report.identity
        if identity is not None and self.person is None:
            self._sign_in(identity.display_name, identity.email)
        for finding in report.scopes:
            self._decide(finding.scope, finding.state, finding.because)
        self.abilities = self.abilities if report.abilities is None else report.abilities
        verdict = Verdict(report.verdict)
        self._close_open_lines(report, verdict)
        self.ending = Ending(
            verdict=verdict,
            reason=report.reason,
            title=self._title_of(verdict),
            cause=report.cause,
            next_step=report.next_step,
            trace_id=report.trace_id,
        )
        lines = (*(f"scope:{scope}" for scope in self.scopes), *self.mark_slots)
        return ("site", "identity", "owner", *lines, "abilities", "verdict", "status")

    def line_of(self, scope: str) -> ScopeLine | None:
        """Return the line of a required scope, one that says nothing where the credential has no scopes."""
        if scope in self.scopes or not scope:
            return self.scopes.get(scope)
        return ScopeLine(scope, "", "")

    @property
    def mark_slots(self) -> tuple[str, ...]:
        """The slots of the marks in the guide; they follow the newest test, also when it says nothing."""
        return tuple(f"mark:{required.scope}" for required in self.profile.required)

    @property
    def groups(self) -> list[tuple[str, list[ScopeLine]]]:
        """The scope lines in the groups of Atlassian's page, empty groups left out."""
        return grouped(self.scopes.values())

    @property
    def missing(self) -> list[str]:
        """The required scopes that are proved missing."""
        return [line.scope for line in self.scopes.values() if line.state == "missing"]

    @property
    def can(self) -> list[str]:
        """What the token can do, in words."""
        return [ability.name for ability in self.abilities if ability.answer == "yes"]

    @property
    def cannot(self) -> list[str]:
        """What the token cannot do though the required scopes would allow it, in words."""
        return [name for name in self._refused if name not in self._beyond]

    @property
    def beyond(self) -> list[str]:
        """What the token cannot do, and what the required scopes do not allow either."""
        return [name for name in self._refused if name in self._beyond]

    @property
    def unsure(self) -> list[str]:
        """What nobody knows whether the token can do it, in words."""
        return [ability.name for ability in self.abilities if ability.answer == "unsure"]

    @property
    def status(self) -> str:
        """Where the check stands, in one sentence; a screen reader hears it."""
        if self.ending is not None:
            return self.ending.title
        decided = sum(line.state != "pending" for line in self.scopes.values())
        if decided:
            return f"{decided} of {len(self.scopes)} scopes checked"
        if not self.identity.mark.is_open:
            return f"{self.identity.title}. Checking scopes…" if self.scopes else f"{self.identity.title}."
        return "Site found. Signing in…" if self.site.mark is Mark.DONE else "Looking for the site…"

    @property
    def _refused(self) -> list[str]:
        return [ability.name for ability in self.abilities if ability.answer == "no"]

    @property
    def _beyond(self) -> frozenset[str]:
        return names_beyond(self.profile.scopes)

    def _find_site(self, origin: str, cloud_id: str | None) -> tuple[str, ...]:
        host = urlsplit(origin).netloc or origin
        found = f"Cloud id {cloud_id}" if cloud_id else "Jira Data Center has no cloud id."
        self.site = Line(f"Site {host}", Mark.DONE, found)
        if self.identity.mark is Mark.PENDING:
            self.identity = replace(self.identity, mark=Mark.RUNNING)
        return ("site", "identity", "status")

    def _sign_in(self, display_name: str, email: str) -> tuple[str, ...]:
        self.person = Person(display_name, email)
        self.identity = Line(f"Signed in as {display_name}", Mark.DONE, email)
        return ("identity", "status")

    def _decide(self, scope: str, state: str, because: str) -> tuple[str, ...]:
        line = self.scopes.get(scope)
        if line is None:
            return ()
        self.scopes[scope] = replace(line, state=state, because=because)
        return (f"scope:{scope}", f"mark:{scope}", "status")

    def _close_open_lines(self, report: StoredReport, verdict: Verdict) -> None:
        """Say of each line that still waits that it was not reached, or what a stored report knows of it."""
        if self.site.mark.is_open:
            cloud_id = report.cloud_id
            is_found = bool(cloud_id) or report.identity is not None or verdict in SAVEABLE
            self.site = (
                Line("Site found", Mark.DONE, f"Cloud id {cloud_id}" if cloud_id else "")
                if is_found
                else Line("Site not found", Mark.FAILED)
            )
        is_accepted = verdict in SAVEABLE or report.is_identity_confirmed
        if is_accepted and self.person is None:
            self.identity = Line("Signed in", Mark.DONE, NAMELESS)
        elif self.identity.mark.is_open:
            mark = Mark.FAILED if verdict is Verdict.REFUSED else Mark.UNSURE
            self.identity = Line("Not signed in", mark if self.site.mark is Mark.DONE else Mark.UNSURE)
        if self.owner.mark.is_open and report.is_identity_confirmed:
            self.owner = Line("Is this you?", Mark.DONE, YOURS if self.person else YOURS_BY_LOGIN)
        elif self.has_owner and self.owner.mark.is_open:
            self.owner = Line("Is this you?", Mark.UNSURE, "Not compared.")
        for scope, line in self.scopes.items():
            if line.state == "pending":
                self.scopes[scope] = replace(line, state="unknown", because="It was not checked.")

    def _title_of(self, verdict: Verdict) -> str:
        name = f" as {self.person.display_name}" if self.person else ""
        count = len(self.missing)
        scopes = "1 required scope is missing" if count == 1 else f"{count} required scopes are missing"
        return {
            Verdict.CONNECTED: f"Connected{name}",
            Verdict.GAPS: f"Signed in{name}, but {scopes}",
            Verdict.REFUSED: "Not connected",
            Verdict.UNREACHABLE: "The connection could not be checked",
        }[verdict]
