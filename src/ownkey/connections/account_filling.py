"""What the form of an ALM account is filled with: its settings, the usual ones, or those of a test."""

from typing import Any

from ownkey import days
from ownkey.atlassian.wire import Authentication
from ownkey.connections.account_form import LATER, AlmAccountForm
from ownkey.connections.expiry import default_expiry
from ownkey.connections.models import AlmAccount, Candidate, Kind, Policy
from ownkey.connections.profile_choice import OWN_LIST, SAME_AS_PEOPLE, named_profiles, profile_of_scopes
from ownkey.connections.widening import usual_day
from ownkey.scopes.profiles import MAIN_ACCOUNT, PLANNING


def alm_account_form(
    account: AlmAccount | None,
    *,
    waiting: Candidate | None = None,
    email: str,
    data: Any = None,  # noqa: ANN401 a QueryDict
) -> AlmAccountForm:
    """Return the form, filled with an ALM account's settings or the usual ones, never with the secret.

    Where a tested token waits, it is filled with what that was tested for.
    """
    tested = {} if waiting is None else _tested_for(waiting, account)
    today = days.today()
    if account is None:
        initial: dict[str, Any] = {
            "kind": Kind.JIRA_CLOUD,
            "authentication": Authentication.SCOPED_API_TOKEN.value,
            "login": email,
            "profile": PLANNING.name,
            "main_profile": SAME_AS_PEOPLE,
            "policy": Policy.REFUSE,
            "unknown_operations": "refuse",
            "expires_on": default_expiry(today),
        }
        return AlmAccountForm(data, initial=initial | tested)
    is_named = account.profile_name in {profile.name for profile in named_profiles()}
    initial = {
        "kind": account.kind,
        "name": account.name,
        "site_url": account.site_url,
        "authentication": account.authentication,
        "login": account.login,
        "profile": account.profile_name if is_named else OWN_LIST,
        "own_scopes": "" if is_named else "\n".join(account.required_scopes),
        **_main_choice(account.main_scopes),
        "policy": account.policy,
        "unknown_operations": "pass" if account.passes_unknown_operations else "refuse",
        "other_email_allowed": account.other_email_allowed,
        "expires_on": account.expires_on,
        "revision": account.revision,
        "counts": LATER,
        "counts_from": account.counts_from or usual_day(account, today=today),
    }
    return AlmAccountForm(data, initial=initial | tested)


def _tested_for(waiting: Candidate, account: AlmAccount | None) -> dict[str, Any]:
    """Return the settings that a token was tested with: it can be saved with these alone."""
    return {
        "kind": Kind.JIRA_CLOUD if waiting.signs_in_by.is_cloud else Kind.JIRA_DATA_CENTER,
        "site_url": waiting.site_url,
        "authentication": waiting.authentication,
        "login": waiting.login,
        "expires_on": waiting.expires_on,
        **_tested_profile(waiting, account),
    }


def _tested_profile(waiting: Candidate, account: AlmAccount | None) -> dict[str, Any]:
    """Return the choice of the main credential's profile that a token was tested with.

    People's profile is not part of the test, so it is the saved one, or the usual one. A new ALM account was
    tested with people's, unless it was with *Main account*.
    """
    scopes = frozenset(waiting.required_scopes)
    if account is not None:
        is_same = account.main_scopes is None and scopes == {*account.required_scopes}
        return _main_choice(None if is_same else waiting.required_scopes)
    if scopes == MAIN_ACCOUNT.scopes:
        return _main_choice(waiting.required_scopes)
    tested = _main_choice(waiting.required_scopes)
    return {"profile": tested["main_profile"], "own_scopes": tested["main_own_scopes"], **_main_choice(None)}


def _main_choice(scopes: list[str] | None) -> dict[str, Any]:
    """Return what the form says where the main credential must have these scopes; None: people's."""
    if scopes is None:
        return {"main_profile": SAME_AS_PEOPLE, "main_own_scopes": ""}
    profile = profile_of_scopes(scopes)
    is_own = profile.name == OWN_LIST
    return {"main_profile": profile.name, "main_own_scopes": "\n".join(scopes) if is_own else ""}
