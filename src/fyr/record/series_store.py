"""Series as Parquet segments: a row in the database says what a file holds, so that a reader opens only what it needs.

A segment has three columns, ``time_us`` (int64), ``value`` (float64) and ``quality`` (uint8), in row groups small
enough that a short range of a long recording is read without the rest.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from fyr.errors import BadInput
from fyr.record.identity import PatientId
from fyr.record.patients import patient_key
from fyr.record.schema import patient, segment
from fyr.record.series import Series
from fyr.record.storage import add_new

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Connection

__all__ = [
    "Segment",
    "SignalSummary",
    "add_segments",
    "encode_segment",
    "overlapping",
    "series",
    "signals",
    "without_known",
]

_ROW_GROUP: Final = 65_536


@dataclass(frozen=True, slots=True)
class SignalSummary:
    """What the record has of one signal from one source; times in microseconds UTC, `end_us` the last sample's."""

    signal: str
    unit: str
    period_us: int
    start_us: int
    end_us: int
    samples: int
    source: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of samples and what it holds; `end_us` is the last sample's time."""

    patient: PatientId
    signal: str
    unit: str
    period_us: int
    source: str
    start_us: int
    end_us: int
    samples: int
    digest: str

    @property
    def place(self) -> str:
        """The file's name in the record's folder."""
        return f"series/{self.digest[:2]}/{self.digest}.parquet"

    @classmethod
    def of(cls, one: Series) -> Segment:
        """Describe a series that has samples."""
        hashed = hashlib.sha256()
        for text in (str(one.patient), one.signal, one.unit, str(one.period_us), one.source):
            hashed.update(len(text.encode()).to_bytes(4, "little") + text.encode())
        for column, kind in ((one.time_us, "<i8"), (one.value, "<f8"), (one.quality, "u1")):
            hashed.update(np.ascontiguousarray(column, kind).tobytes())
        return cls(
            patient=one.patient,
            signal=one.signal,
            unit=one.unit,
            period_us=int(one.period_us),
            source=one.source,
            start_us=int(one.time_us[0]),
            end_us=int(one.time_us[-1]),
            samples=len(one),
            digest=hashed.hexdigest(),
        )


def encode_segment(one: Series) -> bytes:
    """Return a series as the bytes of a Parquet file (zstd)."""
    import polars as pl

    frame = pl.DataFrame(
        {
            "time_us": np.asarray(one.time_us, np.int64),
            "value": np.asarray(one.value, np.float64),
            "quality": np.asarray(one.quality, np.uint8),
        }
    )
    file = io.BytesIO()
    frame.write_parquet(file, compression="zstd", row_group_size=_ROW_GROUP, statistics=True)
    return file.getvalue()


def without_known(one: Series, files: Iterable[Path]) -> Series:
    """Leave out the samples that these files of the same source hold already: same time, value and quality."""
    new = np.ones(len(one), bool)
    rows = _rows_as_bytes(one.time_us, one.value, one.quality)
    for file in files:
        known = _read(file, int(one.time_us[0]), int(one.time_us[-1]) + 1)
        new &= ~np.isin(rows, _rows_as_bytes(*_columns(known)))
    if new.all():
        return one
    return replace(one, time_us=one.time_us[new], value=one.value[new], quality=one.quality[new])


def overlapping(connection: Connection, one: Series) -> list[str]:
    """Return the places of the segments of the same patient, signal and source that meet this range of time.

    There are none of a patient who is not known yet: one batch may bring both.
    """
    row = segment.c
    who = select(patient.c.key).where(patient.c.hospital == one.patient.hospital, patient.c.local == one.patient.local)
    wanted = select(row.path).where(
        row.patient_key == who.scalar_subquery(),
        row.signal == one.signal,
        row.unit == one.unit,
        row.period_us == one.period_us,
        row.source == one.source,
        row.start_us <= int(one.time_us[-1]),
        row.end_us >= int(one.time_us[0]),
    )
    return list(connection.scalars(wanted))


