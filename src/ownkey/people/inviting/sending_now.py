"""Sending the mails of invitations at once: for the command, which may run where no server runs."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from django.core.mail.backends.base import BaseEmailBackend

from ownkey.mail.handing_over import mail_server
from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.sending import send_stored
from ownkey.mail.troubles import known, words_of
from ownkey.people.inviting.inviting_many import Fate, LineResult
from ownkey.people.password_reset import write_reset

MAIL_FOR_S: Final = 60.0
"""How long mail may take in one go; the links that are left by then are printed."""

HAND_OVER: Final = "Hand the link over yourself."
TRIED_AGAIN: Final = "A running Ownkey tries again; or hand the link over yourself."


def send_now(
    results: Iterable[LineResult],
    *,
    last_s: float = MAIL_FOR_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> Sequence[LineResult]:
    """Send the mails with the links, and return the results with the links to hand over that did not leave.

    After a trouble that every mail would meet, the rest is left to a running Ownkey.
    """
    until = monotonic() + last_s
    sent: list[LineResult] = []
    trouble = ""
    with mail_server() as server:
        for result in results:
            if result.fate is not Fate.MAILED:
                sent.append(result)
            elif trouble:
                sent.append(_to_hand_over(result, f"{words_of(trouble)} {TRIED_AGAIN}"))
            elif monotonic() >= until:
                sent.append(_to_hand_over(result, f"Mail took too long. {TRIED_AGAIN}"))
            else:
                done, trouble = _send(result, server)
                sent.append(done)
    return sent


def _send(result: LineResult, server: BaseEmailBackend) -> tuple[LineResult, str]:
    """Return the result once its mail was tried, and the trouble if every other mail would meet it, too."""
    mail = send_stored(result.mail_id, write=write_reset, to=server) if result.mail_id is not None else None
    if mail is None or mail.delivery == Delivery.SENT:
        return result, ""  # where there is none, a running Ownkey was quicker
    next_step = HAND_OVER if mail.delivery == Delivery.FAILED else TRIED_AGAIN
    note = f"{words_of(mail.trouble, mail.answer)} {next_step}"
    return _to_hand_over(result, note), _lasting_trouble(mail)


def _lasting_trouble(mail: StoredMail) -> str:
    return "" if known(mail.trouble).is_about_one_mail else mail.trouble


def _to_hand_over(result: LineResult, note: str) -> LineResult:
    return replace(result, fate=Fate.TO_HAND_OVER, note=note)
