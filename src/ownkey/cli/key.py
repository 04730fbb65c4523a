"""`ownkey key …`: client keys, which let tools work in Jira as a person through the gateway."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey import days
from ownkey.cli.account import find_account
from ownkey.cli.connect import find_user
from ownkey.cli.errors import FailedError, MisuseError
from ownkey.cli.options import AsJson, day_option
from ownkey.cli.output import print_json, print_line, print_table, printable, say
from ownkey.cli.store import open_store

if TYPE_CHECKING:
    from ownkey.connections.client_key_states import KeyStanding
    from ownkey.connections.client_keys import Allowance

CREATE_EXAMPLE = """\b
Example:
  ownkey key create --user ada@acme.example --account acme --name "Sprint report" --read-only
"""
LIST_EXAMPLE = """\b
Example:
  ownkey key list --user ada@acme.example --json
"""
REVOKE_EXAMPLE = """\b
Example:
  ownkey key revoke k3yid2abcdef
"""


def build_app() -> typer.Typer:
    """Return the `key` command with its subcommands."""
    app = typer.Typer(
        help="Make, list and revoke client keys.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=CREATE_EXAMPLE,
    )
    app.command("create", epilog=CREATE_EXAMPLE)(create)
    app.command("list", epilog=LIST_EXAMPLE)(list_)
    app.command("revoke", epilog=REVOKE_EXAMPLE)(revoke)
    return app


def create(
    user: Annotated[str, typer.Option(metavar="EMAIL", help="The person whom the tool works as.")],
    account: Annotated[str, typer.Option(metavar="SLUG", help="The ALM account, by its short name.")],
    name: Annotated[str, typer.Option(help="Which tool the key is for.")],
    scopes: Annotated[
        str | None,
        typer.Option(
            metavar="SCOPE,SCOPE",
            help="The only scopes that the key may use.",
            show_default="all of the scope profile",
        ),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Only operations that read.")] = False,
    expires: Annotated[
        date | None,
        day_option("--expires", "The last day (UTC) on which the key works.", default="in 90 days"),
    ] = None,
    never_expires: Annotated[
        bool, typer.Option("--never-expires", help="Make a key that works until it is revoked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a client key. It is printed once, and cannot be shown again."""
    if expires is not None and never_expires:
        raise MisuseError("two-ends", "Give --expires or --never-expires, not both.")
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.connections.client_keys import issue_client_key
    from ownkey.connections.errors import ClientKeyError
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    person, alm_account = find_user(user), find_account(account)
    try:
        issued = issue_client_key(
            person,
            alm_account,
            name=name,
            allowance=_allowance(scopes, read_only=read_only),
            expires_on=None if never_expires else _last_day(expires),
            actor=OPERATOR,
            signed_in=AT_THE_COMMAND_LINE,
        )
    except ClientKeyError as error:
        raise FailedError(error.code, error.message) from None
    if as_json:
        print_json({"id": issued.row.pk, "key": issued.text})
        return
    say(f"{printable(person.name)} works in {printable(alm_account.name)} with this client key.")
    say("It is shown this once. Give it to the tool in place of a password or token:")
    print_line(issued.text)


def list_(
    user: Annotated[
        str | None,
        typer.Option(metavar="EMAIL", help="Only this person's keys.", show_default="everybody's"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List client keys, the newest first. The keys themselves are not kept."""
    open_store()
    from django.utils import timezone

    from ownkey.connections.client_key_states import key_standings
    from ownkey.connections.client_keys import list_client_keys

    found = list_client_keys(find_user(user) if user else None)
    keys = [_as_json(standing) for standing in key_standings(found, now=timezone.now())]
    if as_json:
        print_json(keys)
    elif keys:
        columns = ("id", "user", "account", "title", "expires_on", "last_used_at", "name")
        rows = [[printable(str(key[column] or "-")) for column in columns] for key in keys]
        print_table(rows, headings=("ID", "PERSON", "ACCOUNT", "STATE", "LAST DAY", "LAST USED", "NAME"))
    else:
        say("There is no client key yet. Make one with ownkey key create, or in Tools.")


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id; ownkey key list shows it.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a client key, at once and for good. Calls that are under way are cut off."""
    open_store()
    from django.utils import timezone

    from ownkey.audit.record import OPERATOR
    from ownkey.connections.client_key_states import key_standings
    from ownkey.connections.client_keys import revoke_client_key
    from ownkey.connections.errors import ClientKeyError
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    try:
        key = revoke_client_key(key_id, actor=OPERATOR, signed_in=AT_THE_COMMAND_LINE)
    except ClientKeyError as error:
        raise FailedError(error.code, error.message) from None
    if as_json:
        print_json(_as_json(key_standings([key], now=timezone.now())[0]))
    else:
        print_line(f"The client key {key.pk} ({printable(key.name)}) is revoked.")


def _last_day(expires: date | None) -> date:
    from ownkey.connections.client_keys import USUAL_LIFE

    return expires if expires is not None else days.today() + timedelta(days=USUAL_LIFE.days)


def _allowance(scopes: str | None, *, read_only: bool) -> "Allowance":
    from ownkey.connections.client_keys import Allowance
    from ownkey.scopes.profiles import ProfileError, parse_profile

    if scopes is None:
        return Allowance(read_only=read_only)
    try:
        return Allowance(scopes=parse_profile(scopes).scopes, read_only=read_only)
    except ProfileError as error:
        raise MisuseError(error.code, str(error)) from None


def _as_json(standing: "KeyStanding") -> dict[str, object]:
    key, last_day = standing.key, standing.last_day
    return {
        "id": key.pk,
        "name": key.name,
        "user": key.user.email,
        "account": key.alm_account.slug,
        "scopes": key.scopes,
        "read_only": key.read_only,
        **standing.as_json(),
        "cause": standing.sentences,
        "created_at": key.created_at.isoformat(timespec="seconds"),
        "expires_on": last_day.isoformat() if last_day else None,
        "last_used_at": key.last_used_at.isoformat(timespec="seconds") if key.last_used_at else None,
        "calls": key.calls,
    }
