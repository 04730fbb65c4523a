"""Alignment: what token and account may, the call that decides a scope, and what its answer proves."""

import random
from dataclasses import replace
from typing import Any, Final

import pytest

from ownkey.atlassian.answers import Meaning
from ownkey.calls.grants import Connected
from ownkey.calls.means import ByAdministrator, Means
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.probes import MALFORMED_JSON, is_probed
from ownkey.scopes.profiles import PLANNING, PRESETS
from ownkey.workspace.alignment.conclusions import conclusion_of
from ownkey.workspace.alignment.of_others import NO_PROJECT, NOT_CONNECTED, NOT_SHOWN, NOT_TOLD, told_of
from ownkey.workspace.alignment.scopes import ABOUT, NAMES
from ownkey.workspace.alignment.table import Line, Permission, covered_by, table_of
from ownkey.workspace.alignment.trials import PROBED, READS, Trial, Where, trial_of
from ownkey.workspace.alignment.views import in_project
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.remembered import forget
from ownkey.workspace.jira.shown_answer import ShownAnswer
from ownkey.workspace.jira.tried import Tried, tried
from ownkey.workspace.jira.trouble import Kind, Trouble
from ownkey.workspace.jira.uses import MY_PERMISSIONS, PROJECT, PROJECTS, USER_PERMISSION
from tests.calls.faces import ALICE_SIGNED_IN, ALICES_SESSION
from tests.gateway.kit import ALICES_CREDENTIAL, Sent, json_answer
from tests.workspace.unit import CountingJira

OPERATIONS: Final = {operation.signature: operation for operation in load_catalogue().operations}
ORDER: Final = [required.scope for required in PLANNING.required]
COVERED: Final = {"delete:async-task:jira", "delete:attachment:jira", "delete:comment:jira"}
HERE: Final = Where("ACME", "7", "a nonce")
NOWHERE: Final = Where("", "", "a nonce")
GRANTED: Final = dict.fromkeys(ORDER, "granted")


def line_of(scope: str, **more: Any) -> Line:  # noqa: ANN401 — what `table_of` takes
    table = table_of(
        more.pop("scopes", ORDER), more.pop("states", GRANTED), more.pop("permissions", {}), **more
    )
    return next(line for line in table.lines if line.scope == scope)


# -- the table


def test_each_of_the_twenty_has_a_line_of_its_own_and_its_group() -> None:
    table = table_of(ORDER, GRANTED, {})
    assert [line.scope for line in table.lines] == ORDER
    assert [group.name for group in table.groups] == ["Delete", "Read", "Write", "Manage"]
    assert set(ORDER) <= set(ABOUT)
    assert all(line.opens for line in table.lines)
    assert table.granted == len(ORDER)


def test_three_are_covered_by_write_jira_work_and_comment_opens_nothing_alone() -> None:
    table = table_of(ORDER, GRANTED, {})
    assert {line.scope for line in table.lines if line.covered_by} == COVERED
    assert {line.covered_by for line in table.lines if line.covered_by} == {("write:jira-work",)}
    assert [line.scope for line in table.lines if not line.opens_alone and line.covered_by] == [
        "delete:comment:jira"
    ]
    assert {line.scope for line in table.lines if line.is_tried} == set(ORDER) - COVERED


def test_nothing_covers_them_where_write_jira_work_is_missing() -> None:
    line = line_of("delete:attachment:jira", states=GRANTED | {"write:jira-work": "missing"})
    assert line.covered_by == ()
    assert line.is_tried


@pytest.mark.parametrize(
    ("token", "held", "difference", "asks_for"),
    [
        ("granted", True, "", ""),
        ("granted", None, "", ""),
        ("granted", False, "account", "jira"),
        ("missing", True, "token", "token"),
        ("missing", None, "token", "token"),
        ("missing", False, "both", "token"),
        ("unknown", True, "", ""),
        ("unknown", False, "account", "jira"),
    ],
)
def test_token_and_account_are_told_apart(
    token: str,
    held: bool | None,  # noqa: FBT001 — a column of the table
    difference: str,
    asks_for: str,
) -> None:
    scope = "write:sprint:jira-software"
    permissions = {} if held is None else {"MANAGE_SPRINTS_PERMISSION": Permission("Manage sprints", held)}
    line = line_of(scope, states=GRANTED | {scope: token}, permissions=permissions)
    assert (line.difference, line.asks_for) == (difference, asks_for)
    assert line.is_tried is (token != "missing")


