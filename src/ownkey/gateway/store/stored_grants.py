"""Grants kept in Ownkey's database: what the gateway is promised in `ownkey.calls.grants`, kept."""

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from django.db import Error as DatabaseFault
from django.db import connection
from django.utils import timezone

from ownkey import days
from ownkey.calls.changes import Changes, Kind
from ownkey.calls.grants import GrantsUnavailableError, Snapshot, Standing
from ownkey.calls.means import ByAdministrator, ByClientKey, Means
from ownkey.connections.saved_credentials import record_refused_in_use
from ownkey.database.files import FileIdentity
from ownkey.gateway.store.session_snapshots import administrator_snapshot, session_snapshot
from ownkey.gateway.store.snapshots import CredentialUnusableError, site_url_of, snapshot_of, standing_for
from ownkey.gateway.store.version import VersionWatch

T = TypeVar("T")

REPORT_AGAIN_AFTER_S = (0.2, 1.0, 5.0, 30.0)
"""A refused credential is reported until that is written down: other workers still send it."""

MOST_SITES = 1_000


class StoredGrants:
    """Reads snapshots in a thread of its own, one after the other, each as of now."""

    def __init__(self, database_file: Path) -> None:
        self._watch = VersionWatch(database_file)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ownkey-grants")
        self._read_from: FileIdentity | None = None
        self._sites: dict[str, str | None] = {}
        self._sites_version = -1
        self._log = structlog.get_logger("ownkey.gateway")

    @property
    def version(self) -> int:
        """A number that differs after every change of what a client key grants."""
        return self._watch.read()

    def changes_since(self, version: int) -> Changes:
        """Return whom the changes concern that came after a version."""
        return self._watch.changes_since(version)

    @property
    def database_identity(self) -> FileIdentity | None:
        """Which file the database is in; another one means that nothing read before counts."""
        return self._watch.identity

    async def lookup(self, means: Means) -> Snapshot | None:
        """Return what a means grants now, or None."""
        try:
            return await self._read(partial(_snapshot_by, means))
        except CredentialUnusableError as error:
            cause = type(error.__cause__).__name__
            self._log.error("credential_unusable", key_id=_key_id(means), cause=cause)
            raise

    async def site_of(self, account_slug: str) -> str | None:
        """Return the site of an ALM account, where links that people click lead, or None if there is none."""
        self._forget_changed_sites()
        if account_slug not in self._sites:
            found = await self._read(partial(site_url_of, account_slug))
            if len(self._sites) >= MOST_SITES:  # anybody may ask, for whatever name
                self._sites = {}
            self._sites[account_slug] = found
            return found
        return self._sites[account_slug]

    def _forget_changed_sites(self) -> None:
        version = self.version
        if version == self._sites_version:
            return
        changes = self.changes_since(self._sites_version)
        if changes.is_everything or any(subject.kind is Kind.ACCOUNT for subject in changes.subjects):
            self._sites = {}
        self._sites_version = version

    async def standing_of(self, means: ByClientKey) -> Standing | None:
        """Return how the owner's own credential stands now, or None if the client key grants nothing."""
        return await self._read(partial(standing_for, means.key_id))

    async def report_refused(self, credential_id: str, version: int) -> None:
        """Record that Atlassian refused a credential; which changes `version`."""
        report = partial(record_refused_in_use, uuid.UUID(credential_id), proven_count=version)
        for pause_s in (*REPORT_AGAIN_AFTER_S, None):
            try:
                is_news = await self._read(report)
            except GrantsUnavailableError:
                self._log.warning("refusal_not_recorded", credential_id=credential_id)
                if pause_s is None:
                    return
                await asyncio.sleep(pause_s)
            else:
                if is_news:
                    self._log.warning("credential_refused", credential_id=credential_id)
                return

    async def stop(self) -> None:
        """Close the database."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _close)
        self._thread.shutdown()
        self._watch.close()

    async def _read(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._in_thread, work)

    def _in_thread(self, work: Callable[[], T]) -> T:
        """Run in the thread; its connection stays open as long as the file is the same and nothing fails."""
        try:
            if self._read_from != self._watch.identity:
                connection.close()
                self._read_from = self._watch.identity
            return work()
        except DatabaseFault as error:
            connection.close()
            raise GrantsUnavailableError from error


def _snapshot_by(means: Means) -> Snapshot | None:
    if isinstance(means, ByClientKey):
        return snapshot_of(means.key_id, today=days.today())
    if isinstance(means, ByAdministrator):
        return administrator_snapshot(means, today=days.today(), now=timezone.now())
    return session_snapshot(means, today=days.today(), now=timezone.now())


def _key_id(means: Means) -> str | None:
    """Return the client key's id for the log; a session has none that may stand there."""
    return means.key_id if isinstance(means, ByClientKey) else None


def _close() -> None:
    """Close the connection of the thread that this runs in: Django gives each its own."""
    connection.close()
