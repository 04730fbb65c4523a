"""`ownkey demo`: Ownkey and a pretend Atlassian side by side, ready for the walk."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ownkey.cli.demo_guide import PASSWORD, guide, read_state
from ownkey.cli.demo_home import (
    LISTENS_AT,
    OWNKEY_PORT,
    PATIENCE_S,
    SANDBOX_PORT,
    DemoHome,
    Ports,
    choose_ports,
    opened_home,
)
from ownkey.cli.environment import read_environment
from ownkey.cli.errors import ExitCode, FailedError
from ownkey.cli.init import new_set_up_link
from ownkey.cli.output import flush, print_line, say
from ownkey.cli.serving import end_process, run, serve_until_told
from ownkey.cli.store import open_store, tell_unknown_variables

EXAMPLE = """\b
Examples:
  ownkey demo --port 8000 --sandbox-port 8123
  ownkey demo --home ~/ownkey-demo
\b
With --home it goes on where it stopped: the same ports, people, keys and API tokens.
"""


@dataclass(frozen=True, slots=True)
class SeededPerson:
    """Somebody whom the demo adds, so that the walk can begin."""

    name: str
    email: str


PEOPLE = (SeededPerson("Ada Lovelace", "ada@acme.example"), SeededPerson("Bo Diddley", "bo@acme.example"))


def demo(
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Ownkey's port.", show_default=f"the last time's, or {OWNKEY_PORT}"
        ),
    ] = None,
    sandbox_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="The pretend Atlassian's port.",
            show_default=f"the last time's, or {SANDBOX_PORT}",
        ),
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Keep the data here, and go on with it; otherwise it is kept until the demo stops.",
            show_default="a new directory",
        ),
    ] = None,
    issues: Annotated[
        int,
        typer.Option(
            min=0,
            max=10_000,
            metavar="NUMBER",
            help="Begin with so many issues in a project of their own, MANY.",
            show_default="none",
        ),
    ] = 0,
    search_lag: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="Let the pretend Jira's search find a change only so long after it was made.",
            show_default="none",
        ),
    ] = 0,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Begin anew. What is in the home is put aside in a folder there."),
    ] = False,
) -> None:
    """Start Ownkey and a pretend Atlassian beside it.

    It says what to do first. Nothing leaves this machine.
    """
    os.umask(0o077)
    with opened_home(home, fresh=fresh) as demo_home:
        ports, before = choose_ports(demo_home, port, sandbox_port)
        demo_home.in_use.tell(ports.ownkey_url)
        _set_environment(demo_home, ports)
        tell_unknown_variables(read_environment())
        world_is_new = _open_world(demo_home)
        with _sandbox(demo_home, ports.sandbox, issues=issues, search_lag=search_lag) as sandbox:
            open_store()
            _seed()
            if before is not None:
                _follow_the_sandbox(before, ports)
            state = read_state(new_set_up_link(), world_is_new=world_is_new)
            ended = run(_run(ports, sandbox, guide(demo_home, ports, state)))
        say("The demo has stopped." if home else "The demo has stopped, and its data is gone.")
    end_process(ended)


def _set_environment(home: DemoHome, ports: Ports) -> None:
    from ownkey.environment.process import set_variables

    set_variables(
        OWNKEY_HOME=str(home.folder),
        OWNKEY_BASE_URL=ports.ownkey_url,
        OWNKEY_ATLASSIAN_API_URL=ports.sandbox_url,
        OWNKEY_ATLASSIAN_ID_URL=ports.sandbox_url,
        OWNKEY_TRUSTED_SITES=ports.sandbox_url,
        OWNKEY_DEMO="1",
        # Mail stays here as well, and can be read on a page; and nobody starts a worker beside a demo.
        OWNKEY_MAIL_HOST="",
        OWNKEY_WORKER="in-process",
    )


def _open_world(home: DemoHome) -> bool:
    """Look the pretend Atlassian's file over; return whether its world begins with this start."""
    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.keeping.file import WorldFile
    from ownkey.sandbox.keeping.keeper import open_world

    try:
        opened = open_world(Cloud(), WorldFile(home.world_file))
    except OSError as error:
        raise FailedError(
            "world-unusable", f"The file {home.world_file} cannot be used: {error.strerror}."
        ) from None
    if opened.sentence:
        say(opened.sentence)
    return opened.is_new


def _follow_the_sandbox(before: Ports, ports: Ports) -> None:
    """Let the ALM accounts of the pretend Atlassian follow it to another port: it is the same Jira."""
    from ownkey.audit.record import OPERATOR
    from ownkey.connections.alm_accounts import follow_moved_site
    from ownkey.people.signed_in import AT_THE_COMMAND_LINE

    if before.sandbox != ports.sandbox:
        follow_moved_site(
            before.sandbox_url, ports.sandbox_url, actor=OPERATOR, signed_in=AT_THE_COMMAND_LINE
        )


@contextmanager
def _sandbox(
    home: DemoHome, port: int, *, issues: int, search_lag: float
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the pretend Atlassian as a program of its own, as far from Ownkey as the real one is.

    It ends with this process, however this one ends: its standard input is closed then.
    """
    options = ["--host", LISTENS_AT, "--port", str(port), "--keep", str(home.world_file)]
    options += ["--issues", str(issues), "--search-lag", str(search_lag), "--while-stdin-is-open"]
    command = [sys.executable, "-m", "ownkey.cli.main", "sandbox", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603 our own program
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _seed() -> None:
    """Add the pretend organisation's people who are not there yet; the administrator comes by the link."""
    from ownkey.audit.record import OPERATOR
    from ownkey.people.errors import EmailTakenError
    from ownkey.people.flows import add_user

    for person in PEOPLE:
        with suppress(EmailTakenError):
            add_user(person.email, name=person.name, password=PASSWORD, actor=OPERATOR)


async def _run(ports: Ports, sandbox: subprocess.Popen[bytes], said: str) -> ExitCode:
    """Serve until told to stop; the guide is printed as soon as both sides answer."""
    from ownkey.console.asgi import application

    serving = asyncio.create_task(serve_until_told(application, LISTENS_AT, ports.ownkey))
    try:
        await _wait_for(ports.ownkey, serving, sandbox)
        await _wait_for(ports.sandbox, serving, sandbox)
        if not serving.done():
            print_line(said)
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
            _, writer = await asyncio.open_connection(LISTENS_AT, port)
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
