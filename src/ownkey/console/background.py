"""What runs beside the pages, or in a process of its own: the schedule, and the tasks that it queues.

Any number of processes may have one of these: one of them is on duty and does everything, and another follows
when it stops or dies.
"""

import os
import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from django.db import Error as DatabaseFault
from django.db import connection
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from ownkey.connections.lifecycle import duty, queue
from ownkey.connections.lifecycle.schedule import Schedule

PARALLEL: Final = 4
"""How many tasks run at once: a handful of quiet checks, whatever the number of people."""

POLL_S: Final = 1.0
SAY_AGAIN_S: Final = 20.0
"""How often the duty is claimed again, which is good for 90 seconds."""

PATIENCE_S: Final = 5.0
"""How long tasks that run may take to end when Ownkey stops; then they wait for the next start."""


@dataclass(slots=True)
class BackgroundWork:
    """The schedule and its tasks, in threads of their own."""

    poll_s: float = POLL_S
    _worker: str = field(default_factory=lambda: f"{os.getpid()}-{queue.new_worker_id()}")
    _schedule: Schedule = field(default_factory=Schedule)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _tasks: dict[threading.Thread, Any] = field(default_factory=dict)
    _said_at: float = float("-inf")

    def start(self) -> None:
        """Begin; what is due is done at once."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="ownkey-schedule", daemon=True)
        self._thread.start()

    def stop(self, patience_s: float = PATIENCE_S) -> None:
        """End: nothing new is begun, what runs gets a little time, and another process may follow at once."""
        self._stopping.set()
        until = time.monotonic() + patience_s
        for thread in filter(None, (self._thread, *self._tasks)):
            thread.join(max(until - time.monotonic(), 0))
        if self._said_at == float("-inf"):
            return  # never on duty, so there is nothing to give back
        try:
            self._give_back()
        except DatabaseFault as error:
            _log().warning("duty_not_given_back", error=type(error).__name__)
        finally:
            connection.close()

    def run_once(self) -> bool:
        """Do everything that is due, and return False if another process is on duty."""
        if not duty.take(self._worker, now=timezone.now()):
            return False
        try:
            self._schedule.run()
            while self._start_tasks() or self._tasks:
                for thread in list(self._tasks):
                    thread.join()
                self._schedule.run()
            duty.note_run(self._worker, now=timezone.now())
        finally:
            self._give_back()
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._is_on_duty():
                    self._schedule.run()
                    self._start_tasks()
            except Exception as error:  # noqa: BLE001 the thread's outermost edge
                # Its kind and place, never its words. Who is on duty is asked anew.
                place = traceback.extract_tb(error.__traceback__)[-1]
                at = f"{place.filename}:{place.lineno}"
                _log().error("schedule_failed", error=type(error).__name__, at=at)
                self._said_at = float("-inf")
            finally:
                # Nothing is kept open: the file may be another one next time, after a backup was restored.
                connection.close()
            self._stopping.wait(self.poll_s)

    def _is_on_duty(self) -> bool:
        now = time.monotonic()
        if now - self._said_at < SAY_AGAIN_S:
            return True
        if not duty.take(self._worker, now=timezone.now()):
            return False
        duty.note_run(self._worker, now=timezone.now())
        self._said_at = now
        return True

    def _start_tasks(self) -> int:
        """Take tasks from the queue as long as there is room, and return how many."""
        self._tasks = {thread: task for thread, task in self._tasks.items() if thread.is_alive()}
        begun = 0
        while len(self._tasks) < PARALLEL and not self._stopping.is_set():
            taken = queue.take_next(self._worker)
            if taken is None:
                break
            thread = threading.Thread(target=_run_task, args=(taken,), name="ownkey-task", daemon=True)
            self._tasks[thread] = taken
            thread.start()
            begun += 1
        return begun

    def _give_back(self) -> None:
        running = [task.pk for thread, task in self._tasks.items() if thread.is_alive()]
        DBTaskResult.objects.filter(pk__in=running, status=TaskResultStatus.RUNNING).update(
            status=TaskResultStatus.READY
        )
        duty.give_back(self._worker, now=timezone.now())


def _run_task(taken: "DBTaskResult[Any, Any]") -> None:
    try:
        if not queue.run_taken(taken):
            _log().error("task_failed", task=taken.task_path.rpartition(".")[2])
    except DatabaseFault as error:
        # How it ended cannot be written down now; later it is found to be cut off.
        _log().error("task_end_not_kept", error=type(error).__name__)
    finally:
        connection.close()


def _log() -> Any:  # noqa: ANN401 structlog's own type
    return structlog.get_logger("ownkey.schedule")
