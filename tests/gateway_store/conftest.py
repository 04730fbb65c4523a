"""The cast's ALM account and credentials, as the tests of connections have them."""

from tests.connections.conftest import account, atlassian, connect

__all__ = ["account", "atlassian", "connect"]
