"""A data folder packed for fast and repeated reading: the same samples, truth, patients and observations.

``packed.json`` says what it is and who is in it; ``samples/00000.parquet`` and so on hold a few patients each, a row a
patient and signal (see :mod:`fyr.exchange.packed_series`); the other files are those of the data folder, unchanged.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.packed_series import PackedSeries, pack_series, unpack_series
from fyr.record import SIGNALS, PatientId, PatientSamples, SampleBatch

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "FORMAT",
    "MANIFEST",
    "Manifest",
    "PackedFolder",
    "Room",
    "group_path",
    "group_table",
    "is_packed",
    "read_group",
]

MANIFEST: Final = "packed.json"
FORMAT: Final = "fyr packed samples 1"

_NUMBERS: Final = ("period_us", "samples", "start_us", "step_us", "code_bytes")
_BYTES: Final = ("values", "codes", "time_us")
_Row = list[Any]
"""Signal, then the numbers, then the bytes."""


def is_packed(folder: Path) -> bool:
    """Whether a folder holds packed samples."""
    return (folder / MANIFEST).is_file()


def group_path(folder: Path, number: int) -> Path:
    """Return where a group of patients is kept."""
    return folder / "samples" / f"{number:05d}.parquet"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``packed.json`` says.

    Parameters
    ----------
    hospital : str
        Of patients that the other files name without one.
    groups : tuple of tuple of PatientId
        Who is in which group, in order; patients without samples too.
    samples : int
    skipped : tuple of (str, str)
        What of the data folder is not here, and why.
    """

    hospital: str
    groups: tuple[tuple[PatientId, ...], ...]
    samples: int
    skipped: tuple[tuple[str, str], ...] = ()

    def write(self, folder: Path) -> None:
        """Write it."""
        document = {
            "format": FORMAT,
            "hospital": self.hospital,
            "samples": self.samples,
            "skipped": self.skipped,
            "groups": [[str(patient) for patient in group] for group in self.groups],
        }
        (folder / MANIFEST).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read it.

        Raises
        ------
        BadInput
            If it is damaged, or of another format.
        """
        path = folder / MANIFEST
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["format"] != FORMAT:
                raise BadInput(
                    f"this is '{document['format']}', not '{FORMAT}'", where=str(path), mend="pack the data again"
                )
            groups = tuple(tuple(PatientId.parse(name) for name in group) for group in document["groups"])
            skipped = tuple((str(name), str(reason)) for name, reason in document["skipped"])
            return cls(str(document["hospital"]), groups, int(document["samples"]), skipped)
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise BadInput(
                f"it does not say what is packed here ({problem})", where=str(path), mend="pack the data again"
            ) from None


class Room(threading.local):
    """Where samples are unpacked, again and again in the same memory; each thread has its own."""

    def __init__(self) -> None:
        self._time_us = np.empty(0, np.int64)
        self._value = np.empty(0)

    def take(self, samples: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return room for times and values, which was given before and holds nothing of use."""
        if len(self._value) < samples:
            self._time_us, self._value = np.empty(samples, np.int64), np.empty(samples)
        return self._time_us[:samples], self._value[:samples]


class PackedFolder:
    """Packed recordings of many patients, read a group at a time; a source for an evaluation.

    Parameters
    ----------
    folder : Path
    prefix : str
        Put before every patient's local id, so that several folders' patients can be told apart.

    Raises
    ------
    BadInput
        If the folder is not as it was written.
    """

    def __init__(self, folder: Path, *, prefix: str = "") -> None:
        self.folder = folder
        self.manifest = Manifest.read(folder)
        self._prefix = prefix
        self._room = Room()
        self._groups = tuple(tuple(self._named(patient) for patient in group) for group in self.manifest.groups)
        self.patients = tuple(patient for group in self._groups for patient in group)
        self.groups = len(self._groups)
        missing = [number for number in range(self.groups) if not group_path(folder, number).is_file()]
        if missing:
            raise BadInput("a part of the samples is missing", where=str(group_path(folder, missing[0])), mend=_MEND)

    def read(self, group: int, *, reuse: bool = False) -> Iterator[PatientSamples]:
        """Read one group, patient by patient.

        Parameters
        ----------
        group : int
        reuse : bool
            Whether the memory of a patient's samples is used again for the thread's next patient.

        Raises
        ------
        BadInput
            If its file is damaged.
        """
        path, written = group_path(self.folder, group), self.manifest.groups[group]
        return read_group(path, written, self._groups[group], self._room if reuse else None)

    def starts_us(self) -> dict[PatientId, int]:
        """Return when the recording of each patient begins who has samples; nothing is unpacked for it."""
        import polars as pl

        starts: dict[PatientId, int] = {}
        for number, written in enumerate(self.manifest.groups):
            columns = pl.read_parquet(group_path(self.folder, number), columns=["patient", "start_us"])
            first = dict(columns.group_by("patient").agg(pl.col("start_us").min()).rows())
            for patient, name in zip(self._groups[number], map(str, written), strict=True):
                if name in first:
                    starts[patient] = first[name]
        return starts

    def batch_of(self, patient: PatientId) -> SampleBatch:
        """Return one patient's samples in order of time."""
        number = next(number for number, group in enumerate(self._groups) if patient in group)
        return next(one for one in self.read(number) if one.patient == patient).as_batch(str(self.folder))

    def _named(self, patient: PatientId) -> PatientId:
        return PatientId(patient.hospital, f"{self._prefix}{patient.local}")


