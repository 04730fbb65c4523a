"""The workspace as a Django app."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """Jira's pages."""

    name = "ownkey.workspace"
    label = "workspace"
