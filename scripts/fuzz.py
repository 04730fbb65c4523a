"""Fuzz the router, the decoder and the link rewriter for a while: `make fuzz ARGS="--minutes 5"`.

The laws are those of tests/hardening/properties.py, which the tests try some hundred times. A law that does
not hold is printed with the smallest example found, and the exit code is 1.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.hardening.properties import LAWS, Law

ROUND = 500


def fuzz(law: Law, number: int) -> None:
    """Try a law some hundred times with examples of this round."""

    @seed(number)
    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(law.made_up)
    def holds(made_up: object) -> None:
        law.holds(made_up)

    holds()


def main() -> int:
    """Fuzz all laws in turn until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="how long (default: 5)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**31, help="where the examples begin")
    arguments = parser.parse_args()
    until = time.monotonic() + arguments.minutes * 60
    number = arguments.seed
    print(f"Seed {arguments.seed}, for {arguments.minutes:g} minutes.")
    while time.monotonic() < until:
        for law in LAWS:
            fuzz(law, number)
        number += 1
    tried = (number - arguments.seed) * ROUND
    print(f"{tried} examples of each of {', '.join(law.name for law in LAWS)}: every law held.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
