"""Events turned into pieces of the page; the page without JavaScript is made of the same templates."""

import json
from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string

from ownkey.connections.checklist import Checklist
from ownkey.connections.models import Candidate

_TEMPLATES = {
    "site": "connections/parts/site.html",
    "identity": "connections/parts/identity.html",
    "owner": "connections/parts/owner.html",
    "scope": "connections/parts/scope.html",
    "guide": "connections/parts/guide.html",
    "mark": "connections/parts/guide_mark.html",
    "abilities": "connections/parts/abilities.html",
    "verdict": "connections/parts/verdict.html",
    "status": "connections/parts/status.html",
    "checklist": "connections/parts/checklist.html",
    "waits": "connections/parts/waits.html",
    "save": "connections/parts/save.html",
    "problem": "connections/parts/problem.html",
    "error": "connections/parts/error.html",
    "found": "connections/parts/found.html",
    "pasted": "connections/parts/pasted.html",
    "state": "connections/parts/state_line.html",
    "history": "connections/parts/history.html",
}


def fragment(slot: str, context: dict[str, Any]) -> str:
    """Return one line of the stream: the slot's name and its HTML, as JSON."""
    html = render_to_string(_TEMPLATES[slot.partition(":")[0]], context)
    return json.dumps({"slot": slot, "html": html}) + "\n"


def fragments(slots: Iterable[str], checklist: Checklist) -> str:
    """Return the lines of the stream for the slots of a checklist that changed."""
    return "".join(
        fragment(slot, _context_of(slot, checklist)) for slot in slots if _is_shown(slot, checklist)
    )


def beginning(checklist: Checklist, notes: Iterable[str] = ()) -> str:
    """Return the lines that begin a test: an empty checklist, no marks, and nothing that waits to be saved.

    Args:
        checklist: The checklist of the test.
        notes: What was taken away from what was pasted.
    """
    return (
        fragment("checklist", {"checklist": checklist})
        + fragment("pasted", {"notes": list(notes)})
        + fragment("save", {})
        + fragments(checklist.mark_slots, checklist)
    )


def waiting(candidate: Candidate, checklist: Checklist) -> str:
    """Return the lines that offer to save what was tested."""
    context = {"candidate": candidate, "checklist": checklist}
    return fragment("waits", context) + fragment("save", context)


def state(context: dict[str, Any], *, facts: str) -> str:
    """Return the lines that show the state of a saved credential, as the store has it now.

    Args:
        context: What the page shows.
        facts: The template of the page's facts about the credential.
    """
    line = json.dumps({"slot": "facts", "html": render_to_string(facts, context)}) + "\n"
    return fragment("state", context) + line + fragment("history", context)


def errors(by_field: dict[str, list[str]], *, may_send_anyway: bool = False) -> str:
    """Return the lines that put sentences beside the fields they are about; "" stands for the whole form."""
    lines = []
    for name, sentences in by_field.items():
        if name:
            context = {
                "name": name,
                "sentences": sentences,
                "may_send_anyway": may_send_anyway and name == "token",
            }
            lines.append(fragment(f"error:{name}", context))
        else:
            lines.append(fragment("problem", {"sentences": sentences}))
    return "".join(lines)


def _context_of(slot: str, checklist: Checklist) -> dict[str, Any]:
    scope = slot.partition(":")[2]
    return {"checklist": checklist, "line": checklist.line_of(scope)}


def _is_shown(slot: str, checklist: Checklist) -> bool:
    return slot != "owner" or checklist.has_owner
