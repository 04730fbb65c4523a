"""`ownkey account …`: the ALM accounts, the Jiras that the organisation works with."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey import days
from ownkey.cli import account_profile
from ownkey.cli.check import exit_code_of, report_of
from ownkey.cli.check_display import display_for
from ownkey.cli.check_words import report_as_json
from ownkey.cli.checked import PolicyName, UnknownOperations, end_with, not_saved_as_sentence
from ownkey.cli.errors import MisuseError
from ownkey.cli.options import (
    AcceptGaps,
    AsJson,
    CloudId,
    DataCenter,
    ExpiresOn,
    MainScopeProfileText,
    ScopeProfileText,
    SendAnyway,
    ServiceAccount,
    TokenFile,
    TokenFromStdin,
    Unscoped,
)
from ownkey.cli.output import print_json, print_table, printable, say
from ownkey.cli.scope_sets import read_profile_for_account
from ownkey.cli.store import open_store, run_in_store

if TYPE_CHECKING:
    from ownkey.connections.models import AlmAccount
    from ownkey.connections.queries import AccountRow

ADD_EXAMPLE = """\b
Example:
  ownkey account add acme --name Acme --site https://acme.atlassian.net \
    --email grace@acme.example --token-file token.txt
\b
Exit codes: those of ownkey check. Saved when connected, and with --accept-gaps when scopes are missing.
"""
LIST_EXAMPLE = """\b
Example:
  ownkey account list --json
"""
TEST_EXAMPLE = """\b
Example:
  ownkey account test acme
