"""The scores and derived signals of one recording as columns: by a kernel where there is one, else as any replay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fyr.attention import Policy
from fyr.clock import MINUTE_US
from fyr.record import Observation, PatientId
from fyr.watch.columnar.derived_columns import derive_column
from fyr.watch.columnar.minute_kernels import minute_means, usable_samples, window_medians
from fyr.watch.columnar.news2_columns import Usable, score_news2
from fyr.watch.columnar.pool import ColumnPool
from fyr.watch.columnar.streams import Stream, Streams
from fyr.watch.derived import remembered_minutes
from fyr.watch.minutes import held_minutes
from fyr.watch.recorded_grid import derived_column, score_columns

__all__ = ["computed_columns"]


def computed_columns(
    patient: PatientId,
    policy: Policy,
    streams: Streams,
    observations: Sequence[Observation],
    replay_us: tuple[int, int],
    pool: ColumnPool,
) -> dict[str, Stream]:
    """Compute what the policy reads beside the measured signals.

    Parameters
    ----------
    patient : PatientId
    policy : Policy
    streams : mapping of str to sequence of Stream
        What was recorded, and the readings that were written down.
    observations : sequence of Observation
    replay_us : (int, int)
        When watching began and ended; minutes that end in between, the end excluded, are computed.
    pool : ColumnPool
        Where the columns come from; they are good until it begins anew.

    Returns
    -------
    dict of str to Stream
        By the computed signal.
    """
    if not policy.scores and not policy.derived:
        return {}
    return _Recording(patient, policy, streams, observations, replay_us, pool).compute()


class _Recording:
    """One recording; what several computed signals need of it is made once."""

    def __init__(
        self,
        patient: PatientId,
        policy: Policy,
        streams: Streams,
        observations: Sequence[Observation],
        replay_us: tuple[int, int],
        pool: ColumnPool,
    ) -> None:
        self._patient, self._policy, self._observations, self._pool = patient, policy, observations, pool
        self.first_minute = -(-replay_us[0] // MINUTE_US)
        self.count = max(0, -(-replay_us[1] // MINUTE_US) - self.first_minute)
        self.computed: dict[str, NDArray[np.float64]] = {}
        self._streams = streams
        self._known: dict[str, Usable] = {}
        self._means: dict[str, NDArray[np.float64]] = {}
        self._medians: dict[tuple[str, int], NDArray[np.float64]] = {}

    def compute(self) -> dict[str, Stream]:
        minutes = self._pool.integers(self.count)
        minutes[:] = np.arange(self.first_minute, self.first_minute + self.count)
        ends_us = self._pool.integers(self.count)
        np.multiply(minutes, MINUTE_US, out=ends_us)
        found: dict[str, Stream] = {}
        for score in self._policy.scores.values():
            due = np.flatnonzero(ends_us % score.every_us == 0)
            usable = {name: self._usable(name) for name in self._streams}
            columns = score_news2(score, ends_us[due], usable, self._observations, self._pool)
            if columns is None:
                columns, _ = score_columns(self._patient, score, ends_us[due], usable, self._observations)
            for name, column in columns.items():
                found[name] = Stream(ends_us[due], column, score.every_us)
                whole = np.full(self.count, np.nan)
                whole[due] = column
                self.computed[name] = whole
        for name, part in self._policy.derived.items():
            derived = derive_column(part, self)
            if derived is None:
                recent = {signal: self._recent(signal) for signal in self._policy.signals}
                derived = derived_column(part, minutes, recent, self.computed)
            self.computed[name] = derived
            found[name] = Stream(ends_us, derived, MINUTE_US)
        return found

    def column(self) -> NDArray[np.float64]:
        return self._pool.floats(self.count)

    def means(self, signal: str) -> NDArray[np.float64]:
        if signal not in self._means:
            means = self._means[signal] = self.column()
            held = held_minutes(self._policy.signals[signal])
            minute_means(*self._samples(signal), *self._range(signal), self.first_minute, held, means)
        return self._means[signal]

    def medians(self, signal: str, window: int) -> NDArray[np.float64]:
        if (signal, window) not in self._medians:
            medians = self._medians[signal, window] = self.column()
            window_medians(self.means(signal), window, medians)
        return self._medians[signal, window]

    def _usable(self, name: str) -> Usable:
        if name not in self._known:
            time_us, value = self._samples(name)
            times, values = self._pool.integers(len(value)), self._pool.floats(len(value))
            count = usable_samples(time_us, value, *self._range(name), times, values)
            self._known[name] = times[:count], values[:count]
        return self._known[name]

    def _range(self, name: str) -> tuple[float, float]:
        signal = self._policy.signals.get(name)
        return (-np.inf, np.inf) if signal is None else (signal.plausible_low, signal.plausible_high)

    def _samples(self, name: str) -> Usable:
        """Return all samples of a signal, in order of time, whatever they came with."""
        parts = self._streams.get(name, ())
        if len(parts) == 1:
            return parts[0].time_us, parts[0].value
        if not parts:
            return np.empty(0, np.int64), np.empty(0)
        time_us = np.concatenate([part.time_us for part in parts])
        order = np.argsort(time_us, kind="stable")
        return time_us[order], np.concatenate([part.value for part in parts])[order]

    def _recent(self, name: str) -> NDArray[np.float64]:
        """Return, for every minute, the means of those before it that the policy remembers; shape (minutes, depth)."""
        depth = remembered_minutes(self._policy.derived)
        if not self.count:
            return np.empty((0, depth))
        return sliding_window_view(np.concatenate([np.full(depth - 1, np.nan), self.means(name)]), depth)