def add_segments(connection: Connection, added: Sequence[Segment]) -> int:
    """Add the rows of segments that are not known yet; returns how many samples those have."""
    samples = 0
    for one in added:
        row = {
            "patient_key": patient_key(connection, one.patient),
            "signal": one.signal,
            "unit": one.unit,
            "period_us": one.period_us,
            "source": one.source,
            "start_us": one.start_us,
            "end_us": one.end_us,
            "samples": one.samples,
            "digest": one.digest,
            "path": one.place,
        }
        samples += one.samples * add_new(connection, segment, [row])
    return samples


def signals(connection: Connection, who: PatientId) -> list[SignalSummary]:
    """Return what there is of the patient's signals, by name and source."""
    row = segment.c
    what = (row.signal, row.unit, row.period_us, row.source)
    wanted = (
        select(*what, func.min(row.start_us), func.max(row.end_us), func.sum(row.samples))
        .where(row.patient_key == patient_key(connection, who))
        .group_by(*what)
        .order_by(*what)
    )
    return [
        SignalSummary(signal, unit, period_us, start_us, end_us, int(samples), source)
        for signal, unit, period_us, source, start_us, end_us, samples in connection.execute(wanted)
    ]


def series(
    connection: Connection, files: Path, who: PatientId, signal: str, start_us: int | None, end_us: int | None
) -> list[Series]:
    """Return the samples from `start_us` up to but without `end_us`: one series for each source, unit and period.

    Raises
    ------
    BadInput
        If the patient is unknown, or a file is gone or damaged.
    """
    row = segment.c
    wanted = select(segment).where(row.patient_key == patient_key(connection, who), row.signal == signal)
    if start_us is not None:
        wanted = wanted.where(row.end_us >= start_us)
    if end_us is not None:
        wanted = wanted.where(row.start_us < end_us)
    parts: dict[tuple[str, str, int], list[pl.DataFrame]] = {}
    for found in connection.execute(wanted.order_by(row.source, row.unit, row.period_us, row.start_us, row.key)):
        whole = (start_us is None or start_us <= found.start_us) and (end_us is None or end_us > found.end_us)
        low, high = (None, None) if whole else (start_us, end_us)
        frame = _read(files / found.path, low, high)
        parts.setdefault((found.source, found.unit, found.period_us), []).append(frame)
    joined = [_joined(who, signal, *key, frames) for key, frames in parts.items()]
    return [one for one in joined if len(one)]


def _read(file: Path, start_us: int | None, end_us: int | None) -> pl.DataFrame:
    import polars as pl

    try:
        if start_us is None and end_us is None:
            return pl.read_parquet(file, memory_map=False)
        time = pl.col("time_us")
        wanted = pl.lit(value=True)
        if start_us is not None:
            wanted = wanted & (time >= start_us)
        if end_us is not None:
            wanted = wanted & (time < end_us)
        return pl.scan_parquet(file).filter(wanted).collect()
    except FileNotFoundError:
        raise BadInput("a file of samples is gone", where=str(file), mend="restore it from a copy") from None
    except pl.exceptions.PolarsError as problem:
        raise BadInput(
            f"a file of samples is damaged: {problem}", where=str(file), mend="restore it from a copy"
        ) from problem


def _joined(
    who: PatientId, signal: str, source: str, unit: str, period_us: int, frames: Sequence[pl.DataFrame]
) -> Series:
    time_us, value, quality = (np.concatenate(columns) for columns in zip(*map(_columns, frames), strict=True))
    if np.any(np.diff(time_us) < 0):
        order = np.argsort(time_us, kind="stable")
        time_us, value, quality = time_us[order], value[order], quality[order]
    return Series(who, signal, unit, time_us, value, quality, period_us, source)


def _columns(frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]:
    return frame["time_us"].to_numpy(), frame["value"].to_numpy(), frame["quality"].to_numpy()


def _rows_as_bytes(time_us: NDArray[Any], value: NDArray[Any], quality: NDArray[Any]) -> NDArray[np.void]:
    """Make every sample one comparable thing; NaN equals NaN."""
    rows = np.empty(len(time_us), [("time_us", "<i8"), ("value", "<f8"), ("quality", "u1")])
    rows["time_us"], rows["value"], rows["quality"] = time_us, value, quality
    return rows.view(f"V{rows.itemsize}")
