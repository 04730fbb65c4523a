"""*Administration → ALM Accounts*: for administrators."""

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import aget_object_or_404, get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ownkey.atlassian.sites import SiteError
from ownkey.connections import alm_accounts, checking, limits, queries, rendering, saved_credentials
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.standings import Standing
from ownkey.connections.views import checks
from ownkey.connections.views.account_page import AccountPage
from ownkey.people.access import administrators_only, signed_in, user_of


@administrators_only
@require_safe
def account_list(request: HttpRequest) -> HttpResponse:
    """Show every ALM account with its main credential and how many people are connected."""
    return render(request, "connections/account_list.html", {"rows": queries.account_rows()})


@administrators_only
@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def account_add(request: HttpRequest) -> HttpResponse:
    """Add an ALM account."""
    page = AccountPage(request, None)
    return page.save() if request.method == "POST" else page.show()


@administrators_only
@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def account_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change an ALM account."""
    page = AccountPage(request, get_object_or_404(AlmAccount, slug=slug))
    return page.save() if request.method == "POST" else page.show()


@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
async def account_add_test(request: HttpRequest) -> HttpResponseBase:
    """Test the main token of an ALM account that is being added."""
    _require_administrator(request)
    if request.method != "POST":  # sign-in leads back here when the session ran out
        return redirect("connections:account_add")
    return await _test(await sync_to_async(AccountPage)(request, None))


@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
async def account_test(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Test the pasted main token, or the saved one if none is being entered."""
    _require_administrator(request)
    if request.method != "POST":
        return redirect("connections:account_edit", slug)
    account = await aget_object_or_404(AlmAccount, slug=slug)
    return await _test(await sync_to_async(AccountPage)(request, account))


async def _test(page: AccountPage) -> HttpResponseBase:
    problem = await page.problem_before_test()
    if problem:
        if checks.wants_stream(page.request):
            return checks.stream_errors(problem, may_send_anyway=page.form.may_send_anyway)
        return await sync_to_async(page.show)(problem=" ".join(problem.get("", ())), status=422)
    checklist = page.empty_checklist()
    if checks.wants_stream(page.request):
        return checks.stream(
            page.steps(), checklist, state_after=page.state_after_test, notes=page.form.notes
        )
    collected = await checks.collect(page.steps(), checklist)
    if not collected.problem:
        page.checklist, page.candidate = checklist, collected.candidate
    return await sync_to_async(page.show)(problem=collected.problem)


@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
async def site_find(request: HttpRequest) -> HttpResponseBase:
    """Find the cloud id of the site in the form, without a credential."""
    _require_administrator(request)
    if request.method != "POST":
        return redirect("connections:account_add")
    account = await AlmAccount.objects.filter(slug=request.POST.get("slug", "")).afirst()
    found, problem = "", ""
    try:
        # An address that cannot be one is refused before anything is sent, so it does not count as a test.
        site = checking.site_of(request.POST.get("site_url", "")[:255], is_cloud=True)
        if await limits.may_test(user_of(request)):
            found = await checking.find_cloud_id(site)
        else:
            problem = limits.TOO_MANY
    except SiteError as error:
        problem = error.message
    if checks.wants_stream(request):
        line = rendering.fragment("found", {"found_cloud_id": found})
        return checks.stream_lines(line + rendering.errors({"site_url": [problem] if problem else []}))
    page = await sync_to_async(AccountPage)(request, account)
    page.found_cloud_id = found
    return await sync_to_async(page.show)(problem=problem, status=422 if problem else 200)


@administrators_only
@sensitive_post_parameters("token")
@require_POST
def guide(request: HttpRequest) -> HttpResponse:
    """Return the guide for what the form says now, for the page's script."""
    account = AlmAccount.objects.filter(slug=request.POST.get("slug", "")).first()
    page = AccountPage(request, account)
    return checks.stream_lines(rendering.fragment("guide", {"guide": page.guide()}))


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def account_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Say who loses what, ask for the name, and remove an ALM account."""
    account = get_object_or_404(AlmAccount, slug=slug)
    is_wrong = False
    if request.method == "POST":
        if request.POST.get("name", "").strip().casefold() == account.name.casefold():
            alm_accounts.delete(account, actor=user_of(request), signed_in=signed_in(request))
            messages.success(request, f"{account.name} is removed, and every token for it is deleted here.")
            return redirect("connections:account_list")
        is_wrong = True
    context = {"account": account, "people": _who_lose(account), "is_wrong": is_wrong}
    return render(request, "connections/account_delete.html", context, status=422 if is_wrong else 200)


@administrators_only
@require_POST
def person_disconnect(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Delete one person's token and let go of the Atlassian account that was bound to them."""
    owned = Credential.objects.select_related("user", "alm_account")
    credential = get_object_or_404(owned, alm_account__slug=slug, user_id=user_id)
    saved_credentials.release(credential, actor=user_of(request), signed_in=signed_in(request))
    messages.success(request, f"{credential.user} is disconnected from {credential.alm_account.name}.")
    return redirect("connections:account_edit", slug)


def _require_administrator(request: HttpRequest) -> None:
    if not user_of(request).is_administrator:
        raise PermissionDenied


def _who_lose(account: AlmAccount) -> list[tuple[Credential, Standing]]:
    """Return the people whose saved token is deleted with an ALM account."""
    return [
        (credential, standing)
        for credential, standing, _ in queries.people_of(account)
        if not standing.is_new
    ]
