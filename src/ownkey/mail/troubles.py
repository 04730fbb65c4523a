"""What can go wrong with mail, told apart in one place: pages, commands, the log and the doctor say the same.

A trouble is named by what the administrator has to change. What the server said is kept only where it has
not seen the mail yet: an answer to a mail may repeat the link that stands in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_ANSWER: Final = 160


class Trouble(StrEnum):
    """Why a mail was not sent."""

    NAME_UNKNOWN = "name-unknown"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no-answer"
    NOT_A_MAIL_SERVER = "not-a-mail-server"
    TURNED_AWAY = "turned-away"
    WANTS_TLS = "wants-tls"
    SPEAKS_NO_TLS = "speaks-no-tls"
    NO_STARTTLS = "no-starttls"
    TLS_FAILED = "tls-failed"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_NAME = "certificate-name"
    CERTIFICATE_DATE = "certificate-date"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGN_IN_NOT_OFFERED = "sign-in-not-offered"
    SIGN_IN_WANTED = "sign-in-wanted"
    SENDER_REFUSED = "sender-refused"
    RECIPIENT_REFUSED = "recipient-refused"
    RECIPIENT_NOT_NOW = "recipient-not-now"
    CONTENT_REFUSED = "content-refused"
    BUSY = "busy"
    BROKE_OFF = "broke-off"
    OUTSIDE_ASCII = "outside-ascii"
    UNWRITABLE = "unwritable"
    FOLDER = "folder"
    SEAL = "seal"
    TOO_LATE = "too-late"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether the same mail would meet it again however often it is sent."""
        return self in _FINAL

    @property
    def is_about_one_mail(self) -> bool:
        """Whether other mails may leave all the same."""
        return self in _ABOUT_ONE_MAIL


_FINAL: Final = frozenset(
    {
        Trouble.RECIPIENT_REFUSED,
        Trouble.CONTENT_REFUSED,
        Trouble.OUTSIDE_ASCII,
        Trouble.UNWRITABLE,
        Trouble.SEAL,
        Trouble.TOO_LATE,
    }
)
_ABOUT_ONE_MAIL: Final = _FINAL | {Trouble.RECIPIENT_NOT_NOW, Trouble.BUSY, Trouble.BROKE_OFF}


@dataclass(frozen=True, slots=True)
class Words:
    """A trouble in words.

    Attributes:
        says: What happened; `{server}` stands for the mail server.
        next_step: What to do about it.
    """

    says: str
    next_step: str

    def about(self, server: str = "The mail server") -> str:
        """Return what happened, as a sentence about this server."""
        return self.says.format(server=server)


_CHECK_HOST: Final = "Check OWNKEY_MAIL_HOST."
_CHECK_PLACE: Final = "Check OWNKEY_MAIL_HOST and OWNKEY_MAIL_PORT, and whether a firewall stands between."
_CHECK_USER: Final = "Check OWNKEY_MAIL_USER and OWNKEY_MAIL_PASSWORD."
_CHECK_ADDRESS: Final = "Check the address."

