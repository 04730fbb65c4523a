"""The whole way with real processes: a tool with a client key acts as its owner, until somebody says no.

Ownkey serves pages and gateway in one process and the gateway alone in another; both see every change.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import IncompleteRead

import pytest

from tests.cli.command import PATIENCE_S
from tests.connections.running import ADA, ADMINISTRATOR, BO, Organisation, running_organisation
from tests.gateway_store.running import MYSELF, call, make_key, opened, running_gateway, until_answered

BOARDS_ISSUES = "/rest/agile/1.0/board/1/issue"
REFUSAL = {"status": 401, "body": '{"code":401,"message":"Unauthorized"}', "path": MYSELF}
CONFIRMATION = 1
"""The question who is signed in, asked once before a credential is held back."""
PROJECT_ROLES = "/rest/api/2/project/ACME/role"
NOT_YOURS = '{"errorMessages":["You cannot edit the configuration of this project."],"errors":{}}'
DISCONNECT = """
import sys
from ownkey.console.setup import prepare
prepare()
from ownkey.connections import flows
from ownkey.connections.models import Credential
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
credential = Credential.objects.get(user__email=sys.argv[1], alm_account__slug="acme")
flows.disconnect(credential, actor="test", signed_in=AT_THE_COMMAND_LINE)
"""


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return an organisation with an ALM account, to which Ada is connected."""
    with running_organisation(tmp_path_factory.mktemp("acme") / "home") as organisation:
        organisation.add_alm_account("acme", "Acme Jira")
        organisation.connect("acme", ADA)
        yield organisation


@pytest.fixture(scope="module")
def alone(acme: Organisation) -> Iterator[str]:
    """Return the ALM account's address at a gateway in a process of its own."""
    with running_gateway(acme) as (url, _):
        yield f"{url}/jira/acme"


@pytest.fixture(scope="module")
def beside(acme: Organisation) -> str:
    """Return the ALM account's address at the gateway beside the pages."""
    return f"{acme.url}/jira/acme"


@pytest.fixture(scope="module")
def addresses(beside: str, alone: str) -> tuple[str, str]:
    """Return the ALM account's address in both processes."""
    return beside, alone


@pytest.fixture(autouse=True)
def _no_faults(acme: Organisation) -> Iterator[None]:
    yield
    acme.sandbox.end_faults()


@pytest.fixture
def _ada_again(acme: Organisation) -> Iterator[None]:
    """Connect Ada again after a test that takes her credential from her."""
    yield
    acme.sandbox.end_faults()
    acme.connect("acme", ADA)


def sent(acme: Organisation, path: str = MYSELF) -> int:
    """Return how many requests for a path have reached the sandbox."""
    return sum(request["path"].endswith(path) for request in acme.sandbox.requests())


@contextmanager
def refusing(acme: Organisation) -> Iterator[None]:
    """Let Atlassian refuse every credential while the block lasts."""
    acme.sandbox.faults(REFUSAL)
    try:
        yield
    finally:
        acme.sandbox.end_faults()


def add_with_policy(acme: Organisation, slug: str, policy: str) -> None:
    """Add the sandbox as an ALM account with this policy."""
    arguments = ("--name", slug, "--site", acme.sandbox.url, "--email", ADMINISTRATOR, "--policy", policy)
    ended = acme.ownkey(
        "account", "add", slug, *arguments, "--token-stdin", given=acme.make_token(ADMINISTRATOR)
    )
    assert ended.code == 0, ended.stderr


def run_inside(acme: Organisation, program: str, *arguments: str) -> None:
    """Run a program as a third process on the same data."""
    command = [sys.executable, "-c", program, *arguments]
    subprocess.run(command, env=acme.ownkey.environment(), check=True, timeout=PATIENCE_S)


