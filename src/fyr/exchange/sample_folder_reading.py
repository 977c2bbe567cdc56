"""Reads the folder that :mod:`fyr.exchange.sample_folder` writes: samples, observations, and who the patients are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput
from fyr.exchange.recorded_limits import read_recorded_limits
from fyr.exchange.recording import Recording, Skipped
from fyr.exchange.tables import read_table
from fyr.exchange.tables.mapping import TimeRule
from fyr.exchange.tables.sheet import Sheet, read_sheet
from fyr.exchange.tables.times import read_times
from fyr.record.identity import PatientId
from fyr.record.observation import Observation, Status

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_sample_folder"]

_TRUTH_VALUES: Final = {"True": True, "False": False, "true": True, "false": False}


def read_sample_folder(folder: Path, *, hospital: str | None = None) -> list[Recording]:
    """Read ``samples.parquet`` and, where they are there, ``observations``, ``patients`` and ``overrides.parquet``.

    Parameters
    ----------
    folder : Path
    hospital : str, optional
        For patients written without one.

    Returns
    -------
    list of Recording
        One a patient.

    Raises
    ------
    BadInput
        If a file is damaged, lacks a column or names no hospital.
    """
    source = f"table:{folder.resolve().name}/samples.parquet"
    observations = _observations(folder / "observations.parquet", hospital, folder.resolve().name)
    attributes = _attributes(folder / "patients.parquet", hospital)
    limits = _limits(folder / "overrides.parquet", hospital)
    truth = [Skipped("truth.parquet", "what really happened in a simulation is no part of what is known")]
    skipped = truth if (folder / "truth.parquet").is_file() else []
    return [
        replace(
            recording,
            series=[replace(series, source=source) for series in recording.series],
            observations=observations.get(recording.patient, []),
            attributes=attributes.get(recording.patient, {}),
            limits=limits.get(recording.patient, []),
            skipped=[*recording.skipped, *skipped],
            source=source,
        )
        for recording in read_table(folder / "samples.parquet", hospital=hospital)
    ]


def _observations(path: Path, hospital: str | None, name: str) -> dict[PatientId, list[Observation]]:
    found: dict[PatientId, list[Observation]] = defaultdict(list)
    if not path.is_file():
        return found
    sheet = _sheet(path, ("patient", "code", "time", "value", "unit"))
    if sheet is None:
        return found
    times = read_times(sheet, TimeRule("time"))
    for index, row in enumerate(sheet.frame.iter_rows(named=True)):
        value = None if row["value"] is None else _value(sheet, index, str(row["value"]), row["unit"])
        patient = _patient(sheet, index, hospital)
        found[patient].append(
            Observation(
                patient=patient,
                code=str(row["code"]),
                time_us=int(times[index]),
                value=value,
                unit=row["unit"],
                status=Status.UNKNOWN if value is None else Status.PRESENT,
                source=f"table:{name}/observations.parquet",
            )
        )
    return found


def _attributes(path: Path, hospital: str | None) -> dict[PatientId, dict[str, Any]]:
    sheet = _sheet(path, ("patient",)) if path.is_file() else None
    if sheet is None:
        return {}
    return {
        _patient(sheet, index, hospital): {
            name: value for name, value in row.items() if name != "patient" and value is not None
        }
        for index, row in enumerate(sheet.frame.iter_rows(named=True))
    }


def _limits(path: Path, hospital: str | None) -> dict[PatientId, list[Mapping[str, Any]]]:
    sheet = _sheet(path, ("patient", "time", "person", "reason")) if path.is_file() else None
    if sheet is None:
        return {}
    return read_recorded_limits(sheet, lambda index: _patient(sheet, index, hospital))


def _sheet(path: Path, columns: tuple[str, ...]) -> Sheet | None:
    import polars as pl

    if _height(path, pl) == 0:
        return None
    sheet = read_sheet(path)
    for name in columns:
        if name not in sheet.frame.columns:
            raise BadInput(f"there is no column '{name}'", where=str(path), mend="write the folder again")
    return sheet


def _height(path: Path, polars: Any) -> int | None:
    """Return the number of rows: a ward where nothing was observed has none, and that is no fault."""
    try:
        frame: pl.DataFrame = polars.scan_parquet(path).select(polars.len()).collect()
    except (polars.exceptions.PolarsError, OSError):
        return None  # read_sheet will say what is wrong
    return int(frame.item())


def _patient(sheet: Sheet, index: int, hospital: str | None) -> PatientId:
    text = str(sheet.frame["patient"][index])
    if "/" not in text and not hospital:
        raise BadInput(
            f"the patient '{text}' has no hospital", where=sheet.place(index, "patient"), mend="give --hospital NAME"
        )
    return PatientId.parse(text) if "/" in text else PatientId(hospital or "", text)


def _value(sheet: Sheet, index: int, text: str, unit: str | None) -> float | str | bool:
    """Read a value that was written as text: a number where it has a unit, else a truth value or words."""
    if unit is None:
        return _TRUTH_VALUES.get(text, text)
    try:
        return float(text)
    except ValueError:
        raise BadInput(
            f"'{text}' is not a number", where=sheet.place(index, "value"), mend="write the folder again"
        ) from None
