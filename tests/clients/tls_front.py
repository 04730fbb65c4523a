"""A front that speaks TLS and passes what it gets on, and that notices what is said in the clear."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("localhost", "acme.jira.localhost")
_TLS_HANDSHAKE = b"\x16"
_PIECE = 65536


@dataclass(slots=True)
class Front:
    """A running front.

    Attributes:
        port: Where it listens.
        certificate: What its clients trust it by.
        behind: The port that it passes everything on to, once that is known.
        in_the_clear: The beginnings of what came without TLS.
    """

    port: int
    certificate: Path
    behind: int = 0
    in_the_clear: list[bytes] = field(default_factory=list)


@contextmanager
def running_front(folder: Path) -> Iterator[Front]:
    """Run a front while the block lasts."""
    front = Front(0, _write_certificate(folder))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(front.certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        front.port = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(listener, context, front), daemon=True).start()
        yield front


def _accept(listener: socket.socket, context: ssl.SSLContext, front: Front) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, context, front), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, front: Front) -> None:
    with suppress(OSError), client:
        if client.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
            front.in_the_clear.append(client.recv(_PIECE))
            return
        with (
            context.wrap_socket(client, server_side=True) as outside,
            socket.create_connection(("127.0.0.1", front.behind)) as inside,
        ):
            threading.Thread(target=_pass_on, args=(inside, outside), daemon=True).start()
            _pass_on(outside, inside)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_RDWR)


def _write_certificate(folder: Path) -> Path:
    """Write a key and the certificate that it signed for itself into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A front")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in NAMES]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "front.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
