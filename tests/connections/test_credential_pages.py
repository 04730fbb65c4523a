"""A person's pages work without JavaScript: test, save, correct and disconnect, each with a sentence."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ownkey.atlassian.wire import Authentication
from ownkey.connections.guide import wanted_in
from ownkey.connections.models import AlmAccount, Candidate, Credential, StoredState
from ownkey.connections.sealing import open_in
from ownkey.people.models import User
from ownkey.scopes.profiles import PLANNING

from .conftest import Connect, FakeAtlassian, form_data


def edit(account: AlmAccount) -> str:
    return reverse("connections:credential_edit", args=[account.slug])


def test(account: AlmAccount) -> str:
    return reverse("connections:credential_test", args=[account.slug])


test.__test__ = False  # type: ignore[attr-defined]


def text_of(answer: object) -> str:
    """Return the words of a page, without markup and with single spaces."""
    html = answer.content.decode()  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.usefixtures("account")
def test_the_list_says_where_somebody_stands(bobs_browser: Client) -> None:
    page = text_of(bobs_browser.get(reverse("connections:credential_list")))
    assert "Acme Jira" in page
    assert "Not connected" in page


def test_an_empty_list_says_what_comes_first(bobs_browser: Client) -> None:
    assert "An administrator has to add an ALM account first" in text_of(
        bobs_browser.get(reverse("connections:credential_list"))
    )


def test_the_first_time_the_fields_are_open_and_change_leads_to_the_token(
    account: AlmAccount, bobs_browser: Client
) -> None:
    html = bobs_browser.get(edit(account)).content.decode()
    assert re.search(r'<input[^>]*name="using_scope_api"[^>]*checked', html)
    assert 'value="bob@acme.example"' in html
    assert f'value="{timezone.localdate() + timedelta(days=365)}"' in html
    assert "data-before-change" not in html
    assert '<a class="button" href="#id_token" data-change>Change' in html
    assert "Keep the saved token" not in html
    assert 'id="id_token"' in html


def test_a_saved_token_is_masked_until_change_and_can_be_kept(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect
) -> None:
    connect(bob)
    masked = bobs_browser.get(edit(account)).content.decode()
    assert masked.count("data-change>Change") == 1
    opened = bobs_browser.get(edit(account), {"change": "1"}).content.decode()
    assert "data-change>Change" not in opened
    assert f'<a class="button" href="{edit(account)}" data-keep>Keep the saved token</a>' in opened


def test_test_then_save_connects(
    account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(bob.email)
    tested = bobs_browser.post(test(account), form_data(token))
    page = text_of(tested)
    assert "Connected as Bob" in page
    assert "The tested token waits for Save until" in page
    candidate = Candidate.objects.get()
    assert not Credential.objects.exists(), "nothing is saved before Save"
    saved = bobs_browser.post(edit(account), form_data(candidate=str(candidate.pk), action="save"))
    assert saved.status_code == 302
    credential = Credential.objects.get()
    assert credential.state == StoredState.CONNECTED
    assert open_in(credential).reveal() == token
    assert "You are connected to Acme Jira" in text_of(bobs_browser.get(saved.headers["Location"]))


def test_save_without_a_test_tests_first(
    account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    bobs_browser.post(edit(account), form_data(atlassian.make_token(bob.email), action="save"))
    assert Credential.objects.get().state == StoredState.CONNECTED


def test_gaps_are_shown_and_need_their_own_button(
    account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(bob.email, without=["write:jira-work"])
    page = text_of(bobs_browser.post(edit(account), form_data(token, action="save")))
    assert "1 required scope is missing" in page
    assert "you cannot: Create issues" in page
    assert "Save with gaps" in page
    assert not Credential.objects.exists()
    candidate = str(Candidate.objects.get().pk)
    refused = bobs_browser.post(edit(account), form_data(candidate=candidate, action="save"))
    assert refused.status_code == 409
    assert "Required scopes are missing, so nothing was saved" in text_of(refused)
    assert candidate in refused.content.decode(), "the tested token still waits"
    bobs_browser.post(edit(account), form_data(candidate=candidate, action="save-with-gaps"))
    assert Credential.objects.get().state == StoredState.GAPS


def test_the_guide_marks_what_was_missing(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect
) -> None:
    connect(bob, without=["write:jira-work"])
    html = bobs_browser.get(edit(account)).content.decode()
    mark = re.search(r'data-slot="mark:write:jira-work"([^>]*)>', html)
    other = re.search(r'data-slot="mark:read:jira-work"([^>]*)>', html)
    assert mark is not None
    assert 'data-state="missing"' in mark[1]
    assert other is not None
    assert "hidden" in other[1]


def test_what_is_saved_is_dots_and_change_opens_the_fields(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect
) -> None:
    connect(bob)
    closed = bobs_browser.get(edit(account)).content.decode()
    assert "••••" in closed
    assert re.search(r"<fieldset[^>]*data-after-change[^>]*hidden disabled", closed)
    opened = bobs_browser.get(edit(account) + "?change=1").content.decode()
    assert not re.search(r"<fieldset[^>]*data-after-change[^>]*hidden", opened)
    assert "Jira login</dt>" not in opened, "the field says it"
    assert opened.count("Using Scope API") == 1


def test_a_tested_token_is_offered_again_when_the_page_is_opened_again(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect, atlassian: FakeAtlassian
) -> None:
    connect(bob)
    token = atlassian.make_token(bob.email, without=["write:jira-work"])
    day = timezone.localdate() + timedelta(days=30)
    bobs_browser.post(test(account), form_data(token, expires_on=str(day)))
    reloaded = bobs_browser.get(edit(account))
    html = reloaded.content.decode()
    candidate = Candidate.objects.get()
    assert "The tested token waits for Save with gaps until" in text_of(reloaded)
    assert f'value="{candidate.pk}"' in html
    assert f'name="expires_on" value="{day}"' in html
    assert token not in html
    data = form_data(candidate=str(candidate.pk), action="save-with-gaps", expires_on=str(day))
    assert bobs_browser.post(edit(account), data).status_code == 302
    saved = Credential.objects.get()
    assert (open_in(saved).reveal(), saved.expires_on) == (token, day)


def test_a_tested_token_is_offered_to_nobody_else(  # noqa: PLR0917 fixtures
    account: AlmAccount,
    bob: User,
    bobs_browser: Client,
    alices_browser: Client,
    charlies_browser: Client,
    atlassian: FakeAtlassian,
) -> None:
    bobs_browser.post(test(account), form_data(atlassian.make_token(bob.email)))
    candidate = str(Candidate.objects.get().pk)
    for browser in (alices_browser, charlies_browser):
        assert candidate not in browser.get(edit(account)).content.decode()
        browser.post(edit(account), form_data(action="forget"))
    assert Candidate.objects.filter(pk=candidate).exists()


@pytest.mark.parametrize(
    "changes", [{"waits_until": timezone.now()}, {"replaces_version": 7}], ids=["old", "replaced"]
)
def test_what_cannot_be_saved_any_more_is_not_offered(
    changes: dict[str, object], account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    bobs_browser.post(test(account), form_data(atlassian.make_token(bob.email)))
    Candidate.objects.update(**changes)
    assert "waits for" not in text_of(bobs_browser.get(edit(account)))


def test_a_tested_token_can_be_forgotten(
    account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    bobs_browser.post(test(account), form_data(atlassian.make_token(bob.email)))
    answer = bobs_browser.post(edit(account), form_data(action="forget"), follow=True)
    assert "The tested token is forgotten" in text_of(answer)
    assert not Candidate.objects.exists()
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("  ", "\n", "White space around the token was removed."),
        ("Bearer ", "", "The word before the token (Bearer or Basic) was removed."),
        ("“", "”", "Quotation marks around the token were removed."),
    ],
    ids=["white-space", "bearer", "quotes"],
)
def test_what_was_taken_away_from_a_paste_is_said(  # noqa: PLR0917 fixtures
    before: str,
    after: str,
    note: str,
    account: AlmAccount,
    bob: User,
    bobs_browser: Client,
    atlassian: FakeAtlassian,
) -> None:
    data = form_data(f"{before}{atlassian.make_token(bob.email)}{after}")
    assert note in text_of(bobs_browser.post(test(account), data))
    assert note in text_of(bobs_browser.post(edit(account), data | {"action": "save"}, follow=True))


def test_no_sentence_of_a_check_that_stopped_ends_twice(account: AlmAccount, bobs_browser: Client) -> None:
    page = text_of(bobs_browser.post(test(account), form_data("ATATT" + "3xFfGF0unknown=12345678")))
    assert "It was not checked." in page
    assert ".." not in page


def test_without_read_jira_user_the_accepted_login_says_whose_it_is(
    account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(bob.email, without=["read:jira-user"])
    bobs_browser.post(test(account), form_data(token))
    for page in (
        text_of(bobs_browser.post(test(account), form_data(token))),
        text_of(bobs_browser.get(edit(account))),
    ):
        assert "Signed in done Atlassian accepted the Jira login with this token." in page
        assert "Is this you? done Yes: Atlassian accepts a token only with its owner’s e-mail address" in page


def test_test_connection_without_change_tests_the_saved_token(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect, atlassian: FakeAtlassian
) -> None:
    token = open_in(connect(bob)).reveal()
    page = text_of(bobs_browser.post(test(account), {"expires_on": ""}))
    assert "Connected as Bob" in page
    assert atlassian.checks[-1].credential.secret.reveal() == token
    assert not Candidate.objects.exists()


def test_the_expiry_date_is_corrected_without_the_token(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect, atlassian: FakeAtlassian
) -> None:
    connect(bob)
    sent = len(atlassian.checks)
    for day in (timezone.localdate() + timedelta(days=200), timezone.localdate() - timedelta(days=2)):
        bobs_browser.post(edit(account), {"expires_on": str(day), "action": "save"})
        assert Credential.objects.get().expires_on == day
    assert len(atlassian.checks) == sent, "nothing was sent to Atlassian"


def test_a_saved_token_cannot_expire_later_than_atlassian_lets_any(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect
) -> None:
    connect(bob)
    before = Credential.objects.get().expires_on
    answer = bobs_browser.post(edit(account), {"expires_on": "2999-03-31", "action": "save"})
    assert answer.status_code == 422
    assert "365 days at most" in text_of(answer)
    assert Credential.objects.get().expires_on == before


def test_disconnect_asks_first_and_then_deletes(
    account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect
) -> None:
    connect(bob)
    address = reverse("connections:credential_disconnect", args=[account.slug])
    assert "Your token is deleted here at once" in text_of(bobs_browser.get(address))
    assert Credential.objects.get().is_sealed
    bobs_browser.post(address)
    assert not Credential.objects.get().is_sealed


def test_the_pages_are_never_stored(account: AlmAccount, bobs_browser: Client) -> None:
    for answer in (bobs_browser.get(edit(account)), bobs_browser.post(test(account), form_data("x"))):
        assert "no-store" in answer.headers["Cache-Control"]


def test_the_secret_field_keeps_to_itself(account: AlmAccount, bobs_browser: Client) -> None:
    html = bobs_browser.get(edit(account)).content.decode()
    field = re.search(r'<input[^>]*name="token"[^>]*>', html)
    assert field is not None
    for attribute in ('type="password"', 'autocomplete="one-time-code"', 'spellcheck="false"'):
        assert attribute in field[0]
    assert "value=" not in field[0]


@pytest.mark.parametrize(
    ("token", "login", "sentence"),
    [
        ("", "bob@acme.example", "Paste the token first"),
        ("bob@acme.example", "bob@acme.example", "This is the login again"),
        ("someone@acme.example", "bob@acme.example", "This is an e-mail address"),
        ("ATCTT" + "3xFfGN0abc", "bob@acme.example", "an organisation's API key"),
        ("ATATT" + "3xFfGF0abcdefgh=1234567", "bob@acme.example", "looks cut off"),
        ("••••••••", "bob@acme.example", "This is a mask"),
        ("x" * 9000, "bob@acme.example", "far too long"),
        ("ATATT" + "3xFfGF0abc=12345678", "", "Type the e-mail address of the Atlassian account"),
        ("ATATT" + "3xFfGF0abc=12345678", "bob", "Type an e-mail address"),
    ],
    ids=[
        "none",
        "login",
        "e-mail",
        "organisation-key",
        "cut-off",
        "mask",
        "too-long",
        "no-login",
        "no-address",
    ],
)
def test_paste_mistakes_are_named_before_anything_is_sent(  # noqa: PLR0917 fixtures
    token: str,
    login: str,
    sentence: str,
    account: AlmAccount,
    bobs_browser: Client,
    atlassian: FakeAtlassian,
) -> None:
    sent = len(atlassian.checks)
    answer = bobs_browser.post(test(account), form_data(token, login))
    assert answer.status_code == 422
    assert sentence in text_of(answer).replace("&#x27;", "'")
    assert len(atlassian.checks) == sent
    if len(token) > 20:
        assert token not in answer.content.decode(), "what was pasted is not repeated"


def test_a_token_that_looks_cut_off_can_be_tested_all_the_same(
    account: AlmAccount, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    token = "ATATT" + "3xFfGF0abcdefgh=1234567"
    assert 'name="send_anyway"' in bobs_browser.post(test(account), form_data(token)).content.decode()
    bobs_browser.post(test(account), form_data(token, send_anyway="on"))
    assert atlassian.checks[-1].looks_cut_off


def test_an_unticked_box_means_an_unscoped_token(
    account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    data = form_data(atlassian.make_token(bob.email))
    del data["using_scope_api"]
    bobs_browser.post(test(account), data)
    assert atlassian.checks[-1].credential.authentication is Authentication.UNSCOPED_API_TOKEN


def test_more_than_ten_tests_a_minute_are_refused_with_a_sentence(
    account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(bob.email)
    for _ in range(10):
        assert bobs_browser.post(test(account), form_data(token)).status_code == 200
    sent = len(atlassian.checks)
    answer = bobs_browser.post(test(account), form_data(token))
    assert "You tested more than ten times within a minute" in text_of(answer)
    assert len(atlassian.checks) == sent
    saved = bobs_browser.post(edit(account), form_data(token, action="save"))
    assert saved.status_code == 429
    assert len(atlassian.checks) == sent


def test_the_guide_marks_the_scopes_that_its_reader_came_for(
    account: AlmAccount, bobs_browser: Client
) -> None:
    named = {"scope": "write:jira-work,read:issue-details:jira,<b>"}
    page = bobs_browser.get(edit(account), named).content.decode()
    assert 'id="guide"' in page
    assert page.count("data-wanted") == 1
    assert page.index("data-wanted") < page.index('data-scope="write:jira-work"')
    assert '<details class="one-by-one" open>' in page
    assert "<code>read:issue-details:jira</code>: not among the scopes of this ALM account" in page
    assert "<b>&gt;" not in page
    assert "data-wanted" not in bobs_browser.get(edit(account)).content.decode()


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("", ()),
        ("nonsense", ()),
        (" read:jira-work ,read:jira-work", ("read:jira-work",)),
        ("read:jira-work," * 200_000, ("read:jira-work",)),
    ],
    ids=["empty", "no scope", "twice", "long"],
)
def test_only_scopes_are_taken_from_the_address(text: str, scopes: tuple[str, ...]) -> None:
    assert wanted_in(text) == scopes


def test_the_guide_names_every_scope_and_the_steps(account: AlmAccount, bobs_browser: Client) -> None:
    answer = bobs_browser.get(edit(account))
    page = text_of(answer)
    for words in (
        "Create and manage API tokens",
        "Create API token with scopes",
        "Ownkey – Acme Jira",
        "365 days",
        "Select the app Jira",
        "Create token",
        "will not be visible again",
    ):
        assert words in page
    html = answer.content.decode()
    assert "it must say 20 selected" in page
    line = " ".join(required.scope for required in PLANNING.required)
    assert f'data-copy="{line}"' in html
    assert f">{line}</textarea>" in html, "without a script the list can be selected by hand"
    for scope in PLANNING.scopes:
        assert f'data-copy="{scope}"' in html
        assert f'data-scope="{scope}"' in html
    assert "https://id.atlassian.com/manage-profile/security/api-tokens" in html
