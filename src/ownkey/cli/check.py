"""`ownkey check`: Test Connection from the command line. It needs no server and no database."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey import days
from ownkey.cli.check_words import report_as_json
from ownkey.cli.environment import read_environment
from ownkey.cli.errors import ExitCode
from ownkey.cli.options import (
    AsJson,
    CloudId,
    DataCenter,
    ExpiresOn,
    ScopeProfileText,
    SendAnyway,
    ServiceAccount,
    TokenFile,
    TokenFromStdin,
    Unscoped,
)
from ownkey.cli.output import print_json, say
from ownkey.cli.scope_sets import read_profile, read_profile_and_warn

if TYPE_CHECKING:
    from ownkey.atlassian.check import CheckRequest, Event, Report
    from ownkey.cli.check_display import Display

EXAMPLE = """\b
Examples:
  ownkey check --site https://acme.atlassian.net --email ada@acme.example
  ownkey check --site https://acme.atlassian.net --email ada@acme.example --token-file token.txt --json
\b
Exit codes: 0 connected, 3 gaps, 4 refused, 5 unreachable or inconclusive, 2 misuse.
"""


def check(
    site: Annotated[str, typer.Option(metavar="URL", help="The site, such as https://acme.atlassian.net.")],
    email: Annotated[
        str,
        typer.Option(
            metavar="EMAIL", help="The e-mail of the token's owner; for Data Center, the user name."
        ),
    ] = "",
    token_stdin: TokenFromStdin = False,
    token_file: TokenFile = None,
    profile: ScopeProfileText = "planning",
    no_write_probes: Annotated[
        bool,
        typer.Option(
            "--no-write-probes",
            help="Send reading requests only. No probe has an effect, but not all may rely on that.",
        ),
    ] = False,
    cloud_id: CloudId = None,
    unscoped: Unscoped = False,
    service_account: ServiceAccount = False,
    data_center: DataCenter = False,
    send_anyway: SendAnyway = False,
    expires: ExpiresOn = None,
    as_json: AsJson = False,
) -> None:
    """Test a credential and the scopes that it has.

    Does it sign in, whose is it, and which of the required scopes does it have? Nothing is changed in
    Jira and nothing is kept. Without --token-stdin or --token-file you are asked for the token.
    """
    from ownkey.atlassian.check import CheckRequest
    from ownkey.cli.check_display import display_for
    from ownkey.cli.credentials import (
        authentication_of,
        nothing_sent,
        read_cloud_id,
        read_credential,
        read_site,
    )

    addresses = read_environment().addresses
    with nothing_sent():
        authentication = authentication_of(
            email, unscoped=unscoped, service_account=service_account, data_center=data_center
        )
        request = CheckRequest(
            site=read_site(site, addresses=addresses, authentication=authentication),
            cloud_id=read_cloud_id(cloud_id),
            profile=(read_profile_and_warn if authentication.uses_gateway else read_profile)(profile),
            credential=read_credential(
                authentication, email, from_stdin=token_stdin, file=token_file, send_anyway=send_anyway
            ),
            addresses=addresses,
            allow_write_probes=not no_write_probes,
            expires_on=expires,
            today=days.today(),
        )
    with display_for(request.profile, as_json=as_json) as display:
        report = asyncio.run(_follow(request, display))
    if as_json:
        print_json(report_as_json(report))
    say_what_surrounds(report)
    raise typer.Exit(exit_code_of(report))


async def _follow(request: "CheckRequest", display: "Display") -> "Report":
    from ownkey.atlassian.check import run_check
    from ownkey.atlassian.client import open_client

    async with open_client(request.addresses) as client:
        return await report_of(run_check(request, client), display)


async def report_of(events: "AsyncIterator[Event]", display: "Display") -> "Report":
    """Return the report of a check whose events are shown as they happen."""
    from ownkey.atlassian.check import CheckFinished

    report: Report | None = None
    async for event in events:
        display.show(event)
        if isinstance(event, CheckFinished):
            report = event.report
    if report is None:
        raise RuntimeError("A check always ends in CheckFinished.")
    return report


def say_what_surrounds(report: "Report") -> None:
    """Say what may be why nothing was reached, where the environment shows it."""
    from ownkey.atlassian.check import Verdict
    from ownkey.environment.surroundings import unused_proxy

    if report.verdict is Verdict.UNREACHABLE and (hint := unused_proxy()):
        say(hint)


def exit_code_of(report: "Report") -> ExitCode:
    """Return what `ownkey check` exits with."""
    from ownkey.atlassian.check import Verdict

    return {
        Verdict.CONNECTED: ExitCode.OK,
        Verdict.GAPS: ExitCode.GAPS,
        Verdict.REFUSED: ExitCode.REFUSED,
        Verdict.UNREACHABLE: ExitCode.UNREACHABLE,
    }[report.verdict]
