"""A paste mistake is named before anything is sent, and nothing that was pasted is repeated."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.atlassian.paste import GUESSES, MESSAGES, PasteError, clean_api_token, clean_login
from ownkey.atlassian.wire import Authentication, Credential, Door, header_fields

TOKEN = "ATATT" + "3xFfGF0" + "abcDEF_123-" * 8 + "=0A1B2C3D"
OLD_TOKEN = "aBcDeFgHiJ" + "kLmNoPqRsTuVwX"
ADA = "ada@acme.example"
SCOPED = Authentication.SCOPED_API_TOKEN


def revealed(text: str, authentication: Authentication = SCOPED, *, send_anyway: bool = False) -> str:
    """Return what would be sent for a paste, by way of the wire: nothing else may reveal it."""
    pasted = clean_api_token(text, authentication=authentication, send_anyway=send_anyway)
    door = Door("https://api.atlassian.com/ex/jira/x", Credential(authentication, "a", pasted.secret))
    scheme, _, value = header_fields(door.request("GET", "/"))["Authorization"].partition(" ")
    return value if scheme == "Bearer" else base64.b64decode(value).decode().partition(":")[2]


@pytest.mark.parametrize("token", [TOKEN, OLD_TOKEN], ids=["today", "before-2023"])
def test_a_token_is_taken_as_it_is(token: str) -> None:
    assert revealed(token) == token
    assert clean_api_token(token, authentication=SCOPED).notes == ()


@pytest.mark.parametrize(
    ("around", "note"),
    [
        (" {}\r\n", "White space"),
        ("\u00a0{}", "White space"),
        ('"{}"', "Quotation marks"),
        ("“{}”", "Quotation marks"),
        ("`{}`", "Quotation marks"),
        ("Bearer {}", "word before"),
        ("bearer  {}", "word before"),
        ("Basic {}", "word before"),
        ("Authorization: Bearer {}", "word before"),
        ('"Bearer {}"', "word before"),
        ('Bearer "{}"', "Quotation marks"),
        ("\u200b{}", "Invisible"),
        ("{}\ufeff", "Invisible"),
    ],
)
def test_what_surrounds_a_token_goes_and_is_said(around: str, note: str) -> None:
    text = around.format(TOKEN)
    assert revealed(text) == TOKEN
    assert any(note in said for said in clean_api_token(text, authentication=SCOPED).notes)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "token_blank"),
        (" \n", "token_blank"),
        ("\u200b", "token_blank"),
        ("***", "token_mask"),
        ("••••••••", "token_mask"),
        ("xxxxxxxx", "token_mask"),
        ("…", "token_mask"),
        (ADA, "token_is_email"),
        ("https://id.atlassian.com/manage-profile", "token_is_url"),
        ("read:jira-work", "token_is_scope"),
        ("delete:board-scope.admin:jira-software", "token_is_scope"),
        (f"{ADA}:{TOKEN}", "token_with_login"),
        (base64.b64encode(f"{ADA}:{TOKEN}".encode()).decode(), "token_is_header"),
        ("Basic " + base64.b64encode(f"{ADA}:{TOKEN}".encode()).decode(), "token_is_header"),
        ("Bearer", "token_only_prefix"),
        ("Bearer ", "token_only_prefix"),
        ('""', "token_only_prefix"),
        ("ATCTT" + "3xFfGN0" + TOKEN[12:], "token_is_organisation_key"),
        (TOKEN[:20] + " " + TOKEN[20:], "token_has_spaces"),
        (TOKEN[:20] + "\n" + TOKEN[20:], "token_has_spaces"),
        (TOKEN[:20] + "…", "token_has_foreign_characters"),
        (TOKEN[:20] + "\x00" + TOKEN[20:], "token_has_foreign_characters"),
        (TOKEN * 60, "token_too_long"),
        (TOKEN[:-1], "token_cut_off"),
        (TOKEN[:-7], "token_cut_off"),
        ("ok_" + "abcdefghij23" + "_" + "abcdefgh" * 4, "token_is_client_key"),
        (TOKEN[1:], "token_start_missing"),
        (TOKEN + TOKEN, "token_twice"),
    ],
)
def test_each_mistake_is_named_and_not_repeated(text: str, code: str) -> None:
    with pytest.raises(PasteError) as refusal:
        clean_api_token(text, authentication=SCOPED)
    assert refusal.value.code == code
    assert refusal.value.message == MESSAGES[code]
    assert refusal.value.can_be_overridden == (code in GUESSES)
    assert refusal.value.__context__ is None, "a traceback would show the paste"


def test_the_login_pasted_twice_is_named() -> None:
    with pytest.raises(PasteError) as refusal:
        clean_api_token("Ada", authentication=SCOPED, login="ada ")
    assert refusal.value.code == "token_is_login"


@pytest.mark.parametrize("text", [TOKEN[:-1], TOKEN[1:], TOKEN + TOKEN], ids=["end", "start", "twice"])
def test_a_guess_can_be_overridden(text: str) -> None:
    assert revealed(text, send_anyway=True) == text
    assert clean_api_token(text, authentication=SCOPED, send_anyway=True).guess in GUESSES


@pytest.mark.parametrize(
    "token",
    [TOKEN[:40], TOKEN[:-9], TOKEN.lower().replace("atatt", "ATATT"), TOKEN.replace("ATATT", "ATXTT")],
    ids=["cut", "no-end", "other-end", "other-kind"],
)
def test_a_format_that_atlassian_may_use_tomorrow_is_sent(token: str) -> None:
    assert revealed(token) == token


def test_a_token_without_its_end_is_remembered_to_look_cut_off() -> None:
    assert clean_api_token(TOKEN[:40], authentication=SCOPED).guess == "token_cut_off"
    assert clean_api_token(TOKEN, authentication=SCOPED).guess is None
    assert clean_api_token(OLD_TOKEN, authentication=SCOPED).guess is None


def test_a_certain_mistake_cannot_be_overridden() -> None:
    with pytest.raises(PasteError):
        clean_api_token(ADA, authentication=SCOPED, send_anyway=True)


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_taken_fits_into_a_header(text: str) -> None:
    try:
        token = revealed(text, Authentication.PERSONAL_ACCESS_TOKEN, send_anyway=True)
    except PasteError:
        return
    assert token.isascii()
    assert token.isprintable()
    assert " " not in token


def test_no_format_is_asked_of_a_data_center_token() -> None:
    assert revealed(TOKEN[:-1], Authentication.PERSONAL_ACCESS_TOKEN) == TOKEN[:-1]


@pytest.mark.parametrize("password", [' two words "quoted" ', "ада:é", "Bearer x", "ada@acme.example"])
def test_a_password_is_kept_as_it_stands(password: str) -> None:
    assert revealed(password + "\n", Authentication.PASSWORD) == password


def test_a_masked_password_is_named() -> None:
    with pytest.raises(PasteError) as refusal:
        clean_api_token("••••••••", authentication=Authentication.PASSWORD)
    assert refusal.value.code == "token_mask"


@pytest.mark.parametrize(
    "text", [ADA, f" {ADA}\n", f"mailto:{ADA}", f"Ada Lovelace <{ADA}>", f'"{ADA}"', f"\u200b{ADA}"]
)
def test_a_login_is_found_in_what_people_paste(text: str) -> None:
    assert clean_login(text, authentication=SCOPED) == ADA


@pytest.mark.parametrize(
    ("text", "authentication", "code"),
    [
        ("", SCOPED, "login_blank"),
        ("", Authentication.PASSWORD, "login_blank_user"),
        (TOKEN, SCOPED, "login_is_token"),
        ("ada", SCOPED, "login_not_email"),
        ("ada lovelace@acme.example", SCOPED, "login_not_email"),
        (f"{ADA}:{OLD_TOKEN}", SCOPED, "login_has_colon"),
        ("ada:x", Authentication.PASSWORD, "login_has_colon"),
    ],
)
def test_each_mistake_in_a_login_is_named(text: str, authentication: Authentication, code: str) -> None:
    with pytest.raises(PasteError) as refusal:
        clean_login(text, authentication=authentication)
    assert refusal.value.code == code


def test_no_login_is_needed_where_none_is_sent() -> None:
    assert clean_login("", authentication=Authentication.SERVICE_ACCOUNT) == ""
    assert clean_login(ADA, authentication=Authentication.PERSONAL_ACCESS_TOKEN) == ""
    assert clean_login("ada", authentication=Authentication.PASSWORD) == "ada"


@pytest.mark.parametrize("code", MESSAGES)
def test_every_sentence_says_what_to_do(code: str) -> None:
    assert MESSAGES[code].endswith(".")
    assert any(word in MESSAGES[code].lower() for word in ("give", "copy", "make", "type"))


@pytest.mark.parametrize(
    "around",
    [
        "JIRA_API_TOKEN={}",
        "export JIRA_API_TOKEN={}",
        'JIRA_API_TOKEN="{}"',
        '"apiToken": "{}",',
        "token: {}",
        '"{}",',
        "“{}”;",
        "{}\u200b,",
    ],
)
def test_what_a_settings_file_has_around_a_token_is_taken_away_and_told(around: str) -> None:
    token = "ATATT" + "3xFfGF0" * 12 + "=0A1B2C3D"
    pasted = clean_api_token(around.format(token), authentication=Authentication.SCOPED_API_TOKEN)
    assert pasted.secret.reveal() == token
    assert pasted.notes


@pytest.mark.parametrize("text", ["bo@acme.example;", '"bo@acme.example",', "bo@acme.example\u200b,"])
def test_what_stands_behind_a_login_is_taken_away(text: str) -> None:
    assert clean_login(text, authentication=Authentication.SCOPED_API_TOKEN) == "bo@acme.example"
