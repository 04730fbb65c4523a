"""The demo's data directory: its ports, the pretend Atlassian's file, and beginning anew."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ownkey.cli.errors import FailedError
from ownkey.cli.home_in_use import LOCK_FILE, HomeInUse, take_home_alone
from ownkey.cli.output import say
from ownkey.cli.ports import free_port_near
from ownkey.obstacles import obstacle_in

LISTENS_AT = "127.0.0.1"
OWNKEY_PORT, SANDBOX_PORT = 8000, 8123
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A data directory that this demo has for itself."""

    folder: Path
    is_kept: bool
    in_use: HomeInUse

    @property
    def world_file(self) -> Path:
        """Where the pretend Atlassian keeps its world."""
        return self.folder / "sandbox.json"

    @property
    def ports_file(self) -> Path:
        """Where the demo notes its ports, so that its addresses are the same on the next day."""
        return self.folder / "demo.json"


@dataclass(frozen=True, slots=True)
class Ports:
    """Ownkey's port and the pretend Atlassian's."""

    ownkey: int
    sandbox: int

    @property
    def ownkey_url(self) -> str:
        """Where a browser reaches Ownkey: a host name, because passkeys are for names alone."""
        return f"http://localhost:{self.ownkey}"

    @property
    def sandbox_url(self) -> str:
        """Where the pretend Atlassian is: another host than Ownkey's, so that no cookie is sent to both."""
        return f"http://{LISTENS_AT}:{self.sandbox}"


@contextmanager
def opened_home(home: Path | None, *, fresh: bool) -> Iterator[DemoHome]:
    """Yield the data directory, for this demo alone; one that nobody named is removed at the end.

    Raises:
        FailedError: It is in use, or cannot be used.
    """
    if home is None:
        with tempfile.TemporaryDirectory(prefix="ownkey-demo-", ignore_cleanup_errors=True) as temporary:
            yield _taken(Path(temporary), is_kept=False)
        return
    folder = home.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = obstacle_in(error, folder)
        raise FailedError(why.code, f"The home {folder} cannot be made. {why}") from None
    _keep_others_out(folder)
    taken = _taken(folder, is_kept=True)
    if fresh:
        _begin_anew(taken)
    yield taken


def _keep_others_out(folder: Path) -> None:
    """Refuse a folder that others may look into before anything is put there; close an empty one to them."""
    from ownkey.console.setup import open_to_others

    opened = open_to_others(folder)
    if opened is None:
        return
    if folder.stat().st_uid != os.geteuid() or any(folder.iterdir()):
        raise FailedError(opened.code, f"{opened} Nothing was put into it.")
    folder.chmod(0o700)
    say(f"Others could look into the empty folder {folder}; from now on only its owner can (mode 0700).")


def _taken(folder: Path, *, is_kept: bool) -> DemoHome:
    home = DemoHome(folder, is_kept, take_home_alone(folder))
    _wait_for_an_earlier_sandbox(home)
    return home


def _wait_for_an_earlier_sandbox(home: DemoHome) -> None:
    """Wait until the pretend Atlassian of a demo that was killed has ended by itself: it does so at once."""
    from ownkey.sandbox.keeping.file import FileInUseError, WorldFile

    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with WorldFile(home.world_file).held():
                return
        except FileInUseError:
            if time.monotonic() > until:
                raise FailedError(
                    "home-in-use",
                    f"Another pretend Atlassian keeps its world in {home.world_file}. Stop it.",
                ) from None
            time.sleep(0.05)


def _begin_anew(home: DemoHome) -> None:
    """Put all that is in the directory into one of its own, so that a slip of the hand costs nothing."""
    found = [path for path in home.folder.iterdir() if path.name != LOCK_FILE and not _is_old(path)]
    if not found:
        return
    old = home.folder / f"before-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    old.mkdir(mode=0o700)
    for path in found:
        path.rename(old / path.name)
    say(f"The demo begins anew. What was there before is kept in {old}; delete that when you like.")


def _is_old(path: Path) -> bool:
    return path.name.startswith("before-") and path.is_dir()


def choose_ports(home: DemoHome, port: int | None, sandbox_port: int | None) -> tuple[Ports, Ports | None]:
    """Return the ports, those of the last time where none was asked for, and what they were then.

    Where one is taken, another is, and that is said.
    """
    before = _ports_before(home)
    wanted = (
        port or (before.ownkey if before else OWNKEY_PORT if port is None else 0),
        sandbox_port or (before.sandbox if before else SANDBOX_PORT if sandbox_port is None else 0),
    )
    ownkey = free_port_near(LISTENS_AT, wanted[0])
    sandbox = free_port_near(LISTENS_AT, wanted[1] if wanted[1] != ownkey else 0)
    for asked, got in zip(wanted, (ownkey, sandbox), strict=True):
        if asked not in (0, got):
            say(f"Port {asked} is taken, so port {got} is used instead.")
    ports = Ports(ownkey, sandbox)
    _note(home, ports)
    return ports, before


def _ports_before(home: DemoHome) -> Ports | None:
    try:
        noted = json.loads(home.ports_file.read_bytes())
        return Ports(int(noted["port"]), int(noted["sandbox_port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(home: DemoHome, ports: Ports) -> None:
    noted = json.dumps({"port": ports.ownkey, "sandbox_port": ports.sandbox})
    with suppress(OSError):  # then the next start may have other ports, and says so
        number = os.open(home.ports_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(noted)