def test_a_token_without_scopes_has_no_states() -> None:
    table = table_of(ORDER, GRANTED, {}, has_scopes=False)
    assert {line.token for line in table.lines} == {"none"}
    assert table.granted == 0


def test_coverage_says_no_more_than_the_catalogue_for_random_scope_sets() -> None:
    seed = random.randrange(2**32)  # noqa: S311 — examples, no secrets
    chosen = random.Random(seed)  # noqa: S311 — see above
    scopes = sorted(load_catalogue().scopes)
    for _ in range(200):
        held = frozenset(chosen.sample(scopes, 12)) | frozenset(chosen.sample(ORDER, 8))
        scope = chosen.choice(sorted(held))
        others = covered_by(scope, held)
        opened = [one for one in load_catalogue().operations if one.requirement.is_satisfied_by(held)]
        lost = [one for one in opened if not one.requirement.is_satisfied_by(held - {scope})]
        about = f"seed {seed}: {scope} of {sorted(held)}"
        assert not (others and lost), about
        assert set(others) <= held - {scope}, about


def a_small_jira(_method: str, path: str, _document: Any) -> Any:  # noqa: ANN401 — JSON
    if path.endswith("/project/search"):
        return {"values": [{"key": "ACME", "name": "Acme"}], "isLast": True}
    permission = {"name": "Manage sprints", "havePermission": False}
    return {"permissions": {"MANAGE_SPRINTS_PERMISSION": permission}}


@pytest.mark.parametrize(
    ("asked", "first", "later"), [("ACME", (2, 1), (1, 1)), ("", (2, 2), (1, 1))], ids=["named", "the first"]
)
async def test_alignment_takes_two_calls_and_later_one(
    asked: str, first: tuple[int, int], later: tuple[int, int]
) -> None:
    forget(ALICES_SESSION)
    world = CountingJira(a_small_jira, scopes=PLANNING.scopes)
    jira = world.jira(PROJECTS, MY_PERMISSIONS)
    await jira.json(PROJECTS)  # the first call of a credential goes ahead of the others
    for expected in (first, later):
        world.begin()
        found = await in_project(jira, asked)
        assert (world.calls, world.rounds) == expected
        assert found.project == "ACME"
        assert found.permissions == {"MANAGE_SPRINTS_PERMISSION": Permission("Manage sprints", is_held=False)}
    await world.way.stop()


@pytest.mark.parametrize("answer", [b"[]", b"{}", b'{"permissions": []}', b'"x"', b"<html>"])
async def test_an_answer_of_another_form_is_not_taken_for_a_no(answer: bytes) -> None:
    world = CountingJira(a_small_jira, scopes=PLANNING.scopes)
    world.upstream.handler = json_answer(answer)
    forget(ALICES_SESSION)
    found = await in_project(world.jira(PROJECTS, MY_PERMISSIONS), "ACME")
    assert found.trouble is not None
    assert not found.permissions
    await world.way.stop()


# -- the call that decides a scope


@pytest.mark.parametrize("where", [HERE, NOWHERE], ids=["in a project", "nowhere"])
@pytest.mark.parametrize("profile", [PLANNING, PRESETS["planning-complete"], PRESETS["nearly-everything"]])
def test_a_trial_reads_or_is_a_probe_without_effect(profile: Any, where: Where) -> None:  # noqa: ANN401
    for scope in profile.scopes:
        trial = trial_of(scope, profile.scopes, where)
        if trial is None:
            continue
        operation = OPERATIONS[trial.question.use.signature]
        assert operation.requirement.is_satisfied_by(profile.scopes)
        assert not operation.requirement.is_satisfied_by(profile.scopes - {scope}), "it decides the scope"
        if trial.is_probe:
            probe = trial.question.probe
            assert probe is not None
            assert is_probed(operation)
            assert trial.question.use in PROBED
            assert probe.body in {None, MALFORMED_JSON}
            assert "{" not in probe.path
        else:
            assert operation.reads
            assert trial.question.use in READS


def test_of_the_twenty_all_but_the_covered_ones_are_decided_by_one_call() -> None:
    tried_ones = {scope for scope in ORDER if trial_of(scope, PLANNING.scopes, HERE)}
    assert tried_ones == set(ORDER) - COVERED
    read = {
        scope for scope in ORDER if (trial := trial_of(scope, PLANNING.scopes, HERE)) and not trial.is_probe
    }
    assert read == {scope for scope in ORDER if scope.startswith("read:")}


