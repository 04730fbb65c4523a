"""An address inside a private network is recognised in whatever form it comes."""

import pytest

from ownkey.atlassian.hosts import is_public_address


@pytest.mark.parametrize(
    "address", ["104.192.142.1", "2401:1d80:3000::1", "64:ff9b::68c0:8e01", "::ffff:104.192.142.1"]
)
def test_public_addresses_may_be_dialled(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 — an address that must not be dialled
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "fec0::1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::7f00:1",
        "3fff::1",
        "192.88.99.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "not an address",
        "",
    ],
)
def test_all_others_may_not(address: str) -> None:
    assert not is_public_address(address)
