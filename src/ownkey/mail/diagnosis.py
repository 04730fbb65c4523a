"""Which trouble an error of the mail library stands for, by the stage at which it came."""

import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Final

from ownkey.mail.troubles import Trouble, on_one_line

PROBE_TIMEOUT_S: Final = 5.0
_FOR_GOOD: Final = 500
_SIGN_IN_FIRST: Final = 530
_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH = 62, 64  # X509_V_ERR_… of OpenSSL
_NOT_YET_VALID, _HAS_EXPIRED = 9, 10

_AT_CONNECTING: Final[Sequence[tuple[type[Exception], Trouble]]] = (
    (socket.gaierror, Trouble.NAME_UNKNOWN),
    (UnicodeError, Trouble.NAME_UNKNOWN),
    (smtplib.SMTPException, Trouble.NOT_A_MAIL_SERVER),
    (TimeoutError, Trouble.NO_ANSWER),
    (OSError, Trouble.UNREACHABLE),
)
"""The first kind that fits counts: most of these are kinds of those below them."""


class Stage(Enum):
    """How far the conversation with the mail server had come."""

    CONNECTING = auto()
    STARTTLS = auto()
    SIGNING_IN = auto()


class MailServerError(Exception):
    """The mail server could not be made ready to take mail; nothing was handed over."""

    code = "mail-server"

    def __init__(self, trouble: Trouble, *, kind: str = "") -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.kind = kind  # of the library's error, for the log; its words may hold a password


def trouble_at_opening(
    error: Exception, *, stage: Stage, uses_tls: bool, speaks_tls: Callable[[], bool]
) -> Trouble:
    """Return what is wrong between Ownkey and the mail server.

    Args:
        error: What the library raised.
        stage: While doing what.
        uses_tls: Whether Ownkey speaks TLS from the first byte.
        speaks_tls: Looks whether the server does; asked only when a plain connection met silence.
    """
    if isinstance(error, ssl.SSLError):
        return _trouble_with_tls(error, was_first_word=stage is Stage.CONNECTING)
    match stage:
        case Stage.STARTTLS if isinstance(
            error, smtplib.SMTPNotSupportedError | smtplib.SMTPResponseException
        ):
            return Trouble.NO_STARTTLS
        case Stage.SIGNING_IN if isinstance(error, smtplib.SMTPException):
            return _trouble_at_signing_in(error)
    return _trouble_at_connecting(error, is_silence_tls=lambda: not uses_tls and speaks_tls())


def trouble_at_sending(error: Exception) -> tuple[Trouble, str]:
    """Return why a server that was ready did not take a mail, and what it said where that may be kept."""
    trouble, answer = Trouble.UNKNOWN, ""
    match error:
        case MailServerError():
            trouble = error.trouble
        case smtplib.SMTPSenderRefused():
            trouble = _by_code(error.smtp_code, Trouble.SENDER_REFUSED, Trouble.BUSY)
            answer = on_one_line(f"{error.smtp_code} {on_one_line(error.smtp_error)}")
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()), (0, b""))
            trouble = _by_code(code, Trouble.RECIPIENT_REFUSED, Trouble.RECIPIENT_NOT_NOW)
            answer = on_one_line(f"{code} {on_one_line(said)}")
        case smtplib.SMTPResponseException():
            trouble = _by_code(error.smtp_code, Trouble.CONTENT_REFUSED, Trouble.BUSY)
            answer = str(error.smtp_code)
        case smtplib.SMTPNotSupportedError():
            trouble = Trouble.OUTSIDE_ASCII
        case OSError():  # smtplib's own are among them
            trouble = Trouble.BROKE_OFF
    return trouble, answer


def speaks_tls(host: str, port: int, context: ssl.SSLContext) -> bool:
    """Return whether a server speaks TLS from the first byte; nothing is said to it but that."""
    with (
        suppress(OSError, ValueError),
        socket.create_connection((host, port), timeout=PROBE_TIMEOUT_S) as line,
    ):
        try:
            context.wrap_socket(line, server_hostname=host).close()
        except ssl.SSLCertVerificationError:
            return True
        return True
    return False


def _trouble_with_tls(error: ssl.SSLError, *, was_first_word: bool) -> Trouble:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Trouble.SPEAKS_NO_TLS if was_first_word and _is_no_tls(error) else Trouble.TLS_FAILED
    if error.verify_code in {_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH}:
        return Trouble.CERTIFICATE_NAME
    if error.verify_code in {_NOT_YET_VALID, _HAS_EXPIRED}:
        return Trouble.CERTIFICATE_DATE
    return Trouble.CERTIFICATE_UNTRUSTED


def _is_no_tls(error: ssl.SSLError) -> bool:
    """Return whether what came back was not TLS at all; OpenSSL has had two names for that."""
    return error.reason in {"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}


def _trouble_at_signing_in(error: smtplib.SMTPException) -> Trouble:
    match error:
        case smtplib.SMTPServerDisconnected():
            return Trouble.NO_ANSWER
        case smtplib.SMTPResponseException():
            return _by_code(error.smtp_code, Trouble.SIGN_IN_REFUSED, Trouble.BUSY)
    return Trouble.SIGN_IN_NOT_OFFERED


def _trouble_at_connecting(error: Exception, *, is_silence_tls: Callable[[], bool]) -> Trouble:
    if isinstance(error, smtplib.SMTPServerDisconnected) and is_silence_tls():
        return Trouble.WANTS_TLS
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return Trouble.TURNED_AWAY
    found = (trouble for kinds, trouble in _AT_CONNECTING if isinstance(error, kinds))
    return next(found, Trouble.UNKNOWN)


def _by_code(code: int, for_good: Trouble, for_now: Trouble) -> Trouble:
    if code == _SIGN_IN_FIRST:
        return Trouble.SIGN_IN_WANTED
    return for_good if code >= _FOR_GOOD else for_now
