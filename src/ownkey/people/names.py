"""What may be a name: of a person, a client key, an ALM account or a passkey."""

import unicodedata

from ownkey.atlassian.secret_shapes import looks_like_secret

UNSEEN = "The name has characters that cannot be seen, or that turn the text around. Type it anew."
SECRET = (
    "That looks like a token or key, so it was not kept. Type a name, and revoke the token if others saw it."  # noqa: S105 a sentence
)

JOINERS = frozenset("\u200c\u200d")
"""Unseen, and needed within words of several scripts and between emoji."""


def initials_of(name: str, *, otherwise: str = "?") -> str:
    """Return the one or two letters that stand for a person where a picture would.

    Pages load no pictures from other hosts.

    Args:
        name: The person's name.
        otherwise: What is taken in the place of an empty name.
    """
    words = name.split() or [otherwise or "?"]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


def problem_with(name: str) -> str:
    """Return what keeps a text from being a name, as a sentence without it; "" if nothing does."""
    if looks_like_secret(name):
        return SECRET
    return UNSEEN if any(_is_unseen(name, at) for at in range(len(name))) else ""


def _is_unseen(name: str, at: int) -> bool:
    if name[at] in JOINERS:
        # Between two other characters it joins them; elsewhere it is only unseen.
        return not (0 < at < len(name) - 1) or name[at - 1] in JOINERS or name[at - 1] == " "
    # Controls, marks of direction and format, private letters and half ones, separators of lines.
    return unicodedata.category(name[at]) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
