"""Password resets: the page does the same work for every address, and the background writes the mail.

So neither the answer nor the time that it takes tells strangers who is here, whatever becomes of the mail.
"""

from datetime import timedelta
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from ownkey.mail.letters import Letter, Request
from ownkey.mail.models import StoredMail
from ownkey.mail.outbox import post
from ownkey.people.acts import Asks, By, act
from ownkey.people.models import User, normalise_email

KIND: Final = "password reset"
TEMPLATE: Final = "account/email/password_reset_key"


@act(
    to="ask for a new password",
    by=By.HOLDER,
    asks=Asks.NEVER,
    because="Anybody may ask; the link goes to the mailbox of the account and is shown nowhere.",
)
def ask_for_reset(email: str) -> None:
    """Have a link to a new password mailed to this address, if anybody here has it.

    A stranger's address costs the same work, and nothing of it is kept.
    """
    address = normalise_email(email)
    lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    is_here = User.objects.filter(email=address, is_active=True).exists()
    mail = post(Request(for_address=address), kind=KIND, good_until=timezone.now() + lasts)
    posted = StoredMail.objects.filter(pk=mail.pk)
    if is_here:
        posted.update(due_at=timezone.now())
    else:
        # One statement as above; Django's own way would look for invitations first.
        posted._raw_delete(posted.db)  # noqa: SLF001


def write_reset(request: Request) -> Letter | None:
    """Return the mail with the link, or None if nobody with this address may sign in."""
    user = User.objects.filter(email=request.for_address, is_active=True).first()
    if user is None:
        return None
    token = default_token_generator.make_token(user)
    link = get_adapter().get_reset_password_from_key_url(f"{user_pk_to_url_str(user)}-{token}")
    context = {"user": user, "password_reset_url": link}
    subject = render_to_string(f"{TEMPLATE}_subject.txt").strip()
    return Letter(to=user.email, subject=subject, body=render_to_string(f"{TEMPLATE}_message.txt", context))
