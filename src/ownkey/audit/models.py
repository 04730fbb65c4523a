"""The record's one table: entries are added and read, never changed or removed."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone


class AppendOnlyError(Exception):
    """Somebody tried to change or remove an entry of the record."""

    code = "record-is-append-only"

    def __init__(self) -> None:
        super().__init__("Entries of the record are never changed or removed.")


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries, without the ways to change or remove them."""

    def update(self, **_values: object) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError


class Entry(models.Model):
    """One thing that somebody did.

    Actor and subject are kept as text, so that an entry still tells its story
    after the rows that it speaks of have gone.
    """

    at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    actor = models.CharField(max_length=254, editable=False)
    action = models.CharField(max_length=64, editable=False)
    subject = models.CharField(max_length=254, editable=False)
    details = models.JSONField(default=dict, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        """The newest first."""

        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's own signature
        """Add the entry; refuse when it is there already."""
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError
