"""Where the gateway's health and metrics are served: nowhere, unless asked, and never on the public port."""

from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.output import say
from ownkey.cli.ports import address_for_people, require_free_port

if TYPE_CHECKING:
    from ownkey.environment.values import Environment

StatusPort = Annotated[
    int | None,
    typer.Option(
        "--status-port",
        min=0,
        max=65535,
        help="Serve /healthz, /readyz and /metrics of the gateway on this port of this machine.",
        show_default="OWNKEY_STATUS_ADDRESS, or nowhere",
    ),
]


def status_listener(environment: "Environment", status_port: int | None) -> tuple[str, int] | None:
    """Return the address and the free port that the status is served on, None for nowhere; and say so."""
    if status_port is not None:
        host, port = "127.0.0.1", status_port
    elif environment.status_address is not None:
        host, port = environment.status_address.host, environment.status_address.port
    else:
        return None
    found = require_free_port(host, port)
    say(f"Health and metrics of the gateway are at {address_for_people(host, found)}/metrics")
    return host, found
