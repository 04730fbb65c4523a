"""An administrator adds, changes and removes ALM accounts; each refusal is a sentence."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from ownkey.connections import checking
from ownkey.connections.models import AlmAccount, Candidate, Credential, Policy, StoredState
from ownkey.connections.sealing import open_in
from ownkey.people.models import User
from ownkey.scopes.catalogue import load_catalogue

from .conftest import CLOUD_ID, Connect, FakeAtlassian, Stream
from .test_credential_pages import text_of

ADD = "/settings/alm-accounts/add/"
ADD_TEST = "/settings/alm-accounts/add/test/"
FIND = "/settings/alm-accounts/find/"


def account_data(token: str = "", **changes: object) -> dict[str, object]:
    """Return what an administrator's browser posts."""
    return {
        "kind": "jira-cloud",
        "name": "Acme Jira",
        "site_url": "https://acme.atlassian.net",
        "cloud_id": "",
        "change": "1",
        "authentication": "scoped-api-token",
        "login": "alice@acme.example",
        "token": token,
        "expires_on": "",
        "profile": "planning",
        "own_scopes": "",
        "policy": "refuse",
        **changes,
    }


def edit(account: AlmAccount, route: str = "account_edit") -> str:
    return reverse(f"connections:{route}", args=[account.slug])


def test_an_empty_list_says_what_to_do_first(alices_browser: Client) -> None:
    page = text_of(alices_browser.get("/settings/alm-accounts/"))
    assert "No Jira yet" in page
    assert "Add ALM Account" in page


