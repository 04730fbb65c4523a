"""Scopes and scope profiles as the command line takes them: a name, a file or a list."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ownkey.cli.errors import MisuseError
from ownkey.cli.output import say

if TYPE_CHECKING:
    from ownkey.scopes.profiles import ScopeProfile
    from ownkey.scopes.requirement import Scope


def read_profile(text: str) -> "ScopeProfile":
    """Return the scope profile that a name, a list of scopes or a file means.

    Raises:
        MisuseError: A scope or the profile is unknown (near matches are named), or the file cannot be read.
    """
    from ownkey.scopes.profiles import ProfileError, parse_profile

    # A scope has a colon and a profile's name has neither dot nor slash, so only a file is taken for one.
    is_file = ":" not in text and ("/" in text or "." in text)
    try:
        return _profile_in_file(Path(text)) if is_file else parse_profile(text)
    except ProfileError as error:
        raise MisuseError(error.code, str(error)) from None


def read_profile_and_warn(text: str) -> "ScopeProfile":
    """Return the scope profile that was meant; one that no single token can have is warned about."""
    from ownkey.scopes.profiles import TooManyScopesError

    profile = read_profile(text)
    try:
        profile.require_fit()
    except TooManyScopesError as error:
        say(str(error))
    return profile


def read_profile_for_account(text: str, *, is_cloud: bool) -> "ScopeProfile":
    """Return the scope profile that was meant, for an ALM account where people have to fulfil it.

    Raises:
        MisuseError: No API token of Jira Cloud could, or the profile cannot be read.
    """
    from ownkey.scopes.profiles import TooManyScopesError

    profile = read_profile(text)
    try:
        if is_cloud:
            profile.require_fit()
    except TooManyScopesError as error:
        raise MisuseError(error.code, str(error)) from None
    return profile


def read_scope_set(scopes: str | None, profile: str | None) -> "frozenset[Scope] | None":
    """Return the scopes given by `--scopes` or `--profile`; None when neither was given."""
    if scopes is not None and profile is not None:
        raise MisuseError("two-scope-sets", "Give --scopes or --profile, not both.")
    if profile is not None:
        return read_profile(profile).scopes
    if scopes is None:
        return None
    return read_profile(scopes).scopes if scopes.strip(", ") else frozenset()


def read_scope(text: str) -> "Scope":
    """Return the one scope that was named.

    Raises:
        MisuseError: There is no such scope; near matches are named.
    """
    scopes = read_profile(text).scopes
    if scopes != {text}:
        raise MisuseError("not-a-scope", f"{text} is not one scope. ownkey scopes list shows all scopes.")
    return text


def _profile_in_file(file: Path) -> "ScopeProfile":
    """Return the profile in a file: one scope a line (# starts a comment), or a profile as JSON."""
    from ownkey.scopes.profiles import parse_profile, profile_from_json

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise MisuseError(
            "profile-unreadable", f"The file {file} cannot be read as a scope profile."
        ) from None
    if text.lstrip().startswith(("{", "[")):
        try:
            return profile_from_json(json.loads(text))
        except json.JSONDecodeError:
            raise MisuseError("profile-not-json", f"The file {file} begins like JSON but is none.") from None
    scopes = [line.partition("#")[0].strip() for line in text.splitlines()]
    if not any(scopes):
        raise MisuseError("profile-empty", f"The file {file} names no scope.")
    return parse_profile(",".join(scope for scope in scopes if scope))
