"""What the whole test run shares: a data directory of its own, and the cast."""

import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from hypothesis import HealthCheck
from pytest_django import DjangoDbBlocker, Settings

from ownkey.environment import process
from ownkey.environment.reading import read_environment
from ownkey.environment.signing import read_signing_key
from ownkey.people.flows import add_user
from ownkey.people.models import Role, User
from ownkey.vault.key_file import load_or_create_key_file

for _name in [name for name in os.environ if name.startswith("OWNKEY_") and name != "OWNKEY_ATLASSIAN_FILES"]:
    del os.environ[_name]
_home = tempfile.TemporaryDirectory(prefix="ownkey-tests-")
os.environ["OWNKEY_HOME"] = _home.name
os.environ["OWNKEY_SECRET_KEY"] = "only for tests, " * 4
# pytest-django loads the settings before this file, so what they took from the environment is taken again.
process.use(read_environment())
django_settings.SECRET_KEY = read_signing_key(process.current_environment())
load_or_create_key_file(process.current_environment().key_file)
# A file, as Ownkey has one: threads wait for each other there, and fail at once in a database in memory.
# Nothing has to survive a power cut.
_database = connections["default"].settings_dict
_database["TEST"]["NAME"] = f"{_home.name}/tests.sqlite3"
_database["OPTIONS"]["init_command"] = _database["OPTIONS"]["init_command"].replace(
    "synchronous=FULL", "synchronous=OFF"
)
# However busy the machine is, an example that takes long is no fault.
hypothesis.settings.register_profile("ownkey", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("ownkey")

# A background job, nohup, a service and a proxy change what a process inherits. Programs that the tests start
# get the default of every signal, and reach this machine without a proxy.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP):
    signal.signal(_number, signal.SIG_DFL)
for _name in [
    name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
]:
    del os.environ[_name]

pytest_plugins = ["tests.reporting"]

PASSWORD = "four unrelated words"

_connect = socket.socket.connect


def _connect_to_loopback(self: socket.socket, address: Any) -> None:  # noqa: ANN401 as wide as what it replaces
    """Connect, unless it would leave this machine."""
    is_network = self.family in {socket.AF_INET, socket.AF_INET6}
    if is_network and address[0] != "localhost" and not ip_address(address[0]).is_loopback:
        raise AssertionError("A test tried to reach another machine.")
    _connect(self, address)


socket.socket.connect = _connect_to_loopback  # type: ignore[method-assign, assignment]

SignIn = Callable[..., Client]
ChangeEnvironment = Callable[..., None]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:  # noqa: ARG001 goes on from it
    """Let the test database be emptied between tests; what prevents that is tested on other databases."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER record_is_not_removed")


@pytest.fixture
def change_environment() -> Iterator[ChangeEnvironment]:
    """Return a function that changes what the operator decided, such as `is_demo=True`, for one test."""
    before = process.current_environment()
    yield lambda **changes: process.use(replace(process.current_environment(), **changes))
    process.use(before)


@pytest.fixture
def password() -> str:
    """Return the password that everybody of the cast has."""
    return PASSWORD


@pytest.fixture
def quick_passwords(settings: Settings) -> None:
    """Hash passwords quickly, and forget the rate limits of earlier tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def alice(db: None, quick_passwords: None) -> User:  # noqa: ARG001 fixtures may only be needed for what they do
    """Alice, who owns: an administrator."""
    return add_user(
        "alice@acme.example", name="Alice Liddell", password=PASSWORD, role=Role.ADMINISTRATOR, actor="test"
    )


@pytest.fixture
def bob(db: None, quick_passwords: None) -> User:  # noqa: ARG001 see above
    """Bob, who has some rights: a person like most."""
    return add_user("bob@acme.example", name="Bob Baker", password=PASSWORD, actor="test")


@pytest.fixture
def sign_in(db: None) -> SignIn:  # noqa: ARG001 see above
    """Return a function that signs somebody in through the page and returns their browser."""

    def _sign_in(email: str, password: str = PASSWORD) -> Client:
        browser = Client()
        answer = browser.post("/sign-in/", {"login": email, "password": password})
        assert answer.status_code == 302, answer.content
        return browser

    return _sign_in


@pytest.fixture
def alices_browser(alice: User, sign_in: SignIn) -> Client:
    """Return a browser in which Alice is signed in."""
    return sign_in(alice.email)


@pytest.fixture
def bobs_browser(bob: User, sign_in: SignIn) -> Client:
    """Return a browser in which Bob is signed in."""
    return sign_in(bob.email)


@pytest.fixture
def charlies_browser(db: None) -> Client:  # noqa: ARG001 see above
    """Return the browser of Charlie, who has no business here and is not signed in."""
    return Client()
