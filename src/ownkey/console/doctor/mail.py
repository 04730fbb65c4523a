"""Mail: whether the server answers and lets Ownkey in. Nothing is sent."""

import smtplib
import ssl

from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.console.environment import Environment, Mail, MailSecurity

TIMEOUT_S = 10


def examine_mail(environment: Environment) -> Finding:
    """Sign in to the mail server and leave again."""
    mail = environment.mail
    if not mail.host:
        return warn(
            "mail",
            f"There is no mail server: mail is written to {environment.mail_folder}.",
            "Set OWNKEY_MAIL_HOST, so that invitations and reminders reach people.",
        )
    place = f"The mail server {mail.host}, port {mail.port},"
    if fault := _fault_at(mail):
        says, next_step = fault
        return fail("mail", f"{place} {says}", next_step)
    if mail.security is MailSecurity.NONE:
        return warn(
            "mail",
            f"{place} lets Ownkey in, but over an open line.",
            "Set OWNKEY_MAIL_SECURITY to starttls or tls: invitations are links that let people in.",
        )
    return fine("mail", f"{place} lets Ownkey in.")


def _fault_at(mail: Mail) -> tuple[str, str] | None:
    """Return what is wrong and what to do about it, None if all is well."""
    try:
        _visit(mail)
    except smtplib.SMTPAuthenticationError:
        return "refuses to let Ownkey in.", "Check OWNKEY_MAIL_USER and OWNKEY_MAIL_PASSWORD."
    except smtplib.SMTPNotSupportedError:
        return "does not offer what is asked of it.", "Check OWNKEY_MAIL_SECURITY and OWNKEY_MAIL_USER."
    except ssl.SSLError:
        return (
            "has no certificate that is trusted here, or speaks no TLS.",
            "Check OWNKEY_MAIL_HOST and OWNKEY_MAIL_SECURITY.",
        )
    except (OSError, smtplib.SMTPException):
        return "does not answer as a mail server.", "Check OWNKEY_MAIL_HOST and OWNKEY_MAIL_PORT."
    return None


def _visit(mail: Mail) -> None:
    trusting = ssl.create_default_context()
    if mail.security is MailSecurity.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=trusting)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
    with server:
        if mail.security is MailSecurity.STARTTLS:
            server.starttls(context=trusting)
        if mail.user:
            _sign_in(server, mail)
        server.noop()


def _sign_in(server: smtplib.SMTP, mail: Mail) -> None:
    # The settings hold the password as text for Django's own mailer; nothing else takes it out of its Secret.
    from django.conf import settings  # noqa: PLC0415 only here

    server.login(mail.user, settings.EMAIL_HOST_PASSWORD)
