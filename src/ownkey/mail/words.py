"""How far a mail has come, as a sentence for the page of who is invited; "" where all is well."""

from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.troubles import words_of


def delivery_words(mail: StoredMail | None) -> str:
    """Return what an administrator should know about a mail with a link."""
    if mail is None:
        return ""
    why = words_of(mail.trouble, mail.answer) if mail.trouble else ""
    match mail.delivery:
        case Delivery.FAILED:
            return (
                f"The mail could not be delivered. {why} Press “New link”, and hand the link over yourself."
            )
        case Delivery.WAITING | Delivery.SENDING if why:
            return f"The mail is tried again. {why}"
        case Delivery.WAITING | Delivery.SENDING:
            return "The mail is about to be sent."
    return ""
