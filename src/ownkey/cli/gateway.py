"""`ownkey gateway`: the gateway alone, in a process of its own."""

from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.account import find_account
from ownkey.cli.output import flush, say
from ownkey.cli.ports import address_for_people, is_all_addresses, listening_words, require_free_port
from ownkey.cli.serving import Beside, end_process, run, serve_until_told
from ownkey.cli.status_port import StatusPort, status_listener
from ownkey.cli.store import open_store_to_serve

if TYPE_CHECKING:
    from ownkey.environment.values import Environment

ONLY_FROM_HERE = (
    "Links in answers lead to this machine alone, because nobody said at which address tools find the "
    "gateway. Give it with --public-url, or set OWNKEY_GATEWAY_URL."
)
EXAMPLE = """\b
Examples:
  ownkey gateway --port 8001
  ownkey gateway --account acme --port 8002 --public-url https://acme-jira.example.com
"""


def gateway(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")
    ] = 8001,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="SLUG",
            help="Serve this ALM account alone, at the root: for tools that drop the path of an address.",
            show_default="all, at /jira/SLUG",
        ),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            "--public-url",
            metavar="URL",
            help="Where tools reach this port, such as https://acme-jira.example.com; links lead there.",
            show_default="OWNKEY_ACCOUNT_URL with --account, else OWNKEY_GATEWAY_URL",
        ),
    ] = None,
    status_port: StatusPort = None,
) -> None:
    """Serve the gateway without the pages.

    Any number may run beside ownkey serve on the same data directory; each sees within a moment what is
    changed in another.
    """
    from ownkey.environment import process

    port = require_free_port(host, port)
    address = address_for_people(host, port)
    if public_url is not None:
        process.set_variables(**{"OWNKEY_ACCOUNT_URL" if account else "OWNKEY_GATEWAY_URL": public_url})
    if not process.is_set("OWNKEY_BASE_URL"):
        # Where nobody said how tools reach the gateway, they reach it right here.
        process.set_default("OWNKEY_GATEWAY_URL", address)
    environment = open_store_to_serve(address)
    slug = find_account(account).slug if account else None
    status = status_listener(environment, status_port)
    if is_all_addresses(host) and slug is None and environment.gateway_url == address:
        say(ONLY_FROM_HERE)
    where = _where(environment, slug, here=address)
    say(f"The gateway runs: {where} ({listening_words(host, port)}). Ctrl-C stops it.")
    flush()

    from ownkey.console.data_plane import build_data_plane

    data_plane = build_data_plane(only_account=slug)
    beside = Beside(data_plane.status_app, *status) if status else None
    end_process(run(serve_until_told(data_plane, host, port, beside=beside)))


def _where(environment: "Environment", slug: str | None, *, here: str) -> str:
    """Return where tools find the gateway: at the public address of an ALM account where one was given."""
    if slug is None:
        return f"ALM accounts are at {environment.gateway_url}/jira/…"
    return f"{environment.account_url or here} is the ALM account {slug}"
