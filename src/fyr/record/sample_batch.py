"""Samples of many signals and patients as columns, and the compact bytes that the journal keeps of them.

The bytes, all little-endian::

    magic "FYRS" | version uint16 | crc32 uint32 of all that follows
    length uint32 of the names | names: JSON {"patients", "signals", "period_us", "source"}
    samples uint64 | five columns: patient, signal, time, quality, value

A column of integers is its smallest value (int64), a width in bytes (uint8: 0, 1, 2, 4 or 8) and the differences from
the smallest value in that width; width 0 says that all are equal. The values are float32 (width 4) where every one
survives the narrowing bit for bit, float64 (width 8) otherwise. A minute of a ward takes some ten bytes a sample.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.record.identity import PatientId
from fyr.record.series import Series

__all__ = ["SampleBatch"]

_MAGIC: Final = b"FYRS"
_VERSION: Final = 1
_HEAD: Final = struct.Struct("<4sHI")
_LENGTH: Final = struct.Struct("<I")
_COUNT: Final = struct.Struct("<Q")
_COLUMN: Final = struct.Struct("<qB")
_WIDTHS: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("<u1"),
    2: np.dtype("<u2"),
    4: np.dtype("<u4"),
    8: np.dtype("<u8"),
}
_MEND: Final = "read it again from where it was kept; these bytes are damaged"


class _PatientNames:
    """The names of a batch's patients as JSON; a gateway sends of the same ones again and again."""

    def __init__(self) -> None:
        self._newest: tuple[tuple[PatientId, ...], orjson.Fragment] = ((), orjson.Fragment(b"[]"))

    def of(self, patients: tuple[PatientId, ...]) -> orjson.Fragment:
        """Return the names of these patients, ``[[hospital, local], …]``."""
        newest = self._newest
        if newest[0] != patients:
            names = orjson.dumps([[patient.hospital, patient.local] for patient in patients])
            newest = self._newest = (patients, orjson.Fragment(names))
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
            *_integers(self.patient_index),
            *_integers(self.signal_index),
            *_integers(self.time_us),
            *_integers(self.quality),
            *_floats(self.value),
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
        if version != _VERSION:
            raise BadInput(
                f"a batch of samples has version {version} but this Fyr reads version {_VERSION}",
                mend="read it with the Fyr that wrote it, or a newer one",
            )
        if zlib.crc32(memoryview(data)[_HEAD.size :]) != checksum:
            raise BadInput("a batch of samples does not match its checksum", mend=_MEND)
        return cls(**_Reader(data, _HEAD.size).batch())


class _Reader:
    """Walks once through the bytes of a batch, refusing to step past their end."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def batch(self) -> dict[str, Any]:
        names = orjson.loads(self._take(_LENGTH.unpack(self._take(_LENGTH.size))[0]))
        (count,) = _COUNT.unpack(self._take(_COUNT.size))
        fields = {
            "patients": tuple(PatientId(hospital, local) for hospital, local in names["patients"]),
            "patient_index": self._integers(count).astype(np.int32),
            "signals": tuple(names["signals"]),
            "signal_index": self._integers(count).astype(np.int16),
            "time_us": self._integers(count),
            "quality": self._integers(count).astype(np.uint8),
            "value": self._floats(count),
            "period_us": np.array(names["period_us"], np.int64),
            "source": names["source"],
        }
        if self._position != len(self._data):
            raise BadInput("a batch of samples is longer than it says", mend=_MEND)
        return fields

    def _take(self, size: int) -> bytes:
        taken = self._data[self._position : self._position + size]
        if len(taken) != size:
            raise BadInput("a batch of samples is cut short", mend=_MEND)
        self._position += size
        return taken

    def _integers(self, count: int) -> NDArray[np.int64]:
        smallest, width = _COLUMN.unpack(self._take(_COLUMN.size))
        if width == 0:
            return np.full(count, smallest, np.int64)
        if width not in _WIDTHS:
            raise BadInput(f"a batch of samples has a column of width {width}", mend=_MEND)
        steps = np.frombuffer(self._take(width * count), _WIDTHS[width]).astype(np.uint64).view(np.int64)
        steps += smallest
        return steps

    def _floats(self, count: int) -> NDArray[np.float64]:
        (width,) = self._take(1)
        if width not in (4, 8):
            raise BadInput(f"a batch of samples has values of width {width}", mend=_MEND)
        return np.frombuffer(self._take(width * count), f"<f{width}").astype(np.float64)


def _integers(column: NDArray[Any]) -> tuple[bytes, bytes | memoryview]:
    """Write a column as its smallest value and narrow differences; int64 wraps, so the full range is safe."""
    if not len(column):
        return _COLUMN.pack(0, 0), b""
    smallest, largest = int(column.min()), int(column.max())
    span = largest - smallest
    if span == 0:
        return _COLUMN.pack(smallest, 0), b""
    width = next(size for size in _WIDTHS if span < 1 << 8 * size)
    steps = column if smallest == 0 else column.astype(np.int64, copy=False) - np.int64(smallest)
    return _COLUMN.pack(smallest, width), np.ascontiguousarray(steps.astype(_WIDTHS[width])).data


def _floats(column: NDArray[np.float64]) -> tuple[bytes, bytes | memoryview]:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        narrow = column.astype("<f4")
        survives = np.array_equal(
            narrow.astype("<f8").view(np.uint64), column.astype("<f8", copy=False).view(np.uint64)
        )
    if survives:
        return b"\x04", np.ascontiguousarray(narrow).data
    return b"\x08", np.ascontiguousarray(column.astype("<f8", copy=False)).data


def _joined(columns: list[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(columns).astype(dtype, copy=False) if columns else np.empty(0, dtype)


def _check_index(index: NDArray[Any], names: int, what: str, source: str) -> None:
    if len(index) and not (index.min() >= 0 and index.max() < names):
        raise BadInput(f"a batch of samples points at {what} {int(index.max())} of {names}", where=source)
