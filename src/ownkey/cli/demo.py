"""`ownkey demo`: Ownkey and a pretend Atlassian side by side, ready for the walk."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from ownkey.cli.errors import ExitCode, FailedError
from ownkey.cli.init import new_set_up_link
from ownkey.cli.output import flush, print_line, say
from ownkey.cli.ports import free_port_near
from ownkey.cli.serving import end_process, run, serve_until_told
from ownkey.cli.store import open_store

EXAMPLE = """\b
Example:
  ownkey demo --port 8000 --sandbox-port 8123
"""

HOST = "127.0.0.1"
PATIENCE_S = 20.0
PASSWORD = "sunny-teapot-42"  # noqa: S105 printed for everybody; the demo listens on this machine only


@dataclass(frozen=True, slots=True)
class SeededPerson:
    """Somebody whom the demo adds, so that the walk can begin."""

    name: str
    email: str


ADMINISTRATOR = {"name": "Grace Hopper", "email": "grace@acme.example"}
PEOPLE = (SeededPerson("Ada Lovelace", "ada@acme.example"), SeededPerson("Bo Diddley", "bo@acme.example"))


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Ownkey's port.")] = 8000,
    sandbox_port: Annotated[int, typer.Option(min=0, max=65535, help="The pretend Atlassian's port.")] = 8123,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Keep the data here; otherwise it is kept until the demo stops.",
            show_default="a new directory",
        ),
    ] = None,
) -> None:
    """Start Ownkey and a pretend Atlassian beside it.

    It says what to do first. Nothing leaves this machine.
    """
    ownkey_port, atlassian_port = _ports(port, sandbox_port)
    ownkey_url, atlassian_url = f"http://{HOST}:{ownkey_port}", f"http://{HOST}:{atlassian_port}"
    with _data_directory(home) as directory, _sandbox(atlassian_port) as sandbox:
        os.environ.update(
            OWNKEY_HOME=str(directory),
            OWNKEY_BASE_URL=ownkey_url,
            OWNKEY_ATLASSIAN_API_URL=atlassian_url,
            OWNKEY_ATLASSIAN_ID_URL=atlassian_url,
            OWNKEY_TRUSTED_SITES=atlassian_url,
            OWNKEY_DEMO="1",
            # Mail stays here as well, and can be read on a page; and nobody starts a worker beside a demo.
            OWNKEY_MAIL_HOST="",
            OWNKEY_WORKER="in-process",
        )
        environment = open_store()
        _seed()
        guide = _guide(environment.base_url, atlassian_url, new_set_up_link(), kept_in=home)
        ended = run(_run(ownkey_port, atlassian_port, sandbox, guide))
        say("The demo has stopped." if home else "The demo has stopped, and its data is gone.")
    end_process(ended)


def _ports(port: int, sandbox_port: int) -> tuple[int, int]:
    """Return two free ports, the ones asked for where possible, and say so where not."""
    found = free_port_near(HOST, port)
    found_for_sandbox = free_port_near(HOST, sandbox_port if sandbox_port != found else 0)
    for asked, got in ((port, found), (sandbox_port, found_for_sandbox)):
        if asked not in (0, got):
            say(f"Port {asked} is taken, so port {got} is used instead.")
    return found, found_for_sandbox


@contextmanager
def _data_directory(home: Path | None) -> Iterator[Path]:
    """Yield the directory for the data; one that nobody named is removed at the end."""
    if home is not None:
        yield home.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="ownkey-demo-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@contextmanager
def _sandbox(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the pretend Atlassian as a program of its own, as far from Ownkey as the real one is."""
    command = [sys.executable, "-m", "ownkey.cli.main", "sandbox", "--host", HOST, "--port", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 our own program
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _seed() -> None:
    """Add the pretend organisation's people who are not there yet; the administrator comes by the link."""
    from ownkey.audit.record import OPERATOR
    from ownkey.people.errors import EmailTakenError
    from ownkey.people.flows import add_user

    for person in PEOPLE:
        with suppress(EmailTakenError):
            add_user(person.email, name=person.name, password=PASSWORD, actor=OPERATOR)


async def _run(port: int, sandbox_port: int, sandbox: subprocess.Popen[bytes], guide: str) -> ExitCode:
    """Serve until told to stop; the guide is printed as soon as both sides answer."""
    from ownkey.console.asgi import application

    serving = asyncio.create_task(serve_until_told(application, HOST, port))
    try:
        await _wait_for(port, serving, sandbox)
        await _wait_for(sandbox_port, serving, sandbox)
        if not serving.done():
            print_line(guide)
            flush()
        while not serving.done():
            await asyncio.wait([serving], timeout=1)
            _require_alive(sandbox, serving)
    finally:
        if not serving.done():
            serving.cancel()
    return await serving


async def _wait_for(port: int, serving: "asyncio.Task[ExitCode]", sandbox: subprocess.Popen[bytes]) -> None:
    """Return as soon as something listens on the port."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    while not serving.done():
        _require_alive(sandbox, serving)
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            if asyncio.get_running_loop().time() > until:
                raise FailedError("demo-not-answering", f"Nothing answers on port {port}.") from None
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def _require_alive(sandbox: subprocess.Popen[bytes], serving: "asyncio.Task[ExitCode]") -> None:
    # Ctrl-C at a terminal reaches both programs, and the other one may be the first to end.
    if (
        sandbox.poll() is not None
        and not serving.done()
        and sandbox.returncode not in {0, ExitCode.INTERRUPTED}
    ):
        raise FailedError(
            "sandbox-ended", "The pretend Atlassian has stopped by itself; its message is above."
        )


def _guide(ownkey_url: str, atlassian_url: str, set_up_link: str | None, *, kept_in: Path | None) -> str:
    """Return what the person at the terminal reads: the links, and the steps in their order."""
    first = (
        f"""  1. Be Grace, the administrator. Open the set-up link and choose a password:
       {set_up_link}?{urlencode(ADMINISTRATOR)}
"""
        if set_up_link
        else f"""  1. Be Grace, the administrator. Sign in as you did before:
       {ownkey_url}
"""
    )
    kept = f"It keeps its data in {kept_in}." if kept_in else "Its data is gone when it stops."
    return f"""
Ownkey's demo is running. Nothing leaves this machine. {kept} Ctrl-C stops it.

  Ownkey                {ownkey_url}
  A pretend Atlassian   {atlassian_url}   (in place of {"https"}://acme.atlassian.net)

The walk:
{first}  2. Settings → ALM Accounts → + Add ALM Account. Site URL: {atlassian_url}
       Make Grace's token on the pretend Atlassian, test the connection, save. Then sign out.
  3. Be Ada: sign in as ada@acme.example with the password {PASSWORD}
       Profile → ALM Credentials → Edit → Change, and follow the guide beside the form.
       (Bo is bo@acme.example, with the same password.)
  4. Once she is connected, the page shows a curl line that works as it stands: try it.
       More client keys, and settings for other tools: Profile → Client keys → New client key.

The same check from a second terminal:
  OWNKEY_ATLASSIAN_API_URL={atlassian_url} OWNKEY_TRUSTED_SITES={atlassian_url} \\
    {_this_command()} check --site {atlassian_url} --email ada@acme.example
"""


def _this_command() -> str:
    """Return how this very command can be called from the directory that the person is in."""
    here = Path(sys.argv[0])
    return str(here) if here.name == "ownkey" and not here.is_absolute() else "ownkey"
