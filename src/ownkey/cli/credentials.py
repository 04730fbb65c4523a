"""Turning what was typed about a site and a credential into what a check takes, mistakes named."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ownkey import days
from ownkey.cli.errors import MisuseError, NothingSentError
from ownkey.cli.output import say
from ownkey.cli.secret_input import read_secret

if TYPE_CHECKING:
    from ownkey.atlassian.paste import PasteError
    from ownkey.atlassian.sites import Addresses, Site, SiteError
    from ownkey.atlassian.wire import Authentication, Credential


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Tell every mistake that is found inside as misuse, in the shape of a check's report.

    Raises:
        NothingSentError: There is one.
    """
    from ownkey.atlassian.paste import PasteError
    from ownkey.atlassian.sites import SiteError

    try:
        yield
    except PasteError as error:
        way_out = " If it is right as it is, add --send-anyway." if error.can_be_overridden else ""
        raise NothingSentError(_code_of(error), error.message + way_out) from None
    except (MisuseError, SiteError) as error:
        raise NothingSentError(_code_of(error), error.message) from None


def _code_of(error: "PasteError | MisuseError | SiteError") -> str:
    """Return the code as the command line writes it: with hyphens, as all of its own."""
    return error.code.replace("_", "-")


def authentication_of(
    email: str, *, unscoped: bool, service_account: bool, data_center: bool
) -> "Authentication":
    """Return how a credential signs in, from the flags that say so; a scoped API token without any."""
    from ownkey.atlassian.wire import Authentication

    if unscoped + service_account + data_center > 1:
        raise MisuseError(
            "two-kinds",
            "A credential is of one kind: give only one of --unscoped, --service-account, --data-center.",
        )
    if data_center:
        return Authentication.PASSWORD if email else Authentication.PERSONAL_ACCESS_TOKEN
    if service_account:
        return Authentication.SERVICE_ACCOUNT
    return Authentication.UNSCOPED_API_TOKEN if unscoped else Authentication.SCOPED_API_TOKEN


def read_site(text: str, *, addresses: "Addresses", authentication: "Authentication") -> "Site":
    """Return the site that was meant."""
    from ownkey.atlassian.sites import parse_site

    return parse_site(text, addresses=addresses, data_center=not authentication.is_cloud)


def read_cloud_id(text: str | None) -> str | None:
    """Return the cloud id that was typed, if one was."""
    from ownkey.atlassian.sites import parse_cloud_id

    return None if text is None else parse_cloud_id(text)


def read_expiry(expires: date | None, *, authentication: "Authentication") -> date | None:
    """Return the expiry date given for a new token.

    Raises:
        MisuseError: No such token has it.
    """
    from ownkey.connections.expiry import fault_of_new

    fault = fault_of_new(expires, authentication=authentication, today=days.today())
    if fault is not None:
        raise MisuseError("expiry-impossible", fault)
    return expires


def read_credential(
    authentication: "Authentication", login: str, *, from_stdin: bool, file: Path | None, send_anyway: bool
) -> "Credential":
    """Return the credential, login and secret cleaned of what pasting adds; what was taken away is said."""
    from ownkey.atlassian.paste import clean_api_token, clean_login
    from ownkey.atlassian.wire import Credential

    login = clean_login(login, authentication=authentication)
    pasted = clean_api_token(
        read_secret(authentication.kind.secret, option="token", from_stdin=from_stdin, file=file),
        authentication=authentication,
        login=login,
        send_anyway=send_anyway,
    )
    for note in pasted.notes:
        say(note)
    return Credential(authentication, login, pasted.secret)
