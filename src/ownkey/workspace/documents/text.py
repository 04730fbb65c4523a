"""Text that came from Jira, as it may stand on a page."""

from typing import Final

from ownkey.unseen import TURNING

_CONTROLS: Final = {code: None for code in [*range(0x20), *range(0x7F, 0xA0)] if chr(code) not in "\t\n"}
_DROPPED: Final = {**_CONTROLS, **dict.fromkeys(map(ord, TURNING))}


def shown(value: object) -> str:
    """Return a text without what turns its direction, controls a terminal, or is half a character."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and value.isprintable():
        return value  # as nearly all texts of a large board are
    return value.translate(_DROPPED).encode("utf-8", "replace").decode("utf-8")
