"""How long `ownkey --help` takes in a fresh process."""

import subprocess
from collections.abc import Iterator

from bench.figure import Figure, median_s
from bench.ownkey_command import command, environment

TIMES = 10


def figures() -> Iterator[Figure]:
    """Yield how long the help takes, beside a Python that does nothing."""
    with environment() as variables:

        def run(*arguments: str) -> None:
            subprocess.run(arguments, check=True, capture_output=True, env=variables)

        help_s = median_s(lambda: run(*command("--help")), times=TIMES)
        nothing_s = median_s(lambda: run(command()[0], "-c", "pass"), times=TIMES)
        yield Figure("ownkey --help, fresh process", help_s, "s", 0.4, ("python -c pass", nothing_s))
