"""What looks like a secret where none belongs: a token or key that was pasted into the wrong field."""

import re
from typing import Final

_SHAPES: Final = re.compile(
    r"AT[A-Z]{3}[A-Za-z0-9+/=_-]{15,}"  # Atlassian Cloud's tokens and keys
    r"|ok_[a-z2-7]{12}_[a-z2-7]{32}",  # a client key
)
# A personal access token of Data Center has no mark: Base64 of 33 bytes, a mixture that no name is.
_UNMARKED: Final = re.compile(r"[A-Za-z0-9+/=_-]{40,}")
_MIXTURE: Final = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))


def looks_like_secret(text: str) -> bool:
    """Return whether a token or key stands anywhere in a text; if so it is neither shown nor kept."""
    if _SHAPES.search(text):
        return True
    return any(all(kind.search(run[0]) for kind in _MIXTURE) for run in _UNMARKED.finditer(text))
