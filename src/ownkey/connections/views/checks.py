"""Running Test Connection for a page: as a stream of lines for the script, or collected for a whole page."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import Form
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from ownkey.connections import rendering
from ownkey.connections.checklist import Checklist
from ownkey.connections.errors import NotSavedError
from ownkey.connections.flows import Step, TokenWaits
from ownkey.connections.models import Candidate

STREAM_TYPE = "application/x-ndjson"


@dataclass(slots=True)
class Collected:
    """A whole check: what waits for *Save*, and what stopped it, if anything did."""

    candidate: Candidate | None = None
    problem: str = ""


def wants_stream(request: HttpRequest) -> bool:
    """Whether the page's script asks, rather than a browser without it."""
    return STREAM_TYPE in request.headers.get("Accept", "")


def stream(
    steps: AsyncGenerator[Step, None],
    checklist: Checklist,
    *,
    state_after: Callable[[], str],
    notes: Iterable[str] = (),
) -> StreamingHttpResponse:
    """Return an answer that carries each line of the checklist as soon as it is known, the notes at once.

    Args:
        steps: The test.
        checklist: What it fills.
        state_after: Returns the lines for the rest of the page, by what is stored once the test is over.
        notes: What was taken away from what was pasted.
    """
    lines = _lines(steps, checklist, notes, state_after)
    response = StreamingHttpResponse(lines, content_type=STREAM_TYPE)
    response["X-Accel-Buffering"] = "no"  # a proxy that gathers lines would take the life out of the list
    return response


def stream_errors(
    by_field: dict[str, list[str]], *, may_send_anyway: bool = False, status: int = 422
) -> HttpResponse:
    """Return an answer that only puts sentences beside fields; "" stands for the whole form."""
    return stream_lines(rendering.errors(by_field, may_send_anyway=may_send_anyway), status=status)


def stream_lines(lines: str, *, status: int = 200) -> HttpResponse:
    """Return an answer for the page's script whose lines are known already."""
    return HttpResponse(lines, content_type=STREAM_TYPE, status=status)


def sentences_of(form: Form) -> dict[str, list[str]]:
    """Return a form's errors by field, with "" for those of the whole form."""
    return {
        "" if name == NON_FIELD_ERRORS else name: [str(error) for error in found]
        for name, found in form.errors.items()
    }


async def collect(steps: AsyncGenerator[Step, None], checklist: Checklist) -> Collected:
    """Run a check to its end, filling the checklist."""
    collected = Collected()
    try:
        async with aclosing(steps):
            async for step in steps:
                if isinstance(step, TokenWaits):
                    collected.candidate = step.candidate
                else:
                    checklist.apply(step)
    except NotSavedError as error:
        collected.problem = str(error)
    return collected


async def _lines(
    steps: AsyncGenerator[Step, None],
    checklist: Checklist,
    notes: Iterable[str],
    state_after: Callable[[], str],
) -> AsyncGenerator[str, None]:
    yield rendering.beginning(checklist, notes)
    try:
        async with aclosing(steps):
            async for step in steps:
                if isinstance(step, TokenWaits):
                    yield rendering.waiting(step.candidate, checklist)
                else:
                    yield rendering.fragments(checklist.apply(step), checklist)
    except NotSavedError as error:
        yield rendering.errors({"": [str(error)]})
        yield rendering.fragment("checklist", {"checklist": None})
    yield await sync_to_async(state_after)()
