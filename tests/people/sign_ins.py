"""What tests do with sign-ins."""

from django.test import Client

from ownkey.people.allauth_internals import AUTHENTICATION_METHODS_SESSION_KEY
from ownkey.people.signed_in import Origin, SignedIn

LONG_AGO_S = 60 * 60

JUST_NOW = SignedIn(origin=Origin.SESSION, ago_s=1.0)
A_WHILE_AGO = SignedIn(origin=Origin.SESSION, ago_s=float(LONG_AGO_S))


def make_sign_in_old(browser: Client) -> None:
    """Let an hour pass since the person in this browser said who they are."""
    session = browser.session
    for said in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        said["at"] -= LONG_AGO_S
    session.save()
