"""One call that a person tries on purpose: what was asked, what came back, and what that means."""

import json
from dataclasses import dataclass, field
from typing import Final

from ownkey.atlassian.answers import Meaning, decode
from ownkey.calls.answers import Answer
from ownkey.calls.breaker import decoded_form
from ownkey.calls.grants import Connected
from ownkey.calls.refusals import Refusal
from ownkey.scopes.probes import Probe
from ownkey.workspace.jira.asking import Jira, Parts, Query, encoded
from ownkey.workspace.jira.shown_answer import LARGEST, ShownAnswer, shown_answer
from ownkey.workspace.jira.trouble import Kind, Trouble, trouble_of_answer, trouble_of_refusal
from ownkey.workspace.jira.uses import Use

_LONGEST_ASKED: Final = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        use: The operation.
        parts: What stands in its path, by the parameters' names.
        query: The query.
        document: The JSON document that is sent; None for none.
        probe: The harmless request that is sent instead of all this; None for none.
    """

    use: Use
    parts: Parts = field(default_factory=dict)
    query: Query | None = None
    document: object = None
    probe: Probe | None = None

    @property
    def sent(self) -> str:
        """What is sent in the body, as a person reads it; empty for nothing."""
        if self.probe is not None:
            return (self.probe.body or b"").decode("ascii")
        return "" if self.document is None else json.dumps(self.document, indent=2, ensure_ascii=False)

    @property
    def words(self) -> str:
        """Method and address below the site, as they are sent; cut where they are long."""
        if self.probe is not None:
            return f"{self.probe.method} {self.probe.path}"
        query = encoded(self.query or {}).decode("ascii")
        return f"{self.use.method} {self.use.filled(dict(self.parts))}{'?' if query else ''}{query}"[
            :_LONGEST_ASKED
        ]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of it.

    Attributes:
        asked: Method and address, as they were sent or would have been.
        body: The body that went with them; empty for none.
        is_sent: Whether Atlassian was asked; Ownkey refused the call otherwise.
        meaning: What the answer means; `no_answer` if there is none.
        trouble: Why it is no good answer; None if it is one.
        answer: What is shown of the answer; None if there is none.
        acting_as: As whom Jira was asked, in words.
    """

    asked: str
    body: str
    is_sent: bool
    meaning: Meaning
    trouble: Trouble | None
    answer: ShownAnswer | None
    acting_as: str


async def tried(jira: Jira, question: Question, *, address: str) -> Tried:
    """Ask a question, once, and return what became of it.

    Args:
        jira: Jira, as the person.
        question: The question; the page has declared its operation.
        address: The ALM account's address for tools, which links in the answer begin with.

    Raises:
        JiraTroubleError: the session has ended.
        UndeclaredUseError: the page has not declared the operation.
    """
    credential = (await jira.who()).credential
    outcome = await _outcome_of(jira, question)
    if isinstance(outcome, Refusal):
        trouble = trouble_of_refusal(outcome)
        return Tried(
            asked=question.words,
            body=question.sent,
            is_sent=trouble.kind is Kind.AWAY,
            meaning=Meaning.NO_ANSWER,
            trouble=trouble,
            answer=None,
            acting_as="",
        )
    base_url = credential.base_url if isinstance(credential, Connected) else ""
    return Tried(
        asked=question.words,
        body=question.sent,
        is_sent=True,
        meaning=_meaning_of(outcome),
        trouble=trouble_of_answer(outcome),
        answer=shown_answer(outcome, base_url=base_url, address=address),
        acting_as=f"{outcome.acting_as} (main)" if outcome.is_main else outcome.acting_as,
    )


async def _outcome_of(jira: Jira, question: Question) -> Answer | Refusal:
    if question.probe is not None:
        return await jira.probed(question.probe, largest=LARGEST)
    return await jira.outcome(
        question.use, question.parts, query=question.query, document=question.document, largest=LARGEST
    )


def _meaning_of(answer: Answer) -> Meaning:
    return decode(decoded_form(answer.status, answer.headers, answer.body)).meaning
