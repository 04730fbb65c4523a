"""What tests do with sign-ins."""

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

LONG_AGO_S = 60 * 60


def make_sign_in_old(browser: Client) -> None:
    """Let an hour pass since the person in this browser said who they are."""
    session = browser.session
    for said in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        said["at"] -= LONG_AGO_S
    session.save()
