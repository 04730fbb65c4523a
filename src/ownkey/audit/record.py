"""Writing the record: one function, called by whoever changes something."""

from collections.abc import Mapping

from ownkey.audit.models import Entry

Detail = str | int | bool | None | list[str]

OPERATOR = "operator"  # whoever works on the command line of the machine


def record(
    action: str, *, actor: object, subject: object = "", details: Mapping[str, Detail] | None = None
) -> Entry:
    """Add one entry and return it.

    Args:
        action: A stable dotted name, such as "person.suspended".
        actor: Who did it: a user, `OPERATOR`, or "" for somebody who is not signed in.
        subject: What it was done to; its text is kept.
        details: Plain facts. A secret has no business here, and any value that is
            not plain JSON (a `Secret` above all) is refused.
    """
    plain = dict(details or {})
    for name, value in plain.items():
        if not _is_plain(value):
            raise TypeError(f"The detail {name!r} of {action!r} is not a plain value.")
    return Entry.objects.create(action=action, actor=_label(actor), subject=_label(subject), details=plain)


def _label(thing: object) -> str:
    """Return what the record calls `thing`: an e-mail where there is one, else its text."""
    return str(getattr(thing, "email", None) or thing)[:254]


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str) for part in value)
    return value is None or isinstance(value, str | int | bool)
