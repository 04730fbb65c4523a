"""Whatever a person opens in these pages, Jira is asked nothing that a client key of theirs could not ask.

Bo has a token with random scopes. Every page is opened and every trial is made; then each call that reached
Jira as Bo is put to the gateway, by a client key of Bo, which says whether it would let it through.
"""

import base64
import json
import random
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest

from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import PLANNING
from ownkey.scopes.router import load_router
from ownkey.workspace.operations.forms import READING
from tests.connections.running import BO, Organisation
from tests.faults.browser import Browser
from tests.sandbox_process import OPENER

ROUNDS = 4
PAGES = (
    *(
        "",
        "boards/",
        "boards/1/",
        "boards/4/",
        "projects/",
        "search/",
        "search/?q=project+%3D+ACME",
        "alignment/",
    ),
    *("alignment/?project=ACME", "issues/ACME-1/", "issues/NOPE-1/", "operations/", "files/10001/"),
)
SCOPES = sorted(PLANNING.scopes)


@pytest.fixture
def client_key(organisation: Organisation) -> Iterator[str]:
    """Return a client key of Bo's for everything; revoked afterwards, and Bo's token is whole again."""
    made = organisation.ownkey("key", "create", "--user", BO, "--account", "acme", "--name", "Tool", "--json")
    yield str(made.json["key"])
    organisation.ownkey("key", "revoke", str(made.json["id"]))
    organisation.connect("acme", BO)


def lets_through(organisation: Organisation, key: str, method: str, path: str) -> bool:
    """Return what the gateway says of a call, without making it."""
    query = urlencode({"method": method, "path": path})
    login = base64.b64encode(f"{BO}:{key}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 — our own
        f"{organisation.url}/jira/acme/_ownkey/explain?{query}", headers={"Authorization": f"Basic {login}"}
    )
    with OPENER.open(request, timeout=60) as answer:
        return bool(json.loads(answer.read())["allowed"])


def open_everything(browser: Browser, chosen: random.Random) -> None:
    """Open every page, make every trial, and try some operations that read."""
    for path in PAGES:
        browser.get(f"/work/acme/{path}")
    address = "/work/acme/alignment/try/"
    for scope in SCOPES:
        browser.post(address, form_at=f"{address}?scope={scope}", scope=scope, project="ACME")
    address = "/work/acme/operations/try/"
    for use in chosen.sample(sorted(READING), 15):
        parts = {f"in-{part[1:-1]}": "10000" for part in use.path.split("/") if part.startswith("{")}
        form_at = f"{address}?operation={quote(use.signature)}"
        browser.post(address, form_at=form_at, operation=use.signature, **parts)


def test_pages_ask_jira_nothing_that_a_client_key_could_not(
    organisation: Organisation, client_key: str
) -> None:
    seed = random.randrange(2**32)  # noqa: S311 — examples, no secrets
    chosen = random.Random(seed)  # noqa: S311 — see above
    prefix = f"/ex/jira/{organisation.sandbox.cloud_id}"
    known = {operation.signature: operation for operation in load_catalogue().operations}
    before, effects = organisation.sandbox.fingerprint(), organisation.sandbox.effects()
    for _ in range(ROUNDS):
        lacking = chosen.sample(SCOPES, chosen.randrange(1, 9))
        held = PLANNING.scopes - set(lacking)
        organisation.connect("acme", BO, without=lacking)
        browser = Browser(organisation.url)
        browser.sign_in(BO)
        earlier = len(organisation.sandbox.requests())
        open_everything(browser, chosen)
        asked = {
            (str(each["method"]), str(each["path"]).removeprefix(prefix))
            for each in organisation.sandbox.requests()[earlier:]
            if each["email"] == BO
        }
        about = f"seed {seed}: without {lacking}"
        assert asked, about
        for method, path in sorted(asked):
            operation = load_router().find(method, path)
            signature = getattr(operation, "signature", "")
            assert known[signature].requirement.is_satisfied_by(held), f"{about}: {method} {path}"
            assert lets_through(organisation, client_key, method, path), f"{about}: {method} {path}"
    assert (organisation.sandbox.fingerprint(), organisation.sandbox.effects()) == (before, effects)
