"""*ALM Accounts → Pages of Jira*: whether there are any, what they leave out, and how often they ask."""

import re
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ownkey.connections.models import AlmAccount
from ownkey.people.access import administrators_only, signed_in, user_of
from ownkey.workspace.flows import WorkspaceWanted, decide_workspace
from ownkey.workspace.pages import settings_of

MOST_LEFT_OUT: Final = 200
_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{0,30}", re.ASCII)


class SettingsForm(forms.Form):
    """What is decided."""

    is_on = forms.BooleanField(
        label="Show people their Jira inside Ownkey",
        required=False,
        help_text="Without it tools go on working; only the pages are gone.",
    )
    left_out = forms.CharField(
        label="Projects left out",
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text="Keys, such as PAY, with commas, spaces or lines between them. No page shows them.",
    )
    share = forms.IntegerField(
        label="Share of Atlassian’s limits, in percent",
        min_value=0,
        max_value=100,
        help_text="How much all open pages together may use to keep themselves fresh; the rest is for tools. "
        "With 0 pages are read when they are opened, and then no more.",
    )

    def clean_left_out(self) -> tuple[str, ...]:
        """Return the keys, each once."""
        keys = tuple(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["left_out"].strip().upper())))
        keys = tuple(key for key in keys if key)
        if any(not _KEY.fullmatch(key) for key in keys):
            raise forms.ValidationError(
                "A key of a project is made of letters, digits and underscores, as PAY."
            )
        if len(keys) > MOST_LEFT_OUT:
            raise forms.ValidationError(f"At most {MOST_LEFT_OUT} projects can be left out.")
        return keys


@never_cache
@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change what is decided about the pages of an ALM account."""
    account = get_object_or_404(AlmAccount.objects.select_related("workspace"), slug=slug)
    now = settings_of(account)
    initial = {"is_on": now.is_on, "left_out": "\n".join(now.left_out), "share": round(now.share * 100)}
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        wanted = WorkspaceWanted(is_on=data["is_on"], left_out=data["left_out"], share=data["share"] / 100)
        decide_workspace(account, wanted, actor=user_of(request), signed_in=signed_in(request))
        messages.success(request, f"The pages of {account.name} are as you decided.")
        return redirect("workspace_settings", account.slug)
    status = 422 if form.is_bound else 200
    context = {"account": account, "form": form}
    return render(request, "workspace/settings.html", context, status=status)
