"""Whose session a key opens, asked once for a stream."""

import asyncio

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from ownkey.people.models import User


async def person_of(session_key: str) -> str | None:
    """Return the id of the person who is signed in by a session, or None."""
    return await asyncio.to_thread(_ask, session_key)


def _ask(session_key: str) -> str | None:
    try:
        person_id = SessionStore(session_key).get(SESSION_KEY)
        is_there = person_id is not None and User.objects.filter(pk=person_id, is_active=True).exists()
        return str(person_id) if is_there else None
    except (ValueError, TypeError):
        return None
    finally:
        # The thread is anybody's; what it opened would stay open in it.
        connection.close()
