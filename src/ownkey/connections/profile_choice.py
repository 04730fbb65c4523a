"""Which scope profile an ALM account has: a named one, or the administrator's own list."""

import re
from collections.abc import Sequence

from ownkey.connections.models import AlmAccount, Credential
from ownkey.scopes.profiles import PLANNING, PRESETS, ScopeProfile, parse_profile

OWN_LIST = "own"
SAME_AS_PEOPLE = "same"
"""The main credential must have what people's must have, also when that changes."""


def named_profiles() -> tuple[ScopeProfile, ...]:
    """Return the profiles that can be chosen by name, the default first."""
    others = [profile for profile in PRESETS.values() if profile.name != PLANNING.name]
    return (PLANNING, *others)


def chosen_profile(name: str, own_scopes: str) -> ScopeProfile:
    """Return the named profile, or the profile of a pasted list.

    Raises:
        ownkey.scopes.profiles.ProfileError: The list cannot be read; the message says why.
    """
    if name == OWN_LIST:
        return parse_profile(",".join(filter(None, re.split(r"[\s,;]+", own_scopes))))
    return next(profile for profile in named_profiles() if profile.name == name)


def chosen_main_profile(name: str, own_scopes: str) -> ScopeProfile | None:
    """Return the profile of the main credential, None where it is the same as people's.

    Raises:
        ownkey.scopes.profiles.ProfileError: The list cannot be read; the message says why.
    """
    return None if name == SAME_AS_PEOPLE else chosen_profile(name, own_scopes)


def profile_of_scopes(scopes: Sequence[str]) -> ScopeProfile:
    """Return the named profile that has exactly these scopes, or the list as somebody's own."""
    named = next((profile for profile in named_profiles() if profile.scopes == {*scopes}), None)
    return named or parse_profile(",".join(scopes))


def profile_for(row: AlmAccount | Credential) -> ScopeProfile:
    """Return the profile that a credential must fulfil: a person's, or an ALM account's own."""
    if isinstance(row, Credential):
        return profile_for_people(row.alm_account)
    return profile_for_people(row) if row.main_scopes is None else profile_of_scopes(row.main_scopes)


def profile_for_people(account: AlmAccount) -> ScopeProfile:
    """Return the profile that people's credentials for an ALM account must fulfil."""
    return stored_profile(account.profile_name, account.required_scopes)


def stored_profile(name: str, scopes: Sequence[str]) -> ScopeProfile:
    """Return the profile that an ALM account was saved with.

    A profile that a later release of Ownkey changes stays what it was for the ALM accounts that have it.
    """
    named = {profile.name: profile for profile in named_profiles()}.get(name)
    if named is not None and {*scopes} == named.scopes:
        return named
    return parse_profile(",".join(scopes))


def scopes_in_order(profile: ScopeProfile) -> list[str]:
    """Return a profile's scopes in its own order."""
    return [required.scope for required in profile.required]
