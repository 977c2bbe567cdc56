"""What a monitoring system reads of the house, in Prometheus' text: counts and times, and nothing of any patient.

What others know already (sources, sinks, the engine) is read from them when the metrics are asked for; what happens
too fast to be read so is counted by the methods here, which any thread may call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from fyr.clock import SECOND_US, SystemClock
from fyr.exchange.incoming import SourceState
from fyr.version import __version__

if TYPE_CHECKING:
    from fyr.serve.installation import Installation

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_PRIORITIES: Final = ("high", "medium", "low")


class Metrics:
    """The counts of one house, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self._registry)
        self._entries = self._counter("fyr_journal_entries", "Entries that were added to the journal")
        self._append_seconds = self._histogram("fyr_journal_append_seconds", "How long it took to add to the journal")
        self._round_seconds = self._histogram("fyr_round_seconds", "How long a round of the engine took")
        self._raised = Counter(
            "fyr_notifications_raised", "Notifications that were raised", ["priority"], registry=self._registry
        )
        for priority in _PRIORITIES:
            self._raised.labels(priority)
        self._snapshot = Gauge(
            "fyr_snapshot_time_seconds",
            "When the wards' state was last kept (seconds since 1970); 0 if never since the start",
            registry=self._registry,
        )
        self._house: _House | None = None
        self._lock = threading.Lock()

    def appended(self, entries: int, seconds: float) -> None:
        """Count entries that were added to the journal, and how long that took."""
        self._entries.inc(entries)
        self._append_seconds.observe(seconds)

    def round(self, seconds: float) -> None:
        """Count a round of the engine."""
        self._round_seconds.observe(seconds)

    def raised(self, priority: str) -> None:
        """Count a notification; its priority is ``high``, ``medium`` or ``low``."""
        self._raised.labels(priority).inc()

    def snapshot(self, time_us: int) -> None:
        """Note that the wards' state was kept."""
        self._snapshot.set(time_us / SECOND_US)

    def text(self, here: Installation) -> bytes:
        """Return all metrics of a house in Prometheus' text."""
        with self._lock:
            if self._house is None:
                self._house = _House(here)
                self._registry.register(self._house)
        return bytes(generate_latest(self._registry))

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, registry=self._registry)

    def _histogram(self, name: str, meaning: str) -> Histogram:
        return Histogram(name, meaning, registry=self._registry, buckets=_SECONDS)


class _House(Collector):
    """Reads what others know at the moment that the metrics are asked for."""

    def __init__(self, here: Installation) -> None:
        self._here = here

    def collect(self) -> Iterable[Metric]:
        """Yield a metric for each thing that is known."""
        here, pulse = self._here, self._here.wards.pulse()
        about = InfoMetricFamily("fyr", "The program and the policy of the wards")
        about.add_metric([], {"version": __version__, "policy_digest": here.wards.policy.digest})
        yield about
        yield GaugeMetricFamily("fyr_up", "1 while the engine keeps up", value=float(pulse.status == "ok"))
        yield GaugeMetricFamily("fyr_engine_behind_seconds", "Since the last good round", value=pulse.behind_s)
        yield GaugeMetricFamily("fyr_live_browsers", "Browsers that watch a ward", value=here.hub.watchers)
        yield from self._notices()
        yield from self._sources()
        yield from self._sinks()

    def _notices(self) -> Iterable[Metric]:
        standing = self._here.watchdog.board.standing()
        notices = GaugeMetricFamily("fyr_notices", "Notices of the house that stand", labels=["priority"])
        for priority in _PRIORITIES:
            notices.add_metric([priority], sum(one.priority == priority for one in standing))
        yield notices
        subjects = GaugeMetricFamily("fyr_notice_since_seconds", "When a standing notice began", labels=["subject"])
        for one in standing:
            subjects.add_metric([one.subject], one.since_us / SECOND_US)
        yield subjects

    def _sources(self) -> Iterable[Metric]:
        reports = () if self._here.interfaces is None else self._here.interfaces.sources()
        now_us = SystemClock().now_us()
        counts: tuple[tuple[str, str, Callable[..., int]], ...] = (
            ("fyr_source_messages", "Messages that came from a source", lambda one: one.messages),
            ("fyr_source_accepted", "Messages of a source that were accepted", lambda one: one.accepted),
            ("fyr_source_refused", "Messages of a source that were refused", lambda one: one.refused),
            ("fyr_source_samples", "Samples that were taken from a source", lambda one: one.samples),
        )
        for name, meaning, read in counts:
            family = CounterMetricFamily(name, meaning, labels=["source"])
            for one in reports:
                family.add_metric([one.name], read(one.counts))
            yield family
        state = GaugeMetricFamily("fyr_source_state", "1 at the state that a source is in", labels=["source", "state"])
        silence = GaugeMetricFamily(
            "fyr_source_last_message_seconds", "Since a source's last message", labels=["source"]
        )
        senders = GaugeMetricFamily("fyr_source_connections", "Senders that are connected now", labels=["source"])
        for one in reports:
            for possible in SourceState:
                state.add_metric([one.name, possible.value], float(one.health.state is possible))
            senders.add_metric([one.name], one.health.connections)
            if one.counts.last_message_us is not None:
                silence.add_metric([one.name], max(0, now_us - one.counts.last_message_us) / SECOND_US)
        yield from (state, silence, senders)

    def _sinks(self) -> Iterable[Metric]:
        lines = self._here.interfaces
        reports = [] if lines is None else [one.report() for one in lines.senders]
        waiting = GaugeMetricFamily("fyr_sink_waiting", "Alarms that wait for a sink", labels=["sink"])
        failing = GaugeMetricFamily("fyr_sink_failing", "1 while a sink takes no alarms", labels=["sink"])
        delivered = CounterMetricFamily("fyr_sink_delivered", "Alarms that a sink took", labels=["sink"])
        refused = CounterMetricFamily("fyr_sink_refused", "Alarms that a sink will never take", labels=["sink"])
        for one in reports:
            waiting.add_metric([one.name], one.waiting)
            failing.add_metric([one.name], float(one.problem is not None))
            delivered.add_metric([one.name], one.delivered)
            refused.add_metric([one.name], one.refused)
        yield from (waiting, failing, delivered, refused)
