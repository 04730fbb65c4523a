"""For random scope sets and operations, both faces do what `ownkey explain` says."""

import json
import random
from dataclasses import replace

import pytest

from ownkey.cli.explain import explain
from ownkey.scopes.catalogue import Operation, load_catalogue
from tests.calls.faces import FACES, Face
from tests.gateway.kit import ALICE, ALICES_CREDENTIAL, FakeUpstream, json_answer

PAIRS = 10_000
OPERATIONS = load_catalogue().operations
SCOPES = sorted({scope for operation in OPERATIONS for scope in operation.requirement.scopes})


def path_of(operation: Operation) -> str:
    """Return a path of an operation, with a number for each parameter."""
    return "/".join("10000" if part.startswith("{") else part for part in operation.path.split("/"))


def scopes_near(operation: Operation, chosen: random.Random) -> frozenset[str]:
    """Return scopes that are often just enough for an operation, or just not enough."""
    enough = chosen.choice([*operation.requirement.alternatives, frozenset(SCOPES[:0])])
    some = frozenset(chosen.sample(SCOPES, chosen.randrange(20)))
    lacking = frozenset(chosen.sample(sorted(enough), chosen.randrange(2))) if enough else frozenset()
    return (some | enough) - lacking or frozenset(SCOPES[:1])


def explained(operation: Operation, scopes: frozenset[str], capsys: pytest.CaptureFixture[str]) -> bool:
    """Return what the command says."""
    capsys.readouterr()
    explain(operation.method, path_of(operation), scopes=",".join(sorted(scopes)), as_json=True)
    allowed: bool = json.loads(capsys.readouterr().out)["allowed"]
    return allowed


async def test_both_faces_do_what_explain_says(
    capsys: pytest.CaptureFixture[str], upstream: FakeUpstream
) -> None:
    upstream.handler = json_answer(b"{}")
    seed = random.randrange(2**32)  # noqa: S311 — examples, no secrets
    chosen = random.Random(seed)  # noqa: S311 — see above
    faces: list[Face] = [face(upstream) for face in FACES]
    for _ in range(PAIRS):
        operation = chosen.choice(OPERATIONS)
        scopes = scopes_near(operation, chosen)
        wanted = explained(operation, scopes, capsys)
        account = replace(ALICE.account, profile_scopes=scopes)
        credential = replace(ALICES_CREDENTIAL, token_scopes=scopes)
        for face in faces:
            face.change(account=account, credential=credential)
            upstream.sent.clear()
            given = await face.ask(operation.method, path_of(operation))
            about = f"seed {seed}: {face.name} {operation.signature} {sorted(scopes)}"
            assert (given.code is None) is wanted, about
            assert bool(upstream.sent) is wanted, about
            assert set(given.members.get("missing", ())).isdisjoint(scopes), about
    for face in faces:
        await face.way.stop()
