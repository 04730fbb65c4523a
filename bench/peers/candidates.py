"""What is measured side by side, and how each of it is started."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers import installed, nginx

AUTHORIZATION = "Basic " + "YWRhQGFjbWUuZXhhbXBsZTpub3QtYS10b2tlbg=="
KEY = "ok_" + "benchbench22_" + "b" * 32


@dataclass(frozen=True, slots=True)
class Setting:
    """What a candidate is told.

    Attributes:
        port: Where it listens.
        url: Where it leads to.
        certificate: What upstreams with TLS are trusted by.
        place: A folder of its own for what it writes.
    """

    port: int
    url: str
    certificate: Path
    place: Path

    @property
    def route(self) -> tuple[str, str]:
        """Port and URL as arguments."""
        return str(self.port), self.url


Command = Sequence[str | Path]
Start = Callable[[Setting], Command | None]


def _python(program: str, *arguments: str) -> Command:
    return [sys.executable, "-m", f"bench.peers.{program}", *arguments]


def _ownkey(client: str) -> Start:
    return lambda setting: _python(
        "ownkey_gateway",
        client,
        AUTHORIZATION,
        str(setting.certificate),
        KEY,
        str(setting.place),
        *setting.route,
    )


def _bare(client: str, loop: str = "uvloop") -> Start:
    return lambda setting: _python(
        "granian_proxy", client, loop, AUTHORIZATION, str(setting.certificate), *setting.route
    )


def _aiohttp(setting: Setting) -> Command:
    return _python("aiohttp_proxy", AUTHORIZATION, str(setting.certificate), *setting.route)


def _nginx(setting: Setting) -> Command | None:
    binary = installed.nginx()
    if binary is None:
        return None
    configuration = nginx.proxy_configuration(
        setting.place,
        authorization=AUTHORIZATION,
        certificate=setting.certificate,
        routes={setting.port: setting.url},
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
    return [*command, "--mode", f"reverse:{setting.url}@127.0.0.1:{setting.port}"]


def _http_proxy(setting: Setting) -> Command | None:
    program = installed.http_proxy()
    if program is None:
        return None
    return ["node", program, AUTHORIZATION, setting.certificate, *setting.route]


CANDIDATES: Mapping[str, Start] = {
    "ownkey, pyreqwest": _ownkey("pyreqwest"),
    "bare Granian + pyreqwest": _bare("pyreqwest"),
    "ownkey, aiohttp": _ownkey("aiohttp"),
    "bare Granian + aiohttp": _bare("aiohttp"),
    "bare Granian + aiohttp on asyncio": _bare("aiohttp", "asyncio"),
    "aiohttp proxy": _aiohttp,
    "nginx": _nginx,
    "node http-proxy": _http_proxy,
    "mitmproxy": _mitmproxy,
}
