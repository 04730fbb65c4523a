"""The record in plain language: what each action, outcome and detail is called."""

from collections.abc import Mapping

from ownkey.audit.entry import Outcome

ACTIONS: Mapping[str, str] = {
    "set-up.finished": "Set up Ownkey",
    "signed-in": "Signed in",
    "sign-in.failed": "Failed to sign in",
    "signed-out": "Signed out",
    "session.ended": "Ended a session",
    "session.others-ended": "Ended all other sessions",
    "password.changed": "Changed the password",
    "factor.added": "Added a second factor",
    "factor.removed": "Removed a second factor",
    "factor.renamed": "Renamed a passkey",
    "factors.reset": "Reset a person’s second factors",
    "recovery-codes.made": "Made recovery codes",
    "recovery-code.used": "Used a recovery code",
    "single-sign-on.connected": "Connected single sign-on",
    "single-sign-on.disconnected": "Disconnected single sign-on",
    "sign-in-link.made": "Made a sign-in link",
    "invitation.made": "Invited",
    "invitation.revoked": "Revoked an invitation",
    "invitation.accepted": "Accepted an invitation",
    "person.added": "Added a person",
    "person.renamed": "Changed the name",
    "person.suspended": "Suspended a person",
    "person.reinstated": "Reinstated a person",
    "person.made-administrator": "Made an administrator",
    "person.unmade-administrator": "Took administrator’s rights",
    "person.made-auditor": "Made an auditor",
    "person.unmade-auditor": "Took auditor’s rights",
    "alm-account.added": "Added an ALM account",
    "alm-account.changed": "Changed an ALM account",
    "alm-account.deleted": "Removed an ALM account",
    "credential.connected": "Connected an API token",
    "credential.replaced": "Replaced an API token",
    "credential.expiry-changed": "Changed an API token’s expiry date",
    "credential.tested": "Tested a new API token",
    "credential.checked": "Checked a saved API token",
    "credential.refused": "Atlassian refused an API token",
    "credential.disconnected": "Disconnected an API token",
    "credential.released": "Removed an API token and its owner’s binding",
    "reminder.asked": "Asked for a reminder",
    "reminder.sent": "Sent a reminder",
    "mail.sent": "Sent a mail",
    "client-key.made": "Made a client key",
    "client-key.revoked": "Revoked a client key",
    "call.started": "Sent a call that writes",
    "call.ended": "A call that writes ended",
    "call.refused": "The gateway refused a call",
    "vault-key.added": "Added a key to the vault",
    "vault-key.rotated": "Moved all secrets to the vault’s newest key",
    "vault-key.retired": "Retired a key of the vault",
    "vault-key.lost": "Removed secrets whose vault key was lost",
    "backup.made": "Made a backup",
    "backup.restored": "Restored a backup",
    "record.exported": "Exported the record",
    "coverage.exported": "Exported the coverage",
    "use.exported": "Exported the use of operations",
    "record.pruned": "Removed old entries from the record",
}

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DONE: "Done",
    Outcome.REFUSED: "Refused",
    Outcome.FAILED: "Failed",
    Outcome.STARTED: "Started",
    Outcome.UNSURE: "Not certain",
}

_DETAILS: Mapping[str, str] = {
    "acting_as": "Acting as",
    "before": "Older than",
    "client_key": "Client key",
    "code": "Reason",
    "expires_on": "Last day",
    "id": "Client key",
    "identity": "Identity",
    "head": "Head of the record until then",
    "jira_trace": "Jira trace",
    "main_credential": "Main credential",
    "missing": "Missing scopes",
    "operation": "Operation",
    "request": "Request",
    "status": "Status",
    "times": "Times",
    "through": "Up to entry",
}

_UNTOLD = frozenset({"hash"})


def action_words(action: str) -> str:
    """Return what an action is called; one that has no words yet keeps its name."""
    return ACTIONS.get(action, action.replace(".", ": ").replace("-", " ").capitalize())


def actor_words(actor: str) -> str:
    """Return who did it."""
    known = {
        "": "A person not signed in",
        "operator": "The operator",
        "gateway": "The gateway",
        "schedule": "The schedule",
    }
    return known.get(actor, actor)


def outcome_words(outcome: str) -> str:
    """Return how it ended."""
    return OUTCOMES[Outcome(outcome)]


def details_words(details: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return details as pairs of words, without those that are empty."""
    return [
        (_DETAILS.get(name, name.replace("_", " ").capitalize()), _value_words(value))
        for name, value in details.items()
        if name not in _UNTOLD and value not in ("", None, [])
    ]


def _value_words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
