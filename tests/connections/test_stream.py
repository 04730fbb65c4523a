"""The live checklist arrives line by line and holds what the whole page would."""

from django.urls import reverse

from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.people.models import User
from ownkey.scopes.profiles import PLANNING

from .conftest import Connect, FakeAtlassian, Stream, form_data


def address(account: AlmAccount) -> str:
    return reverse("connections:credential_test", args=[account.slug])


def test_the_lines_come_in_the_order_of_the_check(
    account: AlmAccount, bob: User, atlassian: FakeAtlassian, stream: Stream
) -> None:
    answer = stream(bob, address(account), form_data(atlassian.make_token(bob.email)))
    assert answer.status == 200
    first = [
        answer.slots.index(slot) for slot in ("checklist", "site", "identity", "owner", "verdict", "waits")
    ]
    assert first[0] == 0
    assert answer.slots.index("owner") > answer.slots.index("site")
    assert answer.slots[-2:] == ["waits", "save"]
    for scope in PLANNING.scopes:
        assert f"scope:{scope}" in answer.slots
    assert "Signed in as Bob" in answer.html("identity")
    assert "bob@acme.example" in answer.html("identity")
    assert "Connected as Bob" in answer.html("verdict")
    assert str(Candidate.objects.get().pk) in answer.html("waits")


def test_a_missing_scope_is_marked_in_list_and_guide(
    account: AlmAccount, bob: User, atlassian: FakeAtlassian, stream: Stream
) -> None:
    token = atlassian.make_token(bob.email, without=["write:jira-work"])
    answer = stream(bob, address(account), form_data(token))
    assert 'data-state="missing"' in answer.html("scope:write:jira-work")
    assert "a call was refused" in answer.html("scope:write:jira-work").lower()
    assert 'data-state="missing"' in answer.html("mark:write:jira-work")
    assert "hidden" in answer.html("mark:read:jira-work")
    assert "Save with gaps" in answer.html("save")


def test_marks_in_the_guide_follow_the_newest_test(
    account: AlmAccount, bob: User, atlassian: FakeAtlassian, stream: Stream
) -> None:
    gap = atlassian.make_token(bob.email, without=["write:jira-work"])
    assert 'data-state="missing"' in stream(bob, address(account), form_data(gap)).html(
        "mark:write:jira-work"
    )
    refused = stream(bob, address(account), form_data("ATATT" + "3xFfGF0unknown=12345678"))
    assert "hidden" in refused.html("mark:write:jira-work")
    unscoped = form_data(atlassian.make_token(bob.email))
    del unscoped["using_scope_api"]
    assert "hidden" in stream(bob, address(account), unscoped).html("mark:write:jira-work")


def test_what_was_taken_away_from_a_paste_is_said_at_once(
    account: AlmAccount, bob: User, atlassian: FakeAtlassian, stream: Stream
) -> None:
    answer = stream(bob, address(account), form_data(f" {atlassian.make_token(bob.email)}"))
    assert "White space around the token was removed." in answer.html("pasted")
    assert answer.slots.index("pasted") < answer.slots.index("site")
    assert "removed" not in stream(bob, address(account), form_data(atlassian.make_token(bob.email))).html(
        "pasted"
    )


def test_a_refused_token_leaves_nothing_to_save(account: AlmAccount, bob: User, stream: Stream) -> None:
    answer = stream(bob, address(account), form_data("ATATT" + "3xFfGF0unknown=12345678"))
    assert "Atlassian refused it." in answer.html("verdict")
    assert "waits" not in answer.slots
    assert not Candidate.objects.exists()


def test_somebody_elses_token_is_named_as_such(
    account: AlmAccount, alice: User, bob: User, atlassian: FakeAtlassian, stream: Stream
) -> None:
    token = atlassian.make_token(alice.email)
    answer = stream(bob, address(account), form_data(token, alice.email))
    assert "Signed in as Alice" in answer.html("identity")
    assert "No, this is another Atlassian account." in answer.html("owner")
    assert not Candidate.objects.exists()


def test_mistakes_in_the_form_go_beside_their_fields(account: AlmAccount, bob: User, stream: Stream) -> None:
    answer = stream(bob, address(account), form_data("", "not an address"))
    assert answer.status == 422
    assert answer.slots == ["error:login"]
    answer = stream(bob, address(account), form_data(""))
    assert answer.slots == ["error:token"]


def test_the_saved_token_is_tested_when_none_is_entered(
    account: AlmAccount, bob: User, connect: Connect, stream: Stream
) -> None:
    connect(bob)
    answer = stream(bob, address(account), {"expires_on": ""})
    assert "Connected as Bob" in answer.html("verdict")
    assert "waits" not in answer.slots


def test_the_head_of_the_page_follows_the_test_of_a_saved_token(
    account: AlmAccount, bob: User, connect: Connect, atlassian: FakeAtlassian, stream: Stream
) -> None:
    connect(bob)
    (known,) = (token for token in atlassian.tokens.values() if token.identity.email == bob.email)
    known.is_revoked = True
    answer = stream(bob, address(account), {"expires_on": ""})
    assert answer.slots[-3:] == ["state", "facts", "history"]
    assert 'data-state="refused"' in answer.html("state")
    assert "Nobody: the token of Bob is not sent" in answer.html("facts")
    assert "Last successful check" in answer.html("history")
    known.is_revoked = False
    answer = stream(bob, address(account), {"expires_on": ""})
    assert 'data-state="connected"' in answer.html("state")
    assert "Connected since" in answer.html("facts")
    assert "Last successful check" not in answer.html("history")


def test_the_head_is_left_alone_while_a_new_token_is_tested(
    account: AlmAccount, bob: User, connect: Connect, stream: Stream
) -> None:
    connect(bob)
    answer = stream(bob, address(account), form_data("ATATT" + "3xFfGF0unknown=12345678"))
    assert "Atlassian refused it." in answer.html("verdict")
    assert not {"state", "facts", "history"} & set(answer.slots)


def test_the_head_shows_what_is_stored_where_a_saved_token_cannot_be_tested(
    account: AlmAccount, bob: User, connect: Connect, atlassian: FakeAtlassian, stream: Stream
) -> None:
    connect(bob)
    atlassian.is_down = True
    answer = stream(bob, address(account), {"expires_on": ""})
    assert "Atlassian is not working." in answer.html("verdict")
    assert 'data-state="connected"' in answer.html("state")


def test_a_secret_that_does_not_open_is_a_sentence(
    account: AlmAccount, alice: User, bob: User, connect: Connect, stream: Stream
) -> None:
    mine, theirs = connect(bob), connect(alice)
    Credential.objects.filter(pk=mine.pk).update(envelope=theirs.envelope)
    answer = stream(bob, address(account), {"expires_on": ""})
    assert "cannot be opened with the key" in answer.html("problem")


def test_the_answer_is_not_stored_and_not_buffered(
    account: AlmAccount, bob: User, atlassian: FakeAtlassian, stream: Stream
) -> None:
    answer = stream(bob, address(account), form_data(atlassian.make_token(bob.email)))
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Accel-Buffering"] == "no"
