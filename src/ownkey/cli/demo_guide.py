"""What the demo prints: its addresses, and the walk for the state that is there."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from ownkey.cli.demo_home import DemoHome, Ports
    from ownkey.connections.queries import StandingRow

PASSWORD = "sunny-teapot-42"  # noqa: S105 printed for everybody; the demo listens on this machine only
ADMINISTRATOR = {"name": "Grace Hopper", "email": "grace@acme.example"}
ADA = "ada@acme.example"
BEGUN_ANEW = """
The pretend Atlassian began anew, and does not know the tokens that are saved here: each will be
refused. Make new ones, or begin anew with Ownkey as well: stop, and start with --fresh.
"""


@dataclass(frozen=True, slots=True)
class DemoState:
    """How far the walk has been walked.

    Attributes:
        set_up_link: The link for the first administrator, None when there is one.
        administrator: The e-mail address of an administrator, if there is one.
        rows: How the main credentials stand, and everybody's.
        world_is_new: Whether the pretend Atlassian begins with this start.
    """

    set_up_link: str | None
    administrator: str
    rows: "tuple[StandingRow, ...]"
    world_is_new: bool

    @property
    def main(self) -> "list[StandingRow]":
        """The ALM accounts' own credentials."""
        return [row for row in self.rows if row.user is None]

    @property
    def adas(self) -> "list[StandingRow]":
        """The ALM accounts that Ada is connected to."""
        return [row for row in self.rows if row.user and row.user.email == ADA and row.standing.is_usable]

    @property
    def has_lost_tokens(self) -> bool:
        """Whether tokens are saved here that the pretend Atlassian never made."""
        return self.world_is_new and any(row.standing.is_usable for row in self.rows)


def read_state(set_up_link: str | None, *, world_is_new: bool) -> DemoState:
    """Return how far the walk has been walked; the store must be open."""
    from ownkey.connections.queries import all_standings
    from ownkey.people.models import Role, User

    administrator = User.objects.filter(role=Role.ADMINISTRATOR).order_by("joined_at").first()
    return DemoState(set_up_link, administrator.email if administrator else "", all_standings(), world_is_new)


def guide(home: "DemoHome", ports: "Ports", state: DemoState) -> str:
    """Return what the person at the terminal reads: the links, and the steps in their order."""
    kept = f"It keeps its data in {home.folder}." if home.is_kept else "Its data is gone when it stops."
    return f"""
Ownkey's demo is running. Nothing leaves this machine. {kept} Ctrl-C stops it.

  Ownkey                {ports.ownkey_url}
  A pretend Atlassian   {ports.sandbox_url}   (in place of {"https"}://acme.atlassian.net)
{BEGUN_ANEW if state.has_lost_tokens else ""}
The walk:
{_first(ports, state)}{_second(ports, state)}{_third(state)}{_fourth(ports, state)}
Is all well? From a second terminal:
  OWNKEY_HOME={shlex.quote(str(home.folder))} {_atlassian(ports)} \\
    {_this_command()} doctor

The same check from a second terminal:
  {_atlassian(ports)} \\
    {_this_command()} check --site {ports.sandbox_url} --email {ADA}
"""


def _first(ports: "Ports", state: DemoState) -> str:
    if state.set_up_link:
        return f"""  1. Be Grace, the administrator. Open the set-up link and choose a password:
       {state.set_up_link}?{urlencode(ADMINISTRATOR)}
"""
    return f"""  1. Be the administrator, {state.administrator}. Sign in as you did before:
       {ports.ownkey_url}
"""


def _second(ports: "Ports", state: DemoState) -> str:
    if not state.main:
        return f"""  2. Administration → ALM Accounts → + Add ALM Account. Site URL: {ports.sandbox_url}
       Make Grace's token on the pretend Atlassian, test the connection, save. Then sign out.
"""
    lines = [
        f"{row.account.name} is there, at {row.account.site_url}. Its main credential: {row.standing.title}."
        for row in state.main
    ]
    if all(row.standing.is_usable for row in state.main):
        lines.append("Administration → ALM Accounts shows it. Sign out to go on as Ada.")
    else:
        lines.append("Administration → ALM Accounts → its name → Change takes a new token.")
    return "  2. " + "\n       ".join(lines) + "\n"


def _third(state: DemoState) -> str:
    sign_in = f"sign in as {ADA} with the password {PASSWORD}"
    if not state.adas:
        return f"""  3. Be Ada: {sign_in}
       Profile → ALM Credentials → Edit → Change, and follow the guide beside the form.
       (Bo is bo@acme.example, with the same password.)
"""
    names = " and ".join(row.account.name for row in state.adas)
    return f"""  3. Be Ada, who is connected to {names}: {sign_in}
       (unless you chose another; Bo is bo@acme.example, with the same password.)
"""


def _fourth(ports: "Ports", state: DemoState) -> str:
    first = (
        "Make client keys, and see settings for tools: Tools → New client key."
        if state.adas
        else """Once she is connected, the page shows a curl line that works as it stands: try it.
       More client keys, and settings for other tools: Tools → New client key."""
    )
    return f"""  4. {first}
       What a tool changes in Jira stands there under her name: {ports.sandbox_url}/browse/ACME-1

  5. Open Jira, in the menu: what changed, her issues and boards, and what her token and her account may.
"""


def _atlassian(ports: "Ports") -> str:
    return f"OWNKEY_ATLASSIAN_API_URL={ports.sandbox_url} OWNKEY_TRUSTED_SITES={ports.sandbox_url}"


def _this_command() -> str:
    """Return how this very command can be called from the directory that the person is in."""
    here = Path(sys.argv[0])
    return str(here) if here.name == "ownkey" and not here.is_absolute() else "ownkey"
