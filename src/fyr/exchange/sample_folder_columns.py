"""Reads the folder of :mod:`fyr.exchange.sample_folder` as columns, for evaluation: many patients, and the truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fyr.clock import MINUTE_US
from fyr.errors import BadInput
from fyr.exchange.recording import Skipped
from fyr.exchange.sample_order import grouped, usual_steps
from fyr.record import SIGNALS, Observation, PatientId, Status, WardSamples

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "Beside",
    "SampleColumns",
    "SampleParts",
    "TruthRow",
    "folder_hospital",
    "read_beside",
    "read_sample_columns",
    "read_sample_parts",
]

_TRUTH_VALUES: Final = {"True": True, "False": False, "true": True, "false": False}

_COLUMNS: Final = ("patient", "signal", "time", "value")

TruthRow = tuple[PatientId, str, int, int]
"""Patient, event, onset and end in microseconds UTC."""


@dataclass(frozen=True, slots=True, eq=False)
class SampleColumns:
    """What a data folder holds.

    Parameters
    ----------
    folder : Path
    samples : WardSamples
        A patient of ``patients.parquet`` may have none.
    truth : tuple of TruthRow, or None
        ``None`` where the folder has no ``truth.parquet``.
    observations : tuple of Observation
        In order of time.
    attributes : mapping of PatientId to mapping
        From ``patients.parquet``.
    skipped : tuple of Skipped
        Signals that Fyr does not know.
    """

    folder: Path
    samples: WardSamples
    truth: tuple[TruthRow, ...] | None
    observations: tuple[Observation, ...]
    attributes: Mapping[PatientId, Mapping[str, Any]]
    skipped: tuple[Skipped, ...]


def read_sample_columns(folder: Path, *, hospital: str | None = None, prefix: str = "") -> SampleColumns:
    """Read ``samples.parquet`` and, where they are there, ``truth``, ``observations`` and ``patients.parquet``.

    Parameters
    ----------
    folder : Path
    hospital : str, optional
        For patients written without one; the folder's name by default, for nobody is identified by an evaluation.
    prefix : str
        Put before every patient's local id, so that several folders' patients can be told apart.

    Raises
    ------
    BadInput
        If the folder holds no samples, or a file is damaged or lacks a column.
    """
    path = _needs_samples(folder)
    whose = _whose(folder, hospital, prefix)
    frame, skipped = _samples(path)
    beside = read_beside(folder, hospital=hospital, prefix=prefix)
    names = frame.get_column("patient").unique(maintain_order=True).to_list()
    patients = sorted({*(whose(name) for name in names), *beside.attributes}, key=_natural)
    samples = _ward(frame, names, patients, whose)
    return SampleColumns(folder, samples, beside.truth, beside.observations, beside.attributes, skipped)


@dataclass(frozen=True, slots=True)
class SampleParts:
    """A data folder on its way through the memory.

    Parameters
    ----------
    patients : int
        How many there are.
    parts : iterator of WardSamples
        Every patient once, in the order of :func:`read_sample_columns`.
    skipped : tuple of Skipped
    """

    patients: int
    parts: Iterator[WardSamples]
    skipped: tuple[Skipped, ...]


def read_sample_parts(folder: Path, *, hospital: str | None = None, rows_at_once: int = 20_000_000) -> SampleParts:
    """Read the same samples some patients at a time, so that a folder larger than the memory can be read.

    Parameters
    ----------
    folder : Path
    hospital : str, optional
    rows_at_once : int
        At most so many, as far as one patient has not more.

    Raises
    ------
    BadInput
        As :func:`read_sample_columns`.
    """
    import polars as pl

    path = _needs_samples(folder)
    whose = _whose(folder, hospital, "")
    counted = _counted(path)
    skipped = _unknown(counted.group_by("signal").agg(len=pl.col("len").sum()), path)
    rows: dict[PatientId, int] = dict.fromkeys(_attributes(folder / "patients.parquet", whose), 0)
    names_of: dict[PatientId, list[str]] = {}
    for name, count in counted.group_by("patient").agg(len=pl.col("len").sum()).rows():
        rows[whose(name)] = rows.get(whose(name), 0) + count
        names_of.setdefault(whose(name), []).append(name)
    groups: list[list[PatientId]] = [[]]
    for patient in sorted(rows, key=_natural):
        if groups[-1] and sum(rows[one] for one in groups[-1]) + rows[patient] > rows_at_once:
            groups.append([])
        groups[-1].append(patient)

    def parts() -> Iterator[WardSamples]:
        for group in groups:
            names = [name for one in group for name in names_of.get(one, ())]
            frame = _known(_raw_samples(path, names if len(groups) > 1 else None))
            there = frame.get_column("patient").unique(maintain_order=True).to_list()
            yield _ward(frame, there, group, whose)

    return SampleParts(len(rows), parts(), skipped)


def _counted(path: Path) -> pl.DataFrame:
    """Count the rows of each patient and signal."""
    import polars as pl

    try:
        scan = pl.scan_parquet(path)
        _check_columns(path, scan.collect_schema().names(), _COLUMNS)
        counted = scan.group_by(pl.col("patient", "signal").cast(pl.String)).len().collect()
    except (pl.exceptions.PolarsError, OSError) as problem:
        first = str(problem).partition("\n")[0]
        raise BadInput(f"this is no readable Parquet file ({first})", where=str(path), mend="write it again") from None
    nameless = counted.filter(pl.col("patient").is_null()).get_column("len").sum()
    if nameless:
        raise BadInput(f"{nameless} rows name no patient", where=f"{path}, column 'patient'", mend="fill them in")
    return counted


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside the samples: truth, observations and attributes, as in :class:`SampleColumns`."""

    truth: tuple[TruthRow, ...] | None
    observations: tuple[Observation, ...]
    attributes: Mapping[PatientId, Mapping[str, Any]]


