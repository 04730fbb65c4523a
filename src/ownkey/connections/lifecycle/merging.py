"""What a re-check teaches: it asks less than a full test, so what it leaves open keeps its last proof."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ownkey.connections.stored_report import MISSING, StoredAbility, StoredFinding, StoredReport

PROVED: Final = frozenset({"granted", MISSING})
_FINE: Final = frozenset({"granted", "covered"})


@dataclass(frozen=True, slots=True)
class News:
    """A report that says something else than the one before, and whether scopes are missing."""

    report: StoredReport
    has_gaps: bool


def news_in(new: StoredReport, *, before: StoredReport, later: Collection[str] = ()) -> News | None:
    """Return the stored report as it is after a re-check, or None if that taught nothing new.

    Args:
        new: The re-check's report; Atlassian accepted the credential.
        before: The report that is stored.
        later: The scopes that do not count yet: missing, they are no gap.
    """
    scopes = _merged(new.scopes, {finding.scope: finding for finding in before.scopes})
    has_gaps = any(finding.state == MISSING and finding.scope not in later for finding in scopes)
    decided = {finding.scope: finding.state for finding in scopes}
    if decided == before.states and (new.identity is None or new.identity == before.identity):
        return None
    said = before if new.has_gaps != has_gaps and before.has_gaps == has_gaps else new
    report = replace(
        new,
        verdict="gaps" if has_gaps else "connected",
        reason=said.reason,
        next_step=said.next_step,
        identity=new.identity or before.identity,
        is_identity_confirmed=new.is_identity_confirmed or before.is_identity_confirmed,
        abilities=_abilities(new.abilities or (), before.abilities or ()),
        scopes=scopes,
    )
    return News(report, has_gaps)


def _merged(new: tuple[StoredFinding, ...], known: Mapping[str, StoredFinding]) -> tuple[StoredFinding, ...]:
    """Return the findings of a re-check, with the last proof where it proved nothing."""
    kept = (
        finding if finding.state in PROVED or finding.scope not in known else known[finding.scope]
        for finding in new
        # One that no test has looked at is left for a full one, rather than called undecidable.
        if finding.state != "unknown" or finding.scope in known
    )
    # That a scope is covered instead of granted is no news: either way nothing is out of reach.
    return tuple(
        known[finding.scope] if _is_same(finding, known.get(finding.scope)) else finding for finding in kept
    )


def _is_same(finding: StoredFinding, known: StoredFinding | None) -> bool:
    return known is not None and (
        finding.state == known.state or (finding.state in _FINE and known.state in _FINE)
    )


def _abilities(
    new: tuple[StoredAbility, ...], before: tuple[StoredAbility, ...]
) -> tuple[StoredAbility, ...]:
    known = {one.name: one for one in before}
    return tuple(known.get(one.name, one) if one.answer not in {"yes", "no"} else one for one in new)
