"""What the environment says: the one module that reads it, without importing Django.

`read_environment` turns the variables into one frozen `Environment`, or raises one
`EnvironmentMistakesError` that names every mistake by its variable and none by its value.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from ownkey.atlassian.sites import ATLASSIAN_API_URL, ATLASSIAN_ID_URL
from ownkey.environment.key_variables import read_key_provider
from ownkey.environment.known_variables import refused_files, unknown_variables
from ownkey.environment.log_variables import read_logs
from ownkey.environment.mail_variables import read_mail
from ownkey.environment.sign_in_variables import read_second_factor, read_single_sign_on
from ownkey.environment.values import (
    BASE_URL,
    SHORTEST_SECRET_KEY,
    Environment,
    HttpClient,
    WorkerPlace,
)
from ownkey.environment.variables import Variables, is_safe

_VARIABLE = re.compile(r"\b(?:OWNKEY|XDG)_[A-Z_]*[A-Z]\b")


class EnvironmentMistakesError(Exception):
    """The environment cannot be used; `mistakes` holds one sentence for each thing to put right."""

    code = "environment-mistakes"

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def without_mistakes(environ: Mapping[str, str] | None = None) -> tuple[Environment, tuple[str, ...]]:
    """Return what of an environment can be used, and a sentence for each thing that cannot.

    For the examination of an installation: variables that a mistake names are left out, so that all else is
    seen.

    Args:
        environ: The variables; the process's own by default.

    Raises:
        EnvironmentMistakesError: A mistake names no variable that could be left out.
    """
    given = os.environ if environ is None else environ
    try:
        return read_environment(given), ()
    except EnvironmentMistakesError as error:
        named = set(_VARIABLE.findall("\n".join(error.mistakes)))
        kept = {name: value for name, value in given.items() if name not in named}
        if len(kept) == len(given):
            raise
        usable, mistakes = without_mistakes(kept)
        return usable, (*error.mistakes, *mistakes)


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Return what `environ` (default: the process's own) says.

    Raises:
        EnvironmentMistakesError: with every mistake at once.
    """
    reader = _Reader(os.environ if environ is None else environ)
    reader.mistakes += refused_files(reader.environ)
    home = reader.home()
    base_url = reader.public_origin("OWNKEY_BASE_URL", default=BASE_URL)
    result = Environment(
        home=home,
        database_file=reader.database_file(home),
        base_url=base_url,
        gateway_url=reader.tools_address("OWNKEY_GATEWAY_URL", base_url=base_url) or base_url,
        account_url=reader.tools_address("OWNKEY_ACCOUNT_URL", base_url=base_url),
        secret_key=reader.secret("OWNKEY_SECRET_KEY", shortest=SHORTEST_SECRET_KEY),
        key_ring=reader.secret("OWNKEY_KEYS"),
        key_provider=read_key_provider(reader),
        atlassian_api_url=reader.origin("OWNKEY_ATLASSIAN_API_URL", default=ATLASSIAN_API_URL),
        atlassian_id_url=reader.origin("OWNKEY_ATLASSIAN_ID_URL", default=ATLASSIAN_ID_URL),
        trusted_sites=reader.origins("OWNKEY_TRUSTED_SITES"),
        trusted_proxies=reader.number("OWNKEY_TRUSTED_PROXIES", default=0, largest=10),
        status_address=reader.listener("OWNKEY_STATUS_ADDRESS"),
        gateway_client=reader.http_client(),
        worker=reader.worker(),
        logs=read_logs(reader),
        mail=read_mail(reader),
        second_factor_for=read_second_factor(reader),
        single_sign_on=read_single_sign_on(reader),
        is_demo=reader.switch("OWNKEY_DEMO"),
        unknown=unknown_variables(reader.environ),
    )
    reader.refuse_cache()
    api_url = result.atlassian_api_url
    if not is_safe(api_url) and api_url not in result.trusted_sites:
        reader.mistakes.append(
            "OWNKEY_ATLASSIAN_API_URL must be an https address, one of this machine, or one that "
            "OWNKEY_TRUSTED_SITES names."
        )
    if reader.mistakes:
        raise EnvironmentMistakesError(tuple(reader.mistakes))
    return result


class _Reader(Variables):
    """Reads what is Ownkey's own."""

    def home(self) -> Path:
        given = self.text("OWNKEY_HOME")
        # The standard has a relative path ignored: from another directory it would be another store.
        if not given and (data := Path(self.text("XDG_DATA_HOME"))).is_absolute():
            return data / "ownkey"
        home = _expanded(given or "~/.local/share/ownkey")
        if home is None:
            self.mistakes.append(
                "OWNKEY_HOME must be set to an absolute path: this user has no home directory that it "
                "could be in."
            )
            return Path("/")
        if not home.is_absolute():
            self.mistakes.append(
                "OWNKEY_HOME must be an absolute path."
                if given
                else "OWNKEY_HOME must be set to an absolute path, for HOME is none."
            )
        return home

    def database_file(self, home: Path) -> Path:
        default = home / "ownkey.sqlite3"
        given = self.secret("OWNKEY_DATABASE_URL")
        if given is None:
            return default
        # A database address may hold a password, so only its scheme is ever looked at or told.
        url = self.secret_text("OWNKEY_DATABASE_URL")
        if url.startswith(("postgres://", "postgresql://")):
            self.mistakes.append(
                "OWNKEY_DATABASE_URL names PostgreSQL, which comes with a later release. "
                "Leave it out to use SQLite in OWNKEY_HOME."
            )
        elif url.startswith("sqlite:////"):
            return Path(url.removeprefix("sqlite:///"))
        else:
            self.mistakes.append(
                "OWNKEY_DATABASE_URL must look like sqlite:////absolute/path.sqlite3, or be left out."
            )
        return default

    def tools_address(self, name: str, *, base_url: str) -> str | None:
        """Return an address that client keys are sent to, None where none is given."""
        if not self.text(name):
            return None
        address = self.public_origin(name, default=base_url)
        if base_url.startswith("https://") and not is_safe(address):
            self.mistakes.append(
                f"{name} must be https, as OWNKEY_BASE_URL is: tools send their client keys there."
            )
        return address

    def refuse_cache(self) -> None:
        if self.text("OWNKEY_CACHE_URL"):
            self.mistakes.append(
                "OWNKEY_CACHE_URL is for Redis or Valkey, which come with a later release. Leave it out."
            )

    def http_client(self) -> HttpClient:
        given = self.text("OWNKEY_GATEWAY_CLIENT", HttpClient.AIOHTTP)
        if given not in set(HttpClient):
            self.mistakes.append("OWNKEY_GATEWAY_CLIENT must be pyreqwest or aiohttp.")
            return HttpClient.PYREQWEST
        return HttpClient(given)

    def worker(self) -> WorkerPlace:
        given = self.text("OWNKEY_WORKER", WorkerPlace.IN_PROCESS)
        if given not in set(WorkerPlace):
            self.mistakes.append("OWNKEY_WORKER must be in-process or separate.")
            return WorkerPlace.IN_PROCESS
        return WorkerPlace(given)


def _expanded(path: str) -> Path | None:
    """Return a path with the user's home in it, None where the user has none."""
    if path.startswith("~/") and os.environ.get("HOME") == "":
        return None
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return None
