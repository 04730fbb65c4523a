"""The key ring of an installation in memory, read again when what it was read from changes.

`ring` is what is sealed with: always as it stands now, or an error. `ring_for` is what is opened with: as
long as the ring in memory holds the key, neither the file nor a provider is looked at, so that calls go on
while those are away.
"""

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from ownkey.secret import Secret
from ownkey.vault import key_document, key_file
from ownkey.vault.errors import FixedKeyRingError
from ownkey.vault.key_provider import KeyProvider, ProviderSettings, build_provider
from ownkey.vault.key_ring import KeyRing

VARIABLE: Final = "OWNKEY_KEYS"
_Mark: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeySettings:
    """Where the key ring comes from.

    Attributes:
        file: The key file.
        inline: The ring itself, from the environment; then there is no key file.
        provider: What wraps the key file's keys; None leaves them as they are.
    """

    file: Path
    inline: Secret | None = field(default=None, compare=False)
    provider: ProviderSettings | None = None


class KeyKeeper:
    """Keeps one installation's key ring; made by `keeper_of`."""

    def __init__(self, settings: KeySettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: tuple[_Mark, KeyRing] | None = None
        self._built_provider: KeyProvider | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether the ring comes from the environment, which only the operator changes."""
        return self._settings.inline is not None

    @property
    def is_awaiting_wrapping(self) -> bool:
        """Whether a provider is named that the key file's keys are not wrapped by yet."""
        return (
            not self.is_fixed
            and self._settings.provider is not None
            and not key_document.is_wrapped(key_file.read_key_file(self._settings.file))
        )

    def ring(self) -> KeyRing:
        """Return the ring as it stands now.

        Raises:
            KeyFileError: It cannot be read.
            KeyProviderError: The provider does not unwrap it.
        """
        mark = self._mark()
        known = self._known
        if known is not None and mark is not None and known[0] == mark:
            return known[1]
        with self._lock:
            # The mark is taken first: a change in between is noticed the next time.
            mark = self._mark()
            if self._known is None or self._known[0] != mark:
                self._known = (mark or (), self._load())
            return self._known[1]

    @property
    def ring_in_memory(self) -> KeyRing:
        """The ring as it was read last; nothing is looked at but for the first time."""
        known = self._known
        return self.ring() if known is None else known[1]

    def ring_for(self, key_id: str) -> KeyRing:
        """Return a ring that holds a key: the one in memory if it does, else the one as it stands now."""
        known = self._known
        if known is not None and any(key.id == key_id for key in known[1].keys):
            return known[1]
        return self.ring()

    def ensure(self, *, may_create: bool) -> KeyRing:
        """Return the ring; a key file that is missing is made, if it may be.

        Raises:
            KeyFileError: There is none, or it cannot be used.
            KeyProviderError: The provider does not wrap or unwrap it.
        """
        if may_create and not self.is_fixed:
            key_file.load_or_create_key_file(self._settings.file, provider=self._provider())
        return self.ring()

    @contextmanager
    def changing(self) -> Iterator[Callable[[KeyRing], None]]:
        """Be the only one that changes the ring while the block lasts; yields what puts another in its place.

        Raises:
            FixedKeyRingError: The ring comes from the environment.
            KeyFileError: Somebody else is at it, or the file cannot be written.
        """
        if self.is_fixed:
            raise FixedKeyRingError(
                f"The key ring comes from {VARIABLE}, which Ownkey cannot change: change it where it is kept "
                "(ownkey keys generate prints a new key; the primary comes first), and restart Ownkey."
            )
        with key_file.key_file_lock(self._settings.file):
            yield self._replace

    def _replace(self, ring: KeyRing) -> None:
        key_file.replace_key_file(self._settings.file, ring, provider=self._provider())

    def _load(self) -> KeyRing:
        if self._settings.inline is not None:
            return key_document.parse_lines(self._settings.inline.reveal(), where=VARIABLE)
        return key_file.load_key_file(self._settings.file, provider=self._provider())

    def _provider(self) -> KeyProvider | None:
        if self._settings.provider is None:
            return None
        if self._built_provider is None:
            self._built_provider = build_provider(self._settings.provider)
        return self._built_provider

    def _mark(self) -> _Mark | None:
        """Return what differs whenever the key file does; None if there is none."""
        if self.is_fixed:
            return (0,)
        try:
            found = os.stat(self._settings.file)  # noqa: PTH116 asked for every sealing, in half the time
        except OSError:
            return None
        return (
            found.st_dev,
            found.st_ino,
            found.st_mtime_ns,
            found.st_ctime_ns,
            found.st_size,
            found.st_mode,
            found.st_uid,
        )


@functools.cache
def keeper_of(settings: KeySettings) -> KeyKeeper:
    """Return the keeper of an installation's key ring: one for each process."""
    return KeyKeeper(settings)
