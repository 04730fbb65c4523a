"""What a server prints when it starts: the address that people and tools use, and where it listens."""

import re
import socket
from pathlib import Path

import pytest

from ownkey.cli.ports import address_for_people, is_all_addresses, listening_words
from tests.cli.command import PATIENCE_S, Ownkey
from tests.connections.running import running_organisation

BASE = "https://ownkey.acme.example"
ALL = "0.0.0.0"  # noqa: S104 what is asked for here


def has_ipv6() -> bool:
    """Return whether this machine listens on addresses of IPv6."""
    try:
        with socket.create_server(("::", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")


def said_at_start(ownkey: Ownkey, *arguments: str, **variables: str) -> str:
    """Start a server; return what it says until it listens."""
    process = ownkey.start(*arguments, **variables)
    assert process.stderr is not None
    said = ""
    try:
        for line in process.stderr:
            said += line
            if "listening on" in line:
                return said
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    raise AssertionError(said)


@pytest.mark.parametrize("host", [ALL, pytest.param("::", marks=needs_ipv6)])
def test_serve_prints_the_address_that_people_use_and_that_it_listens_on_all(
    ownkey: Ownkey, host: str
) -> None:
    said = said_at_start(ownkey, "serve", "--host", host, "--port", "0", OWNKEY_BASE_URL=BASE)
    assert f"Ownkey is at {BASE} (" in said
    assert re.search(
        rf"\(listening on all addresses of this machine, {re.escape(host)}, port [1-9]\d*\)", said
    )
    assert "127.0.0.1" not in said
    assert "from this machine alone" not in said


def test_where_no_address_was_given_for_people_it_says_so(ownkey: Ownkey) -> None:
    said = said_at_start(ownkey, "serve", "--host", ALL, "--port", "0")
    assert "Pages open from this machine alone" in said
    assert "Set OWNKEY_BASE_URL to that address." in said
    port = re.search(r"port (\d+)\)", said)
    assert port
    assert f"Ownkey is at http://127.0.0.1:{port[1]} (" in said, "the port that was free, not 0"
    assert "from this machine alone" not in said_at_start(ownkey, "serve", "--port", "0")


def test_the_gateway_prints_where_tools_find_it(ownkey: Ownkey) -> None:
    given = said_at_start(ownkey, "gateway", "--host", ALL, "--port", "0", OWNKEY_BASE_URL=BASE)
    assert f"ALM accounts are at {BASE}/jira/… (listening on all addresses of this machine, {ALL}, " in given
    public = said_at_start(
        ownkey, "gateway", "--host", ALL, "--port", "0", "--public-url", "https://tools.acme.example"
    )
    assert "ALM accounts are at https://tools.acme.example/jira/… (listening on all" in public
    bare = said_at_start(ownkey, "gateway", "--host", ALL, "--port", "0")
    assert "Links in answers lead to this machine alone" in bare
    assert "--public-url" in bare
    assert re.search(r"ALM accounts are at http://127\.0\.0\.1:[1-9]\d*/jira/… \(", bare)


def test_the_gateway_of_one_account_prints_its_public_address(tmp_path: Path) -> None:
    with running_organisation(tmp_path / "home") as organisation:
        organisation.add_alm_account("acme", "Acme")
        one = ("gateway", "--account", "acme", "--host", ALL, "--port", "0")
        said = said_at_start(organisation.ownkey, *one, "--public-url", "https://acme-jira.example.com")
        assert "https://acme-jira.example.com is the ALM account acme (listening on all addresses" in said
        bare = said_at_start(organisation.ownkey, *one)
        assert "Links in answers" not in bare, "there they lead to the host that the tool asked"
        assert re.search(r"http://127\.0\.0\.1:[1-9]\d* is the ALM account acme", bare)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::0", "0:0:0:0:0:0:0:0", "0", ""])  # noqa: S104
def test_all_addresses_are_recognised_in_each_spelling(host: str) -> None:
    assert is_all_addresses(host)
    assert address_for_people(host, 8000) == "http://127.0.0.1:8000"
    assert "all addresses" in listening_words(host, 8000)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
        ("::1", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_one_address_is_printed_as_it_is(host: str, address: str) -> None:
    assert not is_all_addresses(host)
    assert address_for_people(host, 8000) == address
    assert listening_words(host, 8000) == f"listening on {host}, port 8000"
