"""What is measured side by side, and how each of it is started."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers import installed, nginx

AUTHORIZATION = "Basic " + "YWRhQGFjbWUuZXhhbXBsZTpub3QtYS10b2tlbg=="
KEY = "ok_" + "benchbench22_" + "b" * 32
CLOUD = "/ex/jira/cloud"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a candidate is told.

    Attributes:
        routes: The ports that it listens on, and the URL that each leads to.
        certificate: What upstreams with TLS are trusted by.
        place: A folder of its own for what it writes.
    """

    routes: Mapping[int, str]
    certificate: Path
    place: Path

    def words(self, path: str = "") -> list[str]:
        """Return the routes as arguments, the path added to every URL."""
        return [word for port, url in self.routes.items() for word in (str(port), url + path)]


Command = Sequence[str | Path]
Start = Callable[[Setting], Command | None]


def _python(program: str, *arguments: str) -> Command:
    return [sys.executable, "-m", f"bench.peers.{program}", *arguments]


def _ownkey(client: str) -> Start:
    return lambda setting: _python(
        "ownkey_gateway", client, AUTHORIZATION, str(setting.certificate), KEY, *setting.words(CLOUD)
    )


def _bare(client: str) -> Start:
    return lambda setting: _python(
        "granian_proxy", client, AUTHORIZATION, str(setting.certificate), *setting.words()
    )


def _aiohttp(setting: Setting) -> Command:
    return _python("aiohttp_proxy", AUTHORIZATION, str(setting.certificate), *setting.words())


def _nginx(setting: Setting) -> Command | None:
    binary = installed.nginx()
    if binary is None:
        return None
    configuration = nginx.proxy_configuration(
        setting.place, authorization=AUTHORIZATION, certificate=setting.certificate, routes=setting.routes
    )
    return [binary, "-p", setting.place, "-c", configuration]


def _mitmproxy(setting: Setting) -> Command | None:
    program = installed.mitmdump()
    if program is None:
        return None
    os.environ["BENCH_AUTHORIZATION"] = AUTHORIZATION  # its add-on reads it; arguments it has none
    options = [f"ssl_verify_upstream_trusted_ca={setting.certificate}", f"confdir={setting.place}"]
    options += ["connection_strategy=lazy", "flow_detail=0", "termlog_verbosity=error", "http2=false"]
    command: list[str | Path] = [program, "--scripts", Path(__file__).parent / "mitmproxy_addon.py"]
    for option in options:
        command += ["--set", option]
    for port, url in setting.routes.items():
        command += ["--mode", f"reverse:{url}@127.0.0.1:{port}"]
    return command


def _http_proxy(setting: Setting) -> Command | None:
    program = installed.http_proxy()
    if program is None:
        return None
    return ["node", program, AUTHORIZATION, setting.certificate, *setting.words()]


CANDIDATES: Mapping[str, Start] = {
    "ownkey, pyreqwest": _ownkey("pyreqwest"),
    "bare Granian + pyreqwest": _bare("pyreqwest"),
    "ownkey, aiohttp": _ownkey("aiohttp"),
    "bare Granian + aiohttp": _bare("aiohttp"),
    "aiohttp proxy": _aiohttp,
    "nginx": _nginx,
    "node http-proxy": _http_proxy,
    "mitmproxy": _mitmproxy,
}
