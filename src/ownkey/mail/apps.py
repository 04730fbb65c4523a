"""The Django app."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Mail that waits, sealed, until it is sent."""

    name = "ownkey.mail"
    label = "mail"
