"""*Administration → People → Invite many*: a list goes in, a result for each line comes out."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ownkey.audit.exporting import csv_line
from ownkey.people.access import administrators_only, signed_in, user_of
from ownkey.people.errors import RecentSignInNeededError
from ownkey.people.forms import InviteManyForm
from ownkey.people.inviting.inviting_many import Fate, LineResult, invite_all, to_mend
from ownkey.people.inviting.people_list import ListedPerson, ListError, read_list
from ownkey.people.models import Role
from ownkey.people.shown_once import keep_to_show, take_to_show

RESULTS = "results of a list"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def invite_many(request: HttpRequest) -> HttpResponse:
    """Invite everybody on a list, and lead to the page that shows once which links are to be handed over."""
    if request.method != "POST":
        return _show_waiting(request)
    form = InviteManyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        people = read_list(form.listed())
    except ListError as error:
        return _give_back(request, form.listed(), str(error))
    if not people:
        return _give_back(request, form.listed(), "There is nobody on this list.")
    try:
        results = invite_all(people, role=Role.PERSON, actor=user_of(request), signed_in=signed_in(request))
    except RecentSignInNeededError:
        # The form is sent again after that; a file is not, but its text can be.
        sent = request.POST.copy()
        sent["people"] = form.listed()
        request.POST = sent  # type: ignore[assignment]
        raise
    if keep_to_show(request, about=RESULTS, text=_as_text(results)):
        return redirect("people:invite_many")
    return _show_results(request, results)


def _as_text(results: Sequence[LineResult]) -> str:
    """Return results as they wait to be shown: without the links that a mail takes to people."""
    return json.dumps(
        [
            {"person": asdict(one.person), "fate": one.fate, "note": one.note, "link": one.link_to_hand_over}
            for one in results
        ]
    )


def _show_waiting(request: HttpRequest) -> HttpResponse:
    """Show what became of the list that was just sent, once, or an empty form."""
    kept = take_to_show(request, about=RESULTS)
    if kept is None:
        return _show(request, InviteManyForm())
    results = [
        LineResult(ListedPerson(**one["person"]), Fate(one["fate"]), one["note"], one["link"])
        for one in json.loads(kept)
    ]
    return _show_results(request, results)


def _show_results(request: HttpRequest, results: Sequence[LineResult]) -> HttpResponse:
    mending = to_mend(results)
    again = InviteManyForm(initial={"people": mending})
    return _show(request, again, results=results, is_to_mend=bool(mending))


def _give_back(request: HttpRequest, text: str, problem: str) -> HttpResponse:
    """Show a list again that could not be read: a file cannot be put back into its field, its text can."""
    form = InviteManyForm({"people": text})
    form.is_valid()
    form.add_error("people", problem)
    return _show(request, form, status=422)


def _show(
    request: HttpRequest,
    form: InviteManyForm,
    *,
    results: Sequence[LineResult] = (),
    is_to_mend: bool = False,
    status: int = 200,
) -> HttpResponse:
    links = [result for result in results if result.link_to_hand_over]
    context = {
        "form": form,
        "results": results,
        "counts": [(fate.value, word, number) for fate, word, number in _counts(results)],
        "links": links,
        "links_text": "".join(f"{one.person.name}\t{one.person.email}\t{one.link}\n" for one in links),
        "links_file": _as_data_url(links) if links else "",
        "is_to_mend": is_to_mend,
    }
    return render(request, "people/invite_many.html", context, status=status)


def _counts(results: Sequence[LineResult]) -> list[tuple[Fate, str, int]]:
    found = {fate: [one for one in results if one.fate is fate] for fate in Fate}
    return [(fate, ones[0].word, len(ones)) for fate, ones in found.items() if ones]


def _as_data_url(links: Sequence[LineResult]) -> str:
    """Return a CSV file as an address of its own: nothing else could serve links that are kept nowhere."""
    lines = [("name", "e-mail", "link"), *((one.person.name, one.person.email, one.link) for one in links)]
    return f"data:text/csv;charset=utf-8,{quote(''.join(csv_line(line) for line in lines))}"
