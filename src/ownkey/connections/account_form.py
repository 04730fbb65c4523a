"""The form of an ALM account."""

from datetime import date
from typing import Any

from django import forms
from django.utils.text import slugify

from ownkey import days
from ownkey.atlassian.sites import Site, SiteError, parse_cloud_id
from ownkey.atlassian.wire import Authentication
from ownkey.connections.alm_accounts import Wanted
from ownkey.connections.checking import site_of
from ownkey.connections.forms import PastedForm, SecretField, expiry_field, login_field
from ownkey.connections.models import AlmAccount, Kind, Policy
from ownkey.connections.profile_choice import (
    OWN_LIST,
    SAME_AS_PEOPLE,
    chosen_main_profile,
    chosen_profile,
    named_profiles,
)
from ownkey.people.fields import NameInput
from ownkey.people.names import problem_with
from ownkey.scopes.profiles import PLANNING, ProfileError, ScopeProfile

LATER, AT_ONCE = "later", "at-once"
RESERVED_SLUGS = frozenset({"add", "find", "guide"})

POLICY_SENTENCES = {
    Policy.REFUSE: "Refuse: they cannot reach Jira through Ownkey until they connect.",
    Policy.READ_ONLY: "Read only: they read through the main credential; every change is refused.",
    Policy.MAIN: "Main: they read and change through the main credential, under its name.",
}
UNKNOWN_OPERATIONS = (
    ("refuse", "Refuse: only operations that Atlassian publishes, so that scopes and policy always hold."),
    ("pass", "Let pass: whatever the token may do, for client keys that were not narrowed."),
)


