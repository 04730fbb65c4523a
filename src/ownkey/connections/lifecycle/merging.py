"""What a re-check teaches: it asks less than a full test, so what it leaves open keeps its last proof."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

PROVED: Final = frozenset({"granted", "missing"})


@dataclass(frozen=True, slots=True)
class News:
    """A report that says something else than the one before, and whether scopes are missing."""

    report: dict[str, Any]
    has_gaps: bool


def news_in(new: Mapping[str, Any], *, before: Mapping[str, Any], later: Collection[str] = ()) -> News | None:
    """Return the stored report as it is after a re-check, or None if that taught nothing new.

    Args:
        new: The stored form of the re-check's report; Atlassian accepted the credential.
        before: The report that is stored.
        later: The scopes that do not count yet: missing, they are no gap.
    """
    known = {finding["scope"]: finding for finding in before.get("scopes", ())}
    scopes = [
        finding if finding["state"] in PROVED or finding["scope"] not in known else known[finding["scope"]]
        for finding in new.get("scopes", ())
        # One that no test has looked at is left for a full one, rather than called undecidable.
        if finding["state"] != "unknown" or finding["scope"] in known
    ]
    # That a scope is covered instead of granted is no news: either way nothing is out of reach.
    scopes = [
        known[finding["scope"]] if _is_same(finding, known.get(finding["scope"])) else finding
        for finding in scopes
    ]
    has_gaps = any(finding["state"] == "missing" and finding["scope"] not in later for finding in scopes)
    decided = {finding["scope"]: finding["state"] for finding in scopes}
    if decided == {scope: finding["state"] for scope, finding in known.items()} and _is_same_person(
        new, before
    ):
        return None
    told = new if _says_gaps(new) == has_gaps else before if _says_gaps(before) == has_gaps else new
    return News(
        {
            **new,
            "verdict": "gaps" if has_gaps else "connected",
            "reason": told.get("reason", ""),
            "next_step": told.get("next_step", ""),
            "identity": new.get("identity") or before.get("identity"),
            "is_identity_confirmed": bool(
                new.get("is_identity_confirmed") or before.get("is_identity_confirmed")
            ),
            "abilities": _abilities(new.get("abilities", ()), before.get("abilities", ())),
            "scopes": scopes,
        },
        has_gaps,
    )


def _is_same(finding: Mapping[str, str], known: Mapping[str, str] | None) -> bool:
    fine = {"granted", "covered"}
    return known is not None and (
        finding["state"] == known["state"] or (finding["state"] in fine and known["state"] in fine)
    )


def _is_same_person(new: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    return not new.get("identity") or new["identity"] == before.get("identity")


def _says_gaps(report: Mapping[str, Any]) -> bool:
    return bool(report.get("verdict") == "gaps")


def _abilities(new: list[dict[str, str]], before: list[dict[str, str]]) -> list[dict[str, str]]:
    known = {one["name"]: one for one in before}
    return [known.get(one["name"], one) if one["answer"] not in {"yes", "no"} else one for one in new]
