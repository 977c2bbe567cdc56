"""Hourly intensive-care tables (:mod:`fyr.exchange.icu_tables`) as recordings of vital signs, with the truth beside.

The tables say how long after admission something was measured, not when: every stay begins at :data:`ADMISSION`. A
sample stands for its hour. The truth of hourly labels (sepsis) is one event a stay, from the first labelled hour to the
end of the last. Of a label of the stay (death in the unit, after the first day) it is one event over the whole
recording, which asks: was anyone warned at any time on that day?
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from fyr.clock import HOUR_US
from fyr.errors import BadInput
from fyr.exchange.icu_tables import IcuTables, read_icu_tables
from fyr.exchange.recording import Skipped
from fyr.exchange.sample_folder_columns import SampleColumns, TruthRow
from fyr.record import Observation, PatientId, Status, WardSamples

__all__ = ["ADMISSION", "icu_sites", "read_icu_recordings"]

ADMISSION: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When every stay begins."""

_ADMISSION_US: Final = int(ADMISSION.timestamp()) * 1_000_000
_SIGNALS: Final = {
    "hr": "heart_rate",
    "resp": "respiratory_rate",
    "o2sat": "spo2",
    "sbp": "systolic_bp",
    "dbp": "diastolic_bp",
    "map": "mean_bp",
    "temp": "temperature",
}
_EVENTS: Final = {"sepsis": "sepsis", "mortality24": "death in intensive care"}
_AGE: Final = ("loinc:30525-0", "a")


def icu_sites(path: Path) -> list[Path]:
    """Return the folders of hourly tables that a path names: itself, or the sites directly below it, or none.

    >>> icu_sites(Path("nowhere"))
    []
    """
    if (path / "dyn.parquet").is_file():
        return [path]
    return sorted(found.parent for found in path.glob("*/dyn.parquet"))


def read_icu_recordings(folder: Path, *, hospital: str | None = None, prefix: str = "") -> SampleColumns:
    """Read the tables of one site as samples and truth.

    Parameters
    ----------
    folder : Path
        With ``dyn``, ``outc`` and ``sta.parquet``.
    hospital : str, optional
        By default the folder's name.
    prefix : str
        Put before every stay's id.

    Returns
    -------
    SampleColumns
        Its truth is ``None`` where the labels are not those of an event, such as the length of a stay.

    Raises
    ------
    BadInput
        If a table is damaged or lacks a column, or there is no vital sign in it.
    """
    tables = read_icu_tables(folder)
    named = hospital or tables.site
    stays = tables.hours.get_column("stay_id").unique(maintain_order=True).to_list()
    patients = tuple(PatientId(named, f"{prefix}{stay}") for stay in stays)
    of_stay = dict(zip(stays, patients, strict=True))
    skipped = [name for name in tables.hours.columns if name not in ("stay_id", "time", "label", *_SIGNALS)]
    return SampleColumns(
        folder,
        _samples(tables, stays, patients),
        _truth(tables, of_stay),
        _ages(tables, of_stay),
        {},
        (Skipped(", ".join(skipped), "no vital signs that a policy reads"),) if skipped else (),
    )


def _samples(tables: IcuTables, stays: list[int], patients: tuple[PatientId, ...]) -> WardSamples:
    there = {column: signal for column, signal in _SIGNALS.items() if column in tables.hours.columns}
    place = pl.DataFrame({"stay_id": stays, "p": np.arange(len(stays), dtype=np.int32)}).cast(
        {"stay_id": tables.hours.schema["stay_id"]}
    )
    long = (
        tables.hours.join(place, on="stay_id", maintain_order="left")
        .select("p", (pl.col("time") * HOUR_US).round().cast(pl.Int64) + _ADMISSION_US, *there)
        .unpivot(index=["p", "time"], variable_name="signal")
        .with_columns(pl.col("value").fill_nan(None))
        .drop_nulls("value")
        .with_columns(s=pl.col("signal").replace_strict(list(there), list(range(len(there))), return_dtype=pl.Int16))
        .sort("p", "s", "time", maintain_order=True)
    )
    if not long.height:
        raise BadInput(
            "there is no vital sign in this table",
            where=str(Path(tables.source) / "dyn.parquet"),
            mend=f"name the columns {', '.join(_SIGNALS)}",
        )
    patient, signal = (long.get_column(name).to_numpy().astype(np.int64) for name in ("p", "s"))
    begins = np.flatnonzero(np.diff(patient, prepend=-1) | np.diff(signal, prepend=-1))
    return WardSamples(
        patients=patients,
        signals=tuple(there.values()),
        run_patient=patient[begins],
        run_signal=signal[begins],
        run_period_us=np.full(len(begins), HOUR_US, np.int64),
        first=np.append(begins, len(patient)).astype(np.int64),
        time_us=long.get_column("time").to_numpy(),
        value=long.get_column("value").to_numpy(),
    )


def _truth(tables: IcuTables, of_stay: dict[int, PatientId]) -> tuple[TruthRow, ...] | None:
    hours = tables.hours
    labels = hours.get_column("label")
    if not labels.drop_nulls().is_in([0.0, 1.0]).all() or not len(labels.drop_nulls()):
        return None
    target = next((name for name in Path(tables.source).resolve().parts[::-1] if name in _EVENTS), "")
    chosen = hours.filter(pl.col("label") == 1).group_by("stay_id", maintain_order=True)
    windows = chosen.agg(first=pl.col("time").min(), last=pl.col("time").max())
    rows = [
        (of_stay[stay], _EVENTS.get(target, "event"), _at(first), _at(last + 1))
        for stay, first, last in windows.iter_rows()
    ]
    return tuple(rows)


def _ages(tables: IcuTables, of_stay: dict[int, PatientId]) -> tuple[Observation, ...]:
    if "age" not in tables.stays.columns or not tables.stays.schema["age"].is_numeric():
        return ()
    code, unit = _AGE
    return tuple(
        Observation(of_stay[stay], code, _ADMISSION_US, float(age), unit, Status.PRESENT, f"table:{tables.source}")
        for stay, age in tables.stays.select("stay_id", "age").drop_nulls().iter_rows()
        if stay in of_stay
    )


def _at(hour: float) -> int:
    return _ADMISSION_US + round(hour * HOUR_US)
