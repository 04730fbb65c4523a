"""What the tests of signing in share: a real provider, and settings that name it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ownkey.environment.values import SingleSignOn
from ownkey.secret import Secret
from tests.conftest import ChangeEnvironment
from tests.sign_in.provider import CALLBACK, CLIENT_ID, Provider, Visitor, running_provider

BACK = f"http://127.0.0.1:8000{CALLBACK}"
Use = Callable[..., SingleSignOn]


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Run a provider that says in the ID token who somebody is."""
    with running_provider(BACK) as running:
        yield running


@pytest.fixture
def visitor() -> Visitor:
    """Return a browser that nobody has used at the provider."""
    return Visitor(BACK)


@pytest.fixture
def use(change_environment: ChangeEnvironment) -> Use:
    """Return a function that names a provider in the settings, with whatever else is to be different."""

    def _use(running: Provider, **changes: Any) -> SingleSignOn:  # noqa: ANN401 whatever is to differ
        said = SingleSignOn(
            issuer=running.issuer,
            client_id=CLIENT_ID,
            client_secret=Secret(running.client_secret),
            name="Acme Login",
        )
        said = replace(said, **changes)
        change_environment(single_sign_on=said)
        return said

    return _use


@pytest.fixture
def acme_login(provider: Provider, use: Use) -> SingleSignOn:
    """Return the provider's settings, in use."""
    return use(provider)
