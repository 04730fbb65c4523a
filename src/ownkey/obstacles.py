"""What stands in the way of a file: where it is, what it is, whose it is, and how much room there is.

An error of the operating system, or of a database, says that something did not work. What is found here by
looking, and by writing a little beside the file, says why: then nobody has to guess. Nothing is changed, and
nothing is left behind.
"""

import errno
import os
import pwd
import resource
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TRIAL_BYTES: Final = 64 * 1024
LEAST_ROOM: Final = 1024 * 1024
FEW_FILES: Final = 8
OPEN_FILES: Final = Path("/proc/self/fd")
NOT_THERE: Final = {errno.ENOENT, errno.ENOTDIR}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that keeps this process from a file.

    Attributes:
        code: A stable name.
        sentence: What it is.
        next_step: What the operator does about it; nothing is ever removed or replaced by it.
    """

    code: str
    sentence: str
    next_step: str

    def __str__(self) -> str:
        """Return both sentences."""
        return f"{self.sentence} {self.next_step}"


_TOO_MANY: Final = Obstacle(
    "too-many-files",
    "As many files are open as may be, so no other can be opened.",
    "Raise the limit of open files (ulimit -n, or LimitNOFILE of the service), and restart Ownkey.",
)
_BY_NUMBER: Final = {
    errno.EDQUOT: Obstacle(
        "disk-full",
        "The quota of {me} on the disk of {place} is used up.",
        "Raise the quota, or make room; Ownkey goes on by itself.",
    ),
    errno.EFBIG: Obstacle(
        "file-too-large",
        "{path} may not grow: a limit on the size of files is reached (File too large).",
        "Raise that limit (ulimit -f, or LimitFSIZE of the service; some disks have one, too), and restart "
        "Ownkey.",
    ),
    errno.EMFILE: _TOO_MANY,
    errno.ENFILE: _TOO_MANY,
    errno.ELOOP: Obstacle("link-broken", "{path} is a link that leads in a circle.", "Correct the link."),
}
_OF_A_DISK: Final = {
    errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ENXIO, errno.ENODEV, errno.EUCLEAN, errno.ETIMEDOUT,
}  # fmt: skip
_FAILING: Final = Obstacle(
    "disk-failing",
    "The disk of {place} does not do its work ({why}).",
    "Look into the kernel's log (dmesg), and check the disk or the network drive. Move and replace nothing "
    "before that.",
)
_UNUSABLE: Final = Obstacle(
    "file-unusable",
    "{path} cannot be used ({why}).",
    "Look into the kernel's log (dmesg), and check its disk.",
)


def obstacle_to_reading(path: Path) -> Obstacle | None:
    """Return what keeps this process from reading an existing file; None if nothing is found."""
    return _on_the_way_to(path) or _at(path, os.R_OK)


def obstacle_to_writing(path: Path) -> Obstacle | None:
    """Return what forbids this process to make or change a file; whether there is room is not tried."""
    return _on_the_way_to(path) or _at(path, os.R_OK | os.W_OK) or _closed(path.parent, os.W_OK | os.X_OK)


def obstacle_to_growing(path: Path, *, size: int = 0) -> Obstacle | None:
    """Return what keeps this process from making a file or writing more into it; None if nothing is found.

    Args:
        path: The file, which may not be there yet.
        size: How long it is, so that a limit on the length of files is met as the file would meet it.
    """
    return obstacle_to_writing(path) or _without_room(path, size)


def obstacle_in_limits(path: Path) -> Obstacle | None:
    """Return which limit of this process may have been reached; for who has just seen something fail."""
    opened = len(list(OPEN_FILES.iterdir())) if OPEN_FILES.is_dir() else 0
    if opened > resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FEW_FILES:
        return obstacle_in(OSError(errno.EMFILE, ""), path)
    if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
        return obstacle_in(OSError(errno.EFBIG, ""), path)
    return None


def obstacle_in(error: OSError, path: Path) -> Obstacle:
    """Return what an error says that the operating system gave for a path."""
    number, place = error.errno or 0, path.parent
    if number == errno.ENOSPC:
        return _full(place)
    if number == errno.EROFS:
        return _read_only(place)
    if number in {errno.EACCES, errno.EPERM}:
        return _on_the_way_to(path) or _denied(path if os.path.lexists(path) else place)
    found = _BY_NUMBER.get(number, _FAILING if number in _OF_A_DISK else _UNUSABLE)
    words = {
        "path": path,
        "place": place,
        "me": _me(),
        "why": os.strerror(number) if number else "unknown cause",
    }
    return Obstacle(found.code, found.sentence.format(**words), found.next_step.format(**words))


def name_of_user(number: int) -> str:
    """Return a user's name, or its number where it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def is_read_only(place: Path) -> bool:
    """Return whether a file system takes no writes from anybody."""
    try:
        return bool(os.statvfs(place).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _me() -> str:
    return name_of_user(os.geteuid())


def _owner_for_chown() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _on_the_way_to(path: Path) -> Obstacle | None:
    for directory in reversed(path.parents):
        try:
            status = directory.stat()
        except OSError as error:
            return _gone(directory, error)
        if not stat.S_ISDIR(status.st_mode):
            return Obstacle(
                "not-a-directory",
                f"{directory} is a file, where a directory has to be.",
                "Correct the path that Ownkey was given.",
            )
        if closed := _closed(directory, os.X_OK):
            return closed
    return None


def _gone(place: Path, error: OSError) -> Obstacle:
    """Return why a place cannot be looked at."""
    if error.errno not in NOT_THERE:
        return obstacle_in(error, place)
    if place.is_symlink():
        return Obstacle(
            "link-broken",
            f"{place} is a link to {place.readlink()}, which is not there.",
            "Mount or bring back what it leads to, or correct the link.",
        )
    return Obstacle(
        "directory-missing",
        f"There is no directory {place}.",
        "Check the path that Ownkey was given, and that its disk is mounted.",
    )


def _at(path: Path, need: int) -> Obstacle | None:
    """Return what is wrong with the file itself; one that is not there yet is not wrong."""
    try:
        status = path.stat()
    except OSError as error:
        if error.errno in NOT_THERE and not path.is_symlink():
            return None
        return _gone(path, error)
    if stat.S_ISDIR(status.st_mode):
        return Obstacle(
            "not-a-file",
            f"{path} is a directory, where a file has to be.",
            "Correct the path that Ownkey was given.",
        )
    if not stat.S_ISREG(status.st_mode):
        return Obstacle(
            "not-a-file",
            f"{path} is a device, a pipe or a socket, where a file has to be.",
            "Correct the path that Ownkey was given.",
        )
    return _closed(path, need)


def _closed(place: Path, need: int) -> Obstacle | None:
    return None if os.access(place, need, effective_ids=True) else _denied(place, need)


def _denied(place: Path, need: int = os.W_OK) -> Obstacle:
    """Return why this user may not use what is there."""
    if need & os.W_OK and is_read_only(place):
        return _read_only(place)
    try:
        status = place.stat()
    except OSError:
        return Obstacle(
            "not-allowed", f"{_me()} may not use {place}.", f"Let {_me()}, which Ownkey runs as, use it."
        )
    if status.st_uid != os.geteuid():
        return Obstacle(
            "not-allowed",
            f"{place} belongs to {name_of_user(status.st_uid)}; this process runs as {_me()} and may not "
            "use it.",
            f"Run Ownkey as {name_of_user(status.st_uid)}; or, as root: chown {_owner_for_chown()} {place}",
        )
    wanted = "rwx" if stat.S_ISDIR(status.st_mode) else "rw"
    if not _owner_may(status.st_mode, need):
        return Obstacle(
            "not-allowed",
            f"The mode of {place} ({stat.S_IMODE(status.st_mode):04o}) does not let its owner use it.",
            f"Run: chmod u+{wanted} {place}",
        )
    return Obstacle(
        "not-allowed",
        f"{place} may not be used, although its owner and its mode allow it.",
        "Look for an attribute that forbids changes (lsattr), and for SELinux or AppArmor.",
    )


def _owner_may(mode: int, need: int) -> bool:
    return (mode >> 6) & 0o7 & need == need


def _read_only(place: Path) -> Obstacle:
    return Obstacle(
        "disk-read-only",
        f"The file system of {place} is mounted read-only.",
        "Mount it so that it can be written to; if the kernel did that by itself, its log (dmesg) says why.",
    )


def _full(place: Path) -> Obstacle:
    try:
        found = os.statvfs(place)
    except OSError:
        found = None
    if (
        found is not None
        and found.f_files
        and not found.f_favail
        and found.f_bavail * found.f_frsize > LEAST_ROOM
    ):
        return Obstacle(
            "disk-full",
            f"The disk of {place} has room, but takes no more files (no inodes are left).",
            "Remove files that nobody needs from that disk; Ownkey goes on by itself.",
        )
    return Obstacle(
        "disk-full", f"The disk of {place} is full.", "Make room on it; Ownkey goes on by itself."
    )


def _without_room(path: Path, size: int) -> Obstacle | None:
    """Write a little into a file without a name; return what keeps it from being written."""
    directory = path.parent
    try:
        with tempfile.TemporaryFile(dir=directory, buffering=0) as trial:
            os.pwrite(trial.fileno(), bytes(TRIAL_BYTES), 0)
            os.pwrite(trial.fileno(), b"\0", size + TRIAL_BYTES)
            os.fsync(trial.fileno())
    except OSError as error:
        return obstacle_in(error, path)
    found = os.statvfs(directory)
    is_full = found.f_blocks and found.f_bavail * found.f_frsize < LEAST_ROOM
    return _full(directory) if is_full else None
