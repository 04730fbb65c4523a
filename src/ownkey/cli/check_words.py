"""The lines that tell a person what happens in a check, the same at a terminal and in a pipe."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ownkey.cli.output import printable

if TYPE_CHECKING:
    from ownkey.atlassian.check import Identity, Report


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a mark, the words (which say all that the mark and the colour say), and a colour."""

    mark: str
    text: str
    style: str = ""


GOOD, BAD, OPEN = "green", "red", "yellow"
STATE_LOOKS = {"granted": ("✓", GOOD), "missing": ("✗", BAD), "covered": ("✓", GOOD), "unknown": ("?", OPEN)}
VERDICT_LOOKS = {
    "connected": ("✓", "Connected.", GOOD),
    "gaps": ("!", "Connected with gaps.", OPEN),
    "refused": ("✗", "Refused.", BAD),
    "unreachable": ("?", "Could not be checked.", OPEN),
}


def in_words_of_the_command_line(sentence: str) -> str:
    """Return a sentence of a check with options where it names a switch of the page."""
    from ownkey.atlassian.kinds import SCOPE_API_OFF, SCOPE_API_ON

    return sentence.replace(SCOPE_API_OFF, "with --unscoped").replace(SCOPE_API_ON, "without --unscoped")


def report_as_json(report: "Report") -> dict[str, object]:
    """Return a check's report as the command line prints it."""
    shown = report.as_json()
    return {**shown, "next_step": in_words_of_the_command_line(report.next_step)}


def lines_for(event: object) -> Iterator[Line]:
    """Yield the lines that tell an event."""
    from ownkey.atlassian import check

    match event:
        case check.SiteFound():
            cloud_id = f", cloud id {event.cloud_id}" if event.cloud_id else ""
            yield Line("✓", f"Site found: {printable(event.origin)}{cloud_id}", GOOD)
        case check.SignedIn():
            yield Line("✓", f"Signed in as {_person(event.identity)}", GOOD)
        case check.IdentityUnreadable():
            yield Line("!", "Signed in, but the token's scopes do not let it read whose it is", OPEN)
        case check.IdentityMatches():
            yield Line("✓", "It is the expected Atlassian account", GOOD)
        case check.IdentityDiffers():
            yield Line("✗", f"It belongs to another Atlassian account: {_person(event.identity)}", BAD)
        case check.ScopeDecided():
            mark, style = STATE_LOOKS[event.state]
            because = f": {printable(event.because)}" if event.because else ""
            yield Line(mark, f"{event.scope} – {event.state}{because}", style)
        case check.AbilitiesTold():
            yield from _abilities(event)
        case check.CheckFinished():
            yield from _verdict(event.report)


def _person(identity: "Identity") -> str:
    email = f" ({printable(identity.email)})" if identity.email else ""
    return f"{printable(identity.display_name)}{email}"


def _abilities(event: "check.AbilitiesTold") -> Iterator[Line]:  # type: ignore[name-defined] # noqa: F821
    given = {ability.name: answer for ability, answer in event.abilities}
    refused = [name for name, answer in given.items() if answer == "no"]
    told = (
        ("✓", "You can", GOOD, [name for name, answer in given.items() if answer == "yes"]),
        ("✗", "Because of what is missing you cannot", BAD, [n for n in refused if n not in event.beyond]),
        ("–", "The required scopes do not open", "", [name for name in refused if name in event.beyond]),
        ("?", "Not certain", OPEN, [name for name, answer in given.items() if answer == "unsure"]),
    )
    for mark, title, style, names in told:
        if names:
            yield Line(mark, f"{title}: {', '.join(names)}", style)


def _verdict(report: "Report") -> Iterator[Line]:
    mark, words, style = VERDICT_LOOKS[report.verdict]
    yield Line("", "")
    yield Line(mark, f"{words} {printable(in_words_of_the_command_line(report.next_step))}", style)
    if report.trace_id and report.verdict != "connected":
        yield Line(" ", f"Atlassian's trace id, for their support: {printable(report.trace_id)}")