def test_a_curl_line_acts_as_its_owner(acme: Organisation, beside: str) -> None:
    key = make_key(acme, ADA)["key"]
    line = f"curl --silent --noproxy '*' -H 'Authorization: Bearer {key}' {beside}{MYSELF}"
    ended = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert '"displayName":"Ada Lovelace"' in ended.stdout
    assert f'"self":"{beside}{MYSELF.removesuffix("myself")}user' in ended.stdout
    basic = subprocess.run(
        ["curl", "--silent", "--noproxy", "*", "--user", f"whoever:{key}", f"{beside}{MYSELF}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"displayName":"Ada Lovelace"' in basic.stdout


def test_a_refusal_names_the_missing_scope_and_nothing_leaves(
    acme: Organisation, beside: str, alone: str
) -> None:
    key = make_key(acme, ADA, "--scopes", "read:jira-user")["key"]
    before = len(acme.sandbox.requests())
    for address in (beside, alone):
        profile = call(f"{address}{BOARDS_ISSUES}", key)
        assert (profile.status, profile.code) == (403, "scope-not-in-profile")
        assert profile.json["missing"] == ["read:issue-details:jira"]
        narrowed = call(f"{address}/rest/api/3/issue/ACME-1", key)
        assert narrowed.code == "scope-not-in-client-key"
        assert narrowed.json["missing"] == ["read:jira-work"]
    assert len(acme.sandbox.requests()) == before


def test_a_read_only_key_reads(acme: Organisation, beside: str) -> None:
    key = make_key(acme, ADA, "--read-only")["key"]
    assert call(f"{beside}{MYSELF}", key).status == 200
    search = call(f"{beside}/rest/api/3/search/jql", key, method="POST", body={"jql": "project = ACME"})
    assert search.status == 200, search.body
    assert call(f"{beside}/rest/api/3/issue", key, method="POST", body={}).code == "read-only"


def test_a_revoked_key_is_refused_everywhere(acme: Organisation, beside: str, alone: str) -> None:
    made = make_key(acme, ADA)
    for address in (beside, alone):
        assert call(f"{address}{MYSELF}", made["key"]).status == 200
    assert acme.ownkey("key", "revoke", made["id"]).code == 0
    for address in (beside, alone):
        assert until_answered(f"{address}{MYSELF}", made["key"], "client-key-refused").status == 401


@pytest.mark.usefixtures("_ada_again")
@pytest.mark.parametrize(
    ("person", "act", "code"),
    [
        pytest.param(ADA, "revoke", "client-key-refused", id="revoked"),
        pytest.param(ADA, "disconnect", "not-connected", id="disconnected"),
        pytest.param(BO, "suspend", "client-key-refused", id="suspended"),
    ],
)
def test_open_calls_are_cut_and_no_new_one_gets_through(
    person: str, act: str, code: str, acme: Organisation, addresses: tuple[str, str]
) -> None:
    beside, alone = addresses
    acme.connect("acme", person)
    made = make_key(acme, person)
    acme.sandbox.faults({"drip_ms": 200, "path": MYSELF})
    with opened(f"{beside}{MYSELF}", made["key"]) as first, opened(f"{alone}{MYSELF}", made["key"]) as second:
        match act:
            case "revoke":
                assert acme.ownkey("key", "revoke", made["id"]).code == 0
            case "disconnect":
                run_inside(acme, DISCONNECT, person)
            case _:
                assert acme.ownkey("user", "suspend", person).code == 0
        for answer in (first, second):
            with pytest.raises((IncompleteRead, ConnectionError)):
                answer.read()  # the whole of it would take two minutes
    acme.sandbox.end_faults()
    for address in (beside, alone):
        until_answered(f"{address}{MYSELF}", made["key"], code)


@pytest.mark.usefixtures("_ada_again")
def test_a_dead_credential_is_sent_once_and_then_held_everywhere(
    acme: Organisation, addresses: tuple[str, str]
) -> None:
    beside, _ = addresses
    key = make_key(acme, ADA)["key"]
    with refusing(acme):
        before = sent(acme)
        first = call(f"{beside}{MYSELF}", key)
        assert (first.status, first.code) == (401, None)
        assert call(f"{beside}{MYSELF}", key).code == "credential-refused"
        for _ in range(3):
            for address in addresses:
                assert call(f"{address}{MYSELF}", key).code == "credential-refused"
        assert sent(acme) - before == 1 + CONFIRMATION, "once, whichever process is asked next"
    for address in addresses:
        assert call(f"{address}{MYSELF}", key).code == "credential-refused", "until it is proven again"
    acme.connect("acme", ADA)
    for address in addresses:
        assert until_answered(f"{address}{MYSELF}", key, None).status == 200


@pytest.mark.parametrize(
    ("fault", "questions"),
    [
        pytest.param({"body": NOT_YOURS}, 0, id="Jira's words"),
        pytest.param({"body": "{}", "headers": {"x-aaccountid": "acc-ada"}}, 0, id="the account's header"),
        pytest.param({"body": REFUSAL["body"]}, None, id="the gateway's words"),
        pytest.param({"body": "<html>Unauthorized", "content_type": "text/html"}, None, id="a page"),
    ],
)
def test_a_verdict_on_one_resource_cuts_nobody_off(
    fault: dict[str, object], questions: int | None, acme: Organisation, addresses: tuple[str, str]
) -> None:
    key = make_key(acme, ADA)["key"]
    acme.sandbox.faults({"status": 401, "path": PROJECT_ROLES, **fault})
    before = sent(acme)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: call(f"{addresses[n % 2]}{PROJECT_ROLES}", key), range(40)))
    assert {(answer.status, answer.code) for answer in answers} == {(401, None)}
    assert {answer.body.decode() for answer in answers} == {fault["body"]}
    asked = sent(acme) - before
    assert asked == questions if questions is not None else 0 < asked <= len(answers)
    for address in addresses:
        assert call(f"{address}{MYSELF}", key).status == 200
    listed = acme.ownkey("account", "list", "--json")
    assert listed.code == 0
    assert "refused" not in listed.stdout


