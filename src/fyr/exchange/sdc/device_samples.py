"""Turns metric states into samples for the right person: the one place where codes, units, times and patients meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from fyr.exchange.incoming import Addressee, Incoming, IncomingSamples, Problem, ProblemKind
from fyr.exchange.sdc.containment import Containment, read_containment
from fyr.exchange.sdc.metric_reports import MetricState, Report, quality_of
from fyr.exchange.sdc.whereabouts import Whereabouts
from fyr.record import SIGNALS
from fyr.units import convert

__all__ = ["DeviceSamples"]

_SIGNALS: Final = tuple(SIGNALS)
_INDEX: Final = {name: position for position, name in enumerate(_SIGNALS)}


class DeviceSamples:
    """What is known of one device between its reports. Not safe for threads: its owner holds a lock.

    Parameters
    ----------
    source : str
        The name of the source.
    whereabouts : Whereabouts
    take_demonstration : bool
        Whether values that the device calls demonstration or test, or that it sends in another operating mode than
        normal, are taken.
    """

    def __init__(self, source: str, whereabouts: Whereabouts, *, take_demonstration: bool = False) -> None:
        self.whereabouts = whereabouts
        self.counts: Counter[str] = Counter()
        self._source = source
        self._take_demonstration = take_demonstration
        self._containment = Containment({}, {}, 0, False, ())
        self._is_normal = True
        self._newest_us: dict[str, int] = {}
        self._last: dict[str, MetricState] = {}
        self._told: dict[str, str] = {}

    @property
    def takes_nothing_but_real(self) -> bool:
        """Whether values are left out now because the device does not run in its normal mode."""
        return not self._is_normal and not self._take_demonstration

    @property
    def hears_every_version(self) -> bool:
        """Whether a version that does not come has been missed."""
        return not self._containment.has_waveforms

    def begin(self, descriptors: Sequence[Any], contexts: Iterable[Any], report: Report) -> Incoming | None:
        """Take over a device that has just been read, with the last values that it holds."""
        self._containment = read_containment(descriptors)
        self.whereabouts.begin(contexts, self._containment.part_of)
        self._is_normal = True
        self._mode(report)
        news = []
        for handle, problem in self._containment.problems:
            if self._told.get(f"descriptor {handle}") != problem.what:
                self._told[f"descriptor {handle}"] = problem.what
                news.append((f"NumericMetricDescriptor {handle}".encode(), problem))
        return self._samples(b"", report.states, news)

    def change_contexts(self, contexts: Iterable[Any]) -> None:
        """Take over what a context report says."""
        self.whereabouts.change(contexts, self._newest_us)

    def read(self, content: bytes, report: Report) -> Incoming | None:
        """Turn a report into what is handed on; ``None`` where there is nothing new in it."""
        self._mode(report)
        return self._samples(content, report.states, [])

    def _mode(self, report: Report) -> None:
        if report.told_modes:
            self._is_normal = report.is_normal

    def _samples(
        self, content: bytes, states: Iterable[MetricState], news: list[tuple[bytes, Problem]]
    ) -> Incoming | None:
        addressees: dict[Addressee, int] = {}
        whom, which, times, values, qualities = [], [], [], [], []
        period_us = np.zeros(len(_SIGNALS), np.int64)
        for state in states:
            metric = self._containment.metrics.get(state.handle)
            if metric is None:
                self.counts["not one of our signals"] += state.has_value
                continue
            problem = self._refusal(state)
            if problem is not None:
                self._tell_once(state, problem, news)
                continue
            if not state.has_value or self._last.get(state.handle) == state:
                self.counts["without a value" if not state.has_value else "repeated"] += 1
                continue
            self._last[state.handle] = state
            self._told.pop(state.handle, None)
            time_us = state.time_us or 0
            value, quality = quality_of(state)
            self._newest_us[metric.part] = max(time_us, self._newest_us.get(metric.part, time_us))
            addressee = self.whereabouts.addressee(metric.part, time_us)
            whom.append(addressees.setdefault(addressee, len(addressees)))
            which.append(_INDEX[metric.signal])
            times.append(time_us)
            values.append(convert(value, metric.unit, SIGNALS[metric.signal].unit))
            qualities.append(int(quality))
            period_us[_INDEX[metric.signal]] = metric.period_us
        self.counts["samples"] += len(times)
        if not times and not news:
            return None
        raw = ((content or b"GetMdibResponse",) if times else ()) + tuple(part for part, _ in news)
        problems = ((None,) if times else ()) + tuple(problem for _, problem in news)
        columns = IncomingSamples(
            tuple(addressees),
            np.array(whom, np.int32),
            _SIGNALS,
            np.array(which, np.int16),
            np.array(times, np.int64),
            np.array(values, np.float64),
            np.array(qualities, np.uint8),
            period_us,
            np.zeros(len(times), np.int32),
        )
        return Incoming(self._source, raw, problems, columns)

    def _refusal(self, state: MetricState) -> Problem | None:
        if not state.has_value:
            return None
        if not self._take_demonstration and (state.mode != "Real" or not self._is_normal):
            what = "the device sends demonstration or test values, or is not in its normal mode"
            mend = "leave that mode at the device; for a trial set take_demonstration = true"
            return Problem(ProblemKind.UNSUPPORTED, what, state.handle, mend)
        if state.fault:
            return Problem(ProblemKind.UNREADABLE, state.fault, state.handle, "mend the device")
        if state.time_us is None:
            what = "the metric value has no determination time"
            return Problem(ProblemKind.INCOMPLETE, what, state.handle, "mend the device")
        return None

    def _tell_once(self, state: MetricState, problem: Problem, news: list[tuple[bytes, Problem]]) -> None:
        """Tell the first of a row of the same problem; count them all."""
        self.counts[problem.kind.value] += 1
        if self._told.get(state.handle) != problem.what:
            self._told[state.handle] = problem.what
            news.append((state.xml or f"MetricState {state.handle}".encode(), problem))
