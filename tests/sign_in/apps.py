"""An authenticator app, as a person has it on the phone."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)

from ownkey.people.models import User
from ownkey.people.second_factors.sealing import factors_of

PERIOD_S = 30


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what the app shows now, or so many half minutes later."""
    value = hotp_value(secret, int(time.time()) // PERIOD_S + steps)
    return str(format_hotp_value(value))


def wrong_code(secret: str) -> str:
    """Return six digits that the app shows at no moment around now."""
    near = {code_of(secret, steps=step) for step in range(-3, 4)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
        if code not in near
    )


def add_app(user: User) -> str:
    """Give somebody an authenticator app and return its secret."""
    secret: str = generate_totp_secret()
    with factors_of(user):
        TOTP.activate(user, secret)
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    return secret
