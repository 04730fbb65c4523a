"""The record's one table: entries are added and read, never changed or removed."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from ownkey.audit.entry import LONGEST_NAME, LONGEST_TEXT, Outcome


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
    """One thing that somebody did, at its place in the chain.

    Who and what are kept as text, so that an entry still tells its story after the rows that it speaks of
    have gone. Entries are added by `record.record` and by `storing.append`, which chain them; triggers keep
    everybody else from doing so.
    """

    number = models.PositiveBigIntegerField(primary_key=True, editable=False)
    at = models.DateTimeField(editable=False, db_index=True)
    actor = models.CharField(max_length=LONGEST_TEXT, editable=False)
    action = models.CharField(max_length=LONGEST_NAME, editable=False, db_index=True)
    subject = models.CharField(max_length=LONGEST_TEXT, editable=False)
    alm_account = models.CharField(max_length=LONGEST_NAME, editable=False)
    outcome = models.CharField(
        max_length=16, editable=False, choices=[(each.value, each.value) for each in Outcome]
    )
    details = models.JSONField(editable=False)
    key_id = models.CharField(max_length=LONGEST_NAME, editable=False)
    hash = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=32)

    objects = EntryQuerySet.as_manager()

    class Meta:
        """The newest first."""

        ordering: ClassVar[list[str]] = ["-number"]
        indexes = (models.Index(fields=["actor", "-number"], name="audit_entry_of_actor"),)
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}".rstrip()

    def save(self, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401 Django's own signature
        """Refuse: an entry gets its place from `storing.append`."""
        raise AppendOnlyError

    def delete(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError
