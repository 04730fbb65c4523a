"""Why something was not saved.

NotSavedError
├── CandidateGoneError        nothing tested waits (any more)
├── GapsNotAcceptedError      scopes are missing and nobody said that it is all right
├── ReplacedMeanwhileError    somebody, or another tab, saved first
├── ChangedSinceTestError     the form no longer says what was tested
├── OtherJiraError            the site is another Jira than this ALM account's
├── WideningUnansweredError   new scopes would be required, and nobody said from which day
├── GraceTooLongError         new scopes would count only in the far future
├── NoListBeforeError         no scope counts today, so there is no list to go back to
├── TakenError                a name, or an Atlassian account, belongs to somebody else already
├── NothingSavedError         there is no credential to test or to change
├── TokenNeededError          the site or its type changed, which only a test can prove
├── SecretUnreadableError     the saved secret does not open
├── KeyUnusableError          there is no key to seal with
└── SiteUnusableError         the saved site may not be spoken to (any more)

Every message is for the person who pressed the button, and ends in what to do next.
"""


class NotSavedError(Exception):
    """Something was refused; what was saved before is untouched."""

    code = "not-saved"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CandidateGoneError(NotSavedError):
    """The tested token is not there: too late, saved already, or never tested."""

    code = "candidate-gone"

    def __init__(self) -> None:
        super().__init__(
            "The tested token is no longer available (it is kept for 15 minutes). "
            "Paste it again and press Test Connection."
        )


class GapsNotAcceptedError(NotSavedError):
    """Required scopes are missing."""

    code = "gaps-not-accepted"

    def __init__(self) -> None:
        super().__init__(
            "Required scopes are missing, so nothing was saved. "
            "Make a token with all of them, or choose Save with gaps."
        )


class ReplacedMeanwhileError(NotSavedError):
    """Compare-and-swap failed."""

    code = "replaced-meanwhile"

    def __init__(self) -> None:
        super().__init__(
            "Something else was saved here since you tested, perhaps in another tab. It was kept. "
            "Look at it, and test again if you still want to replace it."
        )


class WideningUnansweredError(NotSavedError):
    """New scopes would be required of tokens that were made without them."""

    code = "widening-unanswered"

    def __init__(self) -> None:
        super().__init__(
            "People’s tokens were not made with all of these scopes, so nothing was saved. Choose the day "
            "from which the new scopes count, and save again."
        )


class GraceTooLongError(NotSavedError):
    """The day from which new scopes are to count is too far away."""

    code = "grace-too-long"

    def __init__(self) -> None:
        super().__init__(
            "New scopes can count in a year at the latest: by then each token has to be made anew anyway. "
            "Choose an earlier day."
        )


class NoListBeforeError(NotSavedError):
    """New scopes cannot be given up: nothing is required without them."""

    code = "no-list-before"

    def __init__(self) -> None:
        super().__init__(
            "No scope counts today, so there is no list to go back to. Choose the scope profile you want."
        )


class ChangedSinceTestError(NotSavedError):
    """What the form says and what was tested differ."""

    code = "changed-since-test"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} changed after the test, so nothing was saved. Test the connection again.")


class OtherJiraError(NotSavedError):
    """The cloud id differs from the stored one."""

    code = "other-jira"

    def __init__(self) -> None:
        super().__init__(
            "That address is another Jira: its cloud id differs. People’s tokens belong to the old one. "
            "Add the other Jira as an ALM account of its own."
        )


class TakenError(NotSavedError):
    """A unique thing is in use."""

    code = "taken"


class NothingSavedError(NotSavedError):
    """There is no secret in the row."""

    code = "nothing-saved"

    def __init__(self) -> None:
        super().__init__("No token is saved here yet. Paste one and test it.")


class SecretUnreadableError(NotSavedError):
    """The vault does not open the envelope."""

    code = "secret-unreadable"

    def __init__(self) -> None:
        super().__init__(
            "The saved token cannot be opened with the key that Ownkey has now. "
            "Ask the operator of Ownkey, or press Change and paste a new token."
        )


class SiteUnusableError(NotSavedError):
    """The ALM account's address is not one that Ownkey may speak to."""

    code = "site-unusable"


class TokenNeededError(NotSavedError):
    """Another site without a test."""

    code = "token-needed"

    def __init__(self) -> None:
        super().__init__(
            "Another site or type is saved only after a test: press Change, paste the main token and test it."
        )


class KeyUnusableError(NotSavedError):
    """The vault has no key."""

    code = "key-unusable"

    def __init__(self) -> None:
        super().__init__(
            "Ownkey’s key file cannot be used, and a token is never kept unsealed, so nothing was saved. "
            "Tell the operator of Ownkey."
        )


class ClientKeyError(Exception):
    """A client key was not made or not revoked; the message is for whoever asked.

    ├── TooManyClientKeysError    the person has as many as anybody may
    ├── ScopesNotInProfileError   the key was to have scopes that the ALM account's profile does not
    ├── SuspendedOwnerError       whoever it was for is suspended
    └── NoSuchClientKeyError      there is no such key, or it is revoked already
    """

    code = "client-key"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TooManyClientKeysError(ClientKeyError):
    """The person has as many client keys as anybody may."""

    code = "too-many-client-keys"


class ScopesNotInProfileError(ClientKeyError):
    """The key was to have scopes that the scope profile does not hold."""

    code = "scopes-not-in-profile"


class SuspendedOwnerError(ClientKeyError):
    """Whoever the key was for is suspended."""

    code = "suspended"


class NoSuchClientKeyError(ClientKeyError):
    """There is no such key, or it is revoked already."""

    code = "no-such-client-key"

    def __init__(self) -> None:
        super().__init__("There is no client key with this id, or it is revoked already.")
