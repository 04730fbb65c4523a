"""A secret value that refuses to be shown."""

from typing import NoReturn, final


@final
class Secret:
    """A secret held so that it cannot be printed, compared by accident, pickled or serialised.

    Only `ownkey.atlassian.wire` and `ownkey.vault` may call `reveal()`; a test enforces it.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the secret itself, for the wire or the vault alone."""
        return self.__value

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        raise TypeError("A secret is not compared; open it in the vault or hash it.")

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A secret is never pickled or copied out; seal it in the vault.")
