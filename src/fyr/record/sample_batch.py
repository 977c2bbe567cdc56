"""Samples of many signals and patients as columns, and the compact bytes that the journal keeps of them.

The bytes, all little-endian::

    magic "FYRS" | version uint16 | crc32 uint32 of all that follows
    length uint32 of the names | names: JSON {"patients", "signals", "period_us", "source"}
    samples uint64 | five columns: patient, signal, time, quality, value

The columns are as :mod:`fyr.record.sample_columns` writes them: a minute of a ward, whose monitors say whole numbers
and tenths, takes one to two bytes a sample.

Version 1 is read too. There `patients` is ``[[hospital, local], …]``; a column of whole numbers is its smallest
(int64), a width in bytes (uint8) and the differences from it in that width, and the values are float32 or float64.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.record.identity import PatientId
from fyr.record.sample_columns import MEND, ColumnReader, written_values, written_whole
from fyr.record.series import Series

__all__ = ["SampleBatch"]

_MAGIC: Final = b"FYRS"
_VERSION: Final = 2
_HEAD: Final = struct.Struct("<4sHI")
_LENGTH: Final = struct.Struct("<I")
_COUNT: Final = struct.Struct("<Q")


class _PatientNames:
    """The names of a batch's patients as JSON and back; a gateway sends of the same ones again and again."""

    def __init__(self) -> None:
        self._newest: tuple[tuple[PatientId, ...], orjson.Fragment] = ((), orjson.Fragment(b"[]"))
        self._newest_read: tuple[bytes, tuple[PatientId, ...]] = (b"", ())

    def of(self, patients: tuple[PatientId, ...]) -> orjson.Fragment:
        """Return the names of these patients, ``[[hospital, [local, …]], …]``, neighbours of one hospital together."""
        newest = self._newest
        if newest[0] is not patients:
            if newest[0] != patients:
                together = groupby(patients, key=lambda patient: patient.hospital)
                names = [[hospital, [patient.local for patient in some]] for hospital, some in together]
                newest = (patients, orjson.Fragment(orjson.dumps(names)))
            newest = self._newest = (patients, newest[1])
        return newest[1]

    def read(self, written: bytes, names: list[Any], version: int) -> tuple[PatientId, ...]:
        """Return the patients of names that were read, and `written` so."""
        newest = self._newest_read
        if newest[0] != written:
            of_hospitals = ((hospital, some if version > 1 else [some]) for hospital, some in names)
            patients = tuple(PatientId(hospital, local) for hospital, some in of_hospitals for local in some)
            newest = self._newest_read = (written, patients)
        return newest[1]


_NAMES: Final = _PatientNames()


