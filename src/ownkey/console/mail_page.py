"""The page of mails in the demo, where nothing leaves the machine.

Mails hold links that let people in. So there is no such page outside the demo, and in it everybody reads
their own mail; an administrator reads all, because those who are invited have no account yet.
"""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ownkey.console.mailbox import MOST, letters_in
from ownkey.environment.process import current_environment
from ownkey.mail.sending import claim_due, send_stored
from ownkey.people.access import user_of
from ownkey.people.password_reset import write_reset


@require_safe
@never_cache
def mail_list(request: HttpRequest) -> HttpResponse:
    """Show the mails that the signed-in person would have got."""
    environment = current_environment()
    if not environment.is_demo or environment.mail.host:
        raise Http404
    # What was posted a moment ago is there at once: here nothing waits for a mail server.
    for mail_id in claim_due(timezone.now(), most=MOST):
        send_stored(mail_id, write=write_reset)
    user = user_of(request)
    letters = letters_in(Path(settings.EMAIL_FILE_PATH), to=None if user.is_administrator else user.email)
    return render(request, "console/mail.html", {"letters": letters})
