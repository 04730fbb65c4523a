"""The queue of tasks in the database, as workers use it: take one, run it, and what a kill leaves behind.

django-tasks-db brings a worker of its own, which is a program that owns its process. This one runs beside the
pages, takes a task by compare and swap instead of locking the whole database, and writes down of a fault its
kind and place but not its words, which may hold what was being worked on.
"""

import traceback
import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

CUT_OFF_AFTER: Final = timedelta(minutes=10)
"""No task takes this long: whoever took it was killed."""

CUT_OFF: Final = "ownkey.CutOff"


def take_next(worker: str) -> "DBTaskResult[Any, Any] | None":
    """Take the next task that waits, or return None: each is taken by one worker only."""
    for found in DBTaskResult.objects.ready()[:5]:
        taken = DBTaskResult.objects.filter(pk=found.pk, status=TaskResultStatus.READY).update(
            status=TaskResultStatus.RUNNING,
            started_at=timezone.now(),
            worker_ids=[*found.worker_ids, worker],
        )
        if taken:
            return found
    return None


def run_taken(taken: "DBTaskResult[Any, Any]") -> bool:
    """Run a task that was taken and write down how it ended; return whether it ended well."""
    try:
        values = {
            "status": TaskResultStatus.SUCCESSFUL,
            "return_value": taken.task.call(*taken.args_kwargs["args"], **taken.args_kwargs["kwargs"]),
        }
    except Exception as error:  # noqa: BLE001 the outermost edge
        place = traceback.extract_tb(error.__traceback__)[-1]
        values = {
            "status": TaskResultStatus.FAILED,
            "exception_class_path": f"{type(error).__module__}.{type(error).__qualname__}",
            "traceback": f"{place.filename}:{place.lineno}",
        }
    # One that was given back meanwhile is somebody else's.
    mine = DBTaskResult.objects.filter(pk=taken.pk, status=TaskResultStatus.RUNNING)
    mine.update(finished_at=timezone.now(), **values)
    return "return_value" in values


def fail_cut_off(now: datetime) -> None:
    """Write down that tasks ended which a kill has cut off; what they were for has its turn again."""
    running = DBTaskResult.objects.running()
    cut_off = running.filter(started_at__lte=now - CUT_OFF_AFTER) | running.filter(
        started_at__gt=now + CUT_OFF_AFTER
    )
    cut_off.update(
        status=TaskResultStatus.FAILED, finished_at=now, exception_class_path=CUT_OFF, traceback=""
    )


def waiting_count() -> int:
    """Return how many tasks wait or run."""
    open_ones = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    return DBTaskResult.objects.filter(status__in=open_ones).count()


def failed_since(moment: datetime) -> list[tuple[str, str]]:
    """Return the tasks that failed since then, each as its name and kind of fault; not those cut off."""
    failed = (
        DBTaskResult.objects.failed().filter(finished_at__gte=moment).exclude(exception_class_path=CUT_OFF)
    )
    return [
        (path.rpartition(".")[2], fault)
        for path, fault in failed.values_list("task_path", "exception_class_path")
    ]


def prune(*, before: datetime) -> None:
    """Forget how tasks ended that ended long ago."""
    DBTaskResult.objects.finished().filter(finished_at__lt=before).delete()


def new_worker_id() -> str:
    """Return a name for a worker that no other has."""
    return uuid.uuid4().hex
