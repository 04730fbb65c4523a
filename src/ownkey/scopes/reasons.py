"""Why a scope counts as granted, missing, covered or unknown, and why no scope opens an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.scopes.catalogue import Callers
from ownkey.scopes.proof import Bits, bits_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ownkey.scopes.catalogue import Operation
    from ownkey.scopes.proof import Knowledge
    from ownkey.scopes.scope_index import ScopeIndex

NAMED_AT_MOST = 3

_NO_SCOPE = "Atlassian publishes no scope for it, so no API token with scopes may call it"
_WHY_CLOSED = {
    Callers.APPS: "No API token may call it, whatever its scopes: Atlassian keeps it for apps.",
    Callers.BASIC_AUTH: f"{_NO_SCOPE}; by Atlassian's files, one without scopes may.",
    Callers.UNSAID: f"{_NO_SCOPE}.",
}


def why_closed(operation: Operation) -> str:
    """Return a sentence that says why no scope opens an operation whose requirement is closed."""
    return _WHY_CLOSED[operation.callers]


def why_decided(scope: Bits, *, knowledge: Knowledge, index: ScopeIndex) -> str:
    """Return from which answers it was concluded that a scope is there, or is not."""
    why = knowledge.why[scope]
    signatures = [index.operations[key].signature for key in why.keys]
    if len(signatures) != 1:
        return (
            f"follows from {listed(signatures)} together"
            if signatures
            else "follows from all answers together"
        )
    others = listed(sorted(index.scopes(why.known)))
    if scope & knowledge.granted:
        return f"answered by {signatures[0]}" + (f", where {others} is proved missing" if others else "")
    return f"refused: {signatures[0]}" + (f", though {others} is granted" if others else "")


def why_covered(scope: Bits, *, knowledge: Knowledge, index: ScopeIndex) -> str:
    """Return which granted scopes open everything that a scope opens."""
    granted = knowledge.granted & ~scope
    kept = granted & index.beside(scope)
    for one in bits_of(kept):
        if index.is_covered(scope, by=kept & ~one):
            kept &= ~one
    names = sorted(index.scopes(kept))
    return f"{listed(names)} already {'allows' if len(names) == 1 else 'allow'} all of this"


def why_unknown(
    scope: Bits,
    *,
    index: ScopeIndex,
    askable: Collection[int],
    asked: Collection[int],
    unanswered: Collection[int],
) -> str:
    """Return what stands in the way of deciding a scope.

    Args:
        scope: Nothing if Atlassian's files do not have it.
        index: The catalogue.
        askable: The operations that may be asked for.
        asked: Those that were, whatever the answer.
        unanswered: Those that were, and whose answers prove nothing.
    """
    if not scope:
        return "no operation in Atlassian's files needs it"
    naming = {
        key for key, alternatives in enumerate(index.alternatives) if any(one & scope for one in alternatives)
    }
    if not naming & set(askable):
        return "no harmless request decides this scope"
    if naming & set(unanswered):
        return "Atlassian did not answer the request that decides it"
    if not asked:
        return "not asked yet"
    return "the answers fit a token with it and one without it"


def listed(words: Sequence[str]) -> str:
    """Return words as a person lists them: `a, b and c`, the end left out where there are many."""
    if len(words) > NAMED_AT_MOST:
        return f"{', '.join(words[:NAMED_AT_MOST])} and {len(words) - NAMED_AT_MOST} more"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
