"""The gateway as it is measured: all of its steps, its grants kept in memory instead of a database.

Run as `ownkey_gateway.py CLIENT AUTHORIZATION CERTIFICATE KEY PORT URL [PORT URL]`. Each port is a gateway
whose calls go to the URL. The pace is set so high that it lets everything pass; it is
still counted.
"""

import asyncio
import logging
import sys
import time
from pathlib import Path

import structlog
from granian.constants import Interfaces
from granian.server.embed import Server

from ownkey.cli.serving import Interruptible
from ownkey.client_key import ClientKeyHasher, parse_client_key
from ownkey.gateway.address import Addresses
from ownkey.gateway.app import Gateway, Limits
from ownkey.gateway.grants import Account, Connected, Snapshot
from ownkey.gateway.pacing import DEFAULT_RATES, Pacer
from ownkey.gateway.upstream import Upstream
from ownkey.gateway.upstream.aiohttp import AiohttpUpstream
from ownkey.gateway.upstream.pyreqwest import PyreqwestUpstream
from ownkey.scopes.profiles import PLANNING
from ownkey.scopes.router import load_router

HASHER = ClientKeyHasher(b"pepper of the benchmarks, 32 bytes.")


class OneGrant:
    """Grants that hold one client key and never change."""

    version = 1

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def lookup(self, key_id: str) -> Snapshot | None:
        """Return what the key grants."""
        return self._snapshot if key_id == self._snapshot.key_id else None

    async def site_of(self, account_slug: str) -> str | None:
        """Return the site of the ALM account."""
        return self._snapshot.account.site_url if account_slug == self._snapshot.account.slug else None

    async def report_refused(self, credential_id: str, version: int) -> None:
        """Say so: nothing is refused here."""
        raise RuntimeError(credential_id, version)


def gateway(upstream: Upstream, *, authorization: str, key_text: str, url: str) -> Gateway:
    """Return a gateway whose only client key calls this URL."""
    key = parse_client_key(key_text)
    assert key is not None
    account = Account("acme", "https://acme.atlassian.net", "place", PLANNING.scopes)
    credential = Connected(
        "credential", 1, url, authorization.encode(), "ada@acme.example", token_scopes=PLANNING.scopes
    )
    return Gateway(
        grants=OneGrant(Snapshot(key.key_id, HASHER.hash(key), "ada", account, credential)),
        hasher=HASHER,
        upstream=upstream,
        routes=load_router(),
        addresses=Addresses(),
        pacer=Pacer(monotonic=time.monotonic, rates=dict.fromkeys(DEFAULT_RATES, 1e9)),
        limits=Limits(open_calls_per_key=1000),
    )


async def main(client: str, authorization: str, certificate: bytes, key_text: str, *routes: str) -> None:
    """Serve until killed."""
    # As Ownkey does: what is below this level costs a call nothing.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    upstream: Upstream
    if client == "aiohttp":
        upstream = AiohttpUpstream(ca_certificate_pem=certificate)
    else:
        upstream = PyreqwestUpstream(ca_certificate_pem=certificate)
    await asyncio.gather(
        *(
            Server(
                Interruptible(gateway(upstream, authorization=authorization, key_text=key_text, url=url)),
                port=int(port),
                interface=Interfaces.ASGI,
                log_enabled=False,
            ).serve()
            for port, url in zip(routes[::2], routes[1::2], strict=True)
        )
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes(), *sys.argv[4:]))
