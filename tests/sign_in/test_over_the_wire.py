"""Signing in at a real server: with what a file held, and by a link that several browsers use at once."""

import http.client
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.cli.command import PATIENCE_S, Ownkey
from tests.connections.running import PASSWORD, serving
from tests.faults.browser import Browser

GRACE = "grace@acme.example"
WRITTEN = {
    "utf-8 with a mark, as Notepad writes it": b"\xef\xbb\xbf" + PASSWORD.encode() + b"\r\n",
    "utf-16, as PowerShell writes it": (PASSWORD + "\r\n").encode("utf-16"),
    "utf-16, the other way round": b"\xfe\xff" + (PASSWORD + "\r\n").encode("utf-16-be"),
    "utf-8 with a line's end": PASSWORD.encode() + b"\n",
}


@pytest.fixture(scope="module")
def ownkey(tmp_path_factory: pytest.TempPathFactory) -> Ownkey:
    """Return the command on a home of its own, with an administrator."""
    ownkey = Ownkey(tmp_path_factory.mktemp("served") / "home", {"OWNKEY_WORKER": "separate"})
    added = ownkey("user", "add", GRACE, "--name", "Grace", "--admin", "--password-stdin", given=PASSWORD)
    assert added.code == 0, added.stderr
    return ownkey


@pytest.fixture(scope="module")
def served(ownkey: Ownkey) -> Iterator[Sequence[str]]:
    """Serve the same home by two processes; return their addresses."""
    with ExitStack() as stack:
        logs = [ownkey.home.parent / f"serve-{number}.log" for number in range(2)]
        yield [stack.enter_context(serving(ownkey, log))[0] for log in logs]


@pytest.mark.parametrize("way", ["--password-file", "--password-stdin"])
@pytest.mark.parametrize("written", WRITTEN)
def test_a_password_from_a_file_is_the_one_that_is_typed(
    written: str, way: str, ownkey: Ownkey, served: Sequence[str], tmp_path: Path
) -> None:
    email = f"ada-{list(WRITTEN).index(written)}{way}@acme.example"
    file = tmp_path / "password"
    file.write_bytes(WRITTEN[written])
    if way == "--password-file":
        added = ownkey("user", "add", email, "--name", "Ada", way, str(file))
    else:
        added = ownkey("user", "add", email, "--name", "Ada", way, given=file.read_bytes())
    assert added.code == 0, added.stderr

    page = Browser(served[0]).sign_in(email)

    assert (page.status, urlsplit(page.address).path) == (200, "/"), page.words


class LinkUser:
    """A browser that has looked at a link, and has sent all but the last byte of the form."""

    def __init__(self, url: str, path: str) -> None:
        self._browser = Browser(url)
        form = self._browser.get(path).text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found is not None, form
        body = urlencode({"csrfmiddlewaretoken": found[1]}).encode()
        self._last = body[-1:]
        self._line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
        self._line.putrequest("POST", path)
        self._line.putheader("Content-Type", "application/x-www-form-urlencoded")
        self._line.putheader("Content-Length", str(len(body)))
        self._line.putheader("Cookie", "; ".join(f"{one.name}={one.value}" for one in self._browser.cookies))
        self._line.endheaders(body[:-1])
        self.status, self.is_signed_in = 0, False

    def press(self, together: threading.Barrier) -> None:
        """Send what is left of the form in the same moment as the others."""
        together.wait(PATIENCE_S)
        self._line.send(self._last)
        answer = self._line.getresponse()
        answer.read()
        cookies = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie", [])]
        self._line.request("GET", "/profile/", headers={"Cookie": "; ".join(cookies)})
        self.status, self.is_signed_in = answer.status, self._line.getresponse().status == 200
        self._line.close()


@pytest.mark.parametrize("browsers", [2, 4])
@pytest.mark.parametrize("processes", [1, 2])
def test_of_browsers_that_use_a_sign_in_link_at_once_exactly_one_gets_in(
    processes: int, browsers: int, ownkey: Ownkey, served: Sequence[str]
) -> None:
    for _ in range(3):
        made = ownkey("user", "sign-in-link", GRACE)
        assert made.code == 0, made.stderr
        path = urlsplit(made.stdout.strip()).path
        users = [LinkUser(served[number % processes], path) for number in range(browsers)]
        together = threading.Barrier(browsers)
        threads = [threading.Thread(target=user.press, args=(together,)) for user in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert sorted(user.status for user in users) == [302, *[410] * (browsers - 1)]
        assert [user.is_signed_in for user in users].count(True) == 1