@pytest.mark.usefixtures("_ada_again")
def test_a_burst_in_two_processes_sends_a_dead_credential_twice_from_each_at_most(
    acme: Organisation, addresses: tuple[str, str]
) -> None:
    key = make_key(acme, ADA)["key"]
    acme.sandbox.faults({"status": 401, "path": "/rest/", "body": REFUSAL["body"]})
    before = len(acme.sandbox.requests())
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda n: call(f"{addresses[n % 2]}{PROJECT_ROLES}", key), range(100)))
    seen = acme.sandbox.requests()[before:]
    assert len(seen) <= 2 * (1 + CONFIRMATION)
    assert {answer.status for answer in answers} <= {401, 403}
    assert {answer.code for answer in answers if answer.status == 403} == {"credential-refused"}


def test_a_main_credential_is_held_until_it_is_tested(acme: Organisation, beside: str) -> None:
    add_with_policy(acme, "through-main", "main")
    key = make_key(acme, ADA, slug="through-main")["key"]
    address = f"{acme.url}/jira/through-main{MYSELF}"
    through = call(address, key)
    assert through.json["displayName"] == "Grace Hopper"
    assert through.headers["ownkey-acting-as"] == f"{ADMINISTRATOR}; identity=main"
    with refusing(acme):
        assert call(address, key).status == 401
        until_answered(address, key, "main-credential-unusable")
    assert call(f"{beside}{MYSELF}", make_key(acme, ADA)["key"]).status == 200, "Ada's own is another"
    assert acme.ownkey("account", "test", "through-main").code == 0
    assert until_answered(address, key, None).status == 200


def test_policies_for_people_who_are_not_connected(acme: Organisation) -> None:
    add_with_policy(acme, "closed", "refuse")
    add_with_policy(acme, "readable", "read-only")
    closed, readable = make_key(acme, ADA, slug="closed"), make_key(acme, ADA, slug="readable")
    assert call(f"{acme.url}/jira/closed{MYSELF}", closed["key"]).code == "not-connected"
    assert call(f"{acme.url}/jira/readable{MYSELF}", readable["key"]).json["displayName"] == "Grace Hopper"
    issue = f"{acme.url}/jira/readable/rest/api/3/issue"
    assert call(issue, readable["key"], method="POST", body={}).code == "read-only"
    acme.connect("readable", ADA)
    own = until_answered(f"{acme.url}/jira/readable{MYSELF}", readable["key"], None)
    assert own.json["displayName"] == "Ada Lovelace"
    assert call(f"{acme.url}/jira/closed{MYSELF}", readable["key"]).code == "wrong-account"


def test_one_alm_account_on_a_port_of_its_own(acme: Organisation) -> None:
    key = make_key(acme, ADA)["key"]
    with running_gateway(acme, "--account", "acme") as (url, _):
        assert call(f"{url}{MYSELF}", key).json["self"].startswith(f"{url}/rest/")


def test_an_alm_account_has_a_host_of_its_own(acme: Organisation) -> None:
    key = make_key(acme, ADA)["key"]
    with running_gateway(acme, OWNKEY_GATEWAY_URL="https://ownkey.example") as (url, _):
        answer = call(f"{url}{MYSELF}", key, host="acme.jira.ownkey.example")
        assert answer.json["self"].startswith("https://acme.jira.ownkey.example/rest/")
        assert call(f"{url}{MYSELF}", key, host="acme.jira.elsewhere.example").code == "no-such-address"


def test_what_is_counted_outlives_a_clean_stop(acme: Organisation) -> None:
    made = make_key(acme, ADA)
    with running_gateway(acme) as (url, process):
        for _ in range(3):
            call(f"{url}/jira/acme{MYSELF}", made["key"])
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    listed = acme.ownkey("key", "list", "--user", ADA, "--json").json
    told = next(key for key in listed if key["id"] == made["id"])
    assert told["calls"] == 3
    assert told["last_used_at"]


def test_the_pages_do_not_mind_the_gateway(acme: Organisation) -> None:
    assert call(f"{acme.url}/healthz", "nobody").body == b"ok\n"
    assert b"Sign in" in call(f"{acme.url}/sign-in/", "nobody").body
    for path in ("/jira/", "/jira/ACME/rest", "/%6aira/acme/rest"):
        assert call(f"{acme.url}{path}", "nobody").headers["content-type"] == "application/problem+json"
    assert call(f"{acme.url}/metrics", "nobody").body != b""
    assert "ownkey_gateway" not in call(f"{acme.url}/metrics", "nobody").body.decode()


def test_health_and_metrics_have_a_port_of_their_own(acme: Organisation) -> None:
    process = acme.ownkey.start("gateway", "--port", "0", "--status-port", "0")
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        assert "Health and metrics" in said
        address = said.rpartition(" ")[2].strip()
        process.stderr.readline()
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = call(address, "")
                break
            except OSError:
                assert time.monotonic() < until
        assert b"ownkey_gateway_open_calls" in answer.body
        assert call(address.replace("metrics", "readyz"), "").body == b"ready\n"
    finally:
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
        process.communicate()
