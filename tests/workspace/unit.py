"""A Jira in memory for the parts of pages, which counts calls and the rounds that they are made in."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ownkey.calls.first_call import FirstCallGate
from ownkey.calls.way import CallWay
from ownkey.scopes.profiles import PLANNING
from ownkey.scopes.router import load_router
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.uses import Use
from tests.calls.faces import ALICE_SIGNED_IN, ALICES_SESSION
from tests.gateway.kit import ALICE, ALICES_CREDENTIAL, NOW, FakeUpstream, Given, Grants, Sent, json_answer

Answers = Callable[[str, str, Any], Any]


class CountingJira:
    """Answers by a function; calls that are out together are one round."""

    def __init__(self, answers: Answers, *, scopes: frozenset[str] = PLANNING.scopes) -> None:
        self.rounds = 0
        self._answers = answers
        self._out = 0
        self.upstream = FakeUpstream(self._answer)
        account = replace(ALICE.account, profile_scopes=scopes)
        credential = replace(ALICES_CREDENTIAL, token_scopes=scopes)
        self.grants = Grants(replace(ALICE_SIGNED_IN, account=account, credential=credential))
        self.way = CallWay(
            grants=self.grants,
            upstream=self.upstream,
            routes=load_router(),
            clock=lambda: NOW,
            # However busy the machine is, calls that follow one another count as that.
            gate=FirstCallGate(monotonic=lambda: 0.0),
        )

    @property
    def calls(self) -> int:
        return len(self.upstream.sent)

    def begin(self) -> None:
        """Count from here on."""
        self.upstream.sent.clear()
        self.rounds = 0

    def jira(self, *uses: Use) -> Jira:
        return Jira(self.way, ALICES_SESSION, uses=frozenset(uses))

    async def _answer(self, sent: Sent) -> Given:
        if not self._out:
            self.rounds += 1
        self._out += 1
        try:
            # Whatever is asked together is here before the first is answered.
            await asyncio.sleep(0.05)
        finally:
            self._out -= 1
        path = sent.url.partition("?")[0].partition("/rest/")[2]
        found = self._answers(sent.method, f"/rest/{path}", json.loads(sent.body or b"null"))
        return json_answer(json.dumps(found).encode())
