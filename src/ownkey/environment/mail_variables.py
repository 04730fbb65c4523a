"""The variables about mail, read as strictly as the mail library reads them later."""

import re
from email.errors import MessageError, NonASCIILocalPartDefect, ObsoleteHeaderDefect
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from typing import Final

from ownkey.environment.values import MailSecurity, MailSettings
from ownkey.environment.variables import Variables
from ownkey.secret import Secret

IMPLICIT_TLS_PORT: Final = 465
LONGEST_ADDRESS: Final = 254
LONGEST_HOST: Final = 253

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Two standards of international names read these letters differently: each could mean another server.
_AMBIGUOUS_LETTERS: Final = frozenset("ßς\u200c\u200d")

NOT_A_SENDER: Final = (
    "OWNKEY_MAIL_FROM must be one e-mail address, or a name and an address such as "
    "Ownkey <ownkey@acme.example>."
)
NAME_NEEDS_QUOTES: Final = (
    "OWNKEY_MAIL_FROM holds a name with a comma or another mark that has a meaning in addresses. Put the "
    'name into double quotes: "Ownkey, Acme" <ownkey@acme.example>.'
)
SENDER_OUTSIDE_ASCII: Final = (
    "OWNKEY_MAIL_FROM has letters outside ASCII before the @, which many mail servers do not take. Use "
    "another address; the name before it may have any letters."
)
NOT_A_HOST: Final = (
    "OWNKEY_MAIL_HOST must be the name or the IP address of one mail server, such as mail.acme.example."
)
MORE_THAN_A_HOST: Final = (
    "OWNKEY_MAIL_HOST must be the mail server's name alone. Leave out what stands before it (such as "
    "smtp://) and after it: the port goes into OWNKEY_MAIL_PORT, the user into OWNKEY_MAIL_USER."
)


def read_mail(reader: Variables) -> MailSettings:
    """Return how mail leaves."""
    host = _host(reader)
    security, port = _security_and_port(reader)
    user, password = _user_and_password(reader, has_host=bool(host))
    return MailSettings(
        host=host,
        port=port,
        user=user,
        password=password,
        security=security,
        sender=_sender(reader),
    )


def _host(reader: Variables) -> str:
    given = reader.text("OWNKEY_MAIL_HOST")
    if not given:
        return ""
    address = given[1:-1] if given.startswith("[") and given.endswith("]") else given
    try:
        return str(ip_address(address))
    except ValueError:
        pass
    if re.search(r"[/@:\[\]]", given):
        reader.mistakes.append(MORE_THAN_A_HOST)
        return given
    name = given.lower().removesuffix(".")
    if _AMBIGUOUS_LETTERS & set(given):
        reader.mistakes.append(
            "OWNKEY_MAIL_HOST has a letter that is written in two ways in the name system. Give the name in "
            "its ASCII form, which begins with xn--."
        )
        return given
    try:
        name = name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or len(name) > LONGEST_HOST or labels[-1].isdigit():
        reader.mistakes.append(NOT_A_HOST)
        return given
    return name


def _security_and_port(reader: Variables) -> tuple[MailSecurity, int]:
    given = reader.text("OWNKEY_MAIL_SECURITY").lower()
    if given and given not in set(MailSecurity):
        reader.mistakes.append("OWNKEY_MAIL_SECURITY must be starttls, tls or none.")
        given = ""
    usual = IMPLICIT_TLS_PORT if given == MailSecurity.TLS else MailSettings().port
    port = reader.number("OWNKEY_MAIL_PORT", default=usual, smallest=1, largest=65535)
    if given:
        return MailSecurity(given), port
    return MailSecurity.TLS if port == IMPLICIT_TLS_PORT else MailSecurity.STARTTLS, port


def _user_and_password(reader: Variables, *, has_host: bool) -> tuple[str, Secret | None]:
    user, password = reader.text("OWNKEY_MAIL_USER"), reader.secret("OWNKEY_MAIL_PASSWORD")
    if has_host:
        is_told = any("OWNKEY_MAIL_PASSWORD" in mistake for mistake in reader.mistakes)
        if user and password is None and not is_told:
            reader.mistakes.append("OWNKEY_MAIL_PASSWORD must be set for OWNKEY_MAIL_USER.")
        if password is not None and not user:
            reader.mistakes.append("OWNKEY_MAIL_USER must be set for OWNKEY_MAIL_PASSWORD.")
    for name, text in (
        ("OWNKEY_MAIL_USER", user),
        ("OWNKEY_MAIL_PASSWORD", reader.secret_text("OWNKEY_MAIL_PASSWORD") if password else ""),
    ):
        if not _can_be_sent(text):
            reader.mistakes.append(
                f"{name} holds a line break, another control character, or bytes that are no text in UTF-8."
            )
    return user, password


def _can_be_sent(text: str) -> bool:
    """Return whether a sign-in can carry a text: UTF-8 without control characters (RFC 4616, section 2)."""
    has_control = any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in text)
    return not has_control and not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def _sender(reader: Variables) -> str:
    given = reader.text("OWNKEY_MAIL_FROM", MailSettings().sender)
    if mistake := _fault_of_sender(given):
        reader.mistakes.append(mistake)
        return MailSettings().sender
    return given


def _fault_of_sender(given: str) -> str:
    """Return a sentence about what the mail library would refuse later, "" for a sender that it takes."""
    if not given.isprintable():
        return NOT_A_SENDER
    address = _only_address_in(given)
    if address is None:
        bracketed = re.fullmatch(r"[^<>]+<[^<>@\s]+@[^<>@\s]+>", given)
        return NAME_NEEDS_QUOTES if bracketed else NOT_A_SENDER
    if not address.username.isascii():
        return SENDER_OUTSIDE_ASCII
    is_usable = address.username and _is_domain(address.domain) and len(address.addr_spec) <= LONGEST_ADDRESS
    return "" if is_usable else NOT_A_SENDER


def _only_address_in(given: str) -> Address | None:
    """Return the one address that the mail library finds and takes, None where it would stumble."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = given
        header = message["From"]
    except (ValueError, LookupError, AttributeError, MessageError):
        return None
    # A dot in a name is called obsolete and read by everybody; letters outside ASCII get their own sentence.
    harmless = (ObsoleteHeaderDefect, NonASCIILocalPartDefect)
    is_sound = all(isinstance(defect, harmless) for defect in header.defects)
    if not is_sound or len(header.addresses) != 1 or header.groups[0].display_name is not None:
        return None
    address: Address = header.addresses[0]
    return address


def _is_domain(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        try:
            ip_address(text[1:-1].removeprefix("IPv6:"))
        except ValueError:
            return False
        return True
    try:
        name = text.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return all(map(_LABEL.fullmatch, name.split(".")))
