"""Looking names up so that only public addresses are dialled, but for hosts that an operator chose."""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from ownkey.atlassian.hosts import is_public_address
from ownkey.atlassian.sites import Addresses


class PrivateAddressError(OSError):
    """A name of the public internet led to an address that is not on it."""


class GuardedResolver(AbstractResolver):
    """Looks names up, and refuses private addresses for all hosts but those that an operator chose.

    The connector dials the very addresses that were checked, so a name cannot change its mind in between.
    """

    def __init__(self, inner: AbstractResolver, *, addresses: Addresses) -> None:
        self._inner = inner
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises:
            PrivateAddressError: One of them is not on the public internet, and nobody chose this host.
        """
        found = await self._inner.resolve(host, port, family)
        if not self._addresses.may_be_private(host, port) and not all(
            is_public_address(result["host"]) for result in found
        ):
            raise PrivateAddressError
        return found

    async def close(self) -> None:
        """Close what it asks."""
        await self._inner.close()
