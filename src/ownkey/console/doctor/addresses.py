"""Addresses: how people reach Ownkey, how Ownkey reaches Atlassian, and whether the clocks agree."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.test import RequestFactory

from ownkey.atlassian.client import ClientLimits, open_client
from ownkey.atlassian.reachability import CAUSES, Reached, reach
from ownkey.atlassian.sites import Addresses
from ownkey.atlassian.wire import NoAnswerCause
from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.environment.surroundings import unused_proxy
from ownkey.environment.values import Environment
from ownkey.environment.variables import is_safe

SKEW_S, GREAT_SKEW_S = 30, 300
LIMITS = ClientLimits(total_s=8.0, connect_s=5.0)


def examine_addresses(environment: Environment) -> Iterator[Finding]:
    """Look at the base URL; knock at Atlassian's gateway and at each trusted site, without a credential."""
    yield _base_url(environment)
    yield from examine_own_name(environment)
    api = environment.atlassian_api_url
    sites = sorted(environment.trusted_sites - {api})
    answers = asyncio.run(_knock((api, *sites), environment))
    now = datetime.now(UTC)
    yield _reached("atlassian", api, answers[0], OFFLINE)
    if isinstance(answers[0], Reached):
        yield _clock(answers[0].date, now)
    for site, answer in zip(sites, answers[1:], strict=True):
        yield _reached("trusted-site", site, answer, "Check OWNKEY_TRUSTED_SITES; take out what is not used.")


OFFLINE = "Check this machine's network, DNS and firewall, and OWNKEY_ATLASSIAN_API_URL."


def _base_url(environment: Environment) -> Finding:
    url = environment.base_url
    if environment.is_https:
        return fine("base-url", f"People reach Ownkey at {url}.")
    if is_safe(url):
        return warn(
            "base-url",
            f"Only this machine reaches Ownkey, at {url}.",
            "To let others in, put it behind https and set OWNKEY_BASE_URL.",
        )
    return fail(
        "base-url",
        f"People reach Ownkey at {url}, over an open line: passwords and API tokens can be read on the way.",
        "Put it behind https and set OWNKEY_BASE_URL to that address.",
    )


def examine_own_name(environment: Environment) -> Iterator[Finding]:
    """Ask whether pages answer to the name that the base URL has; nothing is said where they do."""
    host = urlsplit(environment.base_url).netloc
    try:
        RequestFactory(headers={"host": host}).get("/").get_host()
    except DisallowedHost:
        yield fail(
            "base-url",
            "Pages do not answer to the name in OWNKEY_BASE_URL.",
            "Correct OWNKEY_BASE_URL, and restart Ownkey.",
        )


async def _knock(origins: tuple[str, ...], environment: Environment) -> list[Reached | NoAnswerCause]:
    addresses = Addresses(
        api_url=environment.atlassian_api_url,
        trusted_sites=environment.trusted_sites,
        id_url=environment.atlassian_id_url,
    )
    async with open_client(addresses, limits=LIMITS) as client:
        return await asyncio.gather(*(reach(origin, client) for origin in origins))


def _reached(check: str, origin: str, answer: Reached | NoAnswerCause, next_step: str) -> Finding:
    if isinstance(answer, NoAnswerCause):
        return fail(check, f"{origin} does not answer: {CAUSES[answer]}.", step_for(answer, next_step))
    if not is_safe(origin):
        return warn(
            check,
            f"{origin} answers, but over an open line: whatever is sent there can be read on the way.",
            "Use its https address.",
        )
    return fine(check, f"{origin} answers.")


def step_for(cause: NoAnswerCause, usual: str) -> str:
    """Return what to do about silence, where what surrounds the process shows more than the cause alone."""
    if cause is NoAnswerCause.TLS:
        return (
            "Where your organisation opens TLS on the way, name its authority in SSL_CERT_FILE (or "
            "SSL_CERT_DIR); otherwise check the address."
        )
    hint = unused_proxy()
    return f"{hint} {usual}" if hint else usual


def _clock(theirs: datetime | None, ours: datetime) -> Finding:
    if theirs is None:
        return warn(
            "clock", "Atlassian does not say what time it is.", "Check this machine's clock yourself."
        )
    return clock_beside("clock", "Atlassian", theirs, ours, great_s=GREAT_SKEW_S)


def clock_beside(check: str, whose: str, theirs: datetime, ours: datetime, *, great_s: int) -> Finding:
    """Return whether this machine's clock agrees with another's; from `great_s` seconds on it is a fault."""
    skew = round((ours - theirs).total_seconds())
    if abs(skew) < SKEW_S:
        return fine(check, f"This machine's clock and {whose}'s agree.")
    says = f"This machine's clock is {abs(skew)} seconds {'ahead of' if skew > 0 else 'behind'} {whose}'s."
    verdict = fail if abs(skew) >= great_s else warn
    return verdict(check, says, "Set it by a time server (NTP): expiry dates and sign-in codes need it.")
