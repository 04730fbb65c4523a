"""What the tests of upgrades share: each kept store, and an Atlassian that notes down who called."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.upgrades.kept import ARCHIVES, KeptStore, unpack

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Callers:
    """The Authorization headers that reached Atlassian, in order."""

    url: str = ""
    seen: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def callers() -> Iterator[Callers]:
    """Run a server in Atlassian's place that answers `{}` to everything."""
    noted = Callers()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            noted.seen.append(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        noted.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield noted
        server.shutdown()


@pytest.fixture(
    scope="package", params=ARCHIVES, ids=[path.name.removesuffix(".tar.gz") for path in ARCHIVES]
)
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, callers: Callers
) -> KeptStore:
    """Return a store that a release left behind, upgraded by the first command that opens it."""
    archive: Path = request.param
    store = unpack(archive, tmp_path_factory.mktemp("kept"), atlassian=callers.url)
    ended = store.ownkey("init", "--json")
    assert ended.code == 0, ended.stderr
    return store
