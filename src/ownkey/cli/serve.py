"""`ownkey serve`: the pages and the gateway, in one process."""

from typing import Annotated

import typer

from ownkey.cli.init import new_set_up_link, print_set_up_link
from ownkey.cli.output import flush, say
from ownkey.cli.ports import address_for_people, is_all_addresses, listening_words, require_free_port
from ownkey.cli.serving import Beside, end_process, run, serve_until_told
from ownkey.cli.status_port import StatusPort, status_listener
from ownkey.cli.store import open_store_to_serve

ONLY_FROM_HERE = (
    "Pages open from this machine alone, because nobody said at which address other machines find Ownkey. "
    "Set OWNKEY_BASE_URL to that address."
)
EXAMPLE = """\b
Example:
  OWNKEY_BASE_URL=https://ownkey.acme.example ownkey serve --host 0.0.0.0 --port 8000
"""


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")
    ] = 8000,
    status_port: StatusPort = None,
) -> None:
    """Serve Ownkey's pages and its gateway.

    The first start prints a one-time link for the first administrator.
    """
    from ownkey.environment import process

    port = require_free_port(host, port)
    # Where nobody said how people reach Ownkey, they reach it right here.
    address = address_for_people(host, port)
    is_named = process.is_set("OWNKEY_BASE_URL")
    process.set_default("OWNKEY_BASE_URL", address)
    environment = open_store_to_serve(address)
    if link := new_set_up_link():
        print_set_up_link(environment, link)
    status = status_listener(environment, status_port)
    if is_all_addresses(host) and not is_named:
        say(ONLY_FROM_HERE)
    say(f"Ownkey is at {environment.base_url} ({listening_words(host, port)}). Ctrl-C stops it.")
    flush()

    from ownkey.console.asgi import application

    beside = Beside(application.status_app, *status) if status else None
    end_process(run(serve_until_told(application, host, port, beside=beside)))
