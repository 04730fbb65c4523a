"""Both faces, one after the other."""

from collections.abc import AsyncIterator

import pytest

from tests.calls.faces import FACES, Face
from tests.gateway.kit import FakeUpstream


@pytest.fixture
def upstream() -> FakeUpstream:
    return FakeUpstream()


@pytest.fixture(params=FACES, ids=[face.name for face in FACES])
async def face(request: pytest.FixtureRequest, upstream: FakeUpstream) -> AsyncIterator[Face]:
    face: Face = request.param(upstream)
    yield face
    await face.way.stop()
