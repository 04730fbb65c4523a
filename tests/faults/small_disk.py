"""A whole organisation on a disk that is filled up and emptied again: a program, run by `test_full_disk.py`.

    unshare -rm python -m tests.faults.small_disk tmpfs PLACE
    python -m tests.faults.small_disk limit PLACE

`tmpfs` mounts a disk of its own over PLACE, within a mount namespace that ends with the program. `limit` is
for where nobody may mount: no file of Ownkey's may be written to any more. What is seen is printed as JSON.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.command import Ended
from tests.connections.running import ADA, Organisation, running_organisation
from tests.faults.browser import Browser, Page
from tests.gateway_store.running import MYSELF, Answered, call, make_key

SIZE_MB = 12
MOST_TRIES = 2_000
ISSUE = {"fields": {"summary": "one", "project": {"key": "ACME"}, "issuetype": {"name": "Task"}}}


class Mounted:
    """A real disk in memory."""

    error = "disk-full"

    def __init__(self, place: Path) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(place)], check=True)
        self._filler = place / "filler"

    @contextmanager
    def full(self, _organisation: Organisation) -> Iterator[None]:
        """Leave no room on it while the block lasts."""
        with self._filler.open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(b"\x00" * 4096)
                except OSError:
                    break
        yield
        self._filler.unlink()


class Limited:
    """A disk on which no file grows."""

    error = "file-too-large"

    def __init__(self, _place: Path) -> None:
        pass

    @contextmanager
    def full(self, organisation: Organisation) -> Iterator[None]:
        """Let no write of the server, or of a command, succeed while the block lasts."""
        assert organisation.server is not None
        for pid in (organisation.server.pid, os.getpid()):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        yield
        for pid in (organisation.server.pid, os.getpid()):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def main() -> None:
    """Live through it and print what was seen."""
    kind, place = sys.argv[1], Path(sys.argv[2])
    disk = Mounted(place) if kind == "tmpfs" else Limited(place)
    with running_organisation(place / "home") as organisation:
        print(json.dumps({"error": disk.error, **seen_by(organisation, disk, place)}))  # noqa: T201 its answer


def seen_by(organisation: Organisation, disk: Mounted | Limited, place: Path) -> dict[str, Any]:
    """Return what people, tools and the operator see before, while and after the disk is full."""
    organisation.add_alm_account("acme", "Acme")
    organisation.connect("acme", ADA)
    key = make_key(organisation, ADA)["key"]
    gateway = f"{organisation.url}/jira/acme"
    ada = Browser(organisation.url)
    ada.sign_in(ADA)
    new_token = organisation.make_token(ADA)

    def write() -> Answered:
        return call(f"{gateway}/rest/api/3/issue", key, method="POST", body=ISSUE)

    def make_a_key(name: str) -> Page:
        return ada.post("/profile/client-keys/new/acme/", name=name)

    commands = {
        "connect": ("connect", "acme", "--user", ADA, "--token-stdin"),
        "rotate": ("keys", "rotate"),
        "backup": ("backup", str(place / "a.backup")),
        "person": ("user", "add", "cleo@acme.example", "--name", "Cleo", "--password-stdin"),
        "prune": ("audit", "prune", "--before", "2020-01-01"),
    }

    def run(name: str) -> Ended:
        given = {"connect": new_token, "person": "four unrelated words"}.get(name, "")
        return organisation.ownkey.from_scratch(*commands[name], "--json", given=given)

    seen: dict[str, Any] = {"before": told(write())}
    with disk.full(organisation):
        # What was written before leaves some room within its files: written to until there is none.
        seen["write"] = told(until_refused(write))
        seen["read"] = told(call(f"{gateway}{MYSELF}", key))
        seen["page read"] = ada.get("/profile/alm-credentials/").status
        page = until_unsaved(make_a_key)
        seen["page write"] = [page.status, page.words]
        seen["sign-in"] = Browser(organisation.url).sign_in(ADA).status
        for name in commands:
            ended = run(name)
            seen[name] = [ended.code, ended.stdout]
        seen["files"] = sorted(path.name for path in place.glob("*backup*"))
        doctor = organisation.ownkey.from_scratch("doctor")
        seen["doctor"] = [doctor.code, doctor.stdout]
    seen["after"] = {
        "write": told(write()),
        "page write": make_a_key("after").status,
        **{name: run(name).code for name in commands},
        "verify": organisation.ownkey.from_scratch("audit", "verify").code,
        "tokens": [
            key["envelopes"] for key in organisation.ownkey.from_scratch("keys", "list", "--json").json
        ],
        "read": told(call(f"{gateway}{MYSELF}", key)),
    }
    return seen


def until_refused(write: Any) -> Answered:  # noqa: ANN401 a function of the caller
    """Write until Ownkey refuses it."""
    for _ in range(MOST_TRIES):
        answer: Answered = write()
        if answer.status != 201:
            return answer
    raise AssertionError("It never filled.")


def until_unsaved(make_a_key: Any) -> Page:  # noqa: ANN401 a function of the caller
    """Press the button until it cannot be saved."""
    for number in range(40):
        page: Page = make_a_key(f"tool {number}")
        if page.status != 200:
            return page
    raise AssertionError("It never filled.")


def told(answer: Answered) -> list[Any]:
    """Return an answer as JSON holds it."""
    return [answer.status, answer.code]


if __name__ == "__main__":
    main()
