"""What can be refused about people.

PeopleError
├── EmailTakenError          somebody with this e-mail is here already
├── WeakPasswordError        the password is too easy to guess
├── LastAdministratorError   nobody would be left to look after Ownkey
├── OwnAccountError          not something to do to yourself
├── TwoRolesError            an auditor changes nothing, and so is no administrator
├── NoSuchPersonError        nobody has this e-mail
├── TooManyAttemptsError     too many failed; it is too early for the next
├── SingleSignOnError        the provider vouches for nobody who may come in
│   └── UnknownAnswerError       what came back was not asked for in this browser
└── LinkError                a link that does not let anybody in
    ├── UnknownLinkError         never made, or revoked
    ├── UsedLinkError            used already
    └── ExpiredLinkError         too old

ControlError                 not a PeopleError, so that no page takes it for a mistake in a form
├── NotAllowedError          the actor has no right to do this, or no longer
└── RecentSignInNeededError  the last sign-in is too long ago for this
"""

from datetime import UTC, datetime, timedelta

from django.core.exceptions import PermissionDenied


class PeopleError(Exception):
    """Something about people was refused; the message is for whoever asked."""

    code = "people"


class EmailTakenError(PeopleError):
    """Somebody with this e-mail is here already."""

    code = "email-taken"


class WeakPasswordError(PeopleError):
    """The password is too easy to guess; `reasons` says why, a sentence each."""

    code = "weak-password"

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class LastAdministratorError(PeopleError):
    """Nobody would be left to look after Ownkey."""

    code = "last-administrator"


class OwnAccountError(PeopleError):
    """Not something to do to yourself."""

    code = "own-account"


class TwoRolesError(PeopleError):
    """An auditor changes nothing, and so is no administrator."""

    code = "two-roles"


class NoSuchPersonError(PeopleError):
    """Nobody has this e-mail."""

    code = "no-such-person"


class TooManyAttemptsError(PeopleError):
    """Too many attempts failed; the next is allowed at `until`."""

    code = "too-many-attempts"

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.seconds = max(1, -((datetime.now(UTC) - until) // timedelta(seconds=1)))
        minutes = -(-self.seconds // 60)
        when = "in a minute" if minutes == 1 else f"in {minutes} minutes"
        super().__init__(f"Too many tries failed. Try again {when}, at {until.astimezone(UTC):%H:%M} UTC.")


class SingleSignOnError(PeopleError):
    """The provider vouches for nobody who may come in."""

    code = "single-sign-on"


class UnknownAnswerError(SingleSignOnError):
    """What came back from the provider was not asked for in this browser, or too long ago."""

    code = "single-sign-on-unknown-answer"


class LinkError(PeopleError):
    """A link does not let anybody in."""

    code = "link"


class UnknownLinkError(LinkError):
    """The link was never made, or it was revoked or replaced by a newer one."""

    code = "link-unknown"


class UsedLinkError(LinkError):
    """The link was used already."""

    code = "link-used"


class ExpiredLinkError(LinkError):
    """The link is too old."""

    code = "link-expired"


class ControlError(Exception):
    """An act was refused before it began. The pages answer it in one place, `people.sign_in.middleware`."""

    code = "control"


class NotAllowedError(ControlError, PermissionDenied):
    """The actor has no right to do this, or no longer: they were suspended, or their role was taken."""

    code = "not-allowed"

    def __init__(self) -> None:
        super().__init__("You have no right to do this, or no longer. Ask an administrator.")


class RecentSignInNeededError(ControlError):
    """The last sign-in is too long ago for this act; `words` says what it is, as it follows "to"."""

    code = "recent-sign-in-needed"

    def __init__(self, words: str) -> None:
        super().__init__(f"Confirm that it is you to {words}: your last sign-in was a while ago.")
        self.words = words
