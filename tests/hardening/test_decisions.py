"""What the gateway lets through is what an independently written rule lets through, and nothing while unsure.

The oracle below knows the design's sentences and none of the product's functions: a call leaves if the key
lives, is for this ALM account, may write if the operation does, and one scope set of the operation lies
within profile, client key and token alike; and if there is a credential to act with.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownkey.calls.breaker import Breakers
from ownkey.calls.grants import Connected, ReadOnly, Snapshot, Withheld
from ownkey.calls.refusals import WITHHELD
from ownkey.scopes.catalogue import Operation, load_catalogue
from tests.gateway.kit import ALICE, ALICES_CREDENTIAL, NOW, Client, FakeUpstream, Grants, build, json_answer

OPERATIONS = load_catalogue().operations
SCOPES = sorted({scope for operation in OPERATIONS for scope in operation.requirement.scopes})
LIKELY = [
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "manage:jira-project",
    "read:sprint:jira-software",
]
scope_sets = st.one_of(
    st.frozensets(st.sampled_from(LIKELY)),
    st.just(frozenset(SCOPES)),
    st.frozensets(st.sampled_from(SCOPES), max_size=30),
)
operations = st.one_of(
    st.sampled_from(OPERATIONS),
    st.sampled_from([each for each in OPERATIONS if each.requirement.scopes & set(LIKELY)]),
)


@st.composite
def snapshots(draw: st.DrawFn, operation: Operation) -> Snapshot:
    """Return what a key might grant, often just enough or just not enough for the operation."""
    needed: frozenset[str] = draw(st.sampled_from([*operation.requirement.alternatives, frozenset()]))
    near = st.one_of(st.just(frozenset(SCOPES)), scope_sets, scope_sets.map(lambda some: some | needed))
    credential = draw(
        st.one_of(
            st.builds(Withheld, st.sampled_from(sorted(WITHHELD))),
            st.builds(
                replace,
                st.just(ALICES_CREDENTIAL),
                token_scopes=st.one_of(st.none(), near),
                is_main=st.booleans(),
            ),
        )
    )
    return replace(
        ALICE,
        account=replace(
            ALICE.account,
            profile_scopes=draw(near),
            passes_unknown_operations=draw(st.booleans()),
            slug=draw(st.sampled_from(["acme", "acme", "acme", "other"])),
        ),
        credential=credential,
        key_scopes=draw(st.one_of(st.none(), near)),
        read_only=draw(st.one_of(st.none(), st.sampled_from(ReadOnly))),
        expires_at=draw(st.sampled_from([None, NOW + timedelta(days=1), NOW, NOW - timedelta(days=1)])),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Operation, Snapshot, bool]:
    """Return an operation, what the key grants, and whether the store can be asked."""
    operation = draw(operations)
    return operation, draw(snapshots(operation)), draw(st.sampled_from([True, True, True, False]))


def may_leave(operation: Operation, snapshot: Snapshot) -> bool:
    """The oracle."""
    lives = snapshot.expires_at is None or snapshot.expires_at > NOW
    if not lives or snapshot.account.slug != "acme" or not isinstance(snapshot.credential, Connected):
        return False
    if snapshot.read_only is not None and not operation.reads:
        return False
    limits = [snapshot.account.profile_scopes, snapshot.key_scopes, snapshot.credential.token_scopes]
    return any(
        all(limit is None or all(scope in limit for scope in alternative) for limit in limits)
        for alternative in operation.requirement.alternatives
    )


def path_of(operation: Operation) -> str:
    return "/jira/acme" + "/".join(
        "10000" if part.startswith("{") else part for part in operation.path.split("/")
    )


BOUNDED = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(cases())
async def test_a_call_leaves_exactly_when_the_rule_says_so(case: tuple[Operation, Snapshot, bool]) -> None:
    operation, snapshot, can_be_asked = case
    upstream, grants = FakeUpstream(json_answer(b"{}")), Grants(snapshot)
    grants.is_away = not can_be_asked
    gateway = build(upstream, grants=grants)
    answer = await Client(gateway).ask(operation.method, path_of(operation))
    await gateway.way.stop()
    wanted = can_be_asked and may_leave(operation, snapshot)
    assert bool(upstream.sent) == wanted, (answer.status, answer.code)
    assert (answer.code is None) == wanted
    for sent in upstream.sent:
        assert [value for name, value in sent.headers if name == b"authorization"] == [
            ALICES_CREDENTIAL.authorization
        ]
        assert sent.url.startswith(f"{ALICES_CREDENTIAL.base_url}/")


@BOUNDED
@given(cases(), st.data())
async def test_granting_less_never_lets_more_through(
    case: tuple[Operation, Snapshot, bool], data: st.DataObject
) -> None:
    operation, snapshot, _ = case
    fewer = frozenset(data.draw(st.frozensets(st.sampled_from(SCOPES), max_size=20)))
    narrowed = replace(
        snapshot,
        key_scopes=fewer if snapshot.key_scopes is None else snapshot.key_scopes & fewer,
        read_only=ReadOnly.CLIENT_KEY,
    )
    sent = []
    for each in (snapshot, narrowed):
        upstream = FakeUpstream(json_answer(b"{}"))
        gateway = build(upstream, grants=Grants(each))
        await Client(gateway).ask(operation.method, path_of(operation))
        await gateway.way.stop()
        sent.append(len(upstream.sent))
    assert sent[1] <= sent[0]


async def test_while_the_store_is_away_nothing_is_let_through_that_was_before() -> None:
    upstream, grants = FakeUpstream(json_answer(b"{}")), Grants(ALICE)
    gateway = build(upstream, grants=grants)
    client = Client(gateway)
    assert (await client.ask("GET", "/jira/acme/rest/api/3/myself")).status == 200
    grants.is_away = True
    for path in ("/rest/api/3/myself", "/rest/api/3/nothing", "/_ownkey/explain", "/rest/auth/1/session"):
        answer = await client.ask("GET", f"/jira/acme{path}")
        assert (answer.status, answer.code) == (503, "unsure"), path
    await gateway.way.stop()
    assert len(upstream.sent) == 1


def test_a_refused_credential_stays_out() -> None:
    breakers = Breakers()
    assert not breakers.is_open(ALICES_CREDENTIAL)
    breakers.trip(ALICES_CREDENTIAL)
    assert breakers.is_open(ALICES_CREDENTIAL)