def test_test_then_save_adds_it(alice: User, alices_browser: Client, atlassian: FakeAtlassian) -> None:
    token = atlassian.make_token(alice.email)
    page = text_of(alices_browser.post(ADD_TEST, account_data(token)))
    assert "Connected as Alice" in page
    assert not AlmAccount.objects.exists(), "nothing is saved before Save"
    candidate = str(Candidate.objects.get().pk)
    saved = alices_browser.post(ADD, account_data(candidate=candidate, action="save"))
    assert saved.status_code == 302
    account = AlmAccount.objects.get()
    assert (account.slug, account.cloud_id, account.policy) == ("acme-jira", CLOUD_ID, Policy.REFUSE)
    assert open_in(account).reveal() == token
    assert "Acme Jira" in text_of(alices_browser.get("/settings/alm-accounts/"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"site_url": "https://other.atlassian.net"}, "The site changed after the test"),
        ({"login": "grace@acme.example"}, "The Jira login changed after the test"),
        ({"authentication": "unscoped-api-token"}, "The way to sign in changed after the test"),
        ({"profile": "own", "own_scopes": "read:jira-work"}, "The scope profile changed after the test"),
    ],
    ids=["site", "login", "authentication", "profile"],
)
def test_what_changed_after_the_test_is_tested_again(
    changes: dict[str, str], sentence: str, alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    alices_browser.post(ADD_TEST, account_data(atlassian.make_token(alice.email)))
    candidate = str(Candidate.objects.get().pk)
    answer = alices_browser.post(ADD, account_data(candidate=candidate, action="save", **changes))
    assert answer.status_code == 409
    assert sentence in text_of(answer)
    assert not AlmAccount.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"site_url": "http://acme.atlassian.net"}, "https"),
        ({"site_url": "https://127.0.0.1"}, ""),
        ({"site_url": "https://evil.example"}, ""),
        ({"site_url": ""}, "This field is required."),
        ({"cloud_id": "not-an-id"}, ""),
        ({"kind": "jira-data-center"}, "Jira Data Center does not sign in this way"),
        ({"authentication": "password"}, "Jira Cloud does not sign in this way"),
        ({"profile": "own", "own_scopes": "read:jira-wrok"}, "read:jira-work"),
        ({"profile": "own", "own_scopes": ""}, ""),
        ({"name": "…"}, "Use at least one letter"),
        (
            {"profile": "own", "own_scopes": " ".join(sorted(load_catalogue().scopes)[:51])},
            "leave out 1 or more",
        ),
        ({"expires_on": "2001-01-01"}, "That day is over"),
        ({"expires_on": "2999-01-01"}, "365 days at most"),
    ],
    ids=[
        *("http", "loopback", "elsewhere", "empty", "cloud-id", "kind", "way", "scope", "no-scopes", "name"),
        *("too-many-scopes", "past", "too-far"),
    ],
)
def test_mistakes_are_named_before_anything_is_sent(
    changes: dict[str, str], sentence: str, alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    answer = alices_browser.post(ADD_TEST, account_data(atlassian.make_token(alice.email), **changes))
    assert answer.status_code == 422
    shown = re.findall(
        r'<div class="errors"[^>]*data-slot="error:\w+"[^>]*>\s*<p>(.*?)</p>', answer.content.decode()
    )
    assert shown
    assert any(sentence in one for one in shown), shown
    assert not atlassian.checks


def test_editing_leaves_the_main_token_alone(
    account: AlmAccount, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    before, sent = open_in(account).reveal(), len(atlassian.checks)
    data = account_data(name="Acme", policy="read-only", revision=account.revision, action="save")
    del data["change"]
    assert alices_browser.post(edit(account), data).status_code == 302
    changed = AlmAccount.objects.get()
    assert (changed.name, changed.policy, changed.slug) == ("Acme", Policy.READ_ONLY, "acme-jira")
    assert open_in(changed).reveal() == before
    assert len(atlassian.checks) == sent


@pytest.mark.parametrize(("chosen", "passes"), [("pass", True), ("refuse", False), ("", False)])
def test_unknown_operations_pass_only_if_an_administrator_says_so(
    chosen: str,
    passes: bool,  # noqa: FBT001 a parameter of the test
    account: AlmAccount,
    alices_browser: Client,
) -> None:
    assert account.passes_unknown_operations is False
    AlmAccount.objects.update(passes_unknown_operations=True)
    assert 'value="pass" ' in alices_browser.get(edit(account)).content.decode()
    data = account_data(unknown_operations=chosen, revision=account.revision, action="save")
    del data["change"]
    assert alices_browser.post(edit(account), data).status_code == 302
    assert AlmAccount.objects.get().passes_unknown_operations is passes


def test_a_new_main_token_replaces_the_old_one_when_proven(
    alice: User, account: AlmAccount, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    old = open_in(account).reveal()
    bad = atlassian.make_token(alice.email)
    atlassian.tokens[bad].is_revoked = True
    data = account_data(bad, revision=account.revision, action="save")
    assert alices_browser.post(edit(account), data).status_code == 422
    assert open_in(AlmAccount.objects.get()).reveal() == old
    new = atlassian.make_token(alice.email)
    data = account_data(new, revision=account.revision, action="save")
    assert alices_browser.post(edit(account), data).status_code == 302
    assert open_in(AlmAccount.objects.get()).reveal() == new


def test_the_saved_main_token_is_tested_without_change(
    alice: User, account: AlmAccount, atlassian: FakeAtlassian, stream: Stream
) -> None:
    atlassian.tokens[open_in(account).reveal()].is_revoked = True
    data = account_data(revision=account.revision)
    del data["change"]
    answer = stream(alice, edit(account, "account_test"), data)
    assert "Atlassian refused it." in answer.html("verdict")
    assert AlmAccount.objects.get().state == StoredState.REFUSED
    assert 'data-state="refused"' in answer.html("state")
    assert "is not sent" in answer.html("facts")
    atlassian.tokens[open_in(account).reveal()].is_revoked = False
    answer = stream(alice, edit(account, "account_test"), data)
    assert 'data-state="connected"' in answer.html("state")
    assert "Connected since" in answer.html("facts")


def test_a_profile_that_grows_at_once_leaves_people_connected(
    account: AlmAccount,
    bob: User,
    connect: Connect,
    alices_browser: Client,
    bobs_browser: Client,
) -> None:
    connect(bob)
    scopes = "\n".join([*account.required_scopes, "read:servicedesk-request"])
    data = account_data(
        profile="own", own_scopes=scopes, revision=account.revision, action="save", counts="at-once"
    )
    del data["change"]
    assert alices_browser.post(edit(account), data).status_code == 302
    page = text_of(bobs_browser.get(reverse("connections:credential_list")))
    assert "The token works; 1 required scope was added after its last test." in page


def test_find_shows_the_cloud_id(
    alice: User, alices_browser: Client, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find(_site: object) -> str:
        return CLOUD_ID

    monkeypatch.setattr(checking, "find_cloud_id", find)
    assert CLOUD_ID in stream(alice, FIND, account_data()).html("found")
    page = alices_browser.post(FIND, account_data()).content.decode()
    assert CLOUD_ID in page
    assert 'value="https://acme.atlassian.net"' in page, "what was typed is still there"


def test_find_says_what_is_wrong_with_an_address(alice: User, alices_browser: Client, stream: Stream) -> None:
    answer = stream(alice, FIND, account_data(site_url="http://acme.atlassian.net"))
    assert "https" in answer.html("error:site_url")
    assert alices_browser.post(FIND, account_data(site_url="http://acme.atlassian.net")).status_code == 422


def test_only_what_is_sent_counts_as_a_test(alices_browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def find(_site: object) -> str:
        return CLOUD_ID

    monkeypatch.setattr(checking, "find_cloud_id", find)
    for _ in range(12):
        alices_browser.post(FIND, account_data(site_url="https://elsewhere.example"))
    assert [alices_browser.post(FIND, account_data()).status_code for _ in range(11)] == [200] * 10 + [422]


def test_a_tested_main_token_is_offered_again_with_what_it_was_tested_for(
    alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(alice.email)
    tested = alices_browser.post(
        ADD_TEST, account_data(f" {token}", profile="own", own_scopes="read:jira-work")
    )
    assert "White space around the token was removed." in text_of(tested)
    reloaded = alices_browser.get(ADD).content.decode()
    candidate = str(Candidate.objects.get().pk)
    assert f'value="{candidate}"' in reloaded
    assert 'value="https://acme.atlassian.net"' in reloaded
    assert ">read:jira-work</textarea>" in re.sub(r"\s+", "", reloaded)
    data = account_data(candidate=candidate, action="save", profile="own", own_scopes="read:jira-work")
    assert alices_browser.post(ADD, data).status_code == 302
    assert open_in(AlmAccount.objects.get()).reveal() == token


def test_a_tested_main_token_can_be_forgotten(
    alice: User, account: AlmAccount, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    before = open_in(account).reveal()
    data = account_data(atlassian.make_token(alice.email), revision=account.revision)
    alices_browser.post(edit(account, "account_test"), data)
    assert "waits for Save" in text_of(alices_browser.get(edit(account)))
    alices_browser.post(edit(account), data | {"token": "", "action": "forget"})
    assert not Candidate.objects.exists()
    assert "waits for Save" not in text_of(alices_browser.get(edit(account)))
    assert open_in(AlmAccount.objects.get()).reveal() == before


def test_the_guide_follows_the_form(alice: User, stream: Stream) -> None:
    html = stream(
        alice,
        "/settings/alm-accounts/guide/",
        account_data(name="Beta", profile="own", own_scopes="read:jira-work"),
    ).html("guide")
    assert "Ownkey – Beta" in html
    assert 'data-scope="read:jira-work"' in html
    assert 'data-scope="write:jira-work"' not in html
    html = stream(alice, "/settings/alm-accounts/guide/", account_data(kind="jira-data-center")).html("guide")
    assert "Personal Access Tokens" in html


def test_deleting_says_who_loses_what_and_asks_for_the_name(
    account: AlmAccount, bob: User, connect: Connect, alices_browser: Client
) -> None:
    connect(bob)
    page = text_of(alices_browser.get(edit(account, "account_delete")))
    assert "One person loses" in page
    assert "Bob Baker" in page
    assert alices_browser.post(edit(account, "account_delete"), {"name": "Acme"}).status_code == 422
    assert Credential.objects.exists()
    alices_browser.post(edit(account, "account_delete"), {"name": "acme jira"})
    assert not AlmAccount.objects.exists()
    assert not Credential.objects.exists()


def test_an_administrator_sees_and_disconnects_people(
    account: AlmAccount, bob: User, connect: Connect, alices_browser: Client
) -> None:
    connect(bob)
    assert "bob@acme.example" in text_of(alices_browser.get(edit(account)))
    alices_browser.post(reverse("connections:person_disconnect", args=[account.slug, bob.pk]))
    assert not Credential.objects.exists()


@pytest.mark.usefixtures("account")
def test_two_names_with_one_address_are_told_apart(
    alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(alice.email)
    answer = alices_browser.post(ADD, account_data(token, name="Acme  JIRA!", action="save"))
    assert answer.status_code == 409
    assert "Another ALM account has this short name" in text_of(answer)
    assert AlmAccount.objects.count() == 1


def test_a_name_may_not_take_the_address_of_a_page() -> None:
    from ownkey.connections.account_form import slug_from  # noqa: PLC0415

    assert [slug_from(name) for name in ("Add", "Find", "Guide", "Äcme & Co")] == [
        "add-jira",
        "find-jira",
        "guide-jira",
        "acme-co",
    ]
