"""The sandbox as a process of its own, as the product meets it: over HTTP, on a free port."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

START_WITHIN_S = 60
_PROGRAM = "import json, sys; from ownkey.sandbox.server import run; run(**json.loads(sys.argv[1]))"
# Proxies that the environment names are not for this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, and its control API as methods."""

    url: str
    cloud_id: str
    data_center: bool = False

    @property
    def gateway_url(self) -> str:
        """The address of the site behind the API gateway."""
        return f"{self.url}/ex/jira/{self.cloud_id}"

    def make_token(
        self,
        email: str = "ada@acme.example",
        scopes: Iterable[str] | None = None,
        *,
        expires_in_days: float = 365,
        app: str = "jira",
    ) -> str:
        """Make an API token and return it; without `scopes` it is a token without scopes."""
        held = {"unscoped": True} if scopes is None else {"scopes": sorted(scopes)}
        body = {"email": email, "expires_in_days": expires_in_days, "app": app, **held}
        return str(self._control("POST", "tokens", body)["token"])

    def revoke(self, token: str) -> None:
        """Revoke a token."""
        self._control("POST", "revoke", {"token": token})

    def expire(self, token: str) -> None:
        """Let a token have expired."""
        self._control("POST", "expire", {"token": token})

    def change_person(self, email: str, **changes: bool) -> None:
        """Change a person: `hides_email`, `is_active`."""
        self._control("POST", "people", {"email": email, **changes})

    def faults(self, *faults: dict[str, Any]) -> None:
        """Add faults, as `ownkey.sandbox.faults.Fault` describes them."""
        for fault in faults:
            self._control("POST", "faults", fault)

    def end_faults(self) -> None:
        """End all faults."""
        self._control("DELETE", "faults")

    def add_attachment(self, issue: str, size: int, *, email: str = "ada@acme.example") -> str:
        """Put a file of that many zero bytes on an issue, without uploading it; return its id."""
        body = {"issue": issue, "size": size, "email": email}
        return str(self._control("POST", "attachments", body)["id"])

    def add_issues(self, count: int, *, project: str = "MANY", status: str | None = None) -> str:
        """Add issues to a project, all in one column where a status is named; return the last one's key."""
        body = {"count": count, "project": project, **({} if status is None else {"status": status})}
        return str(self._control("POST", "issues", body)["last"])

    def add_hostile(self) -> None:
        """Add the project EVIL, which attacks whoever shows it."""
        self._control("POST", "hostile")

    def change_project(self, project: str, **changes: object) -> None:
        """Change a project: `name`, `key`, `is_archived`, `access`."""
        self._control("POST", "projects", {"project": project, **changes})

    def let_search_lag(self, seconds: float) -> None:
        """Let search find changes so many seconds after they were made."""
        self._control("POST", "search-lag", {"seconds": seconds})

    def name_media_host(self, origin: str | None) -> None:
        """Say under which address clients reach the media host; None is the sandbox's own."""
        self._control("POST", "media", {"origin": origin})

    def requests(self) -> list[dict[str, Any]]:
        """Return the log of requests, oldest first."""
        logged: list[dict[str, Any]] = self._control("GET", "requests")["requests"]
        return logged

    def effects(self) -> list[dict[str, Any]]:
        """Return every change of Jira's state so far."""
        noted: list[dict[str, Any]] = self._control("GET", "effects")["effects"]
        return noted

    def fingerprint(self) -> str:
        """Return the digest of Jira's state: equal before and after means that nothing changed."""
        return str(self._control("GET", "effects")["fingerprint"])

    def reset(self, *, keep_tokens: bool = False) -> None:
        """Begin again; the tokens that were made can be kept."""
        self._control("POST", "reset", {"keep_tokens": keep_tokens})

    def _control(self, method: str, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{action}", data, method=method)  # noqa: S310 - our own
        request.add_header("content-type", "application/json")
        try:
            with OPENER.open(request, timeout=60) as response:
                value: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{method} {action}: {error.read().decode()}") from None
        return value


@contextmanager
def running_sandbox(**settings: float) -> Iterator[Sandbox]:
    """Run a sandbox on a free port while the block lasts; the settings are those of `server.run`."""
    arguments = json.dumps({"port": 0, **settings})
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, arguments], stdout=subprocess.PIPE, text=True)
    try:
        url = _first_line(process).rpartition(" ")[2].strip()
        if not url.startswith("http://"):
            raise AssertionError("The sandbox did not start; what it said is above.")
        with OPENER.open(f"{url}/_sandbox/", timeout=60) as response:
            state = json.load(response)
        yield Sandbox(url, state["cloud_id"], state["data_center"])
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _first_line(process: subprocess.Popen[str]) -> str:
    if process.stdout is None:
        raise AssertionError("The sandbox was started without a pipe.")
    ready, _, _ = select.select([process.stdout], [], [], START_WITHIN_S)
    return process.stdout.readline() if ready else ""
