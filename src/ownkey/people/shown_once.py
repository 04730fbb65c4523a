"""Secrets that one page shows once: sealed into the session that made them, and gone with the first look.

The answer to a form leads to a page with an address of its own, so that a reload repeats nothing. In between
the secret lies in the session's row as an envelope, bound to its person and to what it is about; a copy of
the database gives none away.
"""

import base64
import binascii
import time
from typing import Any

from django.http import HttpRequest

from ownkey.environment.process import key_keeper
from ownkey.people.access import user_of
from ownkey.people.models import User
from ownkey.vault.envelope import Context, key_id_of
from ownkey.vault.errors import VaultError
from ownkey.vault.texts import open_text, seal_text

SESSION_KEY = "shown_once"
WAITS_S = 5 * 60
MOST = 5


def keep_to_show(request: HttpRequest, *, about: str, text: str) -> bool:
    """Keep a secret for the next page about the same thing in this session, for a few minutes.

    Return whether it is kept: what cannot be sealed is not.
    """
    try:
        sealed = seal_text(text, ring=key_keeper().ring(), context=_context(user_of(request), about))
    except VaultError:
        return False
    waiting = _waiting(request)
    waiting[about] = {"sealed": base64.b64encode(sealed).decode(), "until": time.time() + WAITS_S}
    request.session[SESSION_KEY] = dict(list(waiting.items())[-MOST:])
    return True


def take_to_show(request: HttpRequest, *, about: str) -> str | None:
    """Return the secret that waits to be shown, and forget it; None where there is none any more.

    A question for the headers alone takes nothing.
    """
    if request.method != "GET":
        return None
    waiting = _waiting(request)
    found = waiting.pop(about, None)
    if found is None:
        return None
    request.session[SESSION_KEY] = waiting
    return _opened(found["sealed"], _context(user_of(request), about))


def _waiting(request: HttpRequest) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = request.session.get(SESSION_KEY, {})
    # One from a time to come was kept before the clock was set back.
    now = time.time()
    return {about: one for about, one in kept.items() if now < one["until"] <= now + WAITS_S}


def _opened(sealed: str, context: Context) -> str | None:
    try:
        envelope = base64.b64decode(sealed, validate=True)
        return open_text(envelope, ring=key_keeper().ring_for(key_id_of(envelope)), context=context)
    except (binascii.Error, ValueError, VaultError):
        return None


def _context(person: User, about: str) -> Context:
    return Context(table="shown_once", row_id=about, owner=str(person.pk), alm_account="", version=0)
