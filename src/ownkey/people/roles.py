"""What a person may do in Ownkey beyond what everybody may do about themselves: a role, in one column."""

from typing import TYPE_CHECKING, Any

from django.db import models


class Role(models.TextChoices):
    """A person's role; nobody has two."""

    PERSON = "person", "Person"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"

    @classmethod
    def of(cls, *, is_administrator: bool, is_auditor: bool) -> "Role":
        """Return the role that two flags of a command stand for."""
        if is_administrator:
            return cls.ADMINISTRATOR
        return cls.AUDITOR if is_auditor else cls.PERSON


if TYPE_CHECKING:
    _RoleText = models.CharField[Role, Role]
else:
    _RoleText = models.CharField


class RoleField(_RoleText):
    """A column that holds a role, as a member of `Role`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 Django's own
        super().__init__(**{"max_length": 16, "choices": Role, "default": Role.PERSON, **options})

    def from_db_value(self, value: str | None, *_: object) -> Role | None:
        """Return what the database holds; None for a person whom an outer join has not found."""
        return None if value is None else Role(value)


class HasRole(models.Model):
    """A table with a role.

    The two flags are what 0.2 kept a role in. Triggers fill them whenever a role is written, so that a store
    can go back to 0.2. They go with 0.4.
    """

    role = RoleField(db_default=Role.PERSON.value)
    was_administrator = models.BooleanField(default=False, editable=False, db_column="is_administrator")
    was_auditor = models.BooleanField(default=False, db_default=False, editable=False, db_column="is_auditor")

    class Meta:
        """No table of its own."""

        abstract = True

    @property
    def is_administrator(self) -> bool:
        """Whether the person looks after Ownkey."""
        return self.role is Role.ADMINISTRATOR

    @property
    def is_auditor(self) -> bool:
        """Whether the person reads the record and the coverage, and changes nothing."""
        return self.role is Role.AUDITOR
