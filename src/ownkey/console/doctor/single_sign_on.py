"""Single sign-on: whether the provider's document can be read, is its own, and fits what Ownkey takes."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ownkey.atlassian.http_dates import http_date
from ownkey.console.doctor.addresses import clock_beside
from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.environment.values import Environment, SingleSignOn
from ownkey.people.oidc.discovery import (
    DISCOVERY,
    ProviderMistakeError,
    UnreadableError,
    algorithms_in,
    checked_discovery,
    is_trusted,
    published_at,
    takes_one_of,
)
from ownkey.people.oidc.id_token import ALGORITHMS, LEEWAY_S

CHECK, CLOCK = "single-sign-on", "provider-clock"


def examine_single_sign_on(environment: Environment) -> Iterator[Finding]:
    """Read what the provider publishes, without a credential; nothing is said where there is no provider."""
    said = environment.single_sign_on
    if said is None:
        return
    try:
        found = published_at(said.issuer + DISCOVERY)
    except UnreadableError as error:
        yield fail(CHECK, f"{said.issuer}{DISCOVERY} cannot be read: {error.why}.", error.next_step)
        return
    yield from _document(found.content, said)
    theirs = http_date(found.date)
    if theirs is not None:
        yield clock_beside(CLOCK, said.name, theirs, datetime.now(UTC), great_s=LEEWAY_S)


def _document(document: Mapping[str, Any], said: SingleSignOn) -> Iterator[Finding]:
    try:
        checked_discovery(document, said)
    except ProviderMistakeError as error:
        says, _, next_step = str(error).partition(". ")
        yield fail(CHECK, f"Nobody can sign in with {said.name}: {says}.", f"{next_step}.")
        return
    algorithms = algorithms_in(document)
    if algorithms and not takes_one_of(algorithms):
        yield fail(
            CHECK,
            f"Nobody can sign in with {said.name}: it signs by {', '.join(algorithms)}, which Ownkey does "
            "not take.",
            f"Give the client a signing key at the provider, for one of {', '.join(ALGORITHMS)}.",
        )
        return
    if fault := _fault_of_keys(str(document["jwks_uri"])):
        yield fault
        return
    taken = ", ".join(one for one in algorithms if one in ALGORITHMS)
    by = f", it signs by {taken}" if taken else ""
    yield fine(CHECK, f"{said.name} is the issuer {said.issuer}{by}, and its addresses are trusted.")
    if "userinfo_endpoint" in document and not is_trusted(document["userinfo_endpoint"], said):
        yield warn(
            CHECK,
            "The provider's userinfo_endpoint is not trusted, so it is not asked for an e-mail address that "
            "an ID token lacks.",
            "Put email into the ID token at the provider, or add that origin to OWNKEY_OIDC_TRUSTED_ORIGINS.",
        )


def _fault_of_keys(address: str) -> Finding | None:
    try:
        keys = published_at(address).content.get("keys")
    except UnreadableError as error:
        return fail(CHECK, f"The provider's keys (jwks_uri) cannot be read: {error.why}.", error.next_step)
    if isinstance(keys, list) and keys:
        return None
    return fail(
        CHECK,
        "The provider publishes no key (jwks_uri), so no ID token of it can be believed.",
        "Give the client a signing key at the provider.",
    )
