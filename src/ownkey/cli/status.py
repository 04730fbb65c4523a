"""`ownkey status`: how everybody's credentials stand, by what is known; Atlassian is not asked."""

from typing import Annotated

import typer

from ownkey.cli.account import find_account
from ownkey.cli.errors import MisuseError
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_table, printable, say
from ownkey.cli.store import open_store

EXAMPLE = """\b
Examples:
  ownkey status
  ownkey status --user ada@acme.example --account acme --json
\b
Exit codes: 0, however the credentials stand.
"""

HEADINGS = ("PERSON", "ACCOUNT", "STATE", "SINCE", "EXPIRES", "CAUSE AND NEXT STEP")


def status(
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="EMAIL", help="Only this person's.", show_default="everybody"),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            "--account", metavar="SLUG", help="Only for this ALM account.", show_default="all of them"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how credentials stand: state, cause, since when, expiry and next step.

    Without --user, the main credentials come first, then everybody who is not suspended.
    """
    open_store()
    from ownkey.connections.queries import all_standings
    from ownkey.people.errors import NoSuchPersonError
    from ownkey.people.flows import find_person

    try:
        person = find_person(user) if user else None
    except NoSuchPersonError as error:
        raise MisuseError("no-such-person", str(error)) from None
    lines = all_standings(user=person, account=find_account(account) if account else None)
    if as_json:
        print_json(
            [
                {
                    "person": line.user.email if line.user else None,
                    "alm_account": line.account.slug,
                    **line.standing.as_json(),
                }
                for line in lines
            ]
        )
    elif lines:
        rows = [
            (
                printable(line.user.email) if line.user else "(main)",
                printable(line.account.slug),
                ", ".join((line.standing.state.value, *(fact.chip.lower() for fact in line.standing.also))),
                line.standing.since.date().isoformat() if line.standing.since else "",
                line.standing.expires_on.isoformat() if line.standing.expires_on else "",
                printable(" ".join(line.standing.sentences)),
            )
            for line in lines
        ]
        print_table(rows, headings=HEADINGS)
    else:
        say("There is no ALM account yet. Add one with ownkey account add, or on the page ALM Accounts.")
