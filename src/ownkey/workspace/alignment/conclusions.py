"""What the answer to a trial proves, and what it does not: of the scope, and of Jira's permissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ownkey.atlassian.answers import Meaning
from ownkey.workspace.alignment.scopes import YOURS
from ownkey.workspace.alignment.trials import Trial
from ownkey.workspace.jira.tried import Tried
from ownkey.workspace.jira.trouble import Kind

_NOTHING: Final = "This proves nothing; try again in a moment."
_NEVER_ASKED: Final = "Not asked: the call never reached Jira."
_NOT_LET: Final = (
    "Jira does not let {account} do this. A new token would not help: ask an administrator of the "
    "project in Jira."
)
_PERMISSION_READ: Final = {
    Meaning.SUCCESS: "Jira answered, so {account} may read this.",
    Meaning.NOT_FOUND: "Jira shows nothing here: it is not there, or {account} may not see it.",
    Meaning.INVALID: "Jira did not understand the question, so this says nothing about {account}.",
    Meaning.NO_PERMISSION: _NOT_LET,
    Meaning.RESOURCE_REFUSED: _NOT_LET,
}
_PERMISSION_PROBED: Final = {
    **_PERMISSION_READ,
    Meaning.SUCCESS: "Jira answered, and had nothing to do.",
    Meaning.NOT_FOUND: "This says nothing about {account}: what was asked for does not exist, on purpose.",
    Meaning.INVALID: "This says nothing about {account}: Jira refused the question itself, on purpose.",
}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was proved.

    Attributes:
        token: `granted`, `missing`, or `unknown` where nothing is proved.
        about_scope: What it says about the token, in a sentence.
        about_permission: What it says about the account, in a sentence.
    """

    token: str
    about_scope: str
    about_permission: str


def conclusion_of(
    trial: Trial, tried: Tried, *, has_scopes: bool, whose: Mapping[str, str] = YOURS
) -> Conclusion:
    """Return what a trial proved.

    Args:
        trial: What was asked.
        tried: What became of it.
        has_scopes: Whether the token has scopes at all; without, Jira's permissions alone decide.
        whose: The words for whose token and account it is.
    """
    found = _concluded(trial, tried, has_scopes=has_scopes)
    words = {"token": whose["token"].lower(), "Token": whose["token"], "account": whose["account"]}
    return Conclusion(
        found.token, found.about_scope.format_map(words), found.about_permission.format_map(words)
    )


def _concluded(trial: Trial, tried: Tried, *, has_scopes: bool) -> Conclusion:
    if tried.answer is None:
        return _unanswered(trial, tried)
    meaning = tried.meaning
    if meaning is Meaning.SCOPE_REFUSED:
        return Conclusion("missing", _lacks(trial), _NEVER_ASKED)
    if not meaning.is_from_jira and meaning is not Meaning.RESOURCE_REFUSED:
        return Conclusion("unknown", _NOTHING, "")
    about = (_PERMISSION_PROBED if trial.is_probe else _PERMISSION_READ)[meaning]
    if not has_scopes:
        return Conclusion("unknown", "{Token} has no scopes, so no scope was asked for.", about)
    return Conclusion("granted", _has(trial), about)


def _unanswered(trial: Trial, tried: Tried) -> Conclusion:
    trouble = tried.trouble
    if trouble is not None and trouble.scopes:
        about = f"Ownkey did not send it: as far as it knows, {{token}} lacks {trial.scope}."
        return Conclusion("missing", about, _NEVER_ASKED)
    if trouble is not None and trouble.kind is not Kind.AWAY:
        sentence = trouble.sentence.replace("{", "{{").replace("}", "}}")
        return Conclusion("unknown", f"Ownkey did not send it. {sentence}", _NEVER_ASKED)
    return Conclusion("unknown", _NOTHING, "")


def _has(trial: Trial) -> str:
    beside = f", together with {' and '.join(trial.beside)}" if trial.beside else ""
    return (
        f"Atlassian let the call through, so {{token}} has {trial.scope}{beside}: of the required scopes, "
        "no other opens this."
    )


def _lacks(trial: Trial) -> str:
    one_of = " or ".join((trial.scope, *trial.beside))
    return f"Atlassian refused the call before Jira saw it: {{token}} lacks {one_of}."
