"""What the tests of scopes share: the catalogue, and a pretend gate that answers for a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ownkey.scopes.catalogue import Catalogue, Operation, load_catalogue
from ownkey.scopes.inference import Inference, Outcome, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST_CALLS = 12


@dataclass(frozen=True)
class Checked:
    """A whole check: the inference at its end, and the probes of each round."""

    inference: Inference
    rounds: tuple[tuple[Probe, ...], ...]


def check_token(
    catalogue: Catalogue,
    token: Collection[str],
    required: Collection[str],
    *,
    also: Collection[Operation] = (),
    fails: Callable[[Probe], bool] = lambda _: False,
    allow_write_probes: bool = True,
    asks_myself: bool = True,
) -> Checked:
    """Run a check of a token as Test Connection does; `fails` tells which probes go unanswered."""
    inference = Inference(
        catalogue, frozenset(required), allow_write_probes=allow_write_probes, nonce="a1b2c3", also=also
    )

    def outcome(operation: Operation) -> Outcome:
        return Outcome.MET if operation.requirement.is_satisfied_by(token) else Outcome.UNMET

    if asks_myself:
        myself = catalogue.operation("GET /rest/api/3/myself")
        inference.observe(myself, outcome(myself))
    rounds: list[tuple[Probe, ...]] = []
    while probes := inference.next_probes():
        assert len(rounds) < MOST_CALLS, "the check does not end"
        rounds.append(probes)
        for probe in probes:
            inference.observe(probe, Outcome.UNDECIDED if fails(probe) else outcome(probe.operation))
    return Checked(inference, tuple(rounds))


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def check() -> Callable[..., Checked]:
    return check_token
