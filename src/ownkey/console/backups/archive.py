"""The file of a backup: a compressed tar with a manifest first, then the database, then perhaps the keys.

The manifest names every other member with its size and SHA-256, so a cut or altered file is always noticed.
"""

import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ownkey.console.backups.errors import NotABackupError

FORMAT = 1
MANIFEST, DATABASE, KEYS = "manifest.json", "database.sqlite3", "vault.key"
MEMBERS = (DATABASE, KEYS)
LARGEST_MANIFEST = 1024 * 1024
CHUNK = 1024 * 1024
DAMAGED = "The file is no whole backup: it was cut off or altered, or is something else. Use another one."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself.

    Attributes:
        made_at: When it was made (ISO 8601).
        version: Which Ownkey made it.
        database: The kind of database; "sqlite".
        migrations: What had been done to the tables, as `app.name`.
        files: Size and SHA-256 of each member.
    """

    made_at: str
    version: str
    database: str
    migrations: tuple[str, ...]
    files: Mapping[str, tuple[int, str]]

    @property
    def has_keys(self) -> bool:
        """Whether the key file is in it."""
        return KEYS in self.files


def write_archive(target: Path, manifest: Manifest, members: Mapping[str, Path]) -> None:
    """Write a backup for its owner alone, and wait until it is on the disk."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            content = _as_json(manifest)
            archive.addfile(_entry(MANIFEST, len(content)), io.BytesIO(content))
            for name, path in members.items():
                with path.open("rb") as member:
                    archive.addfile(_entry(name, manifest.files[name][0]), member)
        file.flush()
        os.fsync(file.fileno())


def read_archive(source: Path, directory: Path) -> Manifest:
    """Unpack a backup into an empty directory, each member proven to be what the manifest says.

    Raises:
        NotABackupError: It is cut, altered, or no backup; or a newer version made it.
    """
    try:
        with source.open("rb") as file, tarfile.open(fileobj=file, mode="r|gz") as archive:
            manifest = _manifest_in(archive)
            unpacked = []
            while (entry := archive.next()) is not None:
                unpacked.append(_unpack(archive, entry, manifest, directory))
    except OSError as error:
        if error.errno is None:  # gzip's way to say that the file is damaged
            raise NotABackupError(DAMAGED) from None
        raise NotABackupError(f"{error.filename or source} cannot be used: {error.strerror}.") from None
    except (tarfile.TarError, EOFError, zlib.error):
        raise NotABackupError(DAMAGED) from None
    if sorted(unpacked) != sorted(manifest.files):
        raise NotABackupError(DAMAGED)
    return manifest


def digest_of(path: Path) -> tuple[int, str]:
    """Return a file's size and SHA-256."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _as_json(manifest: Manifest) -> bytes:
    document = {
        "format": FORMAT,
        "made_at": manifest.made_at,
        "version": manifest.version,
        "database": manifest.database,
        "migrations": list(manifest.migrations),
        "files": {name: {"bytes": size, "sha256": digest} for name, (size, digest) in manifest.files.items()},
    }
    return json.dumps(document, indent=2).encode()


def _manifest_in(archive: tarfile.TarFile) -> Manifest:
    entry = archive.next()
    if entry is None or entry.name != MANIFEST or entry.size > LARGEST_MANIFEST:
        raise NotABackupError(DAMAGED)
    try:
        document = json.loads(_opened(archive, entry).read())
        if document["format"] != FORMAT:
            raise NotABackupError("A newer version of Ownkey made this backup: restore it with that version.")
        files = {name: (int(fact["bytes"]), str(fact["sha256"])) for name, fact in document["files"].items()}
        manifest = Manifest(
            made_at=str(document["made_at"]),
            version=str(document["version"]),
            database=str(document["database"]),
            migrations=tuple(_texts(document["migrations"])),
            files=files,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotABackupError(DAMAGED) from None
    if DATABASE not in files or not set(files) <= set(MEMBERS):
        raise NotABackupError(DAMAGED)
    return manifest


def _unpack(archive: tarfile.TarFile, entry: tarfile.TarInfo, manifest: Manifest, directory: Path) -> str:
    size, expected = manifest.files.get(entry.name, (-1, ""))
    if entry.size != size:
        raise NotABackupError(DAMAGED)
    member, digest = _opened(archive, entry), hashlib.sha256()
    # The name is one of ours (the manifest was held against them), never a path out of the directory.
    descriptor = os.open(directory / entry.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := member.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != expected:
        raise NotABackupError(DAMAGED)
    return entry.name


def _opened(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    member = archive.extractfile(entry) if entry.isreg() else None
    if member is None:
        raise NotABackupError(DAMAGED)
    return member


def _texts(values: Sequence[Any]) -> list[str]:
    return [str(value) for value in values]