\b
Exit codes: those of ownkey check.
"""

Slug = Annotated[
    str, typer.Argument(metavar="SLUG", help="The ALM account's short name: small letters, digits, hyphens.")
]


def build_app() -> typer.Typer:
    """Return the `account` command with its subcommands."""
    app = typer.Typer(
        help="Add, list, test and change ALM accounts.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=ADD_EXAMPLE,
    )
    app.command("add", epilog=ADD_EXAMPLE)(add)
    app.command("list", epilog=LIST_EXAMPLE)(list_)
    app.command("test", epilog=TEST_EXAMPLE)(test_)
    app.command("profile", epilog=account_profile.EXAMPLE)(account_profile.profile)
    return app


def add(
    slug: Slug,
    name: Annotated[str, typer.Option(help="The account name that people see.")],
    site: Annotated[str, typer.Option(metavar="URL", help="The site, such as https://acme.atlassian.net.")],
    email: Annotated[
        str, typer.Option(metavar="LOGIN", help="The Jira login of the main credential.", show_default=False)
    ] = "",
    token_stdin: TokenFromStdin = False,
    token_file: TokenFile = None,
    profile: ScopeProfileText = "planning",
    main_profile: MainScopeProfileText = None,
    policy: Annotated[
        PolicyName, typer.Option(help="What happens to people who are not connected.")
    ] = PolicyName.REFUSE,
    unknown_operations: Annotated[
        UnknownOperations,
        typer.Option(help="What the gateway does with calls that Atlassian's files do not have."),
    ] = UnknownOperations.REFUSE,
    cloud_id: CloudId = None,
    unscoped: Unscoped = False,
    service_account: ServiceAccount = False,
    data_center: DataCenter = False,
    send_anyway: SendAnyway = False,
    expires: ExpiresOn = None,
    accept_gaps: AcceptGaps = False,
    as_json: AsJson = False,
) -> None:
    """Add an ALM account, if its main credential is proven.

    The credential is tested first, as ownkey check does.
    """
    from ownkey.cli.credentials import (
        authentication_of,
        nothing_sent,
        read_cloud_id,
        read_credential,
        read_expiry,
        read_site,
    )

    if not re.fullmatch(r"[a-z0-9](-?[a-z0-9])*", slug) or len(slug) > 64:
        raise MisuseError(
            "bad-slug", "A short name has small letters, digits and single hyphens, 64 at most."
        )
    addresses = open_store().addresses
    from ownkey.connections import alm_accounts, flows
    from ownkey.connections.models import Kind, Policy
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    with nothing_sent():
        authentication = authentication_of(
            email, unscoped=unscoped, service_account=service_account, data_center=data_center
        )
        wanted = alm_accounts.Wanted(
            name=name.strip(),
            slug=slug,
            kind=Kind.JIRA_CLOUD if authentication.is_cloud else Kind.JIRA_DATA_CENTER,
            site=read_site(site, addresses=addresses, authentication=authentication),
            cloud_id=read_cloud_id(cloud_id),
            profile=read_profile_for_account(profile, is_cloud=authentication.is_cloud),
            main_profile=(
                read_profile_for_account(main_profile, is_cloud=authentication.is_cloud)
                if main_profile
                else None
            ),
            policy=Policy(policy.value),
            other_email_allowed=False,
            passes_unknown_operations=unknown_operations is UnknownOperations.PASS,
        )
        expires_on = read_expiry(expires, authentication=authentication)
        credential = read_credential(
            authentication, email, from_stdin=token_stdin, file=token_file, send_anyway=send_anyway
        )
    pasted = flows.Pasted(
        authentication=authentication,
        login=credential.login,
        secret=credential.secret,
        expires_on=expires_on,
    )
    with display_for(wanted.profile_of_main, as_json=as_json) as display, not_saved_as_sentence():
        outcome = run_in_store(
            flows.save_main(
                wanted,
                pasted,
                account=None,
                accept_gaps=accept_gaps,
                actor=None,
                signed_in=AT_THE_COMMAND_LINE,
                listen=display.show,
            )
        )
    end_with(outcome, as_json=as_json, saved=f"The ALM account {printable(wanted.name)} was added.")


def list_(as_json: AsJson = False) -> None:
    """List the ALM accounts."""
    open_store()
    from ownkey.connections.queries import account_rows

    accounts = [_as_json(row) for row in account_rows()]
    if as_json:
        print_json(accounts)
    elif accounts:
        columns = ("slug", "name", "site", "policy", "standing", "connected_people", "cause")
        rows = [[printable(str(account[column])) for column in columns] for account in accounts]
        print_table(
            rows, headings=("SHORT NAME", "NAME", "SITE", "POLICY", "MAIN CREDENTIAL", "PEOPLE", "CAUSE")
        )
    else:
        say("There is no ALM account yet. Add one with ownkey account add, or on the page ALM Accounts.")


def test_(slug: Slug, as_json: AsJson = False) -> None:
    """Test the main credential of an ALM account again."""
    open_store()

    from ownkey.audit.record import OPERATOR
    from ownkey.connections import flows
    from ownkey.connections.profile_choice import profile_for
    from ownkey.connections.states import state_of

    account = find_account(slug)
    with display_for(profile_for(account), as_json=as_json) as display, not_saved_as_sentence():
        report = run_in_store(report_of(flows.test_saved(account, actor=OPERATOR), display))
    if as_json:
        print_json(report_as_json(report))
    standing = state_of(account, days.today())
    since = f" since {standing.since:%Y-%m-%d}" if standing.since else ""
    say(printable(" ".join((f"{slug}: {standing.in_words}{since}.", standing.cause, standing.note))).strip())
    raise typer.Exit(exit_code_of(report))


def find_account(slug: str) -> "AlmAccount":
    """Return the ALM account with this short name.

    Raises:
        MisuseError: There is none.
    """
    from ownkey.connections.models import AlmAccount
    from ownkey.connections.queries import account_by_slug

    try:
        return account_by_slug(slug)
    except AlmAccount.DoesNotExist:
        raise MisuseError(
            "no-such-account", "There is no ALM account with this short name. ownkey account list shows them."
        ) from None


def _as_json(row: "AccountRow") -> dict[str, object]:
    from ownkey.connections.models import Credential
    from ownkey.connections.profile_choice import profile_for
    from ownkey.connections.required_scopes import later_scopes

    account = row.account
    return {
        "slug": account.slug,
        "name": account.name,
        "kind": account.kind,
        "site": account.site_url,
        "cloud_id": account.cloud_id or None,
        "authentication": account.authentication,
        "login": account.login,
        "profile": account.profile_name,
        "main_profile": profile_for(account).name,
        "later_scopes": list(later_scopes(Credential(alm_account=account), days.today())),
        "later_scopes_from": account.counts_from.isoformat() if account.counts_from else None,
        "policy": account.policy,
        "unknown_operations": "pass" if account.passes_unknown_operations else "refuse",
        **row.standing.as_json(),
        "standing": row.standing.in_words,
        "connected_people": row.connected,
    }
