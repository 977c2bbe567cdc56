"""Where an evaluation's recordings come from: read a group of patients at a time, so that few are in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from fyr.record import PatientId, PatientSamples, SampleBatch, WardSamples, by_patient

__all__ = ["BatchSource", "PatientSource", "WardSource"]

_AT_ONCE = 8
"""Patients to a group."""


class PatientSource(Protocol):
    """Recordings of many patients."""

    @property
    def patients(self) -> tuple[PatientId, ...]:
        """All patients, those without samples too, in the order of the groups."""
        ...

    @property
    def groups(self) -> int:
        """How many groups there are."""
        ...

    def read(self, group: int, *, reuse: bool = False) -> Iterable[PatientSamples]:
        """Read one group; may be called by several threads at once.

        With `reuse`, each patient's samples are used before the thread asks for the next, whose memory may be theirs.
        """
        ...

    def batch_of(self, patient: PatientId) -> SampleBatch:
        """Return one patient's samples in order of time, signals as they are first named."""
        ...


class WardSource:
    """Samples in memory.

    Parameters
    ----------
    samples : WardSamples
    """

    def __init__(self, samples: WardSamples) -> None:
        self.samples = samples
        self.patients = samples.patients
        self.groups = -(-len(samples.patients) // _AT_ONCE)

    def read(self, group: int, *, reuse: bool = False) -> Sequence[PatientSamples]:  # noqa: ARG002  nothing is copied
        """Read one group."""
        places = range(group * _AT_ONCE, min((group + 1) * _AT_ONCE, len(self.patients)))
        return [self.samples.of(place) for place in places]

    def batch_of(self, patient: PatientId) -> SampleBatch:
        """Return one patient's samples."""
        return self.samples.of(self.patients.index(patient)).as_batch()


class BatchSource:
    """A batch in memory, sorted by patient and time.

    Parameters
    ----------
    samples : SampleBatch
    """

    def __init__(self, samples: SampleBatch) -> None:
        self.samples = samples
        self.patients = samples.patients
        self.groups = -(-len(samples.patients) // _AT_ONCE)
        self._offsets = np.searchsorted(samples.patient_index, np.arange(len(samples.patients) + 1))

    def read(self, group: int, *, reuse: bool = False) -> Sequence[PatientSamples]:  # noqa: ARG002  nothing is copied
        """Read one group."""
        return list(self._read(range(group * _AT_ONCE, min((group + 1) * _AT_ONCE, len(self.patients)))))

    def batch_of(self, patient: PatientId) -> SampleBatch:
        """Return one patient's samples."""
        return self._part(self.patients.index(patient), 1)

    def _read(self, places: range) -> Iterator[PatientSamples]:
        return by_patient(self._part(places.start, len(places)))

    def _part(self, first: int, count: int) -> SampleBatch:
        samples = self.samples
        rows = slice(int(self._offsets[first]), int(self._offsets[first + count]))
        return SampleBatch(
            patients=samples.patients[first : first + count],
            patient_index=samples.patient_index[rows] - np.int32(first),
            signals=samples.signals,
            signal_index=samples.signal_index[rows],
            time_us=samples.time_us[rows],
            value=samples.value[rows],
            quality=samples.quality[rows],
            period_us=samples.period_us,
            source=samples.source,
        )
