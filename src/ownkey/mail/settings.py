"""What the operator decides about mail."""

from dataclasses import dataclass
from enum import StrEnum

from ownkey.secret import Secret


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail leaves; without a `host` it is written to files in the data directory.

    Attributes:
        host: The mail server's name in ASCII, or its IP address.
        port: Where it listens.
        user: Whom Ownkey signs in as; empty for no sign-in.
        password: The user's password; there is one exactly if there is a user.
        security: How the connection is protected.
        sender: From whom mail comes: an address, or a name and an address in angle brackets.
    """

    host: str = ""
    port: int = 587
    user: str = ""
    password: Secret | None = None
    security: MailSecurity = MailSecurity.STARTTLS
    sender: str = "Ownkey <ownkey@localhost>"
