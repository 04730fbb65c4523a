"""A query is completed, sorted and explained in Jira's own words; without a script it is a plain field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.workspace.jira.remembered import forget
from ownkey.workspace.jira.uses import JQL_FIELDS, JQL_VALUES
from ownkey.workspace.search.completion import KNOWN, suggestions_for
from ownkey.workspace.search.query import Order, jql_of, mistake_in, order_of, sorted_by
from ownkey.workspace.search.writing import Expected, spot_in
from tests.calls.faces import ALICES_SESSION
from tests.faults.browser import Browser
from tests.workspace.unit import CountingJira


@pytest.mark.parametrize(
    ("text", "expected", "typed", "field"),
    [
        ("", Expected.FIELD, "", ""),
        ("pro", Expected.FIELD, "pro", ""),
        ("project ", Expected.OPERATOR, "", "project"),
        ("project i", Expected.OPERATOR, "i", "project"),
        ("project = ", Expected.VALUE, "", "project"),
        ("project=AC", Expected.VALUE, "AC", "project"),
        ('status = "In Pr', Expected.VALUE, "In Pr", "status"),
        ('status = "In Progress"', Expected.CONNECTOR, "", "status"),
        ("project = ACME ", Expected.CONNECTOR, "", "project"),
        ("project = ACME AN", Expected.CONNECTOR, "AN", "project"),
        ("project = ACME AND ", Expected.FIELD, "", "project"),
        ("project in (ACME, ", Expected.VALUE, "", "project"),
        ("project not in (ACME, SHOP) and ", Expected.FIELD, "", "project"),
        ("assignee was not in (", Expected.VALUE, "", "assignee"),
        ("assignee is not ", Expected.VALUE, "", "assignee"),
        ("assignee = currentUser() ", Expected.CONNECTOR, "", "assignee"),
        ("status changed ", Expected.CONNECTOR, "", "status"),
        ("NOT (lab", Expected.FIELD, "lab", ""),
        ("project = ACME ORDER BY ", Expected.ORDER, "", "project"),
        ("project = ACME order by created ", Expected.DIRECTION, "", "created"),
        ("order by created desc, upd", Expected.ORDER, "upd", "created"),
    ],
)
def test_what_can_come_next_is_known(text: str, expected: Expected, typed: str, field: str) -> None:
    spot = spot_in(text)
    assert (spot.expected, spot.typed) == (expected, typed)
    if expected in {Expected.OPERATOR, Expected.VALUE}:
        assert spot.field == field
    assert text[spot.start :].lstrip("\"'") == typed


@given(st.text(alphabet="abc =!~<>()\"',\\\n-ORDERBY[]", max_size=40))
def test_any_text_can_be_written_on(text: str) -> None:
    spot = spot_in(text)
    assert 0 <= spot.start <= len(text)
    order_of(sorted_by(text, "created"))
    mistake = mistake_in(text, "Oh no. (line 3, character 99999)")
    assert mistake is not None
    assert text.startswith(mistake.before)
    assert text.endswith(mistake.after)


@pytest.mark.parametrize(
    ("words", "jql"),
    [
        ("acme-7", 'key = "acme-7"'),
        ("pay with a card", 'text ~ "pay with a card" ORDER BY updated DESC'),
        ("labels = x", "labels = x"),
        ("status changed", "status changed"),
        ("order by created", "order by created"),
        ('say "a = b"', 'text ~ "say \\"a = b\\"" ORDER BY updated DESC'),
    ],
)
def test_words_mean_a_query(words: str, jql: str) -> None:
    assert jql_of(words) == jql


def test_a_query_is_sorted_and_then_the_other_way_round() -> None:
    once = sorted_by('summary ~ "order by x" order by Rank', "created")
    assert once == 'summary ~ "order by x" ORDER BY created ASC'
    assert order_of(once) == Order("created")
    assert order_of(sorted_by(once, "created")) == Order("created", is_descending=True)
    assert order_of("project = ACME") == Order()


@pytest.mark.parametrize(
    ("jql", "words", "there"),
    [
        ("project = = 1", "Expecting a value but got '='. (line 1, character 11)", "="),
        ("project = ACME\nAND = 1", "Wrong. (line 2, character 5)", "="),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'.", "NOPE"),
        ("project = ACME AND", "Expecting a field name before the end of the query.", " "),
    ],
)
def test_the_place_of_a_mistake_is_found(jql: str, words: str, there: str) -> None:
    mistake = mistake_in(jql, words)
    assert mistake is not None
    assert mistake.there == there


def test_words_that_name_no_place_have_none() -> None:
    assert mistake_in("a = b", "Unbounded queries are not allowed here.") is None


def jiras_words(_method: str, path: str, _document: Any) -> Any:  # noqa: ANN401 — JSON
    if path.endswith("/suggestions"):
        return {"results": [{"value": '"To Do"', "displayName": "<b>To</b> Do &amp; &lt;script&gt;"}, {}, 1]}
    return {
        "visibleFieldNames": [
            {"value": "status", "displayName": "status", "auto": "true", "operators": ["=", "in"]},
            {"value": "cf[1]", "displayName": "Size <b>x</b>", "operators": [1], "types": "?"},
            {},
        ],
        "visibleFunctionNames": [{"value": "now()", "types": ["java.util.Date"]}, {}],
    }


async def suggested(world: CountingJira, text: str) -> list[str]:
    jira = world.jira(JQL_FIELDS, JQL_VALUES)
    return [each.insert for each in await suggestions_for(jira, spot_in(text))]


async def test_suggestions_are_jiras_own() -> None:
    forget(ALICES_SESSION)
    world = CountingJira(jiras_words)
    assert await suggested(world, "st") == ["status"]
    assert await suggested(world, "status ") == ["=", "in"]
    assert await suggested(world, "status = To") == ['"To Do"']
    assert await suggested(world, "status = x ORDER BY s") == ["status", "cf[1]"]
    assert await suggested(world, "status is ") == ["EMPTY", "NULL"]
    assert world.calls == 2
    shown = await suggestions_for(world.jira(JQL_FIELDS, JQL_VALUES), spot_in("status = To"))
    assert shown[0].name == "To Do & <script>"
    await world.way.stop()


async def test_without_the_scope_what_every_jira_has_is_suggested() -> None:
    forget(ALICES_SESSION)
    world = CountingJira(jiras_words, scopes=frozenset({"read:project:jira"}))
    assert "assignee" in await suggested(world, "ass")
    assert "currentUser()" in await suggested(world, "assignee = cur")
    assert await suggested(world, "project = x ") == ["AND", "OR", "ORDER BY"]
    assert world.calls == 0
    assert KNOWN.called("Project") is not None
    await world.way.stop()


def test_a_mistake_is_shown_where_it_is_and_harms_nobody(ada: Browser) -> None:
    page = ada.get("/work/acme/search/?q=project+%3D+%3D+%3Cb%3E")
    assert "Expecting either a value, list or function" in page.words
    assert "project = <mark>=</mark> &lt;b&gt;" in page.text
    assert "My open issues" in page.words  # the person's own filters stay in reach


def test_columns_are_chosen_sorted_and_exported(ada: Browser) -> None:
    query = "q=project+%3D+ACME&column=reporter&column=key&column=nonsense"
    page = ada.get(f"/work/acme/search/?{query}")
    assert [each for each in ("Key", "Reporter", "Status") if f">{each}</a></th>" in page.text] == [
        "Key",
        "Reporter",
    ]
    assert "ORDER+BY+reporter+ASC" in page.text
    lines = ada.get(f"/work/acme/search/?{query}&as=csv").text.splitlines()
    assert lines[0] == '"Key","Reporter"'
    assert '"ACME-3","Ada Lovelace"' in lines
    sorted_page = ada.get("/work/acme/search/?q=project+%3D+ACME+ORDER+BY+summary+DESC")
    assert 'aria-sort="descending"' in sorted_page.text


def test_saved_searches_are_jiras_own_filters(ada: Browser, bo: Browser) -> None:
    assert "Filter for CREW board" in ada.get("/work/acme/search/").words
    assert "Filter for CREW board" not in bo.get("/work/acme/search/").words


def test_completion_is_escaped_and_bounded(ada: Browser) -> None:
    page = ada.get("/work/acme/search/completion/?before=project+%3D+")
    assert 'data-insert="ACME"' in page.text
    assert page.text.count('role="option"') <= 12
    assert ada.get(f"/work/acme/search/completion/?before={'(' * 3_000}").status == 200
