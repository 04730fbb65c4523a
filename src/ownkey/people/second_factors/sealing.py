"""Sealing what second factors are checked with: a stolen database gives none of them away.

allauth hands over a text and keeps what it gets in its own row. It gets a reference; the text lies sealed in
a row of its own, bound to its owner: in somebody else's place it does not open.
"""

import base64
import binascii
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError

from ownkey.environment.process import key_keeper
from ownkey.people.models import FactorSecret, User
from ownkey.vault.envelope import Context, key_id_of
from ownkey.vault.errors import VaultError
from ownkey.vault.texts import open_text, seal_text

_MARK = "sealed:"
_owner: ContextVar[User | None] = ContextVar("owner of the second factors", default=None)


class FactorUnreadableError(Exception):
    """What a second factor is checked with does not open."""

    code = "factor-unreadable"


@contextmanager
def factors_of(user: User) -> Iterator[None]:
    """Let second factors be sealed and opened as this person's while the block lasts."""
    token = _owner.set(user)
    try:
        yield
    finally:
        _owner.reset(token)


def seal_factor(text: str) -> str:
    """Seal what a factor of the person at work is checked with; return a reference to it."""
    owner = _the_owner()
    forget_unused(owner)
    row = FactorSecret(user=owner)
    row.envelope = seal_text(text, ring=key_keeper().ring(), context=factor_context(row))
    row.save(force_insert=True)
    return f"{_MARK}{row.pk}"


def open_factor(reference: str) -> str:
    """Return what a factor of the person at work is checked with.

    Raises:
        FactorUnreadableError: It is not this person's, it was altered, or its key is lost.
    """
    try:
        row = FactorSecret.objects.get(pk=reference.removeprefix(_MARK), user=_the_owner())
        envelope = bytes(row.envelope)
        ring = key_keeper().ring_for(key_id_of(envelope))
        return open_text(envelope, ring=ring, context=factor_context(row))
    except (FactorSecret.DoesNotExist, ValidationError, VaultError) as error:
        raise FactorUnreadableError from error


def forget_unused(user: User) -> None:
    """Delete what no factor of this person refers to any more."""
    FactorSecret.objects.filter(user=user).exclude(pk__in=_referred_to(user)).delete()


def factors_checked_with(secrets: Sequence[uuid.UUID]) -> Iterator[Authenticator]:
    """Yield the factors that refer to any of these."""
    owners = FactorSecret.objects.filter(pk__in=secrets).values_list("user", flat=True)
    wanted = set(secrets)
    for factor in Authenticator.objects.filter(user__in=owners).select_related("user"):
        if wanted & set(_references(factor)):
            yield factor


def seal_for_session(text: str) -> str:
    """Return a text sealed for the session of the person at work, where it waits to be proven."""
    context = _session_context(_the_owner())
    return base64.b64encode(seal_text(text, ring=key_keeper().ring(), context=context)).decode()


def open_from_session(sealed: object) -> str | None:
    """Return the text that waits in the session of the person at work, None if it cannot be opened."""
    try:
        envelope = base64.b64decode(str(sealed), validate=True)
        ring = key_keeper().ring_for(key_id_of(envelope))
        return open_text(envelope, ring=ring, context=_session_context(_the_owner()))
    except (binascii.Error, ValueError, VaultError):
        return None


def factor_context(row: FactorSecret) -> Context:
    """Return the place that a row's envelope belongs to."""
    table = row._meta.db_table  # noqa: SLF001 Django's public name for it
    return Context(table=table, row_id=str(row.pk), owner=str(row.user_id), alm_account="", version=0)


def _session_context(owner: User) -> Context:
    return Context(table="session", row_id="", owner=str(owner.pk), alm_account="", version=0)


def _the_owner() -> User:
    owner = _owner.get()
    if owner is None:
        raise RuntimeError("Second factors are sealed and opened within factors_of(…).")
    return owner


def _referred_to(user: User) -> list[str]:
    factors = Authenticator.objects.filter(user=user)
    return [str(found) for factor in factors for found in _references(factor)]


def _references(factor: Authenticator) -> Iterator[uuid.UUID]:
    for value in factor.data.values():
        if isinstance(value, str) and value.startswith(_MARK):
            yield uuid.UUID(value.removeprefix(_MARK))