def test_a_read_that_other_scopes_open_as_well_decides_nothing() -> None:
    operation = OPERATIONS["GET /rest/api/3/user/assignable/search"]
    others = next(each for each in operation.requirement.alternatives if "read:jira-user" not in each)
    trial = trial_of("read:jira-user", others | {"read:jira-user"}, HERE)
    assert trial is None or trial.question.use.signature != operation.signature


def test_two_trials_ask_for_ids_of_their_own() -> None:
    first = trial_of("delete:avatar:jira", PLANNING.scopes, Where("", "", "one"))
    second = trial_of("delete:avatar:jira", PLANNING.scopes, Where("", "", "two"))
    assert first is not None
    assert second is not None
    assert first.question.words != second.question.words


async def test_a_trial_makes_one_call_and_only_where_the_scopes_let_it() -> None:
    for scope in ORDER:
        trial = trial_of(scope, PLANNING.scopes, HERE)
        if trial is None:
            continue
        for held in (PLANNING.scopes, PLANNING.scopes - {scope}):
            world = CountingJira(lambda *_: {}, scopes=held)
            world.upstream.handler = json_answer(b'{"values": []}')
            jira = world.jira(*READS, *PROBED)
            result = await tried(jira, trial.question, address="https://ownkey.example/jira/acme")
            assert world.calls == (1 if scope in held else 0), scope
            found = conclusion_of(trial, result, has_scopes=True)
            assert found.token == ("granted" if scope in held else "missing"), scope
            await world.way.stop()


# -- what an answer proves


def answered(meaning: Meaning, *, status: int = 200) -> Tried:
    return Tried(
        "GET /x",
        "",
        is_sent=True,
        meaning=meaning,
        trouble=None,
        answer=ShownAnswer(status, "", 0),
        acting_as="a",
    )


def trial(scope: str = "write:sprint:jira-software", where: Where = HERE) -> Trial:
    found = trial_of(scope, PLANNING.scopes, where)
    assert found is not None
    return found


@pytest.mark.parametrize("meaning", list(Meaning))
def test_only_an_answer_of_jira_itself_proves_a_scope(meaning: Meaning) -> None:
    found = conclusion_of(trial(), answered(meaning), has_scopes=True)
    is_proof = meaning.is_from_jira or meaning is Meaning.RESOURCE_REFUSED
    assert (found.token == "granted") is is_proof
    assert (found.token == "missing") is (meaning is Meaning.SCOPE_REFUSED)
    assert found.about_scope


def test_scope_and_permission_are_never_mixed_up() -> None:
    not_let = conclusion_of(trial("read:jira-work"), answered(Meaning.NO_PERMISSION), has_scopes=True)
    assert not_let.token == "granted"
    assert "A new token would not help" in not_let.about_permission
    short = conclusion_of(trial("read:jira-work"), answered(Meaning.SCOPE_REFUSED), has_scopes=True)
    assert "read:jira-work" in short.about_scope
    assert "never reached Jira" in short.about_permission
    read = conclusion_of(trial("read:jira-work"), answered(Meaning.SUCCESS), has_scopes=True)
    assert "your account may read this" in read.about_permission


def test_a_probe_says_nothing_of_permissions() -> None:
    for meaning in (Meaning.NOT_FOUND, Meaning.INVALID):
        found = conclusion_of(trial(), answered(meaning), has_scopes=True)
        assert "says nothing about your account" in found.about_permission


def test_what_is_needed_beside_a_scope_is_named() -> None:
    found = conclusion_of(trial("read:project:jira"), answered(Meaning.SCOPE_REFUSED), has_scopes=True)
    assert "read:project:jira or read:board-scope:jira-software" in found.about_scope


def test_a_token_without_scopes_proves_nothing_of_scopes() -> None:
    found = conclusion_of(trial("read:jira-work"), answered(Meaning.SUCCESS), has_scopes=False)
    assert found.token == "unknown"
    assert "has no scopes" in found.about_scope


def test_no_answer_proves_nothing() -> None:
    away = Trouble(Kind.AWAY, "Atlassian did not answer.")
    result = Tried(
        "GET /x", "", is_sent=True, meaning=Meaning.NO_ANSWER, trouble=away, answer=None, acting_as=""
    )
    assert conclusion_of(trial(), result, has_scopes=True).token == "unknown"


