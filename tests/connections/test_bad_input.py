"""Every bad input has its own sentence and next step in the page; nothing is saved, nothing saved is lost.

Against the pretend Atlassian, over HTTP, as a person's browser without JavaScript sees it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from ownkey.connections import flows
from ownkey.connections.models import AlmAccount, Candidate, Credential, StoredState
from ownkey.connections.sealing import open_in
from ownkey.people.flows import add_user
from ownkey.people.models import User
from ownkey.scopes.profiles import PLANNING
from tests.conftest import ChangeEnvironment
from tests.people.sign_ins import JUST_NOW
from tests.sandbox_process import Sandbox, running_sandbox

from .conftest import form_data, pasted, wanted
from .test_account_pages import account_data
from .test_credential_pages import text_of

ADA = "ada@acme.example"
BO = "bo@acme.example"
GRACE = "grace@acme.example"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """Return a pretend Atlassian."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox, change_environment: ChangeEnvironment) -> Sandbox:
    """Return the pretend Atlassian as new, in the place of the real one."""
    running.reset()
    change_environment(
        atlassian_api_url=running.url,
        atlassian_id_url=running.url,
        trusted_sites=frozenset({running.url}),
    )
    return running


@pytest.fixture
def ada(db: None, quick_passwords: None) -> User:  # noqa: ARG001 they are needed for what they do
    """Ada, who connects."""
    return add_user(ADA, name="Ada Lovelace", password="four unrelated words", actor="test")


@pytest.fixture
def acme(sandbox: Sandbox, alice: User) -> AlmAccount:
    """Return the sandbox as an ALM account, with Grace's token."""
    from ownkey.connections.checking import site_of  # noqa: PLC0415

    place = wanted(site=site_of(sandbox.url, is_cloud=True))
    token = pasted(sandbox.make_token(GRACE, PLANNING.scopes), GRACE)
    walk = async_to_sync(flows.save_main)
    saved = walk(place, token, account=None, accept_gaps=False, actor=alice, signed_in=JUST_NOW).saved
    assert saved is not None
    return saved


def scoped(sandbox: Sandbox, email: str = ADA) -> str:
    return sandbox.make_token(email, PLANNING.scopes)


def unscoped(sandbox: Sandbox) -> str:
    return sandbox.make_token(ADA)


def revoked(sandbox: Sandbox) -> str:
    token = scoped(sandbox)
    sandbox.revoke(token)
    return token


def expired(sandbox: Sandbox) -> str:
    token = scoped(sandbox)
    sandbox.expire(token)
    return token


def bos(sandbox: Sandbox) -> str:
    return scoped(sandbox, BO)


def scopeless(sandbox: Sandbox) -> str:
    return sandbox.make_token(ADA, [])


GATEWAY = "/ex/"
TRIALS: dict[str, tuple[Callable[[Sandbox], str], dict[str, Any], dict[str, Any] | None, str]] = {
    "wrong e-mail": (scoped, {"login": "lovelace@acme.example"}, None, "not the one that you use in Ownkey"),
    "another person's token, own e-mail": (bos, {}, None, "belongs to another e-mail address"),
    "another person's token and e-mail": (bos, {"login": BO}, None, "This token belongs to Bo Diddley"),
    "expired, date unknown": (expired, {"expires_on": ""}, None, "it has expired"),
    "revoked": (revoked, {}, None, "was revoked"),
    "unscoped under Using Scope API": (unscoped, {}, None, "works only with Using Scope API unticked"),
    "scoped without Using Scope API": (
        scoped,
        {"using_scope_api": ""},
        None,
        "works only with Using Scope API ticked",
    ),
    "Atlassian down": (
        scoped,
        {},
        {"path": GATEWAY, "status": 503},
        "Atlassian is not working at the moment",
    ),
    "429 at once": (
        scoped,
        {},
        {"path": GATEWAY, "status": 429, "retry_after": 30},
        "asks for fewer requests",
    ),
    "429 in the middle": (
        scoped,
        {},
        {
            "path": f"{GATEWAY}jira/7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1/rest/agile/",
            "status": 429,
            "retry_after": 60,
        },
        "test again in a minute",
    ),
    "HTML": (scoped, {}, {"path": GATEWAY, "html": True}, "does not look like Jira"),
    "a huge answer": (scoped, {}, {"path": GATEWAY, "huge_bytes": 5_000_000}, "was not read to its end"),
    "a cut answer": (scoped, {}, {"path": GATEWAY, "cut": True}, ""),
    "a redirect elsewhere": (scoped, {}, {"path": GATEWAY, "redirect": "https://evil.example/"}, ""),
}


@pytest.mark.parametrize("name", TRIALS)
def test_each_has_its_own_sentence_and_saves_nothing(
    name: str, sandbox: Sandbox, acme: AlmAccount, ada: User
) -> None:
    make, changes, fault, sentence = TRIALS[name]
    token = make(sandbox)
    data = {
        key: value
        for key, value in {**form_data(token, ADA), **changes}.items()
        if value != "" or key != "using_scope_api"
    }
    if fault is not None:
        sandbox.faults(fault)
    browser = Client()
    browser.force_login(ada)
    answer = browser.post(reverse("connections:credential_test", args=[acme.slug]), data)
    page = text_of(answer)
    assert "Not connected" in page or "could not be checked" in page
    assert sentence in page, page[page.find("Test Connection") :][:900]
    assert token not in answer.content.decode()
    assert not Candidate.objects.filter(is_main=False).exists()
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    ("day", "sentence"), [("2001-01-01", "That day is over"), ("2999-01-01", "365 days at most")]
)
def test_a_date_that_no_new_token_can_have_is_refused_before_anything_is_sent(
    day: str, sentence: str, sandbox: Sandbox, acme: AlmAccount, ada: User
) -> None:
    token = scoped(sandbox)
    before = len(sandbox.requests())
    browser = Client()
    browser.force_login(ada)
    data = form_data(token, ADA, expires_on=day, action="save")
    for route in ("credential_test", "credential_edit"):
        answer = browser.post(reverse(f"connections:{route}", args=[acme.slug]), data)
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    assert len(sandbox.requests()) == before
    assert not Credential.objects.exists()


