"""A stored report reads as a value, from rows of every release, and is written as it was read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.connections.stored_report import (
    LastSuccess,
    StoredAbility,
    StoredFinding,
    StoredIdentity,
    StoredReport,
)
from tests.upgrades.kept import ARCHIVES, unpack

words = st.text(max_size=12)
filled = st.text(min_size=1, max_size=12)
reports = st.builds(
    StoredReport,
    verdict=st.sampled_from(["connected", "gaps", "refused", "unreachable"]),
    reason=words,
    next_step=words,
    cause=words,
    cloud_id=st.one_of(st.none(), filled),
    identity=st.one_of(st.none(), st.builds(StoredIdentity, filled, words, words)),
    is_identity_confirmed=st.booleans(),
    scopes=st.lists(st.builds(StoredFinding, words, words, words), max_size=4).map(tuple),
    abilities=st.one_of(st.none(), st.lists(st.builds(StoredAbility, words, words), max_size=4).map(tuple)),
    trace_id=words,
)


@given(reports, reports)
def test_what_is_stored_reads_as_it_was(report: StoredReport, earlier: StoredReport) -> None:
    whole = report.after(earlier, is_refused=False, checked_at=datetime(2026, 11, 23, tzinfo=UTC))
    assert StoredReport.from_json(json.loads(json.dumps(whole.as_json()))) == whole


def test_a_refusal_keeps_the_last_success_and_not_the_refusals_between() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    success, refusal = StoredReport(verdict="connected"), StoredReport(verdict="refused")
    first = refusal.after(success, is_refused=False, checked_at=at)
    assert first.before == LastSuccess(success, at)
    assert refusal.after(first, is_refused=True, checked_at=None).before == first.before
    assert refusal.after(StoredReport(), is_refused=False, checked_at=None).before is None


def test_an_empty_row_is_an_empty_report() -> None:
    report = StoredReport.from_json({})
    assert report == StoredReport()
    assert (report.states, report.missing, report.has_gaps) == ({}, (), False)


@pytest.mark.parametrize("archive", ARCHIVES, ids=[path.name for path in ARCHIVES])
def test_reports_of_earlier_releases_say_what_they_said(archive: Path, tmp_path: Path) -> None:
    store = unpack(archive, tmp_path, atlassian="http://127.0.0.1:9")
    rows = [json.loads(row[0]) for row in store.rows("SELECT report FROM connections_credential")]
    assert any(rows)
    for row in filter(None, rows):
        report = StoredReport.from_json(row)
        assert (report.verdict, report.reason) == (row["verdict"], row["reason"])
        assert report.states == {each["scope"]: each["state"] for each in row.get("scopes", ())}
        written = report.as_json()
        assert {name: written[name] for name in row if name in written} == row
