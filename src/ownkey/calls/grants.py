"""What a means grants: immutable snapshots, and the protocol through which the way of a call gets them.

The way of a call knows no database. The process that runs it passes a `Grants`, which must keep four
promises:

- `version` changes whenever any snapshot would come out differently: a key made, narrowed or revoked, a
  person suspended, a session ended, a credential saved, disconnected, refused or expired, a policy or a
  profile edited. "Last used" and counters do not change it. It is read for every call and eight times a
  second, so it does no I/O beyond microseconds, and it is never more than half a second behind the truth, on
  every worker. An implementation that cannot tell any more (its database is away) raises
  `GrantsUnavailableError`: nothing is let through.
- `changes_since` names whom the changes concern that came after a version: every snapshot that would come
  out differently has one of these among its `subjects`. It does no I/O. Where it is not certain (a new day,
  another database, changes that are too many or too long ago) it is everything.
- `lookup` returns the snapshot of one means as it is now, or None for a client key that is unknown or
  revoked, a session that has ended, or a person who is suspended. It may do I/O, off the event loop: its
  answer is kept until a change concerns it.
- `report_refused` is told when Atlassian refused a credential. It records the state, which changes `version`;
  from then on every worker's snapshots hold that credential as `Withheld`. Until its owner has tested it, no
  snapshot offers the same credential id and version again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from ownkey.calls.changes import Changes, Kind, Subject
from ownkey.calls.means import ByClientKey, Means
from ownkey.calls.refusals import Code
from ownkey.scopes.requirement import Scope


class GrantsUnavailableError(Exception):
    """Permissions cannot be read at the moment, so every call is refused."""


class ReadOnly(StrEnum):
    """What makes a means read-only."""

    CLIENT_KEY = "client-key"
    POLICY = "policy"
    LOOKING_UP = "looking-up"
    """An administrator looks something up with the main credential."""


@dataclass(frozen=True, slots=True)
class Account:
    """The ALM account that a client key is for, as far as a call needs it.

    Attributes:
        slug: Its name in addresses.
        site_url: Where its site is, without a slash at the end.
        place: What Atlassian's rate limits count by: the cloud id, or the site for Data Center.
        profile_scopes: The scopes that its profile requires, and so the most that anybody uses through
            Ownkey.
        passes_unknown_operations: Whether calls that are no operation of the catalogue go through.
    """

    slug: str
    site_url: str
    place: str
    profile_scopes: frozenset[Scope]
    passes_unknown_operations: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """A credential that may be sent.

    Attributes:
        credential_id: Which credential; with `version` it names one secret and no other.
        version: Counted up whenever its owner saves or successfully tests it.
        base_url: The only address that it is sent to, without a slash at the end.
        authorization: The whole value of the Authorization header, made by `ownkey.atlassian.wire`.
        acting_as: The Jira login that the call is made as; for people to read.
        is_main: Whether it is the ALM account's own credential rather than the person's.
        token_scopes: The scopes that its API token has, as far as declared or observed, without those proved
            missing; None for a credential that has no scopes.
    """

    credential_id: str
    version: int
    base_url: str
    authorization: bytes = field(repr=False)
    acting_as: str
    is_main: bool = False
    token_scopes: frozenset[Scope] | None = None

    @property
    def goes_to_api_gateway(self) -> bool:
        """Whether Atlassian's API gateway looks at it, before Jira; on a site Jira itself does."""
        return self.token_scopes is not None


@dataclass(frozen=True, slots=True)
class Withheld:
    """No credential, and why: one of `refusals.WITHHELD`."""

    reason: Code


CredentialState: TypeAlias = Connected | Withheld


@dataclass(frozen=True, slots=True)
class Standing:
    """How the credential of a client key's owner stands, in plain values that JSON can hold.

    The gateway decides nothing by it: it is what pages and the command line show, for tools to show as well.
    """

    told: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a call needs to know about its means, frozen.

    Attributes:
        means: By which means the person acts.
        key_hash: What `ClientKeyHasher.hash` made of the client key; empty for other means.
        person_id: Whose it is; pacing is fair between persons.
        person: Their e-mail, for the record.
        account: The ALM account that the means is for.
        credential: What the call is made with, the policy for people who are not connected applied already.
        expires_at: When the means ends; aware.
        key_scopes: What the client key was narrowed to, or None.
        read_only: Why only operations that read may be called, or None.
    """

    means: Means
    key_hash: bytes = field(repr=False)
    person_id: str
    account: Account
    credential: CredentialState
    expires_at: datetime | None = None
    key_scopes: frozenset[Scope] | None = None
    read_only: ReadOnly | None = None
    person: str = ""

    decided: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was decided of each operation already: with a snapshot that does not change, neither does that."""

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Return everything that it depends on, so that a change of none of it leaves it true."""
        person = Subject(Kind.PERSON, self.person_id)
        return (person, Subject(Kind.ACCOUNT, self.account.slug), *self.means.subjects)

    def has_expired(self, now: datetime) -> bool:
        """Whether the means has come to its end."""
        return self.expires_at is not None and now >= self.expires_at


class Grants(Protocol):
    """Where the gateway gets snapshots from; see the module's docstring for what it must promise."""

    @property
    def version(self) -> int:
        """A number that differs after every change."""

    def changes_since(self, version: int) -> Changes:
        """Return whom the changes concern that came after a version; for one that never was, everything."""

    async def lookup(self, means: Means) -> Snapshot | None:
        """Return what a means grants now, or None."""

    async def site_of(self, account_slug: str) -> str | None:
        """Return the site of an ALM account, where links that people click lead, or None if there is none."""

    async def standing_of(self, means: ByClientKey) -> Standing | None:
        """Return how the owner's own credential stands, or None if the client key grants nothing.

        It may do I/O, and it is asked only by a caller that wants to know, never on a call's way.
        """

    async def report_refused(self, credential_id: str, version: int) -> None:
        """Record that Atlassian refused a credential."""
