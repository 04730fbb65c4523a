"""A real OpenBao in its development mode, on a free port of this machine, with nothing on the disk."""

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hvac

PATIENCE_S = 60
POLICY = """
path "transit/encrypt/ownkey" { capabilities = ["update"] }
path "transit/decrypt/ownkey" { capabilities = ["update"] }
"""


@dataclass(frozen=True)
class OpenBao:
    """A running server with a transit key, and a token that may use that one key and nothing else."""

    address: str
    token: str = field(repr=False)
    root: Any = field(repr=False)

    def new_token(self, *, ttl: str = "1h") -> str:
        """Make another token that may use the key."""
        made = self.root.auth.token.create(policies=["ownkey"], no_default_policy=True, ttl=ttl)
        return str(made["auth"]["client_token"])

    def revoke(self, token: str) -> None:
        """Revoke a token."""
        self.root.auth.token.revoke(token)

    def make_role(self) -> tuple[str, str]:
        """Make an AppRole that may use the key; return its id and a secret id."""
        if "approle/" not in self.root.sys.list_auth_methods()["data"]:
            self.root.sys.enable_auth_method("approle")
        self.root.auth.approle.create_or_update_approle("ownkey", token_policies=["ownkey"])
        role_id = self.root.auth.approle.read_role_id("ownkey")["data"]["role_id"]
        return str(role_id), str(self.root.auth.approle.generate_secret_id("ownkey")["data"]["secret_id"])


@contextmanager
def running_openbao() -> Iterator[OpenBao]:
    """Run one while the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    root_token = secrets.token_hex(8)
    process = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("bao")),
            "server",
            "-dev",
            "-dev-no-store-token",
            f"-dev-root-token-id={root_token}",
            f"-dev-listen-address=127.0.0.1:{port}",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        root = hvac.Client(url=address, token=root_token, timeout=PATIENCE_S)
        root.adapter.session.trust_env = False
        _wait_for(root, process)
        root.sys.enable_secrets_engine("transit")
        root.secrets.transit.create_key("ownkey")
        root.sys.create_or_update_policy("ownkey", POLICY)
        token = root.auth.token.create(policies=["ownkey"], no_default_policy=True)["auth"]["client_token"]
        yield OpenBao(address, token, root)
    finally:
        process.kill()
        process.wait()


def _wait_for(root: Any, process: "subprocess.Popen[bytes]") -> None:  # noqa: ANN401 hvac has no types
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, "OpenBao ended."
        try:
            if root.sys.is_initialized() and not root.sys.is_sealed():
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("OpenBao does not answer.")
