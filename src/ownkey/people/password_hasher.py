"""How passwords are hashed: with scrypt, one at a time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.contrib.auth.hashers import ScryptPasswordHasher

_HASHING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ownkey-hashing")


class OneAtATimeScrypt(ScryptPasswordHasher):
    """Django's scrypt, in a thread of its own.

    Each hash takes 16 MB for a moment, which the C library keeps for the thread that asked for it; Django has
    another thread for every request, so a few people who signed in took 100 MB for good.
    """

    def encode(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 as Django has it
        """Return the hash of a password, as Django writes it."""
        return _HASHING.submit(super().encode, *args, **kwargs).result()
