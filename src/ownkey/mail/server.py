"""The connection to the mail server: Django's, with its stages told apart and passwords in any letters."""

import base64
import smtplib
import ssl
from contextlib import suppress
from typing import Any, Final

from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.utils import DNS_NAME
from django.utils.functional import cached_property

from ownkey.mail.diagnosis import MailServerError, Stage, speaks_tls, trouble_at_opening
from ownkey.tls import trusting_context

_LET_IN: Final = 235


class _SignsInInUtf8:
    """Signs in with a user and password outside ASCII, which smtplib cannot send."""

    def login(self: Any, user: str, password: str, **options: bool) -> tuple[int, bytes]:
        """Sign in; letters outside ASCII go as UTF-8 (RFC 4616), which the mechanism PLAIN alone promises."""
        if f"{user}{password}".isascii():
            answer: tuple[int, bytes] = smtplib.SMTP.login(self, user, password, **options)
            return answer
        self.ehlo_or_helo_if_needed()
        if "PLAIN" not in self.esmtp_features.get("auth", "").upper().split():
            raise smtplib.SMTPNotSupportedError("The server offers no sign-in by PLAIN.")
        words = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        code, said = self.docmd("AUTH", f"PLAIN {words}")
        if code != _LET_IN:
            raise smtplib.SMTPAuthenticationError(code, said)
        return code, said


class _Plain(_SignsInInUtf8, smtplib.SMTP):
    """A connection that begins in the open."""


class _Tls(_SignsInInUtf8, smtplib.SMTP_SSL):
    """A connection that speaks TLS from the first byte."""


class MailServer(EmailBackend):
    """Sends over SMTP; what keeps it from beginning to is a `MailServerError` that names the trouble."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """The kind of connection that the settings ask for."""
        return _Tls if self.use_ssl else _Plain

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """What the server's certificate is verified by."""
        return trusting_context()

    def open(self) -> bool:
        """Make the server ready to take mail; return whether that took a new connection.

        Raises:
            MailServerError: It cannot be reached, protected or signed in to.
        """
        if self.connection is not None:
            return False
        self.connection = self._opened()
        return True

    def noop(self) -> None:
        """Ask the server whether it is still there.

        Raises:
            OSError: It is not.
        """
        if self.connection is not None:
            self.connection.noop()

    def close(self) -> None:
        """Take leave; a server that has gone already is no trouble."""
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(OSError):
                connection.quit()
            connection.close()

    def _opened(self) -> smtplib.SMTP:
        stage, server = Stage.CONNECTING, None
        try:
            server = self._dial()
            if self.use_tls:
                stage = Stage.STARTTLS
                server.starttls(context=self.ssl_context)
            if self.username and self.password:
                stage = Stage.SIGNING_IN
                server.login(self.username, self.password)
        except Exception as error:  # noqa: BLE001 what the libraries below can raise is written down nowhere
            if server is not None:
                server.close()
            trouble = trouble_at_opening(
                error,
                stage=stage,
                uses_tls=self.use_ssl,
                speaks_tls=lambda: speaks_tls(self.host, self.port, self.ssl_context),
            )
            raise MailServerError(trouble, kind=type(error).__name__) from None
        return server

    def _dial(self) -> smtplib.SMTP:
        options: dict[str, Any] = {"local_hostname": DNS_NAME.get_fqdn(), "timeout": self.timeout}
        if self.use_ssl:
            options["context"] = self.ssl_context
        return self.connection_class(self.host, self.port, **options)
