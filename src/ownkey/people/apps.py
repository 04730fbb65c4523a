"""The Django app of users, invitations and sign-in."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Users, invitations and sign-in."""

    name = "ownkey.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
