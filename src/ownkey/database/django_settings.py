"""What Django is told of the database."""

from pathlib import Path
from typing import Any


def settings_of(file: Path) -> dict[str, Any]:
    """Return the entry of Django's `DATABASES` for a file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            # A writer takes its lock at the start, so that two of them queue instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            # FULL: what was saved is still there after the power went.
            # Deleted envelopes are overwritten, not only forgotten.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON;",
        },
    }
