"""Route look-up beside Starlette's and werkzeug's routers, on all operations of the catalogue.

Hits are one address of every operation, in an order that is the same every time; misses are addresses that
lead nowhere, half of them at the last segment. "First" look-ups go round Ownkey's cache.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence

from starlette.routing import Match, Route
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from bench.figure import Figure
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.router import load_router

PARAMETER = re.compile(r"\{(\w+)\}")
GOAL_NS = 1_000

Call = tuple[str, str]
Find = Callable[[str, str], object]


def figures() -> Iterator[Figure]:
    """Yield nanoseconds a look-up, for each router and for hits and misses."""
    operations = load_catalogue().operations
    hits = [(one.method, PARAMETER.sub("AB-12", one.path)) for one in operations]
    random.Random(1).shuffle(hits)  # noqa: S311
    misses = [(method, path + "/nowhere") for method, path in hits[::2]]
    misses += [(method, path.replace("/rest/", "/rset/", 1) + "/x") for method, path in hits[1::2]]
    router, starlette, werkzeug = load_router(), starlette_find(), werkzeug_find()
    for kind, calls in (("hit", hits), ("miss", misses)):
        # Two rounds of the same addresses, of which the second finds them in the cache.
        beside = {
            "Starlette": nanoseconds(starlette, calls[:100]),
            "werkzeug": nanoseconds(werkzeug, calls),
        }
        ours = {"": nanoseconds(router.find, calls), ", first look-up": nanoseconds(router._find, calls)}  # noqa: SLF001
        for which, measured in ours.items():
            for other, theirs in beside.items():
                goal = GOAL_NS if not which and other == "Starlette" else None
                yield Figure(f"route look-up, {kind}{which}", measured, "ns", goal, (other, theirs))


def nanoseconds(find: Find, calls: Sequence[Call]) -> float:
    """Return how long one look-up takes, the best of five rounds over these calls."""
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter_ns()
        for method, path in calls:
            find(method, path)
        best = min(best, (time.perf_counter_ns() - begin) / len(calls))
    return best


def starlette_find() -> Find:
    """Return Starlette's look-up: the loop of its router, without the call of what it found."""
    routes = [Route(one.path, lambda _: None, methods=[one.method]) for one in load_catalogue().operations]

    def find(method: str, path: str) -> object:
        scope = {"type": "http", "method": method, "path": path, "root_path": ""}
        return next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)

    return find


def werkzeug_find() -> Find:
    """Return werkzeug's look-up."""
    rules = [
        Rule(PARAMETER.sub(r"<\1>", one.path), methods=[one.method], endpoint=one.signature)
        for one in load_catalogue().operations
    ]
    adapter = Map(rules).bind("localhost")

    def find(method: str, path: str) -> object:
        try:
            return adapter.match(path, method=method)
        except HTTPException:
            return None

    return find


if __name__ == "__main__":
    from bench.figure import table

    print(table(figures()))
