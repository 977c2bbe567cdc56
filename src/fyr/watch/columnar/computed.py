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
from fyr.watch.columnar.streams import Stream, Streams
from fyr.watch.derived import remembered_minutes
from fyr.watch.recorded_grid import derived_column, score_columns

__all__ = ["computed_columns"]


def computed_columns(
    patient: PatientId,
    policy: Policy,
    streams: Streams,
    observations: Sequence[Observation],
    replay_us: tuple[int, int],
) -> dict[str, Stream]:
    """Compute what the policy reads beside the measured signals.

    Parameters
    ----------
    patient : PatientId
    policy : Policy
    streams : mapping of str to sequence of Stream
        What was recorded.
    observations : sequence of Observation
    replay_us : (int, int)
        When watching began and ended; minutes that end in between, the end excluded, are computed.

    Returns
    -------
    dict of str to Stream
        By the computed signal.
    """
    if not policy.scores and not policy.derived:
        return {}
    return _Recording(patient, policy, streams, observations, replay_us).compute()


class _Recording:
    """One recording; what several computed signals need of it is made once."""

    def __init__(
        self,
        patient: PatientId,
        policy: Policy,
        streams: Streams,
        observations: Sequence[Observation],
        replay_us: tuple[int, int],
    ) -> None:
        self._patient, self._policy, self._observations = patient, policy, observations
        self._first = -(-replay_us[0] // MINUTE_US)
        self._count = max(0, -(-replay_us[1] // MINUTE_US) - self._first)
        self._usable = {name: self._usable_of(name, parts) for name, parts in streams.items()}
        self._means: dict[str, NDArray[np.float64]] = {}
        self._medians: dict[tuple[str, int], NDArray[np.float64]] = {}
        self._computed: dict[str, NDArray[np.float64]] = {}

    def compute(self) -> dict[str, Stream]:
        minutes = np.arange(self._first, self._first + self._count, dtype=np.int64)
        ends_us = minutes * MINUTE_US
        found: dict[str, Stream] = {}
        for score in self._policy.scores.values():
            due = np.flatnonzero(ends_us % score.every_us == 0)
            columns = score_news2(score, ends_us[due], self._usable, self._observations)
            if columns is None:
                columns, _ = score_columns(self._patient, score, ends_us[due], self._usable, self._observations)
            for name, column in columns.items():
                found[name] = Stream(ends_us[due], column, score.every_us)
                whole = np.full(self._count, np.nan)
                whole[due] = column
                self._computed[name] = whole
        for name, part in self._policy.derived.items():
            derived = derive_column(part, self._first, self._count, self._median, self._computed)
            if derived is None:
                recent = {signal: self._recent(signal) for signal in self._policy.signals}
                derived = derived_column(part, minutes, recent, self._computed)
            self._computed[name] = derived
            found[name] = Stream(ends_us, derived, MINUTE_US)
        return found

    def _usable_of(self, name: str, parts: Sequence[Stream]) -> Usable:
        time_us, value = parts[0].time_us, parts[0].value
        if len(parts) > 1:
            time_us = np.concatenate([part.time_us for part in parts])
            order = np.argsort(time_us, kind="stable")
            time_us, value = time_us[order], np.concatenate([part.value for part in parts])[order]
        signal = self._policy.signals.get(name)
        low, high = (-np.inf, np.inf) if signal is None else (signal.plausible_low, signal.plausible_high)
        return usable_samples(time_us, value, low, high)

    def _mean(self, name: str) -> NDArray[np.float64]:
        if name not in self._means:
            usable = self._usable.get(name, (np.empty(0, np.int64), np.empty(0)))
            self._means[name] = minute_means(*usable, self._first, self._count, 0)
        return self._means[name]

    def _median(self, name: str, window: int) -> NDArray[np.float64]:
        if (name, window) not in self._medians:
            self._medians[name, window] = window_medians(self._mean(name), window)
        return self._medians[name, window]

    def _recent(self, name: str) -> NDArray[np.float64]:
        """Return, for every minute, the means of those before it that the policy remembers; shape (minutes, depth)."""
        depth = remembered_minutes(self._policy.derived)
        if not self._count:
            return np.empty((0, depth))
        return sliding_window_view(np.concatenate([np.full(depth - 1, np.nan), self._mean(name)]), depth)
