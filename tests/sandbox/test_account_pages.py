"""A token is made by Atlassian's own steps, over plain HTML forms, and shown exactly once."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from ownkey.sandbox.account.scope_picker import scopes_for
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import PLANNING

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Client

TOKENS = "/manage-profile/security/api-tokens"
STEPS = f"{TOKENS}/create-with-scopes"
TODAY = date(2026, 11, 23)
ADA = "ada@acme.example"


@pytest.fixture
def ada(client: Client) -> Client:
    """Return Ada's browser, signed in."""
    client.post("/login", {"email": ADA, "continue": TOKENS})
    return client


def heading(answer: Answer) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    return html.unescape(found[1]) if found else ""


def offered(answer: Answer) -> list[str]:
    return re.findall(r'name="scope" value="([^"]+)"', answer.text)


def ticked(answer: Answer) -> list[str]:
    return re.findall(r'name="scope" value="([^"]+)" checked', answer.text)


def shown_token(answer: Answer) -> str:
    found = re.search(r'id="token"[^>]* value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def expires(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def walk_to_scopes(browser: Client) -> Answer:
    browser.get(f"{STEPS}/start")
    browser.post(f"{STEPS}/name", {"name": "Ownkey – Acme", "expires_on": expires(365)})
    return browser.post(f"{STEPS}/app", {"app": "jira"})


def choose(browser: Client, scopes: list[str], do: str = "next", **fields: str) -> Answer:
    return browser.post(
        f"{STEPS}/scopes", [*(("scope", scope) for scope in scopes), ("do", do), *fields.items()]
    )


def test_whole_walk_makes_a_token_that_works(ada: Client) -> None:
    assert "Create and manage API tokens" in ada.get("/manage-profile/security").text
    assert "Create API token with scopes" in ada.get(TOKENS).text
    scopes = sorted(PLANNING.scopes)
    assert heading(walk_to_scopes(ada)) == "Select scopes"
    review = choose(ada, scopes)
    assert heading(review) == "Review"
    assert re.findall(r"<code>([^<]+)</code>", review.text) == sorted(
        scopes,
        key=lambda scope: (["delete", "read", "write", "manage"].index(scope.partition(":")[0]), scope),
    )
    created = ada.post(f"{STEPS}/review", {})
    assert heading(created) == "Copy your API token"
    assert "will not be visible again" in created.text
    assert created.header("cache-control") == "no-store"
    token = shown_token(created)
    assert re.fullmatch("ATATT" + r"3xFfGF0[A-Za-z0-9_-]{20,200}=[0-9A-F]{8}", token)
    assert ada.through_gateway("GET", "/rest/api/3/myself", token).status == 200
    listed = ada.get(TOKENS)
    assert "Ownkey – Acme" in listed.text
    assert "23 November 2027" in listed.text
    assert token not in listed.text


def test_token_is_shown_once(ada: Client) -> None:
    walk_to_scopes(ada)
    choose(ada, ["read:jira-user"])
    token = shown_token(ada.post(f"{STEPS}/review", {}))
    again = ada.get(f"{TOKENS}/created")
    assert again.status == 410
    assert token not in again.text


def test_every_scope_of_the_catalogue_is_offered(ada: Client) -> None:
    assert offered(walk_to_scopes(ada)) == sorted(load_catalogue().scopes)


@pytest.mark.parametrize(
    "between",
    [" ", ", ", ",", "\r\n", "\n", "\t", " ; "],
    ids=["space", "list", "comma", "crlf", "lf", "tab", "semicolon"],
)
def test_a_pasted_list_shows_all_of_its_names(ada: Client, between: str) -> None:
    walk_to_scopes(ada)
    names = [required.scope for required in PLANNING.required]
    assert offered(choose(ada, [], "search", search=between.join(names))) == sorted(names)
    next_step = choose(ada, names, "next", search="", shown_search=between.join(names))
    assert "20 scopes" in next_step.text


def test_a_pasted_list_names_what_is_unknown_and_repeats_nothing_else(ada: Client) -> None:
    walk_to_scopes(ada)
    secret = "ATATT" + "3xFfGF0made-up=0A1B2C3D"
    found = choose(ada, [], "search", search=f"READ:jira-work read:jira-wrok {secret} read:jira-user")
    assert offered(found) == ["read:jira-user", "read:jira-work"]
    assert "No scope is called: <code>read:jira-wrok, something else</code>" in found.text
    note = found.text.partition('id="unknown"')[2].partition("</p>")[0]
    assert "atatt" not in note.lower()


@pytest.mark.parametrize(
    "search", ["Delete async task", "read:jira-user", "jira-user", "read jira user", "read:jira-user,"]
)
def test_one_text_is_looked_for_as_a_whole(ada: Client, search: str) -> None:
    walk_to_scopes(ada)
    assert "No scope is called:" not in choose(ada, [], "search", search=search).text


def test_search_finds_one_name_and_keeps_the_ticks(ada: Client) -> None:
    walk_to_scopes(ada)
    found = choose(ada, ["read:jira-user"], "search", search="read:sprint:jira-software")
    assert offered(found) == ["read:sprint:jira-software"]
    assert "Also selected, but not in this list: <code>read:jira-user</code>" in found.text
    shown = {"shown_search": "read:sprint:jira-software"}
    pasted = choose(
        ada, ["read:sprint:jira-software"], "search", search="read:jira-user read:jira-work", **shown
    )
    assert offered(pasted) == ["read:jira-user", "read:jira-work"]
    assert ticked(pasted) == ["read:jira-user"]
    shown = {"shown_search": "read:jira-user read:jira-work"}
    assert ticked(choose(ada, ["read:jira-user"], "search", search="", **shown)) == [
        "read:jira-user",
        "read:sprint:jira-software",
    ]


def test_search_looks_into_the_words_too(ada: Client) -> None:
    walk_to_scopes(ada)
    assert "delete:async-task:jira" in offered(choose(ada, [], "search", search="Delete async task"))


def test_filter_by_kind_leaves_the_others_out(ada: Client) -> None:
    walk_to_scopes(ada)
    found = offered(choose(ada, [], "search", kind="delete"))
    assert found
    assert all(scope.startswith("delete:") for scope in found)


def test_fifty_scopes_are_the_limit(ada: Client) -> None:
    walk_to_scopes(ada)
    names = [scope.name for scope in scopes_for("jira")]
    refused = choose(ada, names[:53])
    assert refused.status == 422
    assert "You have selected 53 scopes, and a token can have 50 at most. Remove 3." in html.unescape(
        refused.text
    )
    assert heading(ada.get(f"{STEPS}/review")) == "Select scopes"
    assert heading(choose(ada, names[:50])) == "Review"


def test_no_scope_is_too_few(ada: Client) -> None:
    walk_to_scopes(ada)
    assert "Select at least one scope." in choose(ada, []).text


def test_made_up_scopes_are_not_taken(ada: Client) -> None:
    walk_to_scopes(ada)
    assert choose(ada, ["read:everything:jira"]).status == 422


@pytest.mark.parametrize("days", [1, 365])
def test_expiry_may_be_one_day_to_a_year(ada: Client, days: int) -> None:
    answer = ada.post(f"{STEPS}/name", {"name": "A", "expires_on": expires(days)})
    assert heading(answer) == "Select the app"


@pytest.mark.parametrize("given", [expires(0), expires(366), expires(-1), "", "tomorrow"])
def test_any_other_expiry_is_refused(ada: Client, given: str) -> None:
    answer = ada.post(f"{STEPS}/name", {"name": "A", "expires_on": given})
    assert answer.status == 422
    assert "1 to 365 days" in answer.text


def test_token_expires_when_it_said(ada: Client) -> None:
    ada.post(f"{STEPS}/name", {"name": "A", "expires_on": expires(1)})
    ada.post(f"{STEPS}/app", {"app": "jira"})
    choose(ada, ["read:jira-user"])
    token = shown_token(ada.post(f"{STEPS}/review", {}))
    ada.clock.advance(hours=23)
    assert ada.through_gateway("GET", "/rest/api/3/myself", token).status == 200
    ada.clock.advance(hours=1)
    assert ada.through_gateway("GET", "/rest/api/3/myself", token).status == 401
    assert "(expired)" in ada.get(TOKENS).text


@pytest.mark.parametrize("step", ["app", "scopes", "review"])
def test_step_cannot_be_jumped_to(ada: Client, step: str) -> None:
    assert heading(ada.get(f"{STEPS}/{step}")) == "Create an API token with scopes"


def test_another_app_has_other_scopes_and_no_way_into_jira(ada: Client) -> None:
    walk_to_scopes(ada)
    choose(ada, ["read:jira-user"])
    assert "read:page:confluence" in offered(ada.post(f"{STEPS}/app", {"app": "confluence"}))
    choose(ada, ["read:page:confluence"])
    token = shown_token(ada.post(f"{STEPS}/review", {}))
    assert ada.through_gateway("GET", "/rest/api/3/serverInfo", token).status == 401


def test_link_with_atlassians_prefill_begins_the_walk(ada: Client) -> None:
    answer = ada.get(f"{TOKENS}?autofillToken&expiryDays=30&appId=jira")
    assert heading(answer) == "Create an API token with scopes"
    assert f'value="{expires(30)}"' in answer.text
    assert re.search(
        r'value="jira" checked', ada.post(f"{STEPS}/name", {"name": "A", "expires_on": expires(30)}).text
    )


def test_token_without_scopes_works_on_the_site(ada: Client) -> None:
    created = ada.post(f"{TOKENS}/create", {"name": "Old way", "expires_on": expires(30)})
    token = shown_token(created)
    assert ada.call("GET", "/rest/api/3/myself", auth=(ADA, token)).status == 200
    assert ada.through_gateway("GET", "/rest/api/3/myself", token).status == 401
    assert "Without scopes" in ada.get(TOKENS).text


def test_revoked_token_is_gone_and_dead(ada: Client) -> None:
    token = ada.token("read:jira-user")
    found = re.search(r'name="id" value="(\w+)"', ada.get(TOKENS).text)
    assert found
    answer = ada.post(f"{TOKENS}/revoke", {"id": found[1]})
    assert "You have no API tokens yet" in answer.text
    assert ada.through_gateway("GET", "/rest/api/3/myself", token).status == 401


def test_bo_cannot_revoke_what_is_adas(client: Client) -> None:
    made = client.control("POST", "tokens", {"email": ADA, "scopes": ["read:jira-user"]})
    client.post("/login", {"email": "bo@acme.example"})
    assert client.post(f"{TOKENS}/revoke", {"id": made["id"]}).status == 404
    assert client.through_gateway("GET", "/rest/api/3/myself", made["token"]).status == 200


def test_charlie_is_sent_to_sign_in_and_comes_back(client: Client) -> None:
    answer = client.get(f"{STEPS}/start")
    assert heading(answer) == "Sign in"
    assert f'name="continue" value="{STEPS}/start"' in answer.text
    assert (
        heading(client.post("/login", {"email": ADA, "continue": f"{STEPS}/start"}))
        == "Create an API token with scopes"
    )


def test_sign_in_leads_nowhere_else(client: Client) -> None:
    for there in ("https://charlie.example/", "//charlie.example/", "/_sandbox/requests"):
        assert heading(client.post("/login", {"email": ADA, "continue": there})) == "Account"


@pytest.mark.parametrize("origin", ["http://charlie.example", "null", "http://sandbox.test:8001", ""])
def test_form_of_another_origin_is_refused(ada: Client, origin: str) -> None:
    assert ada.post("/logout", {}, origin=origin or "null").status == 403
    assert heading(ada.get("/manage-profile")) == "Account"


def test_form_without_origin_is_refused(ada: Client) -> None:
    assert ada.call("POST", "/logout").status == 403


def test_session_cookie_is_same_site_and_out_of_reach_of_scripts(client: Client) -> None:
    answer = client.call(
        "POST", "/login", headers={"origin": "http://sandbox.test:8000"}, body=b"email=ada%40acme.example"
    )
    assert "HttpOnly; SameSite=Lax" in (answer.header("set-cookie") or "")


def test_signing_out_ends_the_session(ada: Client) -> None:
    cookie = ada.cookie
    ada.post("/logout", {})
    ada.cookie = cookie
    assert heading(ada.get(TOKENS)) == "Sign in"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/nothing",
        "/manage-profile",
        "/manage-profile/security",
        TOKENS,
        f"{STEPS}/name",
        "/browse/ACME-3",
    ],
)
def test_each_page_says_that_it_is_a_sandbox_and_runs_nothing_inline(ada: Client, path: str) -> None:
    answer = ada.get(path)
    assert "Sandbox – not Atlassian." in answer.text
    assert "default-src 'none'" in (answer.header("content-security-policy") or "")
    assert not re.search(r"<style|<script>|\son\w+=|\sstyle=", answer.text)
    assert "$" not in answer.text


def test_what_people_type_is_escaped(ada: Client) -> None:
    ada.post(f"{STEPS}/name", {"name": "<script>alert(1)</script>", "expires_on": expires(9)})
    ada.post(f"{STEPS}/app", {"app": "jira"})
    for answer in (choose(ada, [], "search", search='"><b>'), choose(ada, ["read:jira-user"])):
        assert "<script>alert" not in answer.text
        assert '"><b>' not in answer.text


@pytest.mark.parametrize("name", ["account.css", "account.js", "favicon.svg", "avatars/ada.svg"])
def test_static_files_are_served(client: Client, name: str) -> None:
    assert client.get(f"/_static/{name}").status == 200


@pytest.mark.parametrize("name", ["layout.html", "../app.py", "avatars/mallory.svg"])
def test_other_files_are_not(client: Client, name: str) -> None:
    assert client.get(f"/_static/{name}").status == 404