def read_beside(folder: Path, *, hospital: str | None = None, prefix: str = "") -> Beside:
    """Read ``truth``, ``observations`` and ``patients.parquet`` where they are there.

    Raises
    ------
    BadInput
        If a file is damaged or lacks a column.
    """
    whose = _whose(folder, hospital, prefix)
    return Beside(
        truth=_truth(folder / "truth.parquet", whose),
        observations=_observations(folder / "observations.parquet", whose),
        attributes=_attributes(folder / "patients.parquet", whose),
    )


def folder_hospital(folder: Path, hospital: str | None) -> str:
    """Return the hospital of patients who are written without one: the folder's name unless it is said."""
    return hospital or folder.resolve().name.strip() or "data"


def _whose(folder: Path, hospital: str | None, prefix: str) -> _Patients:
    return _Patients(folder_hospital(folder, hospital), prefix)


def _needs_samples(folder: Path) -> Path:
    path = folder / "samples.parquet"
    if not path.is_file():
        raise BadInput(
            "there is no samples.parquet in this folder" if folder.is_dir() else "there is no such folder",
            where=str(folder),
            mend="give a data folder: samples.parquet (patient, signal, time, value) and truth.parquet beside it",
        )
    return path


class _Patients:
    """Reads patients as they are written, each way of writing once."""

    def __init__(self, hospital: str, prefix: str) -> None:
        self._hospital, self._prefix = hospital, prefix
        self._known: dict[str, PatientId] = {}

    def __call__(self, text: str) -> PatientId:
        known = self._known.get(text)
        if known is None:
            written = PatientId.parse(text) if "/" in text else PatientId(self._hospital, text)
            known = PatientId(written.hospital, f"{self._prefix}{written.local}")
            self._known[text] = known
        return known


def _natural(patient: PatientId) -> tuple[str, int, str]:
    """Sort demo/2 before demo/10."""
    digits = "".join(letter for letter in patient.local if letter.isdigit())
    return patient.hospital, int(digits or 0), patient.local


