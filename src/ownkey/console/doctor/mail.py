"""Mail: whether the server lets Ownkey in, and whether what waits leaves. Nothing is sent."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, connection
from django.utils import timezone

from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.environment.values import Environment, MailSecurity, MailSettings
from ownkey.mail.diagnosis import MailServerError
from ownkey.mail.handing_over import refuse_unmailable
from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.server import MailServer
from ownkey.mail.troubles import WORDS, Trouble, next_step_after, words_of

LATE = timedelta(minutes=10)
LOOK_BACK = timedelta(days=7)


def examine_mail_server(environment: Environment) -> Finding:
    """Sign in to the mail server and leave again."""
    mail = environment.mail
    if not mail.host:
        if environment.is_demo:
            return fine("mail", "Nothing leaves the demo: mail is on its Mail page.")
        return warn(
            "mail",
            f"There is no mail server: mail is written to {environment.mail_folder}.",
            "Set OWNKEY_MAIL_HOST, so that invitations and reminders reach people.",
        )
    place = f"The mail server {mail.host}, port {mail.port},"
    trouble = _trouble_with(mail)
    if trouble is not None:
        return fail("mail", WORDS[trouble].about(place), WORDS[trouble].next_step)
    if mail.security is MailSecurity.NONE:
        return warn(
            "mail",
            f"{place} lets Ownkey in, but over an open line.",
            "Set OWNKEY_MAIL_SECURITY to starttls or tls: invitations are links that let people in.",
        )
    return fine("mail", f"{place} lets Ownkey in.")


def _trouble_with(mail: MailSettings) -> Trouble | None:
    """Return what is wrong, as sending meets it: a mail is put together, and the server visited."""
    try:
        refuse_unmailable(EmailMessage(subject="A trial", body="", to=[mail.sender]))
    except Exception:  # noqa: BLE001 what the mail library can raise is written down nowhere
        return Trouble.UNWRITABLE
    server = get_connection()
    assert isinstance(server, MailServer)  # noqa: S101 the settings name it where there is a mail server
    try:
        server.open()
        server.noop()
    except MailServerError as error:
        return error.trouble
    except OSError:
        return Trouble.BROKE_OFF
    finally:
        server.close()
    return None


def examine_stored_mails() -> Iterator[Finding]:
    """Look at the mails that wait, and at those that failed of late; nothing is said where all is well."""
    now = timezone.now()
    try:
        waiting = StoredMail.objects.filter(delivery__in=(Delivery.WAITING, Delivery.SENDING))
        troubled = list(waiting.exclude(trouble="").values_list("trouble", "answer"))
        overdue = waiting.filter(trouble="", made_at__lt=now - LATE).count()
        failed = list(
            StoredMail.objects.filter(delivery=Delivery.FAILED, ended_at__gte=now - LOOK_BACK).values_list(
                "kind", "trouble"
            )
        )
    except DatabaseError:
        return  # the database's own findings say so already
    finally:
        connection.close()
    yield from _those_that_wait(troubled, overdue)
    if failed:
        yield _those_that_failed(failed)


def _those_that_wait(troubled: list[tuple[str, str]], overdue: int) -> Iterator[Finding]:
    if troubled:
        (trouble, answer), _ = Counter(troubled).most_common(1)[0]
        yield warn(
            "mails",
            f"{_mails(len(troubled))} could not be sent yet and {_are(len(troubled))} tried again. "
            f"{words_of(trouble, answer)}",
            next_step_after(trouble),
        )
    elif overdue:
        yield warn(
            "mails",
            f"{_mails(overdue)} {_are(overdue)} waiting to be sent for over ten minutes.",
            "Start ownkey serve or ownkey worker: mail leaves while one of them runs.",
        )


def _those_that_failed(failed: list[tuple[str, str]]) -> Finding:
    kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(Counter(k for k, _ in failed).items()))
    causes = " ".join(words_of(trouble) for trouble in dict.fromkeys(trouble for _, trouble in failed))
    return warn(
        "mails-failed",
        f"Mails could not be delivered within a week: {kinds}. {causes}",
        "The page Record says for whom they were; hand links over with “New link” on the People page.",
    )


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count} mails"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
