"""*What can I do?*: all operations decided, searched and rendered, beside SQLite's search alone.

A snapshot remembers what was decided of each operation, so the first search of a session takes longest.
SQLite looks through the same texts in memory and returns the same operations; it decides and renders nothing.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace

from bench.figure import Figure, median_s
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import PLANNING

GOAL_MS = 50.0
SEARCHES = ("", "sprint", "issue", "read:jira-work GET", "no such operation")


def figures() -> Iterator[Figure]:
    """Yield milliseconds a search, page and all: the first of a session, and a later one."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["OWNKEY_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "ownkey.console.settings"
        import django  # noqa: PLC0415 — after the settings are named

        django.setup()
        first, later = _pages()
        beside = _by_sqlite()
        for words in SEARCHES:
            name = f"operations searched for {words!r}" if words else "all operations listed"
            peer = ("SQLite, search alone", 1000 * median_s(lambda words=words: beside(words), times=20))
            yield Figure(
                f"{name}, first",
                1000 * median_s(lambda words=words: first(words), times=20),
                "ms",
                GOAL_MS,
                peer,
            )
            yield Figure(
                f"{name}, later",
                1000 * median_s(lambda words=words: later(words), times=20),
                "ms",
                GOAL_MS,
                peer,
            )


def _pages() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Return what makes the page's content: for a session that is new, and for one that is not."""
    from django.template.loader import render_to_string  # noqa: PLC0415 — see above

    from ownkey.workspace.operations.listing import listed  # noqa: PLC0415 — see above
    from ownkey.workspace.pages import Shown  # noqa: PLC0415 — see above
    from tests.gateway.kit import ALICE, ALICES_CREDENTIAL  # noqa: PLC0415 — see above

    credential = replace(ALICES_CREDENTIAL, token_scopes=PLANNING.scopes)
    who = replace(
        ALICE, credential=credential, account=replace(ALICE.account, profile_scopes=PLANNING.scopes)
    )
    shown = Shown("acme", "Acme", "https://acme.atlassian.net")

    def page(words: str, *, is_new: bool) -> str:
        found = listed(replace(who) if is_new else who, words=words)
        context = {"found": found, "words": words, "only": "", "account": shown, "acting_as": "ada"}
        return render_to_string("workspace/operations/list_content.html", context)

    return lambda words: page(words, is_new=True), lambda words: page(words, is_new=False)


def _by_sqlite() -> Callable[[str], list[tuple[str]]]:
    """Return what finds the same operations with LIKE."""
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE operation (signature TEXT, words TEXT)")
    rows = [
        (one.signature, f"{one.signature} {one.operation_id} {' '.join(sorted(one.requirement.scopes))}")
        for one in load_catalogue().operations
    ]
    store.executemany("INSERT INTO operation VALUES (?, ?)", rows)

    def find(words: str) -> list[tuple[str]]:
        wanted = [f"%{word}%" for word in words.split()]
        where = " AND ".join("words LIKE ?" for _ in wanted) or "1"
        return store.execute(f"SELECT signature FROM operation WHERE {where}", wanted).fetchall()  # noqa: S608 — marks

    return find


if __name__ == "__main__":
    from bench.figure import table

    print(table(figures()))
