"""A reader of changes misses none: what is no longer kept is everything."""

from hypothesis import given
from hypothesis import strategies as st

from ownkey.calls.changes import EVERYTHING, NOTHING, ChangeHistory, Changes, Kind, Subject

SUBJECTS = st.builds(Subject, st.sampled_from(Kind), st.sampled_from("abcdef"))
CHANGES = st.one_of(st.just(EVERYTHING), st.frozensets(SUBJECTS, min_size=1, max_size=4).map(Changes))


@given(st.lists(CHANGES, max_size=30), st.integers(0, 8))
def test_nobody_misses_a_change(steps: list[Changes], most_subjects: int) -> None:
    history = ChangeHistory(7, most_subjects=most_subjects)
    for changes in steps:
        history.add(changes)
    assert history.version == 7 + len(steps)
    for read, version in enumerate(range(7, history.version + 1)):
        missed = steps[read:]
        found = history.since(version)
        subjects = frozenset().union(*(changes.subjects for changes in missed))
        assert found.is_everything or found.subjects == subjects
        if any(changes.is_everything for changes in missed):
            assert found.is_everything
    assert history.since(history.version) == NOTHING


@given(st.lists(CHANGES, max_size=30), st.integers(0, 8))
def test_it_is_bounded(steps: list[Changes], most_subjects: int) -> None:
    history = ChangeHistory(most_subjects=most_subjects)
    for changes in steps:
        history.add(changes)
    assert sum(len(changes.subjects) for _, changes in history._steps) <= most_subjects


def test_the_latest_steps_are_kept() -> None:
    history = ChangeHistory()
    alice = Changes(frozenset({Subject(Kind.PERSON, "1")}))
    for _ in range(5_000):
        history.add(alice)
    assert history.since(4_100) == alice
    assert history.since(3_000) == EVERYTHING


def test_a_version_that_was_never_there_is_everything() -> None:
    history = ChangeHistory()
    assert history.since(-1) == EVERYTHING
    assert history.since(1) == EVERYTHING
