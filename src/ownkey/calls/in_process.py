"""The way of a call that this process has, for the pages that run beside the gateway."""

from ownkey.calls.way import CallWay

_running: list[CallWay] = []


class NoWayError(RuntimeError):
    """This process serves no calls: its data plane has not been started."""


def put_to_use(way: CallWay) -> None:
    """Let pages call by this way from now on."""
    _running.append(way)


def take_out_of_use(way: CallWay) -> None:
    """Let pages call by it no more."""
    if way in _running:
        _running.remove(way)


def current_way() -> CallWay:
    """Return the way that pages call by.

    Raises:
        NoWayError: there is none.
    """
    if not _running:
        raise NoWayError
    return _running[-1]
