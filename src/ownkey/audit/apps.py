"""The Django app of the record of who did what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The record of who did what."""

    name = "ownkey.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