def own_scopes_field(label: str) -> forms.CharField:
    """Return a field for a list of scopes that no named profile has."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=8000,
        help_text="For the scope profile “Own list”: scope names with commas, spaces or lines between them.",
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
    )


class AlmAccountForm(PastedForm):
    """An ALM account with its main credential."""

    kind = forms.ChoiceField(label="Type", choices=Kind.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label="Account name",
        max_length=80,
        help_text="What people here call this Jira, for example Acme Jira.",
        widget=NameInput(attrs={"autocomplete": "off"}),
    )
    site_url = forms.CharField(
        label="Site URL",
        max_length=255,
        help_text="The address in the browser when Jira is open, for example https://acme.atlassian.net.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
    )
    cloud_id = forms.CharField(
        label="Cloud id",
        required=False,
        max_length=255,
        help_text="Found from the site URL. Type it only if Ownkey cannot find it; "
        "administrators see it in the address of admin.atlassian.com, after /s/.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    authentication = forms.ChoiceField(
        label="Authentication",
        choices=[
            (kind.value, title if kind.is_cloud else f"{title} (Jira Data Center)")
            for kind, title in ((each, each.kind.title) for each in Authentication)
        ],
        widget=forms.RadioSelect,
    )
    login = login_field(
        "Jira login",
        "The e-mail address that the token belongs to; a service account’s own address; "
        "a user name for a Data Center password. A personal access token needs none.",
    )
    token = SecretField(required=False)
    expires_on = expiry_field()
    profile = forms.ChoiceField(
        label="Scope profile",
        help_text="The scopes that people's tokens must have; unscoped tokens and Data Center have none.",
    )
    own_scopes = own_scopes_field("Own list of scopes")
    main_profile = forms.ChoiceField(
        label="Scope profile of the main credential",
        required=False,
        help_text="The scopes that this token must have. Where the policy lets people who are not connected "
        "through the main credential, their calls can use no others.",
    )
    main_own_scopes = own_scopes_field("Own list of scopes for the main credential")
    policy = forms.ChoiceField(
        label="People who are not connected",
        choices=[(policy.value, sentence) for policy, sentence in POLICY_SENTENCES.items()],
        widget=forms.RadioSelect,
    )
    unknown_operations = forms.ChoiceField(
        label="Calls that Ownkey does not know",
        choices=UNKNOWN_OPERATIONS,
        required=False,
        widget=forms.RadioSelect,
    )
    other_email_allowed = forms.BooleanField(
        label="People may connect an Atlassian account with another e-mail address",
        required=False,
        help_text="Otherwise it must be the e-mail address that they sign in to Ownkey with.",
    )
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    counts = forms.ChoiceField(
        label="The new scopes count",
        required=False,
        choices=((LATER, "From the day below: until then nobody’s state changes"), (AT_ONCE, "At once")),
        widget=forms.RadioSelect,
    )
    counts_from = forms.DateField(
        label="They count from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's own signature
        super().__init__(*args, **kwargs)
        named = [
            (profile.name, f"{profile.title} ({len(profile.scopes)} scopes)") for profile in named_profiles()
        ]
        named.append((OWN_LIST, "Own list"))
        self.fields["profile"].choices = named  # type: ignore[attr-defined]
        same = (SAME_AS_PEOPLE, "The same as for people")
        self.fields["main_profile"].choices = [same, *named]  # type: ignore[attr-defined]

    def chosen_authentication(self) -> Authentication:
        """Return what was chosen."""
        chosen = self.cleaned_data.get("authentication")
        return Authentication(chosen or Authentication.SCOPED_API_TOKEN)

    def clean(self) -> dict[str, Any]:
        """Check what belongs together."""
        cleaned = super().clean()
        is_cloud = cleaned.get("kind") != Kind.JIRA_DATA_CENTER
        if self.chosen_authentication().is_cloud != is_cloud:
            kind = "Jira Cloud" if is_cloud else "Jira Data Center"
            self.add_error(
                "authentication", f"{kind} does not sign in this way. Choose another authentication."
            )
        if cleaned.get("site_url"):
            try:
                cleaned["site"] = site_of(cleaned["site_url"], is_cloud=is_cloud)
            except SiteError as error:
                self.add_error("site_url", error.message)
        self._clean_cloud_id(cleaned, is_cloud=is_cloud)
        if cleaned.get("counts") == LATER and not cleaned.get("counts_from"):
            self.add_error("counts_from", "Choose the day from which the new scopes count.")
        self._clean_profile(cleaned, is_cloud=is_cloud)
        return cleaned

    def _clean_cloud_id(self, cleaned: dict[str, Any], *, is_cloud: bool) -> None:
        typed = cleaned.get("cloud_id", "") if is_cloud else ""
        cleaned["cloud_id"] = ""
        if typed:
            try:
                cleaned["cloud_id"] = parse_cloud_id(typed)
            except SiteError as error:
                self.add_error("cloud_id", error.message)

    def _clean_profile(self, cleaned: dict[str, Any], *, is_cloud: bool) -> None:
        chosen = cleaned.get("profile") or PLANNING.name
        main = cleaned.get("main_profile") or SAME_AS_PEOPLE
        try:
            cleaned["scope_profile"] = chosen_profile(chosen, cleaned.get("own_scopes", ""))
            if is_cloud:
                cleaned["scope_profile"].require_fit()
        except ProfileError as error:
            self.add_error("own_scopes", str(error))
        try:
            cleaned["main_scope_profile"] = chosen_main_profile(main, cleaned.get("main_own_scopes", ""))
            if is_cloud and cleaned["main_scope_profile"] is not None:
                cleaned["main_scope_profile"].require_fit()
        except ProfileError as error:
            self.add_error("main_own_scopes", str(error))

    def clean_name(self) -> str:
        """Return the name with single spaces, if an address can be made of it."""
        name = " ".join(self.cleaned_data["name"].split())
        if not slug_from(name):
            raise forms.ValidationError("Use at least one letter (a to z) or digit in the account name.")
        if problem := problem_with(name):
            raise forms.ValidationError(problem)
        return name

    def keep_credential(self, account: AlmAccount) -> None:
        """Leave the main credential alone: only what is beside it can be changed."""
        for name in ("authentication", "login", "token", "expires_on"):
            self.fields[name].required = False
            self.fields[name].disabled = True
            self.initial[name] = getattr(account, name, None)

    @property
    def site(self) -> Site:
        """The site that was typed."""
        site: Site = self.cleaned_data["site"]
        return site

    @property
    def scope_profile(self) -> ScopeProfile:
        """The profile that was chosen for people."""
        profile: ScopeProfile = self.cleaned_data["scope_profile"]
        return profile

    @property
    def profile_of_main(self) -> ScopeProfile:
        """The profile that the main credential must fulfil."""
        own: ScopeProfile | None = self.cleaned_data["main_scope_profile"]
        return own or self.scope_profile

    def wanted(self) -> Wanted:
        """Return the ALM account that the form asks for."""
        cleaned = self.cleaned_data
        return Wanted(
            name=cleaned["name"],
            slug=slug_from(cleaned["name"]),
            kind=Kind(cleaned["kind"]),
            site=self.site,
            cloud_id=cleaned["cloud_id"] or None,
            profile=self.scope_profile,
            main_profile=self.cleaned_data["main_scope_profile"],
            policy=Policy(cleaned["policy"]),
            other_email_allowed=cleaned["other_email_allowed"],
            passes_unknown_operations=cleaned["unknown_operations"] == "pass",
            revision=cleaned["revision"] or 0,
            counts_from=self._counts_from(),
        )

    def _counts_from(self) -> date | None:
        """Return the day from which new scopes count, as it was answered; None while it was not."""
        answer = self.cleaned_data.get("counts")
        if answer == AT_ONCE:
            return days.today()
        day: date | None = self.cleaned_data.get("counts_from")
        return day if answer == LATER else None


def slug_from(name: str) -> str:
    """Return the short name for addresses that a name makes."""
    slug = slugify(name)[:64].strip("-")
    return f"{slug}-jira" if slug in RESERVED_SLUGS else slug