# -- of somebody else, for administrators

MAIN: Final = replace(
    ALICES_CREDENTIAL,
    credential_id="main",
    authorization=b"Basic main",
    acting_as="main@acme.example",
    is_main=True,
    token_scopes=PLANNING.scopes,
)
PERSON: Final = "712020:bo"
BY_THE_ADMINISTRATOR: Final = ByAdministrator(*ALICES_SESSION)


class Asked:
    """Jira as an administrator and as the main account, which tells of the person what `held` says."""

    def __init__(self, held: frozenset[str] | None, *, shows: tuple[str, ...] = ("ACME",)) -> None:
        forget(ALICES_SESSION)
        self.world = CountingJira(lambda *_: {}, scopes=PLANNING.scopes)
        self.held = held
        self.shows = shows
        self.world.upstream.handler = self._answer
        snapshot = replace(
            ALICE_SIGNED_IN,
            means=BY_THE_ADMINISTRATOR,
            credential=MAIN,
            account=replace(ALICE_SIGNED_IN.account, profile_scopes=PLANNING.scopes),
        )
        self.world.grants.put(snapshot)
        self.own = self.world.jira(PROJECTS, PROJECT, USER_PERMISSION)
        self.main = Jira(self.world.way, BY_THE_ADMINISTRATOR, uses=frozenset({USER_PERMISSION}))

    async def _answer(self, sent: Sent) -> Any:  # noqa: ANN401 — as the kit has it
        if "/permission/search" in sent.url:
            if self.held is None:
                return json_answer(b'{"errorMessages": ["No."], "errors": {}}', status=403)
            key = sent.url.partition("permissions=")[2].partition("&")[0]
            found = f'[{{"accountId": "{PERSON}"}}]' if key in self.held else "[]"
            return json_answer(found.encode())
        if "/project/search" in sent.url:
            values = ",".join(f'{{"key": "{key}", "name": "x"}}' for key in self.shows)
            return json_answer(f'{{"values": [{values}], "isLast": true}}'.encode())
        return json_answer(b'{"errorMessages": ["No."], "errors": {}}', status=404)

    def by(self, authorization: bytes) -> list[Sent]:
        return [sent for sent in self.world.upstream.sent if sent.header("authorization") == authorization]


async def test_permissions_of_another_are_asked_with_the_main_credential_and_in_one_round() -> None:
    asked = Asked(frozenset({"BROWSE_PROJECTS", "EDIT_ISSUES"}))
    told = await told_of(asked.own, asked.main, PERSON, "ACME")
    assert {key for key, found in told.permissions.items() if found.is_held} == {
        "BROWSE_PROJECTS",
        "EDIT_ISSUES",
    }
    assert set(told.permissions) == set(NAMES)
    assert not told.reason
    assert len(asked.by(b"Basic main")) == len(NAMES)
    own = asked.world.grants.by_means[ALICES_SESSION].credential
    assert isinstance(own, Connected)
    assert len(asked.by(own.authorization)) == 1, "which projects there are, the administrator's session says"
    assert asked.world.calls == len(NAMES) + 1
    await asked.world.way.stop()


async def test_what_jira_does_not_tell_is_not_known() -> None:
    refused = Asked(None)
    assert (await told_of(refused.own, refused.main, PERSON, "ACME")).reason == NOT_TOLD
    assert (await told_of(refused.own, refused.main, "", "ACME")).reason == NOT_CONNECTED
    await refused.world.way.stop()


async def test_no_project_is_asked_about_that_jira_does_not_show_the_administrator() -> None:
    asked = Asked(frozenset(NAMES))
    told = await told_of(asked.own, asked.main, PERSON, "SECRET")
    assert (told.reason, told.project, dict(told.permissions)) == (NOT_SHOWN, "", {})
    assert asked.by(b"Basic main") == []
    nothing = Asked(frozenset(NAMES), shows=())
    assert (await told_of(nothing.own, nothing.main, PERSON, "")).reason == NO_PROJECT
    await asked.world.way.stop()
    await nothing.world.way.stop()


def test_the_main_credential_of_an_administrator_is_no_session() -> None:
    means: tuple[Means, ...] = (BY_THE_ADMINISTRATOR, ALICES_SESSION)
    assert len({*means}) == 2, "what one grants must not be taken for what the other does"
