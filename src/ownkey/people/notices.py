"""Mail that tells people of a change to their own access, made by somebody or something else than a page."""

import logging
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from ownkey.people.models import User

logger = logging.getLogger(__name__)


def send_notice(user: User, *, subject: str, template: str, context: Mapping[str, Any]) -> None:
    """Mail a person; when that fails the log says so, and the change, which the record has, stays."""
    body = render_to_string(template, {**context, "user": user, "at": timezone.now()})
    try:
        EmailMessage(subject=subject, body=body, to=[user.email]).send()
    except (OSError, SMTPException):
        logger.exception("Mail could not be sent.")
