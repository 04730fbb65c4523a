"""`ownkey account profile`: which scopes people's tokens must have, and from when new ones count."""

from datetime import date
from typing import Annotated

import typer

from ownkey import days
from ownkey.cli.checked import not_saved_as_sentence
from ownkey.cli.errors import FailedError, MisuseError
from ownkey.cli.options import AsJson, ScopeProfileText, day_option
from ownkey.cli.output import print_json, print_line, printable, say
from ownkey.cli.scope_sets import read_profile_for_account
from ownkey.cli.store import open_store

EXAMPLE = """\b
Examples:
  ownkey account profile acme --profile planning --dry-run
  ownkey account profile acme --profile scopes.txt --from 2027-01-31
\b
Exit codes: 1 when nothing was saved, as when neither --from nor --at-once says from when new scopes count.
"""


def profile(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The ALM account's short name.")],
    profile: ScopeProfileText = "",
    counts_from: Annotated[
        date | None,
        day_option("--from", "The day from which new scopes count; until then the old list does."),
    ] = None,
    at_once: Annotated[bool, typer.Option("--at-once", help="New scopes count at once.")] = False,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Give up the scopes that are to count later.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who must renew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Change the scopes that people's tokens must have.

    A token cannot gain scopes: people who lack a new one have to make another. Until the day that you give
    they go on as they are.
    """
    if bool(profile) is give_up:
        raise MisuseError(
            "profile-or-give-up", "Give --profile, or --give-up to keep the scopes that count today."
        )
    if at_once and counts_from is not None:
        raise MisuseError("two-days", "Give --from or --at-once, not both.")
    open_store()
    from ownkey.atlassian.sites import SiteError
    from ownkey.cli.account import find_account
    from ownkey.connections import alm_accounts
    from ownkey.connections.profile_choice import scopes_in_order
    from ownkey.connections.widening import day_in_words, widening_of
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    account, today = find_account(slug), days.today()
    try:
        with not_saved_as_sentence():
            wanted = (
                alm_accounts.without_new_scopes(account)
                if give_up
                else alm_accounts.with_profile(
                    account,
                    read_profile_for_account(profile, is_cloud=account.is_cloud),
                    counts_from=today if at_once else counts_from,
                )
            )
    except SiteError as error:
        raise FailedError(error.code, error.message) from None
    widening = widening_of(account, scopes_in_order(wanted.profile), today=today)
    if not as_json:
        for sentence in (
            widening.sentences if widening else ("It asks for no scope that does not count today.",)
        ):
            say(sentence)
    if not dry_run:
        with not_saved_as_sentence():
            account = alm_accounts.save(
                wanted, None, account=account, actor=None, signed_in=AT_THE_COMMAND_LINE
            )
    if as_json:
        print_json(
            {
                "slug": account.slug,
                "profile": wanted.profile.name,
                "scopes": len(wanted.profile.scopes),
                "saved": not dry_run,
                "counts_from": account.counts_from.isoformat() if account.counts_from else None,
                **(widening.as_json() if widening else {"new_scopes": []}),
            }
        )
    elif not dry_run:
        when = f"; new scopes count {day_in_words(account.counts_from, today=today)}" if widening else ""
        print_line(f"{printable(account.name)} requires {len(account.required_scopes)} scopes{when}.")
