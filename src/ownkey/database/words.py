"""The words for what is wrong with a database: one sentence and one next step for each cause."""

from dataclasses import dataclass
from typing import Final

from ownkey.database.damage import Damage


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the database failed.

    Attributes:
        code: A stable name.
        sentence: What is wrong.
        next_step: What the operator does about it.
        page_sentence: The same for a page, without a path or a name of this machine; "" for the same words.
        page_step: The same for the next step.
    """

    code: str
    sentence: str
    next_step: str
    page_sentence: str = ""
    page_step: str = ""

    @property
    def is_about_damage(self) -> bool:
        """Whether something that was saved may be lost."""
        return self.code.startswith("database-damage")


BUSY = Trouble(
    "database-busy",
    "Another process has held Ownkey’s database for too long.",
    "Try again; if it stays so, find the process that holds it (fuser, lsof).",
)
READ_ONLY = Trouble(
    "database-read-only",
    "Ownkey’s database takes no writes, so nothing can be saved.",
    "Check who owns the data directory, and whether its disk was mounted read-only.",
)
MOVED = Trouble(
    "database-moved",
    "Ownkey’s database was moved or replaced while this process had it open.",
    "Restart Ownkey: it then opens the file that is there now.",
)
LIMITED = Trouble(
    "database-limited",
    "Ownkey’s database took no more, although its disk has room now.",
    "Try again; if it stays so, look for a quota, and for room where temporary files are (SQLITE_TMPDIR, "
    "/var/tmp).",
)
TOO_LARGE = Trouble(
    "too-large",
    "What was to be saved is larger than the database takes, so it was not saved.",
    "Send less at once. Nothing else is affected.",
)
NO_LOCKS = Trouble(
    "database-locks",
    "The file system that Ownkey’s database is on does not do what a database needs of it (locks).",
    "Keep the data directory on a disk of this machine; network drives often cannot lock files.",
)
NO_TEMPORARY = Trouble(
    "database-temporary",
    "SQLite finds no directory that it can put temporary files into.",
    "Let Ownkey’s user write to /var/tmp or /tmp, or set SQLITE_TMPDIR, and restart Ownkey.",
)
FAILING = Trouble(
    "database-failing",
    "The disk did not do what Ownkey’s database asked of it, although the files can be used and there is "
    "room.",
    "Look into the kernel’s log (dmesg), and check the disk. Move and replace nothing before that.",
)
UNOPENED = Trouble(
    "database-unopened",
    "Ownkey’s database could not be opened, although nothing is seen that stands in the way.",
    "Try again; if it stays so, look for SELinux or AppArmor, and for the limit of open files (ulimit -n).",
)
SUSPECTED = Trouble(
    "database-damaged",
    "SQLite reports damage in Ownkey’s database.",
    "Run ownkey doctor: it examines the whole database, and says whether anything is lost.",
)
NOT_CONFIRMED = Trouble(
    "database-damage-unconfirmed",
    "SQLite reported damage, and an examination of the whole database finds none: nothing is lost.",
    "Restart Ownkey. If it comes back, check this machine’s memory and disk.",
)
BY_DAMAGE: Final = {
    Damage.NONE: NOT_CONFIRMED,
    Damage.INDEXES: Trouble(
        "database-indexes",
        "Only indexes of Ownkey’s database are damaged: every row is there, and nothing is lost.",
        "Stop Ownkey, and have SQLite make them anew: sqlite3 {file} REINDEX",
    ),
    Damage.ROWS: Trouble(
        "database-damaged",
        "Ownkey’s database is damaged (PRAGMA integrity_check says so).",
        "Stop Ownkey, move the database and the files beside it (-wal, -shm) into another directory, keep "
        "them, and restore a backup (ownkey restore).",
    ),
    Damage.NO_DATABASE: Trouble(
        "database-not-one",
        "{file} is not a database of SQLite, or its beginning was overwritten.",
        "Check that OWNKEY_HOME and OWNKEY_DATABASE_URL name Ownkey’s database. If they do: stop Ownkey, "
        "move the file and those beside it (-wal, -shm) into another directory, keep them, and restore a "
        "backup (ownkey restore).",
    ),
}

ASK_THE_DOCTOR: Final = "Run ownkey doctor, which says more and what to do."
GO_ON: Final = "Make room on it; Ownkey goes on by itself."
ON_PAGES: Final = {
    "disk-full": ("The disk that Ownkey keeps its data on is full, so nothing can be saved.", GO_ON),
    "disk-read-only": ("The disk that Ownkey keeps its data on takes no writes.", ASK_THE_DOCTOR),
    "disk-failing": ("The disk that Ownkey keeps its data on does not do its work.", ASK_THE_DOCTOR),
    "file-too-large": ("A limit on the size of files keeps Ownkey from writing to its disk.", ASK_THE_DOCTOR),
    "too-many-files": ("Ownkey has as many files open as it may.", ASK_THE_DOCTOR),
    "not-allowed": ("Ownkey may not use the files of its own database.", ASK_THE_DOCTOR),
}
"""What pages say of an obstacle, by its code: anybody may see them, so they name no path and no user."""
ON_PAGES_ELSE: Final = ("Ownkey’s database is not where it should be.", ASK_THE_DOCTOR)
