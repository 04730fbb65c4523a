"""Variables that are not Ownkey's own, and what Ownkey says about them or makes of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")


def unused_proxy(environ: Mapping[str, str] | None = None) -> str:
    """Return a sentence about a proxy that the environment names, "" if it names none; never its address.

    Args:
        environ: The variables; the process's own by default.
    """
    environ = os.environ if environ is None else environ
    found = next((name for name in PROXIES if environ.get(name, "").strip()), None)
    if found is None:
        return ""
    return (
        f"{found} is set, and Ownkey does not use it: it needs a direct way to Atlassian "
        "(api.atlassian.com and ….atlassian.net, port 443) through the firewall."
    )


def sqlite_temporary_directories() -> tuple[Path, ...]:
    """Return where SQLite looks for a directory for its temporary files, in its own order."""
    given = (os.environ.get(name) for name in ("SQLITE_TMPDIR", "TMPDIR"))
    return tuple(Path(name) for name in (*given, "/var/tmp", "/usr/tmp", "/tmp") if name)  # noqa: S108 its own list
