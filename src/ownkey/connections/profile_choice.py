"""Which scope profile an ALM account has: a named one, or the administrator's own list."""

import re
from collections.abc import Sequence

from ownkey.scopes.profiles import PLANNING, PRESETS, ScopeProfile, parse_profile

OWN_LIST = "own"


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
