"""A re-check asks less than a full test: it adds what it proves, keeps the rest, and claims nothing."""

from hypothesis import given
from hypothesis import strategies as st

from ownkey.connections.lifecycle.merging import news_in
from ownkey.connections.stored_report import StoredAbility, StoredIdentity, StoredReport

SCOPES = ("read:jira-work", "read:jira-user", "write:jira-work", "manage:jira-project")
states = st.sampled_from(("granted", "missing", "covered", "unknown"))
found = st.dictionaries(st.sampled_from(SCOPES), states)


def report(scopes: dict[str, str], **more: object) -> StoredReport:
    verdict = "gaps" if "missing" in scopes.values() else "connected"
    findings = [{"scope": scope, "state": state, "because": "said"} for scope, state in scopes.items()]
    return StoredReport.from_json(
        {"verdict": verdict, "reason": verdict, "next_step": verdict, "scopes": findings, **more}
    )


@given(before=found, new=found)
def test_what_is_kept_was_proven_by_one_of_the_two(before: dict[str, str], new: dict[str, str]) -> None:
    news = news_in(report(new), before=report(before))
    kept = before if news is None else news.report.states
    for scope, state in kept.items():
        assert state in {before.get(scope), new.get(scope)}
        if new.get(scope) in {"granted", "missing"}:
            fine = {"granted", "covered"}
            assert state == new[scope] or {state, new[scope]} <= fine
    if news is not None:
        assert news.has_gaps is ("missing" in kept.values())
        assert news.report.verdict == ("gaps" if news.has_gaps else "connected")


@given(before=found, new=found)
def test_the_same_again_is_no_news(before: dict[str, str], new: dict[str, str]) -> None:
    news = news_in(report(new), before=report(before))
    kept = report(before) if news is None else news.report
    assert news_in(report(new), before=kept) is None


@given(before=found)
def test_a_scope_that_no_test_has_looked_at_stays_untested(before: dict[str, str]) -> None:
    news = news_in(report(before | {"read:new:jira": "unknown"}), before=report(before))
    kept = before if news is None else news.report.states
    assert "read:new:jira" not in kept


def test_a_scope_that_is_gone_is_news_and_the_rest_is_kept() -> None:
    before = {"read:jira-work": "granted", "write:jira-work": "granted", "read:jira-user": "granted"}
    new = {"read:jira-work": "granted", "write:jira-work": "unknown", "read:jira-user": "missing"}
    news = news_in(report(new, next_step="Make one."), before=report(before, identity={"account_id": "1"}))
    assert news is not None
    assert news.has_gaps
    assert news.report.states == before | {"read:jira-user": "missing"}
    assert news.report.next_step == "Make one."
    assert news.report.identity == StoredIdentity("1", "")


def test_another_name_is_news() -> None:
    scopes = {"read:jira-work": "granted"}
    before, new = {"account_id": "1", "display_name": "Ada"}, {"account_id": "1", "display_name": "Ada L."}
    assert news_in(report(scopes, identity=new), before=report(scopes, identity=before)) is not None
    assert news_in(report(scopes, identity=None), before=report(scopes, identity=before)) is None


def test_what_one_can_do_is_known_from_the_full_test_where_the_short_one_cannot_tell() -> None:
    before = report({"read:jira-work": "granted"}, abilities=[{"name": "Create issues", "answer": "yes"}])
    new = report({"read:jira-work": "missing"}, abilities=[{"name": "Create issues", "answer": "unsure"}])
    news = news_in(new, before=before)
    assert news is not None
    assert news.report.abilities == (StoredAbility("Create issues", "yes"),)
