"""Running Test Connection for a site and a credential, before anything of it is stored."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime

from ownkey import days
from ownkey.atlassian.check import CheckRequest, Event, run_check
from ownkey.atlassian.client import open_client
from ownkey.atlassian.sites import Site, parse_site
from ownkey.atlassian.tenant import read_cloud_id, tenant_request
from ownkey.atlassian.wire import Authentication, Credential
from ownkey.environment.process import current_environment
from ownkey.scopes.profiles import ScopeProfile
from ownkey.secret import Secret


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trial:
    """What is tried: a site, a credential and the scopes that are required of it.

    Attributes:
        site: The Jira.
        cloud_id: The cloud id where it is known or typed in; otherwise the site is asked.
        authentication: How to sign in.
        login: The e-mail or user name.
        secret: The API token, personal access token or password.
        profile: The required scopes.
        expected_account_id: The Atlassian account bound at the first connection.
        expected_email: The e-mail that the account must have, where it is visible.
        expires_on: The expiry date as its owner gave it.
        last_accepted_at: When this very token was last accepted.
        looks_cut_off: Whether it is tried although it looks cut off.
        allow_write_probes: Whether probes may use writing methods; they have no effect either way.
        confirms_refusal: Whether a refusal is asked about once more before it counts.
    """

    site: Site
    cloud_id: str | None
    authentication: Authentication
    login: str
    secret: Secret = field(repr=False)
    profile: ScopeProfile
    expected_account_id: str | None = None
    expected_email: str | None = None
    expires_on: date | None = None
    last_accepted_at: datetime | None = None
    looks_cut_off: bool = False
    allow_write_probes: bool = True
    confirms_refusal: bool = False


def site_of(text: str, *, is_cloud: bool) -> Site:
    """Return the site that a person typed.

    Raises:
        ownkey.atlassian.sites.SiteError: It cannot be used; the message says why.
    """
    return parse_site(text, addresses=current_environment().addresses, data_center=not is_cloud)


async def events_of(trial: Trial) -> AsyncGenerator[Event, None]:
    """Yield the events of a check as they happen; leaving the loop early closes every connection."""
    where = current_environment().addresses
    request = CheckRequest(
        site=trial.site,
        credential=Credential(trial.authentication, trial.login, trial.secret),
        profile=trial.profile,
        addresses=where,
        cloud_id=trial.cloud_id,
        expected_account_id=trial.expected_account_id,
        expected_email=trial.expected_email,
        expires_on=trial.expires_on,
        last_accepted_at=trial.last_accepted_at,
        looks_cut_off=trial.looks_cut_off,
        allow_write_probes=trial.allow_write_probes,
        confirms_refusal=trial.confirms_refusal,
        today=days.today(),
    )
    async with open_client(where) as client, aclosing(run_check(request, client)) as events:
        async for event in events:
            yield event


async def find_cloud_id(site: Site) -> str:
    """Ask a site for its cloud id; no credential is sent.

    Raises:
        ownkey.atlassian.sites.SiteError: It has none to give; the message says why.
    """
    async with open_client(current_environment().addresses) as client:
        return read_cloud_id(await client.send(tenant_request(site)), site=site)
