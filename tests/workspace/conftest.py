"""An Ownkey and a pretend Jira, with Ada and Bo connected, and a browser for each."""

from collections.abc import Iterator

import pytest

from tests.connections.running import ADA, BO, Organisation, running_organisation
from tests.faults.browser import Browser


@pytest.fixture(scope="package")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Run both, with everybody connected to `acme`."""
    with running_organisation(tmp_path_factory.mktemp("workspace") / "home") as running:
        running.add_alm_account("acme", "Acme Jira")
        running.connect("acme", ADA)
        running.connect("acme", BO)
        yield running


def _browser(organisation: Organisation, email: str) -> Browser:
    browser = Browser(organisation.url)
    browser.sign_in(email)
    return browser


@pytest.fixture(scope="package")
def ada(organisation: Organisation) -> Browser:
    return _browser(organisation, ADA)


@pytest.fixture(scope="package")
def bo(organisation: Organisation) -> Browser:
    return _browser(organisation, BO)
