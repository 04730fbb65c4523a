"""What is measured of calls, in Prometheus' words; the gateway's `status_app` serves it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class Meters(Collector):
    """The metrics of one face: plain numbers while calls pass, turned into metrics when they are asked for.

    Labels come from closed lists, so their number is bounded.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: Counter[tuple[str, int]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._buckets = [0] * (len(_SECONDS) + 1)
        self._seconds = 0.0
        self._open_calls = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def ended(self, *, outcome: str, status: int, code: str | None, seconds: float) -> None:
        """Note how a call ended; status 0 is one that was never answered."""
        self._calls[outcome, status] += 1
        self._buckets[bisect_left(_SECONDS, seconds)] += 1
        self._seconds += seconds
        if code is not None:
            self._refusals[code] += 1

    def text(self, *, open_calls: int) -> bytes:
        """Return all metrics in Prometheus' text format."""
        self._open_calls = open_calls
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        calls = CounterMetricFamily(
            f"{self._name}_calls", "Calls by how they ended.", labels=["outcome", "status"]
        )
        for (outcome, status), count in self._calls.items():
            calls.add_metric([outcome, str(status)], count)
        refusals = CounterMetricFamily(
            f"{self._name}_refusals", "Calls that Ownkey ended itself, by code.", labels=["code"]
        )
        for code, count in self._refusals.items():
            refusals.add_metric([code], count)
        bounds = [*map(str, _SECONDS), "+Inf"]
        seconds = HistogramMetricFamily(
            f"{self._name}_call_seconds",
            "From a call's arrival to its last byte.",
            buckets=list(zip(bounds, accumulate(self._buckets), strict=True)),
            sum_value=self._seconds,
        )
        open_calls = GaugeMetricFamily(
            f"{self._name}_open_calls", "Calls that are open.", value=self._open_calls
        )
        yield from (calls, refusals, seconds, open_calls)
