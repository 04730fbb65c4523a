"""How much memory `ownkey serve` holds while it has nothing to do, all its processes together."""

import http.cookiejar
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil

from bench.figure import Figure
from bench.ownkey_command import command, environment

SETTLES_S = 2.0
PEOPLE = 8
PASSWORD = "four unrelated words"


def figures() -> Iterator[Figure]:
    """Yield the resident memory after the start, after pages, and after people have signed in at once."""
    with environment() as variables:
        subprocess.run(command("init"), env=variables, check=True, capture_output=True)
        for number in range(PEOPLE):
            add = command("user", "add", _email(number), "--name", "Ada", "--password-stdin")
            subprocess.run(add, env=variables, check=True, capture_output=True, input=PASSWORD, text=True)
        serving = subprocess.Popen(
            command("serve", "--port", "0"),
            env=variables,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            url = _address(serving)
            started = _resident_mb(serving.pid)
            for _ in range(20):
                with urllib.request.urlopen(url, timeout=10) as page:  # noqa: S310 our own address
                    page.read()
            time.sleep(SETTLES_S)
            used = _resident_mb(serving.pid)
            with ThreadPoolExecutor(PEOPLE) as at_once:
                for _ in range(2):
                    list(at_once.map(lambda number: _sign_in(url, _email(number)), range(PEOPLE)))
            time.sleep(SETTLES_S)
            signed_in = _resident_mb(serving.pid)
        finally:
            serving.terminate()
            serving.wait(20)
    yield Figure("ownkey serve, idle after its start", started, "MB", 150)
    yield Figure("ownkey serve, idle after serving pages", used, "MB", 150)
    yield Figure(f"ownkey serve, idle after {PEOPLE} people signed in at once, twice", signed_in, "MB", 150)


def _email(number: int) -> str:
    return f"ada{number}@acme.example"


def _sign_in(url: str, email: str) -> None:
    """Sign in as a browser does.

    Raises:
        RuntimeError: it did not let the person in.
    """
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    page = browser.open(f"{url}/sign-in/", timeout=30).read().decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)
    assert token is not None
    fields = {"csrfmiddlewaretoken": token[1], "login": email, "password": PASSWORD}
    body = urllib.parse.urlencode(fields).encode()
    with browser.open(urllib.request.Request(f"{url}/sign-in/", body), timeout=30) as answer:  # noqa: S310
        if answer.url.endswith("/sign-in/"):
            raise RuntimeError("Somebody could not sign in, so what it takes was not measured.")


def _address(serving: "subprocess.Popen[str]") -> str:
    assert serving.stderr is not None
    for line in serving.stderr:
        if line.startswith("Ownkey is at "):
            url = line.split()[3]
            break
    else:
        raise RuntimeError("ownkey serve ended before it served.")
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()  # noqa: S310 our own address
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return url


def _resident_mb(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 1e6
