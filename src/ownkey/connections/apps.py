"""The Django app of ALM accounts and credentials."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """ALM accounts and the credentials that people have for them."""

    name = "ownkey.connections"
    label = "connections"
    verbose_name = "Connections"
    default_auto_field = "django.db.models.BigAutoField"
