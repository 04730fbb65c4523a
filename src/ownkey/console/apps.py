"""The Django app of the shell: templates, static files and template tags."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The control plane's shell."""

    name = "ownkey.console"
    label = "console"
