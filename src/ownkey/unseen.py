"""Characters that nobody sees: taken away from what people paste or files hold, or named by code point.

One cleaning for all fields, so that what is forgiven in one is not refused in its neighbour.
"""

import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterable
from typing import Final

UNSEEN: Final = dict.fromkeys(
    [
        # Soft hyphen, joiner, letter mark, vowel separator, fillers, byte order mark.
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x180E, 0x3164, 0xFEFF, 0xFFA0),
        *range(0x200B, 0x2010),  # zero widths and direction marks
        *range(0x202A, 0x202F),  # direction embeddings
        *range(0x2060, 0x2070),  # word joiner, isolates
        *range(0xFE00, 0xFE10),  # variation selectors
        *range(0xE0000, 0xE0080),  # tags
    ]
)
"""What word processors, chats and web pages add unseen; for `str.translate`."""

TURNING: Final = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
"""What turns text round: with one of these inside, an address reads otherwise than it is."""

QUOTES: Final = "\"'`´‘’‚‛“”„‟«»‹›"  # noqa: RUF001 these very characters are what people paste

# The longer mark first: that of UTF-32 begins as that of UTF-16 does.
_MARKS: Final = (
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)


def without_unseen(text: str) -> str:
    """Return a text without what nobody sees in it and without blanks around it."""
    return text.translate(UNSEEN).strip()


def without_ends(text: str) -> str:
    """Return a secret without blanks, line ends and unseen characters around it; inside it stays as it is."""
    return text.strip("".join({*map(chr, UNSEEN), *_BLANKS, "\x00"}))


def turning_in(text: str) -> str:
    """Return the characters inside a text that turn its direction, such as "U+202E"."""
    return _code_points(letter for letter in without_ends(text) if letter in TURNING)


def text_of_secret(data: bytes) -> str:
    """Return the secret in what a file or standard input holds, whatever program wrote it.

    Raises:
        ValueError: That is no text.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    text = without_ends(data.decode(encoding))
    if "\x00" in text:
        raise ValueError("A text has no zero inside.")
    return text


def unseen_in(text: str) -> str:
    """Return the characters in a text that cannot be seen, such as "U+200B, U+00A0"; "" for none."""
    return _code_points(letter for letter in text if ord(letter) in UNSEEN or _is_hidden(letter))


def _code_points(letters: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(f"U+{ord(letter):04X}" for letter in letters))


def _is_hidden(letter: str) -> bool:
    return letter != " " and (
        letter.isspace() or unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )


_BLANKS: Final = {chr(code) for code in range(0x3001) if chr(code).isspace()}