@dataclass(frozen=True, slots=True, eq=False)
class SampleBatch:
    """Samples of one or many patients, in the order in which they came.

    Parameters
    ----------
    patients : tuple of PatientId
        Whom the samples are about.
    patient_index : ndarray of int32, shape (n,)
        Position in `patients` of each sample.
    signals : tuple of str
        Names of :data:`fyr.record.vocabulary.SIGNALS`, or ``waveform:NAME``.
    signal_index : ndarray of int16, shape (n,)
        Position in `signals` of each sample.
    time_us : ndarray of int64, shape (n,)
        Event times, microseconds UTC; late samples are allowed, so they need not be sorted.
    value : ndarray of float64, shape (n,)
        In the unit of the vocabulary; NaN where the quality is unknown or not done.
    quality : ndarray of uint8, shape (n,)
        :class:`fyr.record.Quality` of each sample.
    period_us : ndarray of int64, shape (n_signals,)
        The nominal time between samples of each signal.
    source : str
        Where they came from.

    Raises
    ------
    BadInput
        If the columns differ in length or an index points past its names.
    """

    patients: tuple[PatientId, ...]
    patient_index: NDArray[np.int32]
    signals: tuple[str, ...]
    signal_index: NDArray[np.int16]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    period_us: NDArray[np.int64]
    source: str = ""

    def __post_init__(self) -> None:
        n = len(self.time_us)
        lengths = {len(self.patient_index), len(self.signal_index), len(self.value), len(self.quality)}
        if lengths != {n}:
            raise BadInput(f"the columns of a batch have {n} times but {sorted(lengths)} entries", where=self.source)
        if len(self.period_us) != len(self.signals):
            raise BadInput(
                f"a batch names {len(self.signals)} signals but {len(self.period_us)} periods", where=self.source
            )
        _check_index(self.patient_index, len(self.patients), "patient", self.source)
        _check_index(self.signal_index, len(self.signals), "signal", self.source)

    def __len__(self) -> int:
        return len(self.time_us)

    def __eq__(self, other: object) -> bool:
        """Compare bit for bit, so that NaN equals NaN."""
        return self.encode() == other.encode() if isinstance(other, SampleBatch) else NotImplemented

    def __hash__(self) -> int:
        return zlib.crc32(self.encode())

    @classmethod
    def from_series(cls, series: Sequence[Series]) -> SampleBatch:
        """Merge series by time; samples of the same time keep the order of `series`.

        A signal that comes with two different periods is named twice in :attr:`signals`, once with each.
        """
        patients = {one.patient: None for one in series}
        sources = {one.source: None for one in series}
        signals = {(one.signal, one.period_us): None for one in series}
        patient_place = {patient: place for place, patient in enumerate(patients)}
        signal_place = {signal: place for place, signal in enumerate(signals)}
        lengths = [len(one) for one in series]
        time_us = _joined([one.time_us for one in series], np.int64)
        order = np.argsort(time_us, kind="stable")
        return cls(
            patients=tuple(patients),
            patient_index=np.repeat(np.array([patient_place[s.patient] for s in series], np.int32), lengths)[order],
            signals=tuple(name for name, _ in signals),
            signal_index=np.repeat(np.array([signal_place[s.signal, s.period_us] for s in series], np.int16), lengths)[
                order
            ],
            time_us=time_us[order],
            value=_joined([one.value for one in series], np.float64)[order],
            quality=_joined([one.quality for one in series], np.uint8)[order],
            period_us=np.array([period for _, period in signals], np.int64),
            source=", ".join(sources),
        )

    def select(self, patient: PatientId) -> SampleBatch:
        """Return the samples of one patient, in the same order; none where the batch holds none of that patient."""
        place = self.patients.index(patient) if patient in self.patients else -1
        chosen = np.flatnonzero(self.patient_index == place)
        return SampleBatch(
            patients=(patient,),
            patient_index=np.zeros(chosen.size, np.int32),
            signals=self.signals,
            signal_index=self.signal_index[chosen],
            time_us=self.time_us[chosen],
            value=self.value[chosen],
            quality=self.quality[chosen],
            period_us=self.period_us,
            source=self.source,
        )

    def encode(self) -> bytes:
        """Return the batch as compact bytes; equal batches give equal bytes."""
        names = orjson.dumps(
            {
                "patients": _NAMES.of(self.patients),
                "signals": self.signals,
                "period_us": [int(period) for period in self.period_us],
                "source": self.source,
            }
        )
        body = (
            _LENGTH.pack(len(names)),
            names,
            _COUNT.pack(len(self)),
            *written_whole(self.patient_index),
            *written_whole(self.signal_index),
            *written_whole(self.time_us),
            *written_whole(self.quality),
            *written_values(self.value, self.signal_index, len(self.signals)),
        )
        checksum = 0
        for part in body:
            checksum = zlib.crc32(part, checksum)
        return b"".join((_HEAD.pack(_MAGIC, _VERSION, checksum), *body))

    @classmethod
    def decode(cls, data: bytes) -> SampleBatch:
        """Read a batch back, bit for bit.

        Raises
        ------
        BadInput
            If the bytes are no batch, of a newer version, cut short, or changed in any bit.
        """
        if len(data) < _HEAD.size or data[:4] != _MAGIC:
            raise BadInput("these bytes are not a batch of samples", mend="give what SampleBatch.encode returned")
        _, version, checksum = _HEAD.unpack_from(data)
        if not 1 <= version <= _VERSION:
            raise BadInput(
                f"a batch of samples has version {version} but this Fyr reads versions up to {_VERSION}",
                mend="read it with the Fyr that wrote it, or a newer one",
            )
        if zlib.crc32(memoryview(data)[_HEAD.size :]) != checksum:
            raise BadInput("a batch of samples does not match its checksum", mend=MEND)
        reader = ColumnReader(data, _HEAD.size)
        written = reader.take(_LENGTH.unpack(reader.take(_LENGTH.size))[0])
        names = orjson.loads(written)
        patients = _NAMES.read(written, names["patients"], version)
        (count,) = _COUNT.unpack(reader.take(_COUNT.size))
        whole = reader.whole if version > 1 else reader.old_whole
        patient_index, signal_index = whole(count).astype(np.int32), whole(count).astype(np.int16)
        time_us, quality = whole(count), whole(count).astype(np.uint8)
        _check_index(signal_index, len(names["signals"]), "signal", names["source"])
        signals = len(names["signals"])
        value = reader.values(signal_index, signals) if version > 1 else reader.old_values(count)
        reader.end()
        return cls(
            patients=patients,
            patient_index=patient_index,
            signals=tuple(names["signals"]),
            signal_index=signal_index,
            time_us=time_us,
            value=value,
            quality=quality,
            period_us=np.array(names["period_us"], np.int64),
            source=names["source"],
        )


def _joined(columns: list[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(columns).astype(dtype, copy=False) if columns else np.empty(0, dtype)


def _check_index(index: NDArray[Any], names: int, what: str, source: str) -> None:
    if len(index) and not (index.min() >= 0 and index.max() < names):
        raise BadInput(f"a batch of samples points at {what} {int(index.max())} of {names}", where=source)