WORDS: Final[Mapping[Trouble, Words]] = {
    Trouble.NAME_UNKNOWN: Words(
        "{server} cannot be found: its name is not known here.",
        "Check OWNKEY_MAIL_HOST, and the DNS of this machine.",
    ),
    Trouble.UNREACHABLE: Words("{server} cannot be reached.", _CHECK_PLACE),
    Trouble.NO_ANSWER: Words("{server} does not answer in time.", _CHECK_PLACE),
    Trouble.NOT_A_MAIL_SERVER: Words(
        "{server} does not answer as a mail server.", "Check OWNKEY_MAIL_HOST and OWNKEY_MAIL_PORT."
    ),
    Trouble.TURNED_AWAY: Words(
        "{server} turns this machine away at the door.",
        "Ask the mail server's administrator to let this machine send, and check OWNKEY_MAIL_HOST.",
    ),
    Trouble.WANTS_TLS: Words(
        "{server} speaks TLS from the first byte, and Ownkey does not.",
        "Set OWNKEY_MAIL_SECURITY to tls.",
    ),
    Trouble.SPEAKS_NO_TLS: Words(
        "{server} does not speak TLS from the first byte.",
        "Set OWNKEY_MAIL_SECURITY to starttls, or OWNKEY_MAIL_PORT to the port for TLS (often 465).",
    ),
    Trouble.NO_STARTTLS: Words(
        "{server} does not offer STARTTLS.",
        "Set OWNKEY_MAIL_SECURITY to tls with the port for it (often 465), or to none if the line is safe.",
    ),
    Trouble.TLS_FAILED: Words(
        "{server} and Ownkey do not agree on a way to encrypt the line.",
        "Check OWNKEY_MAIL_SECURITY, and that the mail server offers TLS 1.2 or later.",
    ),
    Trouble.CERTIFICATE_UNTRUSTED: Words(
        "{server} has a certificate that is not trusted here.",
        "If its authority is your own, name the file with the authority's certificate in SSL_CERT_FILE.",
    ),
    Trouble.CERTIFICATE_NAME: Words(
        "{server} has a certificate for another name.",
        "Set OWNKEY_MAIL_HOST to the name in the certificate.",
    ),
    Trouble.CERTIFICATE_DATE: Words(
        "{server} has a certificate that is not valid today.",
        "Have the certificate renewed, and check this machine's clock.",
    ),
    Trouble.SIGN_IN_REFUSED: Words("{server} refuses to let Ownkey in.", _CHECK_USER),
    Trouble.SIGN_IN_NOT_OFFERED: Words(
        "{server} offers no sign-in that Ownkey knows over this connection.",
        "Check OWNKEY_MAIL_SECURITY (many servers offer it only over TLS); or leave OWNKEY_MAIL_USER out.",
    ),
    Trouble.SIGN_IN_WANTED: Words(
        "{server} wants Ownkey to sign in first.", "Set OWNKEY_MAIL_USER and OWNKEY_MAIL_PASSWORD."
    ),
    Trouble.SENDER_REFUSED: Words(
        "{server} does not take mail from Ownkey's address.",
        "Set OWNKEY_MAIL_FROM to an address that this server may send from.",
    ),
    Trouble.RECIPIENT_REFUSED: Words("{server} refuses this address for good.", _CHECK_ADDRESS),
    Trouble.RECIPIENT_NOT_NOW: Words(
        "{server} does not take mail for this address at the moment.", "Ownkey tries again by itself."
    ),
    Trouble.CONTENT_REFUSED: Words(
        "{server} refuses the mail for what it says.", "Ask the mail server's administrator why."
    ),
    Trouble.BUSY: Words("{server} takes no mail at the moment.", "Ownkey tries again by itself."),
    Trouble.BROKE_OFF: Words(
        "{server} went away while it took the mail.", "If it stays so, look at the mail server's log."
    ),
    Trouble.OUTSIDE_ASCII: Words(
        "Ownkey cannot mail an address with letters outside ASCII before the @.", "Use another address."
    ),
    Trouble.UNWRITABLE: Words(
        "The mail could not be put together.",
        "Check OWNKEY_MAIL_FROM; if it is right, that is a fault of Ownkey.",
    ),
    Trouble.FOLDER: Words(
        "The mail could not be written into the data directory.",
        "Check the disk, and who owns the folder mail in the data directory.",
    ),
    Trouble.SEAL: Words(
        "The mail that waited cannot be opened: its key is lost, or it was altered.", "Send it again."
    ),
    Trouble.TOO_LATE: Words("The mail could not be sent before its link was too old.", "Send it again."),
    Trouble.UNKNOWN: Words(
        "{server} could not be used, for a reason that Ownkey does not know.",
        "Look for mail_not_sent in the log, and check the OWNKEY_MAIL variables.",
    ),
}


def words_of(trouble: str, answer: str = "") -> str:
    """Return what happened to a mail, with what the server said where that is kept."""
    says = WORDS[known(trouble)].about()
    return f"{says} It said “{answer}”." if answer else says


def next_step_after(trouble: str) -> str:
    """Return what to do about it."""
    return WORDS[known(trouble)].next_step


def known(trouble: str) -> Trouble:
    """Return a trouble as it was stored; one of a later version counts as unknown."""
    try:
        return Trouble(trouble)
    except ValueError:
        return Trouble.UNKNOWN


def on_one_line(answer: bytes | str) -> str:
    """Return what a server said as one short line that can be shown anywhere."""
    text = answer.decode("utf-8", errors="replace") if isinstance(answer, bytes) else answer
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= LONGEST_ANSWER else line[: LONGEST_ANSWER - 1] + "…"
