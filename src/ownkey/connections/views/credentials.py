"""*Profile → ALM Credentials*: a person's own credentials, and nobody else's."""

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import aget_object_or_404, get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from ownkey.connections import flows, queries
from ownkey.connections.errors import NotSavedError
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.views import checks
from ownkey.connections.views.credential_page import CredentialPage
from ownkey.people.access import signed_in, user_of


@require_safe
def credential_list(request: HttpRequest) -> HttpResponse:
    """Show where the signed-in person stands with each ALM account."""
    rows = queries.credential_rows(user_of(request))
    return render(request, "connections/credential_list.html", {"rows": rows})


@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def credential_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a person's credential, or save a tested token, or a corrected expiry date."""
    page = CredentialPage(request, get_object_or_404(AlmAccount, slug=slug))
    if request.method != "POST":
        return page.show()
    return page.save_token() if page.is_changing else page.save_expiry()


@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
async def credential_test(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Test the pasted token, or the saved one if none is being entered."""
    if request.method != "POST":  # sign-in leads back here when the session ran out
        return redirect("connections:credential_edit", slug)
    account = await aget_object_or_404(AlmAccount, slug=slug)
    page = await sync_to_async(CredentialPage)(request, account)
    problem = await page.problem_before_test()
    if problem:
        if checks.wants_stream(request):
            return checks.stream_errors(problem, may_send_anyway=page.form.may_send_anyway)
        return await sync_to_async(page.show)(problem=" ".join(problem.get("", ())), status=422)
    checklist = page.empty_checklist()
    if checks.wants_stream(request):
        return checks.stream(
            page.steps(), checklist, state_after=page.state_after_test, notes=page.form.notes
        )
    collected = await checks.collect(page.steps(), checklist)
    if not collected.problem:
        page.checklist, page.candidate = checklist, collected.candidate
    return await sync_to_async(page.show)(problem=collected.problem)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def credential_disconnect(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask first, then destroy the person's secret at once."""
    user = user_of(request)
    owned = Credential.objects.select_related("alm_account")
    credential = get_object_or_404(owned, user=user, alm_account__slug=slug)
    if request.method != "POST":
        return render(request, "connections/credential_disconnect.html", {"credential": credential})
    try:
        flows.disconnect(credential, actor=user, signed_in=signed_in(request))
    except NotSavedError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request,
            f"{credential.alm_account.name} is disconnected, and the token is deleted here. "
            "Revoke it at Atlassian too if nothing else uses it.",
        )
    return redirect("connections:credential_list")
