"""The secrets of set-up and invitation links: made once, shown once, kept as keyed hashes."""

import secrets
from collections import Counter
from collections.abc import Collection

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from ownkey.environment.process import current_environment, key_keeper
from ownkey.people.models import Invitation, SetUpLink
from ownkey.vault.key_ring import KeyRing
from ownkey.vault.keyed_hash import key_id_of_hash, keyed_hash, keyed_hashes


def make_link_secret() -> str:
    """Return a new secret of 256 bits for a link."""
    return secrets.token_urlsafe(32)


def link_hash(secret: str, *, purpose: str) -> str:
    """Return what is kept of a link's secret.

    Args:
        secret: What stands in the link.
        purpose: "set-up" or "invitation": a secret of one kind is worth nothing as the other.
    """
    return keyed_hash(secret, ring=_ring(), purpose=purpose)


def link_hashes(secret: str, *, purpose: str) -> tuple[str, ...]:
    """Return what may have been kept of a link's secret, one for each key of the ring, to look it up by."""
    return keyed_hashes(secret, ring=_ring(), purpose=purpose)


def live_links_by_key(*, using: str = DEFAULT_DB_ALIAS) -> Counter[str]:
    """Return how many links that still lead in each key of the vault has hashed."""
    invitations = Invitation.objects.using(using).usable().values_list("secret_hash", flat=True)
    set_up = SetUpLink.objects.using(using).values_list("secret_hash", flat=True)
    return Counter(key_id_of_hash(stored) for stored in (*invitations, *set_up))


def forget_links(lost: Collection[str]) -> list[Invitation]:
    """Make the links worthless, for good, that only lost keys of the vault recognise.

    Returns:
        The invitations among them that somebody may still have hoped to use.
    """
    for link in SetUpLink.objects.all():
        if key_id_of_hash(link.secret_hash) in lost:
            link.delete()
    forgotten = [
        invitation
        for invitation in Invitation.objects.open()
        if key_id_of_hash(invitation.secret_hash) in lost
    ]
    Invitation.objects.filter(pk__in=[each.pk for each in forgotten]).close(revoked_at=timezone.now())
    return forgotten


def _ring() -> KeyRing:
    ring: KeyRing = key_keeper().ring()
    return ring


def absolute(path: str) -> str:
    """Return the whole address of `path`, for links that leave the browser.

    The base URL is the operator's word; the request's `Host` header is anybody's.
    """
    return f"{current_environment().base_url}{path}"
