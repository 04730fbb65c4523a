"""Mail that tells people of a change to their own access."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import timezone

from ownkey.mail.letters import Letter
from ownkey.mail.outbox import post
from ownkey.people.models import User
from ownkey.vault.errors import VaultError

KIND: Final = "notice"
logger = logging.getLogger(__name__)


def send_notice(user: User, *, subject: str, template: str, context: Mapping[str, Any]) -> None:
    """Have a person told by mail, in the transaction of the change that it is about."""
    body = render_to_string(template, {**context, "user": user, "at": timezone.now()})
    post_notice(Letter(to=user.email, subject=subject, body=body))


def post_notice(letter: Letter) -> None:
    """Have a notice sent; without a key to seal it with the log says so, and the change stays."""
    try:
        post(letter, kind=KIND)
    except VaultError as error:
        logger.error("A notice could not be kept for sending: %s.", type(error).__name__)  # noqa: TRY400 no words of it