_MEND: Final = "pack the data again"


def _table(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as problem:
        first = str(problem).partition("\n")[0]
        raise BadInput(f"this is no readable Parquet file ({first})", where=str(path), mend=_MEND) from None
    wanted = {"patient": pl.String, "signal": pl.String}
    if frame.schema != wanted | dict.fromkeys(_NUMBERS, pl.Int64) | dict.fromkeys(_BYTES, pl.Binary):
        raise BadInput("its columns are not those of packed samples", where=str(path), mend=_MEND)
    return frame


def read_group(
    path: Path, written: Sequence[PatientId], named: Sequence[PatientId], room: Room | None = None
) -> Iterator[PatientSamples]:
    """Read the file of a group, and unpack one patient after the other.

    Parameters
    ----------
    path : Path
    written, named : sequence of PatientId
        The patients as the file names them, and as they are to be called.
    room : Room, optional
        Holds the samples of the patient given last, and of no other; without it, each patient's are its own.

    Raises
    ------
    BadInput
        If the file is damaged, or holds somebody else.
    """
    rows_of: dict[str, list[_Row]] = {str(patient): [] for patient in written}
    for name, *row in _table(path).rows():
        if name not in rows_of:
            raise BadInput(f"it holds {name}, who belongs elsewhere", where=str(path), mend=_MEND)
        rows_of[name].append(row)
    for patient, rows in zip(named, rows_of.values(), strict=True):
        yield _unpacked(rows, patient, path, room or Room())


def group_table(group: Sequence[PatientSamples]) -> pl.DataFrame:
    """Pack the samples of a few patients as :func:`read_group` reads them."""
    import polars as pl

    rows = [
        (one, index, pack_series(one.time_us[one.part(index)], one.value[one.part(index)], int(one.period_us[index])))
        for one in group
        for index in range(len(one.signals))
        if one.first[index] < one.first[index + 1]
    ]
    return pl.DataFrame(
        [
            pl.Series("patient", [str(one.patient) for one, _, _ in rows], pl.String),
            pl.Series("signal", [one.signals[index] for one, index, _ in rows], pl.String),
            *(pl.Series(name, [int(getattr(packed, name)) for _, _, packed in rows], pl.Int64) for name in _NUMBERS),
            *(
                pl.Series(name, [_as_bytes(getattr(packed, name)) for _, _, packed in rows], pl.Binary)
                for name in _BYTES
            ),
        ]
    )


def _as_bytes(column: NDArray[Any]) -> bytes:
    return column.astype(column.dtype.newbyteorder("<"), copy=False).tobytes()


def _unpacked(rows: Sequence[_Row], patient: PatientId, path: Path, room: Room) -> PatientSamples:
    signals = tuple(str(row[0]) for row in rows)
    if not set(signals) <= set(SIGNALS):
        raise BadInput(f"a signal of {patient} is none that Fyr knows", where=str(path), mend=_MEND)
    try:
        series = [_series(row) for row in rows]
        first = np.concatenate([[0], np.cumsum([one.samples for one in series])]).astype(np.int64)
        time_us, value = room.take(int(first[-1]))
        parts = [slice(int(first[place]), int(first[place + 1])) for place in range(len(series))]
        fit = all(unpack_series(one, time_us[part], value[part]) for one, part in zip(series, parts, strict=True))
    except ValueError:
        fit = False
    if not fit:
        raise BadInput(f"the samples of {patient} do not fit together", where=str(path), mend=_MEND)
    return PatientSamples(
        patient, signals, np.array([one.period_us for one in series], np.int64), first, time_us, value
    )


def _series(row: _Row) -> PackedSeries:
    _, period_us, samples, start_us, step_us, code_bytes, values, codes, time_us = row
    return PackedSeries(
        period_us,
        samples,
        start_us,
        step_us,
        values=np.frombuffer(values, "<f8"),
        codes=np.frombuffer(codes, "<u2" if code_bytes == 2 else "<u1"),
        time_us=np.frombuffer(time_us, "<i8"),
    )
