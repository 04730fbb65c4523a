"""`ownkey init`: the data directory, the keys, the tables, and the link for the first administrator."""

from typing import TYPE_CHECKING, Annotated

import typer

from ownkey.cli.environment import read_environment
from ownkey.cli.options import AsJson
from ownkey.cli.output import print_json, print_line, say
from ownkey.cli.store import open_store, tell_unknown_variables

if TYPE_CHECKING:
    from ownkey.environment.values import Environment

EXAMPLE = """\b
Example:
  OWNKEY_HOME=/var/lib/ownkey OWNKEY_BASE_URL=https://ownkey.acme.example ownkey init
"""


def init(
    new_database: Annotated[
        bool,
        typer.Option(
            "--new-database",
            help="Make an empty database beside the keys of one that is gone; one that is there is kept.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the data directory and print the set-up link.

    Keys and tables are made too. Doing it again changes nothing, but for a new link as long as
    there is no administrator.
    """
    tell_unknown_variables(read_environment())
    environment = open_store(may_be_new=new_database)
    link = new_set_up_link()
    if as_json:
        print_json({"home": str(environment.home), "set_up_link": link})
        return
    say(f"Ownkey keeps its data in {environment.home}.")
    say(_what_to_back_up(environment))
    print_set_up_link(environment, link)


def new_set_up_link() -> str | None:
    """Return a fresh link for the first administrator, None when there is one. The store must be open."""
    from ownkey.people.set_up import ensure_setup_link

    return ensure_setup_link()


def _what_to_back_up(environment: "Environment") -> str:
    """Return where the keys are that no saved token opens without."""
    if environment.key_ring is not None:
        return (
            "The keys come from OWNKEY_KEYS, and no saved token opens without them: make sure that they are "
            "backed up where they are kept, apart from the database."
        )
    sentence = "Back up the file vault.key apart from the database: without it no saved token opens again."
    if environment.key_provider is not None:
        sentence += " It opens only together with the key provider: what that keeps needs a backup, too."
    return sentence


def print_set_up_link(environment: "Environment", link: str | None) -> None:
    """Print the link on stdout, and beside it what it is for."""
    if link is None:
        say(f"There is an administrator already: sign in at {environment.base_url}")
        return
    from ownkey.console.nobody_here import successor_without_people

    if found := successor_without_people():
        say(str(found))
    say("Open this link once to make the first administrator:")
    print_line(link)
