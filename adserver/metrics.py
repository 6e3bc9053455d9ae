"""What Prometheus can read of the service; labels come from small closed sets only."""

import time
from collections import defaultdict
from itertools import cycle

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from adserver.counting.events import EventKind, Rejection

COUNTED, JOURNALED, LOST = "counted", "journaled", "lost"

TIMED_ANSWERS = 8
"""Timing one answer costs a tenth of a beacon; the distribution of every eighth is the same."""

_REQUEST_BUCKETS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 2.5)
_FLUSH_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class WebMetrics:
    """The instruments of a web worker."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.decisions = Counter(
            "adserver_decisions_total", "Slots decided, by outcome", ["outcome"], registry=registry
        )
        self.events = Counter(
            "adserver_events_total", "Events reported, by kind and outcome", ["kind", "outcome"], registry=registry
        )
        self.request_seconds = Histogram(
            "adserver_request_seconds",
            "Time to answer, by public address; of every eighth answer",
            ["address"],
            buckets=_REQUEST_BUCKETS,
            registry=registry,
        )
        self.responses = Counter(
            "adserver_responses_total",
            "Answers, by public address and status",
            ["address", "status"],
            registry=registry,
        )
        self.inventory_loaded = Gauge(
            "adserver_inventory_loaded_timestamp_seconds",
            "When the oldest inventory in use was read",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.inventory_failures = Counter(
            "adserver_inventory_failures_total", "Reads of the inventory that failed", registry=registry
        )
        self.paces_made = Gauge(
            "adserver_paces_timestamp_seconds",
            "When the oldest weights in use were worked out by the planner",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.pace_failures = Counter(
            "adserver_pace_failures_total", "Reads of the planner's weights that failed", registry=registry
        )
        self.traffic_dropped = Counter(
            "adserver_traffic_dropped_total", "Sampled ad requests that could not be stored", registry=registry
        )
        # Known series begin at 0, so that their first event is a rise.
        for kind in EventKind:
            for outcome in (COUNTED, JOURNALED, LOST, *Rejection):
                self.events.labels(kind.value, str(outcome))
        self._pending: defaultdict[tuple[Counter, tuple[str, ...]], int] = defaultdict(int)
        self.is_timed = cycle([True, *[False] * (TIMED_ANSWERS - 1)]).__next__
        """Says whether to time the answer at hand: one in TIMED_ANSWERS is."""
        self.decided: defaultdict[str, int] = defaultdict(int)
        """Slots decided since the last `publish`, by outcome; to be added to."""
        self._answered: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._times: dict[str, Histogram] = {}

    def count(self, counter: Counter, *labels: str, amount: int = 1) -> None:
        """Count; it shows once `publish` is called. A shared counter costs ten times as much to add to."""
        self._pending[counter, labels] += amount

    def answered(self, address: str, status: int, started: float | None, amount: int = 1) -> None:
        """Count an answer, or so many; `started` is `perf_counter` where it is timed."""
        self._answered[address, status] += amount
        if started is not None:
            times = self._times.get(address)
            if times is None:
                times = self._times[address] = self.request_seconds.labels(address)
            times.observe(time.perf_counter() - started)

    def publish(self) -> None:
        """Add what was counted since the last call to the counters that are shared with the other processes."""
        pending, self._pending = self._pending, defaultdict(int)
        for (counter, labels), amount in pending.items():
            counter.labels(*labels).inc(amount)
        decided, self.decided = self.decided, defaultdict(int)
        for outcome, amount in decided.items():
            self.decisions.labels(outcome).inc(amount)
        answered, self._answered = self._answered, defaultdict(int)
        for (address, status), amount in answered.items():
            self.responses.labels(address, str(status)).inc(amount)


class FlushMetrics:
    """The instruments of the flusher."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.flush_seconds = Histogram(
            "adserver_flush_seconds", "Time to flush all shards", buckets=_FLUSH_BUCKETS, registry=registry
        )
        self.flushed_batches = Counter("adserver_flushed_batches_total", "Batches added to Postgres", registry=registry)
        self.flush_failures = Counter("adserver_flush_failures_total", "Flushes that failed", registry=registry)
        self.last_flush = Gauge(
            "adserver_last_flush_timestamp_seconds",
            "When counters were last flushed",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.waiting_batches = Gauge(
            "adserver_waiting_batches",
            "Batches in Redis, set aside for Postgres",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.waiting_counters = Gauge(
            "adserver_waiting_counters",
            "Distinct counters in Redis, which pile up while Postgres is away",
            registry=registry,
            multiprocess_mode="mostrecent",
        )


class PlannerMetrics:
    """The instruments of the planner."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.plan_seconds = Histogram(
            "adserver_plan_seconds", "Time to read and plan", buckets=_FLUSH_BUCKETS, registry=registry
        )
        self.failures = Counter(
            "adserver_plan_failures_total", "Plans and weights that could not be made or published", registry=registry
        )
        self.last_plan = Gauge(
            "adserver_last_plan_timestamp_seconds",
            "When campaigns were last planned",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.last_weights = Gauge(
            "adserver_last_weights_timestamp_seconds",
            "When weights were last published",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.planned_campaigns = Gauge(
            "adserver_planned_campaigns", "Campaigns in the plan", registry=registry, multiprocess_mode="mostrecent"
        )


def exposition(multiprocess_dir: str | None) -> bytes:
    """Return the text format: the sum over the processes that share `multiprocess_dir`, or this process alone."""
    if multiprocess_dir is None:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=multiprocess_dir)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
