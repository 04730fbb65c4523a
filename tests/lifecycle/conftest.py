"""What the tests of the lifecycle share: the cast's ALM account and credentials, and mails in memory."""

from datetime import timedelta
from typing import TypeVar

import pytest
from django.utils import timezone
from pytest_django import Settings

from ownkey.connections.lifecycle.rechecks import Which
from ownkey.connections.models import AlmAccount, Credential
from tests.connections.conftest import account, atlassian, connect
from tests.connections.planting import with_derived

Row = TypeVar("Row", AlmAccount, Credential)

__all__ = ["account", "atlassian", "connect", "expiring_in", "which_is"]


@pytest.fixture(autouse=True)
def _mails_in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def expiring_in(row: Row, days: int) -> Row:
    """Give a credential an expiry date that is so many days away; it was last checked long before."""
    row.expires_on = timezone.localdate() + timedelta(days=days)
    row.checked_at = timezone.now() - timedelta(days=500)
    with_derived(row).save()
    return row


def which_is(row: AlmAccount | Credential) -> Which:
    """Return what a task names a credential by."""
    return Which(row.pk, row.version)
