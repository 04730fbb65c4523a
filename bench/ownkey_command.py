"""The `ownkey` command with a data directory that is thrown away."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

LEFT_OUT = ("OWNKEY_", "PYTHONDONTWRITEBYTECODE")


def command(*arguments: str) -> tuple[str, ...]:
    """Return the command line of `ownkey` with these arguments."""
    return (sys.executable, "-m", "ownkey.cli.main", *arguments)


@contextmanager
def environment(**variables: str) -> Iterator[Mapping[str, str]]:
    """Yield an environment that knows nothing of the tester's own Ownkey and runs it as if installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    with tempfile.TemporaryDirectory(prefix="ownkey-bench-") as home:
        yield {**kept, "OWNKEY_HOME": home, **variables}
