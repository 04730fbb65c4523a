"""What differs between two catalogues is told as what happened to each operation, once."""

from __future__ import annotations

from dataclasses import replace

from ownkey.scopes.catalogue import Catalogue, Operation
from ownkey.scopes.changes import compare, lost_most
from ownkey.scopes.requirement import Requirement


def operation(method: str, path: str, name: str, *scopes: str) -> Operation:
    return Operation(method, path, name, Requirement((frozenset(scopes),)), reads=False, api="platform")


GET = operation("GET", "/thing", "getThing", "read:thing:jira")
PUT = operation("PUT", "/thing", "setThing", "write:thing:jira")
OLD = operation("GET", "/old", "getOld", "read:old:jira")


def test_equal_catalogues_do_not_differ() -> None:
    assert not compare(Catalogue([GET, PUT]), Catalogue([PUT, GET]))


def test_added_and_removed_operations_are_told() -> None:
    changes = compare(Catalogue([GET, OLD]), Catalogue([GET, PUT]))
    assert (changes.added, changes.removed, changes.moved) == ((PUT,), (OLD,), ())
    assert changes


def test_changed_scopes_are_told_with_both_sides() -> None:
    other = replace(GET, requirement=Requirement((frozenset({"read:other:jira"}),)))
    changes = compare(Catalogue([GET]), Catalogue([other]))
    assert (changes.scopes_changed, changes.added, changes.removed) == (((GET, other),), (), ())


def test_order_of_alternatives_is_no_change() -> None:
    one, other = frozenset({"a"}), frozenset({"b"})
    before, after = (replace(GET, requirement=Requirement(sets)) for sets in ((one, other), (other, one)))
    assert not compare(Catalogue([before]), Catalogue([after]))


def test_a_moved_operation_is_neither_added_nor_removed() -> None:
    moved = replace(GET, path="/things/{id}")
    changes = compare(Catalogue([GET]), Catalogue([moved]))
    assert (changes.moved, changes.added, changes.removed) == (((GET, moved),), (), ())


def test_an_id_that_repeats_tells_no_move() -> None:
    twins = [replace(GET, path="/a"), replace(GET, path="/b")]
    changes = compare(Catalogue([GET]), Catalogue(twins))
    assert (changes.moved, changes.added, changes.removed) == ((), tuple(twins), (GET,))


def test_an_api_has_lost_most_when_more_than_half_of_it_went_and_did_not_move() -> None:
    paths = [replace(GET, path=f"/{name}", operation_id=name) for name in "abcd"]
    moved = replace(paths[0], path="/elsewhere")
    old = Catalogue(paths)

    def lost(*operations: Operation) -> dict[str, tuple[int, int]]:
        return lost_most(compare(old, Catalogue(operations)), old)

    assert lost(*paths[:2]) == lost(moved, paths[1]) == {}
    assert lost(paths[0]) == lost(moved) == {GET.api: (3, 4)}
