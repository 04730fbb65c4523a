"""Options that several commands share, so that they are named and explained alike."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer


def read_day(text: str) -> date:
    """Return the day that was typed.

    Raises:
        typer.BadParameter: It is none, or written in another way.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise typer.BadParameter("Write the date as year-month-day, for example 2027-03-31.") from None


def day_option(name: str, text: str, *, default: str | None = None) -> object:
    """Return an option that takes a day; `default` says which it is if none is given."""
    return typer.Option(name, metavar="YYYY-MM-DD", parser=read_day, help=text, show_default=default or False)


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines, and nothing else, on stdout.")]

TokenFromStdin = Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")]

TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", metavar="FILE", help="Read the token from a file.", show_default=False),
]

PasswordFromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]

PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="Read the password from a file.", show_default=False
    ),
]

MainScopeProfileText = Annotated[
    str | None,
    typer.Option(
        "--main-profile",
        metavar="NAME|FILE|SCOPES",
        help="The scopes that the main credential itself must have, such as main-account.",
        show_default="the same as --profile",
    ),
]
ScopeProfileText = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME|FILE|SCOPES",
        help="The required scopes: a profile's name, a file with one scope a line, or scope,scope.",
    ),
]

SendAnyway = Annotated[
    bool,
    typer.Option("--send-anyway", help="Send a token even if it looks as if it had been pasted wrongly."),
]

CloudId = Annotated[
    str | None,
    typer.Option(
        "--cloud-id",
        metavar="ID",
        help="The site's cloud id, where the site does not tell it.",
        show_default=False,
    ),
]

Unscoped = Annotated[
    bool, typer.Option("--unscoped", help="The token has no scopes, so the site's own address is used.")
]

ServiceAccount = Annotated[
    bool, typer.Option("--service-account", help="The token is a service account's; --email is optional.")
]

DataCenter = Annotated[
    bool,
    typer.Option(
        "--data-center",
        help="The site is Jira Data Center: a personal access token, or with --email a password.",
    ),
]

ExpiresOn = Annotated[
    date | None,
    day_option("--expires", "The day that the token expires, as chosen when it was made."),
]

AcceptGaps = Annotated[
    bool, typer.Option("--accept-gaps", help="Save it even when required scopes are missing.")
]
