"""`ownkey user …`: the people who may sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli import invite
from ownkey.cli.errors import FailedError, MisuseError
from ownkey.cli.options import AsJson, PasswordFile, PasswordFromStdin
from ownkey.cli.output import print_json, print_line, print_table, printable, say
from ownkey.cli.secret_input import read_secret
from ownkey.cli.store import open_store

if TYPE_CHECKING:
    from ownkey.people.models import User

ADD_EXAMPLE = """\b
Example:
  ownkey user add ada@acme.example --name "Ada Lovelace" --password-stdin < password.txt
"""
LIST_EXAMPLE = """\b
Example:
  ownkey user list --json
"""
SUSPEND_EXAMPLE = """\b
Example:
  ownkey user suspend bo@acme.example
"""
REINSTATE_EXAMPLE = """\b
Example:
  ownkey user reinstate bo@acme.example
"""
RESET_EXAMPLE = """\b
Example:
  ownkey user reset-factors bo@acme.example
"""
LINK_EXAMPLE = """\b
Example:
  ownkey user sign-in-link ada@acme.example
"""

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail, which is their login.")]


def build_app() -> typer.Typer:
    """Return the `user` command with its subcommands."""
    app = typer.Typer(
        help="Add, invite, list, suspend and reinstate the people who may sign in; help those who cannot.",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=ADD_EXAMPLE,
    )
    app.command("add", epilog=ADD_EXAMPLE)(add)
    app.command("invite", epilog=invite.EXAMPLE)(invite.invite)
    app.command("list", epilog=LIST_EXAMPLE)(list_)
    app.command("suspend", epilog=SUSPEND_EXAMPLE)(suspend)
    app.command("reinstate", epilog=REINSTATE_EXAMPLE)(reinstate)
    app.command("reset-factors", epilog=RESET_EXAMPLE)(reset_factors)
    app.command("sign-in-link", epilog=LINK_EXAMPLE)(sign_in_link)
    return app


def add(
    email: Email,
    name: Annotated[str, typer.Option(help="How the pages call the person.")],
    admin: Annotated[bool, typer.Option("--admin", help="The person looks after Ownkey.")] = False,
    auditor: Annotated[
        bool,
        typer.Option("--auditor", help="The person reads the record and the coverage, and changes nothing."),
    ] = False,
    password_stdin: PasswordFromStdin = False,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Add a person who can sign in at once.

    The password is asked for, or read from a file or standard input.
    """
    if admin and auditor:
        raise MisuseError("two-roles", "Give --admin or --auditor, not both: an auditor changes nothing.")
    password = read_secret(
        "password", option="password", from_stdin=password_stdin, file=password_file, confirm=True
    )
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.people.flows import add_user
    from ownkey.people.models import Role

    with _people_errors():
        user = add_user(
            email,
            name=name,
            password=password,
            role=Role.of(is_administrator=admin, is_auditor=auditor),
            actor=OPERATOR,
        )
    if as_json:
        print_json(_as_json(user))
    else:
        print_line(f"{printable(user.name)} can sign in as {user.email}.")


def list_(as_json: AsJson = False) -> None:
    """List everybody who may sign in, or might again."""
    open_store()
    from ownkey.people.flows import list_people

    people = list_people()
    if as_json:
        print_json([_as_json(user) for user in people])
    elif people:
        rows = [(user.email, printable(user.name), user.role.value, _state(user)) for user in people]
        print_table(rows, headings=("E-MAIL", "NAME", "ROLE", "STATE"))
    else:
        say("Nobody is here yet. ownkey init prints the link for the first administrator.")


def suspend(email: Email, as_json: AsJson = False) -> None:
    """Suspend a person: their sessions end at once. What they saved stays."""
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.people.flows import find_person, suspend_user
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    with _people_errors():
        user = find_person(email)
        suspend_user(user, actor=OPERATOR, signed_in=AT_THE_COMMAND_LINE)
    if as_json:
        print_json(_as_json(user))
    else:
        print_line(f"{printable(user.name)} is suspended, and every session has ended.")


def reinstate(email: Email, as_json: AsJson = False) -> None:
    """Reinstate a person who was suspended. Their client keys and what they saved work again."""
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.people.flows import find_person, reinstate_user
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    with _people_errors():
        user = find_person(email)
        reinstate_user(user, actor=OPERATOR, signed_in=AT_THE_COMMAND_LINE)
    if as_json:
        print_json(_as_json(user))
    else:
        print_line(f"{printable(user.name)} may sign in again.")


def reset_factors(
    email: Email,
    single_sign_on: Annotated[
        bool, typer.Option("--single-sign-on", help="Also forget how the single sign-on provider knows them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the second factors of a person who lost them.

    Their sessions end and they are told by mail.
    """
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.people.flows import find_person
    from ownkey.people.second_factors.factors import reset_factors as reset
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    with _people_errors():
        user = find_person(email)
        removed = reset(user, forgets_provider=single_sign_on, actor=OPERATOR, signed_in=AT_THE_COMMAND_LINE)
    if as_json:
        print_json({**_as_json(user), "removed": removed})
    else:
        print_line(f"Removed for {printable(user.name)}: {', '.join(removed)}. Every session has ended.")


def sign_in_link(email: Email, as_json: AsJson = False) -> None:
    """Print a link that signs an administrator in, once, within 15 minutes.

    For when nobody gets in: it works without the password and while the single sign-on provider is away, and
    asks for the second factor all the same. The link lets in the first person who opens it, so
    hand it over with care.
    """
    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.people.flows import find_person
    from ownkey.people.sign_in.links import make_sign_in_link

    with _people_errors():
        user = find_person(email)
        link = make_sign_in_link(user, actor=OPERATOR)
    if as_json:
        print_json({"email": user.email, "link": link})
    else:
        print_line(link)


@contextmanager
def _people_errors() -> Iterator[None]:
    """Tell what was refused about people as a sentence of this command."""
    from ownkey.people.errors import PeopleError

    try:
        yield
    except PeopleError as error:
        raise FailedError(error.code, str(error)) from None


def _as_json(user: "User") -> dict[str, object]:
    return {
        "email": user.email,
        "name": user.name,
        "administrator": user.is_administrator,
        "role": user.role.value,
        "active": user.is_active,
    }


def _state(user: "User") -> str:
    return "active" if user.is_active else "suspended"
