"""What can be refused about people.

PeopleError
├── EmailTakenError          somebody with this e-mail is here already
├── WeakPasswordError        the password is too easy to guess
├── LastAdministratorError   nobody would be left to look after Ownkey
├── OwnAccountError          not something to do to yourself
├── NoSuchPersonError        nobody has this e-mail
└── LinkError                a link that does not let anybody in
    ├── UnknownLinkError         never made, or revoked
    ├── UsedLinkError            used already
    └── ExpiredLinkError         too old
"""


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


class NoSuchPersonError(PeopleError):
    """Nobody has this e-mail."""

    code = "no-such-person"


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
