"""`ownkey connect`: a person's own credential for an ALM account, without a browser."""

from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.account import Slug, find_account
from ownkey.cli.check_display import display_for
from ownkey.cli.checked import end_with, not_saved_as_sentence
from ownkey.cli.errors import MisuseError
from ownkey.cli.options import (
    AcceptGaps,
    AsJson,
    ExpiresOn,
    SendAnyway,
    TokenFile,
    TokenFromStdin,
    Unscoped,
)
from ownkey.cli.output import printable
from ownkey.cli.store import open_store, run_in_store

if TYPE_CHECKING:
    from ownkey.people.models import User

EXAMPLE = """\b
Example:
  ownkey connect acme --user ada@acme.example --email ada@acme.example \
    --token-file token.txt --expires 2027-03-31
\b
Exit codes: those of ownkey check. Saved when connected, and with --accept-gaps when scopes are missing.
"""


def connect(
    slug: Slug,
    user: Annotated[str, typer.Option(metavar="EMAIL", help="The person, by the e-mail they sign in with.")],
    email: Annotated[
        str | None,
        typer.Option(
            metavar="LOGIN",
            help="The person's Jira login; for Data Center, leave it out to use a personal access token.",
            show_default="the person's e-mail",
        ),
    ] = None,
    token_stdin: TokenFromStdin = False,
    token_file: TokenFile = None,
    unscoped: Unscoped = False,
    send_anyway: SendAnyway = False,
    expires: ExpiresOn = None,
    accept_gaps: AcceptGaps = False,
    as_json: AsJson = False,
) -> None:
    """Test a person's token and keep it if it is proven.

    A change that fails keeps the old one.
    """
    from ownkey.cli.credentials import authentication_of, nothing_sent, read_credential, read_expiry

    open_store()
    from ownkey.audit.record import OPERATOR
    from ownkey.connections import flows
    from ownkey.connections.profile_choice import profile_for_people
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    account = find_account(slug)
    person = find_user(user)
    login = email if email is not None else person.email if account.is_cloud else ""
    with nothing_sent():
        authentication = authentication_of(
            login, unscoped=unscoped, service_account=False, data_center=not account.is_cloud
        )
        expires_on = read_expiry(expires, authentication=authentication)
        credential = read_credential(
            authentication, login, from_stdin=token_stdin, file=token_file, send_anyway=send_anyway
        )
    pasted = flows.Pasted(
        authentication=authentication,
        login=credential.login,
        secret=credential.secret,
        expires_on=expires_on,
    )
    profile = profile_for_people(account)
    with display_for(profile, as_json=as_json) as display, not_saved_as_sentence():
        outcome = run_in_store(
            flows.connect(
                person,
                account,
                pasted,
                accept_gaps=accept_gaps,
                actor=OPERATOR,
                signed_in=AT_THE_COMMAND_LINE,
                listen=display.show,
            )
        )
    sentence = f"{printable(person.name)} is connected to {printable(account.name)}."
    end_with(outcome, as_json=as_json, saved=sentence)


def find_user(email: str) -> "User":
    """Return the person with this e-mail.

    Raises:
        MisuseError: There is none.
    """
    from ownkey.people.errors import NoSuchPersonError
    from ownkey.people.flows import find_person

    try:
        return find_person(email)
    except NoSuchPersonError as error:
        raise MisuseError(error.code, str(error)) from None
