"""The gateway as it is measured: `ownkey gateway` on a data directory of its own, made for the occasion.

Run as `ownkey_gateway.py CLIENT AUTHORIZATION CERTIFICATE KEYS PLACE PORT URL`, with a person for each of the
client keys, which are apart by commas. Grants come from the database,
calls that write go on record, counters are written down: all as people run it. One thing differs: the pace is
set so high that nothing waits; it is still counted.
"""
# ruff: noqa: PLC0415 — the environment is set first, and Django started

import base64
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ownkey.calls import rate_limits

if TYPE_CHECKING:
    from ownkey.connections.models import AlmAccount

CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
SLUG = "acme"


def fill(authorization: str, key_texts: Sequence[str]) -> None:
    """Put an ALM account into the store, and a person with a credential for it for each client key."""
    from django.db import transaction
    from django.utils import timezone

    from ownkey.atlassian.wire import Authentication
    from ownkey.connections.models import AlmAccount
    from ownkey.scopes.profiles import PLANNING

    account = AlmAccount.objects.create(
        slug=SLUG,
        name="Acme",
        site_url="https://acme.atlassian.net",
        cloud_id=CLOUD_ID,
        authentication=Authentication.SCOPED_API_TOKEN,
        profile_name=PLANNING.name,
        required_scopes=sorted(PLANNING.scopes),
        since=timezone.now(),
    )
    with transaction.atomic():
        for number, key_text in enumerate(key_texts):
            add_person(number, account, authorization, key_text)


def add_person(number: int, account: "AlmAccount", authorization: str, key_text: str) -> None:
    """Put a person into the store, with a credential for an ALM account and a client key for it."""
    from django.utils import timezone

    from ownkey.atlassian.wire import Authentication
    from ownkey.client_key import parse_client_key
    from ownkey.connections.client_keys import hasher_of
    from ownkey.connections.models import ClientKey, Credential, StoredState
    from ownkey.connections.sealing import key_ring, seal_for
    from ownkey.people.models import User
    from ownkey.secret import Secret

    login, _, token = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    now = timezone.now()
    user = User.objects.create(email=f"{number}.{login}", name="Ada Lovelace")
    credential = Credential(
        user=user,
        alm_account=account,
        authentication=Authentication.SCOPED_API_TOKEN,
        login=login,
        version=1,
        proven_count=1,
        state=StoredState.CONNECTED,
        since=now,
        connected_at=now,
    )
    credential.envelope = seal_for(credential, Secret(token), version=1)
    credential.save(force_insert=True)
    key, ring = parse_client_key(key_text), key_ring()
    assert key is not None
    ClientKey.objects.create(
        id=key.key_id,
        user=user,
        alm_account=account,
        name="Benchmark",
        key_hash=hasher_of(ring).hash(key),
        hashed_with=ring.primary.id,
        created_at=now,
    )


def main(client: str, authorization: str, certificate: str, key_texts: str, place: str, *route: str) -> None:
    """Serve until killed."""
    port, url = route
    os.environ |= {
        "OWNKEY_HOME": str(Path(place) / "home"),
        "OWNKEY_GATEWAY_CLIENT": client,
        "OWNKEY_ATLASSIAN_API_URL": url,
        "OWNKEY_TRUSTED_SITES": url,
        "SSL_CERT_FILE": certificate,
    }
    rate_limits.DEFAULT_RATES.update(dict.fromkeys(rate_limits.DEFAULT_RATES, 1e9))

    from ownkey.cli.store import open_store

    open_store()
    fill(authorization, key_texts.split(","))

    from ownkey.cli.main import main as run_command

    sys.argv = ["ownkey", "gateway", "--port", port]
    run_command()


if __name__ == "__main__":
    main(*sys.argv[1:])
