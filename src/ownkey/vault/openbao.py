"""Keys wrapped by the transit engine of OpenBao, or of HashiCorp Vault, which speaks the same language."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ownkey.secret import Secret
from ownkey.tls import trust_alike
from ownkey.vault.errors import KeyProviderError, ProviderRefusedError
from ownkey.vault.openbao_faults import fault_in

TIMEOUT_S: Final = 10


@dataclass(frozen=True, slots=True)
class AppRole:
    """How a machine signs in to OpenBao: with a role's id and a secret of its own.

    Attributes:
        role_id: The role.
        secret_id: What proves that this machine has it.
        mount: Where the AppRole method is mounted.
    """

    role_id: str
    secret_id: Secret = field(compare=False)
    mount: str = "approle"


@dataclass(frozen=True, slots=True)
class OpenBaoSettings:
    """A key of the transit engine of OpenBao or Vault.

    Attributes:
        address: The server's origin.
        token: May encrypt and decrypt with that one key, and needs nothing else; or the file that it is in,
            which is read anew each time, for an agent replaces it; or how to sign in for one.
        key_name: The transit key's name.
        mount: Where the transit engine is mounted.
        namespace: The namespace, where there are some.
        ca_file: The certificates that the server's own is checked with, in place of the system's.
    """

    address: str
    token: Secret | Path | AppRole = field(compare=False)
    key_name: str = "ownkey"
    mount: str = "transit"
    namespace: str = ""
    ca_file: Path | None = None


class OpenBaoProvider:
    """Wraps keys with one transit key; the token needs `update` on its `encrypt` and `decrypt` paths."""

    name = "openbao"

    def __init__(self, settings: OpenBaoSettings) -> None:
        try:
            import hvac  # noqa: PLC0415 an extra: only who uses it has it
        except ImportError:
            raise KeyProviderError(
                "OpenBao needs a library that is not installed: install ownkey[openbao]."
            ) from None
        self._settings = settings
        self._client = hvac.Client(
            url=settings.address,
            namespace=settings.namespace or None,
            verify=str(settings.ca_file) if settings.ca_file else True,
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
        # No proxy that the environment names, and no .netrc: this talk is between the two of them.
        self._client.adapter.session.trust_env = False
        trust_alike(self._client.adapter.session.get_adapter("https://"))

    def wrap(self, material: bytes, *, key_id: str) -> str:
        """Return a key wrapped by the transit key."""
        answer = self._ask(
            self._client.secrets.transit.encrypt_data,
            key_id,
            plaintext=base64.b64encode(material).decode("ascii"),
        )
        return str(answer["ciphertext"])

    def unwrap(self, wrapped: str, *, key_id: str) -> bytes:
        """Return a key unwrapped by the transit key."""
        answer = self._ask(self._client.secrets.transit.decrypt_data, key_id, ciphertext=wrapped)
        try:
            return base64.b64decode(answer["plaintext"], validate=True)
        except (binascii.Error, ValueError):
            raise ProviderRefusedError("OpenBao answered with something that is not a key.") from None

    def _ask(self, ask: Callable[..., Any], key_id: str, **values: str) -> Mapping[str, Any]:
        from hvac.exceptions import Forbidden, VaultError  # noqa: PLC0415 an extra

        if not self._client.token or isinstance(self._settings.token, Path):
            self._client.token = self._new_token()
        bound_to = base64.b64encode(f"ownkey key {key_id}".encode()).decode("ascii")
        name = self._settings.key_name
        asked = {"name": name, "mount_point": self._settings.mount, "associated_data": bound_to, **values}
        # The causes are not chained: they may quote the request.
        try:
            try:
                answer = ask(**asked)
            except Forbidden:
                if not isinstance(self._settings.token, AppRole):
                    raise
                # What it signed in with has expired: keys are asked for once in a while.
                self._client.token = self._new_token()
                answer = ask(**asked)
            data: Mapping[str, Any] = answer["data"]
        except KeyProviderError:
            raise  # signing in said no, in its own words
        except (VaultError, OSError, KeyError, TypeError, ValueError) as error:
            raise self._fault(error, signs_in=False) from None
        return data

    def _new_token(self) -> str:
        """Return the token as it is now."""
        match self._settings.token:
            case Secret() as token:
                return token.reveal()
            case Path() as file:
                return _read(file)
            case AppRole() as role:
                return self._sign_in(role)

    def _sign_in(self, role: AppRole) -> str:
        from hvac.exceptions import VaultError  # noqa: PLC0415 an extra

        try:
            answer = self._client.auth.approle.login(
                role.role_id, role.secret_id.reveal(), use_token=False, mount_point=role.mount
            )
            return str(answer["auth"]["client_token"])
        except (VaultError, OSError, KeyError, TypeError, ValueError) as error:
            raise self._fault(error, signs_in=True) from None

    def _fault(self, error: Exception, *, signs_in: bool) -> KeyProviderError:
        settings = self._settings
        return fault_in(
            error,
            address=settings.address,
            signs_in=signs_in,
            key=settings.key_name,
            mount=settings.mount,
            role_mount=settings.token.mount if isinstance(settings.token, AppRole) else "",
        )


def _read(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        token = ""
    if not token:
        raise ProviderRefusedError(
            "The file that OWNKEY_OPENBAO_TOKEN_FILE names cannot be read, or is empty: check what writes "
            "it, and that Ownkey's user may read it. No key is lost."
        )
    return token