def _read(path: Path, wanted: Iterable[str], patients: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a table that must have the columns wanted; of these patients alone, if they are given."""
    import polars as pl

    try:
        scan = pl.scan_parquet(path)
        if patients is not None:
            scan = scan.filter(pl.col("patient").cast(pl.String).is_in(patients))
        frame = scan.collect()
    except (pl.exceptions.PolarsError, OSError) as problem:
        first = str(problem).partition("\n")[0]
        raise BadInput(f"this is no readable Parquet file ({first})", where=str(path), mend="write it again") from None
    _check_columns(path, frame.columns, wanted)
    if "patient" in frame.columns:
        empty = frame.get_column("patient").null_count()
        if empty:
            raise BadInput(f"{empty} rows name no patient", where=f"{path}, column 'patient'", mend="fill them in")
        frame = frame.with_columns(pl.col("patient").cast(pl.String))
    return frame


def _check_columns(path: Path, there: Sequence[str], wanted: Iterable[str]) -> None:
    for name in wanted:
        if name not in there:
            listed = ", ".join(f"'{column}'" for column in there)
            raise BadInput(f"there is no column '{name}', only {listed}", where=str(path), mend="name the columns so")


def _with_times(frame: pl.DataFrame, path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Turn times into microseconds UTC; a time without a zone is UTC, as the form says."""
    import polars as pl

    if not frame.height:
        return frame.with_columns(pl.col(*columns).cast(pl.Int64))
    for name in columns:
        kind = frame.schema[name]
        if not isinstance(kind, pl.Datetime):
            raise BadInput(
                f"the times are of the type {kind}", where=f"{path}, column '{name}'", mend="write timestamps in UTC"
            )
        missing = frame.get_column(name).null_count()
        if missing:
            raise BadInput(f"{missing} rows have no time", where=f"{path}, column '{name}'", mend="fill them in")
    return frame.with_columns(
        pl.col(name).dt.cast_time_unit("us").dt.timestamp("us").cast(pl.Int64) for name in columns
    )


def _samples(path: Path) -> tuple[pl.DataFrame, tuple[Skipped, ...]]:
    frame = _raw_samples(path)
    skipped = _unknown(frame.group_by("signal").len(), path)
    return _known(frame), skipped


def _raw_samples(path: Path, patients: Sequence[str] | None = None) -> pl.DataFrame:
    import polars as pl

    frame = _with_times(_read(path, _COLUMNS, patients).select(_COLUMNS), path, ("time",))
    if not frame.schema["value"].is_numeric() and frame.schema["value"] != pl.Null:
        raise BadInput(
            f"the values are of the type {frame.schema['value']}", where=f"{path}, column 'value'", mend="write numbers"
        )
    return frame.with_columns(pl.col("signal").cast(pl.String), pl.col("value").cast(pl.Float64))


def _unknown(counted: pl.DataFrame, path: Path) -> tuple[Skipped, ...]:
    """Return the signals that Fyr does not know, of rows counted by signal; refuse where it knows none."""
    unknown = sorted((str(name), count) for name, count in counted.rows() if name not in SIGNALS)
    skipped = tuple(Skipped(name, f"Fyr knows no such signal ({count} samples)") for name, count in unknown)
    if len(unknown) == counted.height:
        there = ", ".join(f"'{one.name}'" for one in skipped) or "no row at all"
        raise BadInput(
            f"there is no sample of a signal that Fyr knows, only {there}",
            where=str(path),
            mend=f"name the signals {', '.join(SIGNALS)}",
        )
    return skipped


def _known(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return frame.filter(pl.col("signal").is_in(list(SIGNALS))).with_columns(
        pl.col("signal").cast(pl.Enum(sorted(SIGNALS)))
    )


def _ward(frame: pl.DataFrame, names: Sequence[str], patients: Sequence[PatientId], whose: _Patients) -> WardSamples:
    import polars as pl

    place = {patient: index for index, patient in enumerate(patients)}
    place_of = np.array([place[whose(name)] for name in names], np.int64)
    written = frame.get_column("patient").cast(pl.Enum(names)).to_physical().to_numpy()
    signals = sorted(SIGNALS)
    run = place_of[written] * len(signals) + frame.get_column("signal").to_physical().to_numpy()
    value = np.array(frame.get_column("value").fill_null(float("nan")).to_numpy(), np.float64)
    value[~np.isfinite(value)] = np.nan
    time_us = frame.get_column("time").to_numpy().astype(np.int64, copy=False)
    first, time_us, value = grouped(run, time_us, value, len(patients) * len(signals))
    there = np.flatnonzero(np.diff(first))
    first = np.append(first[there], len(value))
    return WardSamples(
        patients=tuple(patients),
        signals=tuple(signals),
        run_patient=there // len(signals),
        run_signal=there % len(signals),
        run_period_us=usual_steps(first, time_us, MINUTE_US),
        first=first,
        time_us=time_us,
        value=value,
    )


def _truth(path: Path, whose: _Patients) -> tuple[TruthRow, ...] | None:
    if not path.is_file():
        return None
    columns = ("patient", "event", "onset", "end")
    frame = _with_times(_read(path, columns).select(columns), path, ("onset", "end"))
    rows: list[TruthRow] = []
    for number, (patient, event, onset_us, end_us) in enumerate(frame.iter_rows(), start=1):
        if end_us < onset_us:
            raise BadInput("the event ends before its onset", where=f"{path} row {number}", mend="correct the times")
        rows.append((whose(patient), str(event), int(onset_us), int(end_us)))
    return tuple(sorted(rows, key=lambda row: (_natural(row[0]), row[2], row[3], row[1])))


def _observations(path: Path, whose: _Patients) -> tuple[Observation, ...]:
    import polars as pl

    if not path.is_file():
        return ()
    columns = ("patient", "code", "time", "value", "unit")
    frame = _with_times(_read(path, columns).select(columns), path, ("time",))
    frame = (
        frame.with_columns(pl.col("value").cast(pl.String)).sort("time", maintain_order=True) if frame.height else frame
    )
    found = []
    for patient, code, time_us, text, unit in frame.iter_rows():
        value = None if text is None else _value(str(text), unit, path)
        status = Status.UNKNOWN if value is None else Status.PRESENT
        found.append(Observation(whose(patient), str(code), int(time_us), value, unit, status, f"table:{path.name}"))
    return tuple(found)


def _value(text: str, unit: str | None, path: Path) -> float | str | bool:
    if unit is None:
        return _TRUTH_VALUES.get(text, text)
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"'{text}' is not a number", where=f"{path}, column 'value'", mend="correct it") from None


def _attributes(path: Path, whose: _Patients) -> dict[PatientId, dict[str, Any]]:
    if not path.is_file():
        return {}
    return {
        whose(row["patient"]): {name: value for name, value in row.items() if name != "patient" and value is not None}
        for row in _read(path, ("patient",)).iter_rows(named=True)
    }
