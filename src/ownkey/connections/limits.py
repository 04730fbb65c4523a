"""How often one person may test a connection: repeated failures lock Atlassian accounts."""

from django.core.cache import cache

from ownkey.people.models import User

TESTS_A_MINUTE = 10
TOO_MANY = (
    "You tested more than ten times within a minute, so nothing was sent. Wait a minute and test again."
)


async def may_test(user: User) -> bool:
    """Count one more test of this person and return whether it may run. Each process counts for itself."""
    key = f"connections.tests.{user.pk}"
    if await cache.aadd(key, 1, timeout=60):
        return True
    try:
        return await cache.aincr(key) <= TESTS_A_MINUTE
    except ValueError:  # it ran out between the two calls
        return True
