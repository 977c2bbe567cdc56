"""All samples of one patient as columns, signal after signal: how a long recording is read and replayed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.record.identity import PatientId
from fyr.record.sample_batch import SampleBatch
from fyr.record.series import Quality

__all__ = ["PatientSamples", "WardSamples", "by_patient"]


@dataclass(frozen=True, slots=True, eq=False)
class PatientSamples:
    """One patient's samples.

    Parameters
    ----------
    patient : PatientId
    signals : tuple of str, length k
        Names of :data:`fyr.record.vocabulary.SIGNALS`. A signal that came with two periods stands twice.
    period_us : ndarray of int64, shape (k,)
        The nominal time between samples.
    first : ndarray of int64, shape (k + 1,)
        The samples of signal ``i`` are those from ``first[i]`` up to ``first[i + 1]``.
    time_us : ndarray of int64, shape (n,)
        Event times, microseconds UTC, in order within each signal.
    value : ndarray of float64, shape (n,)
        In the unit of the vocabulary; NaN where the sample has no value.

    Raises
    ------
    BadInput
        If the columns do not fit each other.
    """

    patient: PatientId
    signals: tuple[str, ...]
    period_us: NDArray[np.int64]
    first: NDArray[np.int64]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]

    def __post_init__(self) -> None:
        if len(self.period_us) != len(self.signals) or len(self.first) != len(self.signals) + 1:
            raise BadInput(f"{len(self.signals)} signals, but {len(self.period_us)} periods", where=str(self.patient))
        if len(self.time_us) != len(self.value) or int(self.first[-1]) != len(self.value):
            raise BadInput(f"{len(self.time_us)} times, but {len(self.value)} values", where=str(self.patient))

    def __len__(self) -> int:
        return len(self.time_us)

    def part(self, index: int) -> slice:
        """Return where the samples of a signal are."""
        return slice(int(self.first[index]), int(self.first[index + 1]))

    def span(self) -> tuple[int, int]:
        """Return the first sample's time and the end of the recording: one shortest period after the last sample.

        Both are 0 where there is no sample.
        """
        there = np.flatnonzero(np.diff(self.first) > 0)
        if not len(there):
            return 0, 0
        start_us = int(self.time_us[self.first[:-1][there]].min())
        last_us = int(self.time_us[self.first[1:][there] - 1].max())
        return start_us, last_us + int(self.period_us[there].min())

    def as_batch(self, source: str = "") -> SampleBatch:
        """Return the samples in order of time; those of the same time in the order of the signals."""
        counts = np.diff(self.first)
        signal = np.repeat(np.arange(len(self.signals), dtype=np.int16), counts)
        order = np.argsort(self.time_us, kind="stable")
        value = self.value[order]
        return SampleBatch(
            patients=(self.patient,),
            patient_index=np.zeros(len(order), np.int32),
            signals=self.signals,
            signal_index=signal[order],
            time_us=self.time_us[order],
            value=value,
            quality=np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8),
            period_us=self.period_us,
            source=source,
        )


def by_patient(samples: SampleBatch) -> Iterator[PatientSamples]:
    """Take a batch that is sorted by patient and time apart, patient by patient; those without samples too.

    What is unknown or was not done is a missing value.
    """
    kinds = len(samples.signals)
    offsets = np.searchsorted(samples.patient_index, np.arange(len(samples.patients) + 1))
    for place, patient in enumerate(samples.patients):
        rows = slice(int(offsets[place]), int(offsets[place + 1]))
        signal = samples.signal_index[rows]
        order = np.argsort(signal, kind="stable")
        counts = np.bincount(signal, minlength=kinds)
        there = np.flatnonzero(counts)
        unusable = np.isin(samples.quality[rows], (Quality.UNKNOWN, Quality.NOT_DONE))
        value = np.where(unusable, np.nan, samples.value[rows])[order]
        yield PatientSamples(
            patient=patient,
            signals=tuple(samples.signals[index] for index in there),
            period_us=samples.period_us[there],
            first=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[there], dtype=np.int64)]),
            time_us=samples.time_us[rows][order],
            value=value,
        )


@dataclass(frozen=True, slots=True, eq=False)
class WardSamples:
    """The samples of many patients as columns: patient after patient, and of each, signal after signal.

    Parameters
    ----------
    patients : tuple of PatientId
    signals : tuple of str
    run_patient, run_signal : ndarray of int64, shape (runs,)
        Places in `patients` and `signals` of each run of samples, in order.
    run_period_us : ndarray of int64, shape (runs,)
    first : ndarray of int64, shape (runs + 1,)
        The samples of run ``i`` are those from ``first[i]`` up to ``first[i + 1]``.
    time_us : ndarray of int64, shape (n,)
        In order within each run.
    value : ndarray of float64, shape (n,)
        NaN where the sample has no value.
    """

    patients: tuple[PatientId, ...]
    signals: tuple[str, ...]
    run_patient: NDArray[np.int64]
    run_signal: NDArray[np.int64]
    run_period_us: NDArray[np.int64]
    first: NDArray[np.int64]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time_us)

    def starts_us(self) -> dict[PatientId, int]:
        """Return when the recording of each patient begins who has samples."""
        there = np.diff(self.first) > 0
        starts = np.full(len(self.patients), np.iinfo(np.int64).max)
        np.minimum.at(starts, self.run_patient[there], self.time_us[self.first[:-1][there]])
        known = np.unique(self.run_patient[there])
        return {self.patients[place]: int(starts[place]) for place in known.tolist()}

    def of(self, place: int) -> PatientSamples:
        """Return the samples of one patient, which are no copy."""
        begin, end = np.searchsorted(self.run_patient, [place, place + 1])
        start, stop = int(self.first[begin]), int(self.first[end])
        return PatientSamples(
            patient=self.patients[place],
            signals=tuple(self.signals[index] for index in self.run_signal[begin:end]),
            period_us=self.run_period_us[begin:end],
            first=self.first[begin : end + 1] - start,
            time_us=self.time_us[start:stop],
            value=self.value[start:stop],
        )
