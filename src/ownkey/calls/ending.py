"""How a call ended, as a value; and all that is counted, measured, recorded and logged of it."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog

from ownkey.calls.call import BODY_BROKEN_OFF, CallerGoneError
from ownkey.calls.grants import Connected, GrantsUnavailableError
from ownkey.calls.meters import Meters
from ownkey.calls.open_calls import Cut, OpenCall
from ownkey.calls.recording import Recorder
from ownkey.calls.refusals import Code, Refusal, RefusedError, retry_after
from ownkey.calls.upstream import UpstreamError
from ownkey.calls.upstream_refusals import refusal_of
from ownkey.calls.usage import Outcome, Usage

UNSURE: Final = Refusal(Code.UNSURE, headers=retry_after(5))
FAULT: Final = Refusal(Code.FAULT)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended.

    Attributes:
        outcome: Whether Jira answered, Ownkey refused it, or it failed.
        refusal: What the caller is answered in place of Jira's answer; None if Jira answered, or if the
            caller has left.
    """

    outcome: Outcome
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """Turns what ends a call into a value, and keeps account of it."""

    usage: Usage
    recorder: Recorder
    clock: Callable[[], datetime]
    log: Any = field(default_factory=lambda: structlog.get_logger("ownkey.gateway").bind())

    async def of(  # noqa: PLR0911 — one for each way to end
        self, opened: OpenCall, work: Awaitable[None]
    ) -> Ending:
        """Wait for the work of a call, and return how it ended."""
        try:
            await work
        except RefusedError as refused:
            return Ending(Outcome.REFUSED, refused.refusal)
        except GrantsUnavailableError:
            return Ending(Outcome.REFUSED, UNSURE)
        except UpstreamError as error:
            return Ending(Outcome.FAILED, refusal_of(error))
        except CallerGoneError:
            # Servers report a body that cannot be read in the same words as a client that has left.
            return Ending(Outcome.FAILED, BODY_BROKEN_OFF)
        except asyncio.CancelledError:
            # A cut arrives as the task's cancellation; every other one is the server's, and goes on.
            if opened.cut_because is None:
                raise
            opened.uncancel()
            if opened.cut_because is Cut.CLIENT_GONE:
                opened.has_started = True
                return Ending(Outcome.FAILED)
            return Ending(Outcome.REFUSED, opened.refusal)
        except Exception as error:  # noqa: BLE001 — the outermost edge
            # Its kind and place, never its words: they may hold what was being worked on.
            place = traceback.extract_tb(error.__traceback__)[-1]
            at = f"{place.filename}:{place.lineno}"
            self.log.error(  # noqa: TRY400 — see above
                "call_failed", request_id=opened.request_id, error=type(error).__name__, at=at
            )
            return Ending(Outcome.FAILED, FAULT)
        return Ending(Outcome.ANSWERED)

    def account_for(self, opened: OpenCall, ending: Ending, *, meters: Meters, seconds: float) -> None:
        """Count, measure and log a call that has ended."""
        code = ending.refusal.code.value if ending.refusal is not None else None
        meters.ended(outcome=ending.outcome.value, status=opened.status, code=code, seconds=seconds)
        if opened.means is not None:
            self.usage.record(
                means=opened.means,
                operation=opened.operation_name,
                outcome=ending.outcome,
                through_main=_went_through_main(opened, ending.outcome),
                at=self.clock(),
            )
        if ending.outcome is not Outcome.ANSWERED:
            self.log.info(
                "call_not_answered",
                request_id=opened.request_id,
                key_id=_key_id(opened),
                operation=opened.operation_name,
                outcome=ending.outcome.value,
                code=code,
                cut=opened.cut_because.value if opened.cut_because else None,
                status=opened.status,
                seconds=round(seconds, 4),
            )
        elif self.log.is_enabled_for(logging.DEBUG):
            self.log.debug(
                "call_answered",
                request_id=opened.request_id,
                key_id=_key_id(opened),
                operation=opened.operation_name,
                status=opened.status,
                seconds=round(seconds, 4),
            )


def _key_id(opened: OpenCall) -> str | None:
    """Return the client key's id for the log; a session has none that may stand there."""
    return opened.means.details.get("client_key") if opened.means is not None else None


def _went_through_main(opened: OpenCall, outcome: Outcome) -> bool:
    """Return whether Jira was asked as the main credential; a call that Ownkey refused asked nobody."""
    if opened.snapshot is None or opened.objection is None:
        return False  # not recognised, or a question that Ownkey answered by itself
    if outcome is Outcome.REFUSED and not opened.has_started:
        return False
    credential = opened.snapshot.credential
    return isinstance(credential, Connected) and credential.is_main
