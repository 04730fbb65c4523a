"""What the hardening tests share: the organisation whose objects strangers reach for."""

from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from pytest_django import Settings

from ownkey.connections import client_keys
from ownkey.connections.models import AlmAccount
from ownkey.people.inviting import invitations
from ownkey.people.models import User
from tests.conftest import SignIn
from tests.connections.conftest import Connect, account, atlassian, connect
from tests.people.sign_ins import JUST_NOW

from .access import Arguments

if TYPE_CHECKING:
    from django.test import Client

__all__ = ["account", "atlassian", "connect"]


@pytest.fixture
def alices_things(
    account: AlmAccount,
    alice: User,
    connect: Connect,
    sign_in: SignIn,
    settings: Settings,
) -> Arguments:
    """Return what addresses can name, all of it Alice's: her connection, key, session and invitation."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    connect(alice)
    browser: Client = sign_in(alice.email)
    issued = client_keys.issue_client_key(
        alice,
        account,
        name="Alice’s tool",
        allowance=client_keys.Allowance(),
        expires_on=None,
        actor=alice,
        signed_in=JUST_NOW,
    )
    invited = invitations.invite("dora@acme.example", name="Dora", actor=alice, signed_in=JUST_NOW)
    passkey = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "Alice’s passkey", "credential": {}}
    )
    return Arguments.of(
        account=account,
        person=alice,
        key=issued.row,
        invitation=invited.invitation,
        browser=browser,
        passkey=passkey,
    )
