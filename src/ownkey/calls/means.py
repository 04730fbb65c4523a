"""By which means a person acts in Jira: a tool's client key, a session in the pages, later a program."""

import hashlib
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from ownkey.calls.changes import Kind, Subject


class ByClientKey(NamedTuple):
    """A tool acts with a client key that its owner made.

    Attributes:
        key_id: The public part of the client key.
    """

    key_id: str

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whom changes of it alone concern."""
        return (Subject(Kind.CLIENT_KEY, self.key_id),)

    @property
    def kind(self) -> Literal["client-key"]:
        """The word for it in metrics, logs and the record."""
        return "client-key"

    @property
    def details(self) -> dict[str, str]:
        """What the record of a call says about it."""
        return {"client_key": self.key_id}


class BySession(NamedTuple):
    """A person acts in Ownkey's pages, signed in.

    Attributes:
        person_id: Whose session it is.
        account_slug: The ALM account that the page is for.
        session: A digest of the session's key; the key itself would open the session.
    """

    person_id: str
    account_slug: str
    session: str

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whom changes of it alone concern: nobody, as the end of a session is a change of its person."""
        return ()

    @property
    def kind(self) -> Literal["session"]:
        """The word for it in metrics, logs and the record."""
        return "session"

    @property
    def details(self) -> dict[str, str]:
        """What the record of a call says about it."""
        return {"means": "session"}


@dataclass(frozen=True, slots=True)
class ByAdministrator:
    """An administrator looks something up in Ownkey's pages with an ALM account's main credential.

    It only reads, and it is never equal to the session that it belongs to: what that may do is another thing.

    Attributes:
        person_id: Which administrator.
        account_slug: The ALM account that the page is for.
        session: A digest of the session's key.
    """

    person_id: str
    account_slug: str
    session: str

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whom changes of it alone concern: nobody, as with a session."""
        return ()

    @property
    def kind(self) -> Literal["session"]:
        """The word for it in metrics, logs and the record."""
        return "session"

    @property
    def details(self) -> dict[str, str]:
        """What the record of a call says about it."""
        return {"means": "administrator"}


Means: TypeAlias = ByClientKey | BySession | ByAdministrator
"""Hashable: snapshots, places, counters and refusals that are alike are kept by it."""


def session_digest(session_key: str) -> str:
    """Return what names a session without opening it: 32 hexadecimal digits."""
    return hashlib.blake2b(session_key.encode(), digest_size=16, person=b"ownkey-session").hexdigest()
