"""A real mail server for the tests: over the wire, with TLS and a login, and as moody as it is told to be."""

import ssl
from asyncio import Server, Transport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "ownkey", "a password of the tests"


@dataclass
class Post:
    """What the server was given, and how it answers."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    sender_answer: str = "250 OK"
    data_answer: str = "250 OK"
    hangs_up: bool = False

    async def handle_MAIL(  # noqa: N802 aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender, or do not."""
        if self.sender_answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or do not."""
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter; then answer, or go away without a word."""
        content = envelope.content or b""
        letter = message_from_bytes(
            content if isinstance(content, bytes) else content.encode(), policy=default
        )
        self.letters.append(letter)
        is_tls = isinstance(server.transport, Transport) and server.transport.get_extra_info("ssl_object")
        self.was_encrypted.append(bool(session.ssl or is_tls))
        if self.hangs_up and isinstance(server.transport, Transport):
            server.transport.abort()
        if not self.data_answer.startswith("250"):
            self.letters.pop()
        return self.data_answer


class _OnFreePort(Controller):
    """Listens where the system found room, and says where that is."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own


@contextmanager
def running_mail_server(
    certificate: Path | None = None, *, speaks_tls_at_once: bool = False, password: str | None = None
) -> Iterator[Post]:
    """Run one on a free port while the block lasts; with a certificate it insists on TLS and a login.

    With a password alone it wants a login over an open line.
    """
    post = Post()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    is_closed = context is not None or password is not None

    def let_in(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        is_known = given == LoginPassword(USER.encode(), (password or PASSWORD).encode())
        return AuthResult(success=is_known, handled=is_known)

    controller = _OnFreePort(
        post,
        hostname="127.0.0.1",
        port=0,
        ssl_context=context if speaks_tls_at_once else None,
        tls_context=None if speaks_tls_at_once else context,
        require_starttls=context is not None and not speaks_tls_at_once,
        auth_required=is_closed,
        auth_require_tls=password is None and not speaks_tls_at_once,
        authenticator=let_in if is_closed else None,
    )
    controller.start()
    try:
        post.port = controller.port
        yield post
    finally:
        controller.stop(no_assert=True)


def make_certificate(file: Path, *, name_in_it: str = "localhost") -> Path:
    """Write a certificate for this machine, and its key, into a file; it vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name_in_it)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