def test_a_replacement_that_fails_keeps_what_was_saved(sandbox: Sandbox, acme: AlmAccount, ada: User) -> None:
    good = scoped(sandbox)
    walk = async_to_sync(flows.connect)
    assert (
        walk(ada, acme, pasted(good, ADA), accept_gaps=False, actor=ada, signed_in=JUST_NOW).saved is not None
    )
    browser = Client()
    browser.force_login(ada)
    for make in (revoked, expired, bos, unscoped, scopeless):
        browser.post(
            reverse("connections:credential_edit", args=[acme.slug]),
            form_data(make(sandbox), ADA, action="save"),
        )
        kept = Credential.objects.get()
        assert (kept.state, open_in(kept).reveal()) == (StoredState.CONNECTED, good)


def test_a_saved_token_that_is_revoked_is_refused_with_cause_and_day(
    sandbox: Sandbox, acme: AlmAccount, ada: User
) -> None:
    token = scoped(sandbox)
    async_to_sync(flows.connect)(
        ada, acme, pasted(token, ADA), accept_gaps=False, actor=ada, signed_in=JUST_NOW
    )
    sandbox.revoke(token)
    browser = Client()
    browser.force_login(ada)
    page = text_of(browser.post(reverse("connections:credential_test", args=[acme.slug]), {"expires_on": ""}))
    assert "and no longer does, so it was revoked or has expired" in page
    page = text_of(browser.get(reverse("connections:credential_list")))
    assert "Refused" in page
    assert "Atlassian refused the token on" in page


def test_a_check_changes_nothing_in_jira(sandbox: Sandbox, acme: AlmAccount, ada: User) -> None:
    before = sandbox.fingerprint()
    async_to_sync(flows.connect)(
        ada, acme, pasted(scoped(sandbox), ADA), accept_gaps=False, actor=ada, signed_in=JUST_NOW
    )
    assert sandbox.fingerprint() == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"site_url": "http://acme.atlassian.net"}, "https"),
        ({"site_url": "https://10.0.0.1"}, "no IP address"),
        ({"site_url": "https://localhost"}, "OWNKEY_TRUSTED_SITES"),
        ({"site_url": "https://jira.example.com"}, "OWNKEY_TRUSTED_SITES"),
        ({"site_url": "https://acme.atlassian.net.evil.example"}, ""),
    ],
    ids=["http", "private-address", "loopback", "elsewhere", "look-alike"],
)
def test_a_wrong_site_is_named_and_nothing_is_sent(
    changes: dict[str, str], sentence: str, sandbox: Sandbox, alice: User
) -> None:
    browser = Client()
    browser.force_login(alice)
    token = scoped(sandbox, GRACE)
    asked = len(sandbox.requests())
    answer = browser.post("/settings/alm-accounts/add/test/", account_data(token, login=GRACE, **changes))
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert len(sandbox.requests()) == asked
    assert not AlmAccount.objects.exists()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"path": "/_edge/", "html": True}, "answers with a web page instead of its cloud id"),
        ({"path": "/_edge/", "status": 404}, "There is no Jira Cloud site at this address"),
        ({"path": "/_edge/", "huge_bytes": 5_000_000}, "far too long to be a cloud id"),
        ({"path": "/_edge/", "redirect": "https://evil.example/"}, "or type the cloud id in by hand"),
        ({"path": "/_edge/", "body": '{"cloudId": "../../x"}'}, "holds no cloud id"),
        ({"path": "/_edge/", "cut": True}, "broke off"),
    ],
    ids=["html", "missing", "huge", "redirect", "no-uuid", "cut"],
)
def test_a_site_that_answers_oddly_is_named_and_the_token_is_not_sent(
    fault: dict[str, Any], sentence: str, sandbox: Sandbox, alice: User
) -> None:
    sandbox.faults(fault)
    browser = Client()
    browser.force_login(alice)
    data = account_data(scoped(sandbox, GRACE), login=GRACE, site_url=sandbox.url)
    for route in ("find/", "add/test/"):
        page = text_of(browser.post(f"/settings/alm-accounts/{route}", data))
        assert sentence in page, route
    assert not any(request["path"].startswith("/ex/") for request in sandbox.requests())
    assert not AlmAccount.objects.exists()
    assert not Candidate.objects.exists()


def test_the_cloud_id_typed_in_is_the_way_out(sandbox: Sandbox, alices_browser: Client) -> None:
    sandbox.faults({"path": "/_edge/", "status": 404})
    data = account_data(
        scoped(sandbox, GRACE), login=GRACE, site_url=sandbox.url, cloud_id=sandbox.cloud_id, action="save"
    )
    assert alices_browser.post("/settings/alm-accounts/add/", data).status_code == 302
    assert AlmAccount.objects.get().cloud_id == sandbox.cloud_id
