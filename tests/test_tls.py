"""Servers' certificates are trusted by one set of rules, whatever Python's own are."""

import os
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

import ownkey
from bench.certificate import Authority, make_authority, write_certificate
from ownkey.secret import Secret
from ownkey.tls import trust_alike, trusting_context
from ownkey.vault.errors import ProviderRefusedError
from ownkey.vault.openbao import OpenBaoProvider, OpenBaoSettings

SOURCE = Path(ownkey.__file__).parent
SEND = """
import asyncio, sys
from ownkey.atlassian.client import open_client
from ownkey.atlassian.sites import Addresses
from ownkey.atlassian.wire import WireRequest

async def main(origin):
    async with open_client(Addresses(trusted_sites=frozenset({origin}))) as client:
        print(await client.send(WireRequest("GET", origin + "/")))

asyncio.run(main(sys.argv[1]))
"""


@contextmanager
def answering(folder: Path) -> Iterator[int]:
    """Answer 200 over TLS with the folder's certificate while the block lasts; yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    visitor, _ = listener.accept()
                except OSError:
                    return
                with suppress(OSError), visitor, context.wrap_socket(visitor, server_side=True) as wire:
                    read_whole(wire)
                    wire.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def read_whole(wire: ssl.SSLSocket) -> None:
    """Read a request to its end: a connection that is closed before that takes its answer with it."""
    head = b""
    while b"\r\n\r\n" not in head and (piece := wire.recv(65536)):
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0 and (piece := wire.recv(65536)):
        missing -= len(piece)


def shake_hands(port: int, trusted: bytes, *, name: str = "127.0.0.1") -> None:
    """Connect as `name`, trusting these certificates alone.

    Raises:
        SSLCertVerificationError: The server is not trusted.
    """
    context = trusting_context(trusted.decode())
    with (
        socket.create_connection(("127.0.0.1", port)) as wire,
        context.wrap_socket(wire, server_hostname=name) as closed,
    ):
        closed.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert closed.recv(65536)


ROOT = make_authority("Root")
BETWEEN = make_authority("Between", signed_by=ROOT)
LAX = make_authority("Acme", is_by_the_book=False)
LAX_BETWEEN = make_authority("Acme proxy", signed_by=LAX, is_by_the_book=False)


@pytest.mark.parametrize(
    ("signs", "named"),
    [
        pytest.param(ROOT, ROOT, id="by the book"),
        pytest.param(LAX, LAX, id="without key identifiers and key usage"),
        pytest.param(BETWEEN, BETWEEN, id="an intermediate one, without its root"),
        pytest.param(LAX_BETWEEN, LAX_BETWEEN, id="an intermediate one that leaves things out"),
    ],
)
def test_a_named_authority_is_trusted(signs: Authority, named: Authority, tmp_path: Path) -> None:
    write_certificate(tmp_path, signs)
    with answering(tmp_path) as port:
        shake_hands(port, named.pem)


def test_a_server_s_own_certificate_can_be_named(tmp_path: Path) -> None:
    write_certificate(tmp_path)
    with answering(tmp_path) as port:
        shake_hands(port, (tmp_path / "certificate.pem").read_bytes())


@pytest.mark.parametrize("is_by_the_book", [True, False])
def test_an_authority_that_was_not_named_is_not_trusted(is_by_the_book: bool, tmp_path: Path) -> None:  # noqa: FBT001 a parameter
    write_certificate(tmp_path, make_authority("Root", is_by_the_book=is_by_the_book))
    with answering(tmp_path) as port, pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(port, ROOT.pem)


@pytest.mark.parametrize("signs", [ROOT, LAX], ids=["by the book", "lax"])
def test_another_name_and_an_ended_certificate_are_not_trusted(signs: Authority, tmp_path: Path) -> None:
    write_certificate(tmp_path, signs)
    with answering(tmp_path) as port, pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(port, signs.pem, name="localhost")
    write_certificate(tmp_path, signs, ends_in_days=-1)
    with answering(tmp_path) as port, pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(port, signs.pem)


def test_a_certificate_that_may_not_sign_vouches_for_no_other(tmp_path: Path) -> None:
    write_certificate(tmp_path, LAX)
    leaf = (tmp_path / "certificate.pem").read_bytes()
    key = load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    no_authority = Authority(load_pem_x509_certificate(leaf), key, is_by_the_book=False)
    write_certificate(tmp_path, no_authority)
    with answering(tmp_path) as port, pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(port, leaf)


def test_a_check_trusts_what_ssl_cert_file_names(tmp_path: Path) -> None:
    trusted = write_certificate(tmp_path, LAX)
    with answering(tmp_path) as port:
        command = [sys.executable, "-c", SEND, f"https://127.0.0.1:{port}"]
        environment = {**os.environ, "SSL_CERT_FILE": str(trusted)}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "status=200" in ended.stdout


def test_single_sign_on_s_client_trusts_the_file_that_it_is_given(tmp_path: Path) -> None:
    trusted = write_certificate(tmp_path, LAX)
    with answering(tmp_path) as port, requests.Session() as session:
        trust_alike(session.get_adapter("https://"))
        url = f"https://127.0.0.1:{port}/"
        assert session.get(url, verify=str(trusted), timeout=60).status_code == 200
        other = tmp_path / "other.pem"
        other.write_bytes(ROOT.pem)
    with answering(tmp_path) as port, requests.Session() as session:
        trust_alike(session.get_adapter("https://"))
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://127.0.0.1:{port}/", verify=str(other), timeout=60)


def test_openbao_is_trusted_by_the_file_that_is_named(tmp_path: Path) -> None:
    trusted = write_certificate(tmp_path, LAX)
    with answering(tmp_path) as port:
        settings = OpenBaoSettings(f"https://127.0.0.1:{port}", Secret("s.made-up"), ca_file=trusted)
        with pytest.raises(ProviderRefusedError, match="something that is not OpenBao"):
            OpenBaoProvider(settings).unwrap("vault:v1:x", key_id="one")


def test_no_other_code_has_rules_of_its_own() -> None:
    own = re.compile(
        r"create_default_context|SSLContext\(|_create_unverified|CERT_NONE|verify_flags|verify=False"
    )
    found = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if path.name != "tls.py" and own.search(path.read_text())
    ]
    assert found == []
