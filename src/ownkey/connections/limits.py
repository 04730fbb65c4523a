"""How often one person may test a connection: repeated failures lock Atlassian accounts."""

from datetime import timedelta

from asgiref.sync import sync_to_async

from ownkey.people.models import User
from ownkey.people.sign_in.attempts import Counted, Patience, is_within

TESTS_A_MINUTE = 10
TOO_MANY = (
    "You tested more than ten times within a minute, so nothing was sent. Wait a minute and test again."
)
TESTS = Patience("test of a connection, person", free=TESTS_A_MINUTE)


async def may_test(user: User) -> bool:
    """Count one more test of this person and return whether it may run, whichever process is asked."""
    counted = Counted(TESTS, str(user.pk))
    return await sync_to_async(is_within)(counted, most=TESTS_A_MINUTE, window=timedelta(minutes=1))
