"""The Django app of re-checks and reminders."""

from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    """What the schedule keeps beside the credentials themselves."""

    name = "ownkey.connections.lifecycle"
    label = "lifecycle"
    verbose_name = "Lifecycle"
    default_auto_field = "django.db.models.BigAutoField"
