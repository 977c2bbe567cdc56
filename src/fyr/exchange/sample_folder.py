"""A ward's data as a folder of Parquet files: ``samples``, ``truth`` and ``patients``, the form that Fyr evaluates on.

``samples.parquet``: `patient` (``hospital/local``), `signal` (a name of the vocabulary), `time` (UTC), `value` (in the
vocabulary's unit; null where the sensor gave none). ``truth.parquet``: `patient`, `event`, `onset`, `end`.
``patients.parquet``: `patient` and whatever is known of it. ``observations.parquet``: `patient`, `code`, `time`,
`value` (text), `unit`. ``overrides.parquet``, which nobody here writes: see :mod:`fyr.exchange.recorded_limits`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars

from fyr.errors import BadInput
from fyr.record import Observation, PatientId, SampleBatch

__all__ = ["write_sample_folder"]

_TIME = polars.Datetime("us", "UTC")
_SAMPLE_COLUMNS: dict[str, polars.DataType | type[polars.DataType]] = {
    "patient": polars.String,
    "signal": polars.String,
    "time": _TIME,
    "value": polars.Float64,
}


def write_sample_folder(
    folder: Path,
    *,
    samples: Iterable[SampleBatch],
    truth: Sequence[tuple[PatientId, str, int, int]],
    patients: Sequence[Mapping[str, Any]],
    observations: Sequence[Observation] = (),
    note: str = "",
) -> int:
    """Write a folder, all of it or nothing.

    Parameters
    ----------
    folder : Path
        Must not exist yet, or be empty.
    samples : iterable of SampleBatch
    truth : sequence of (patient, event, onset, end)
        Times in microseconds UTC.
    patients : sequence of mapping
        Each with `patient`.
    observations : sequence of Observation
        Read after the last batch of samples was taken, so that both may come from one simulation.
    note : str
        What a reader must know; kept as README.txt.

    Returns
    -------
    int
        How many samples were written.

    Raises
    ------
    BadInput
        If the folder holds anything already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput("there is something already", where=str(folder), mend="name a new or empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        count = _write_samples(staged, samples)
        _truth_frame(truth).write_parquet(staged / "truth.parquet")
        polars.DataFrame(patients).write_parquet(staged / "patients.parquet")
        _observation_frame(observations).write_parquet(staged / "observations.parquet")
        (staged / "README.txt").write_text(note + "\n", encoding="utf-8")
        staged.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        staged.replace(folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return count


def _write_samples(folder: Path, samples: Iterable[SampleBatch]) -> int:
    """Write ``samples.parquet`` batch by batch, so that no more than one is held; return how many samples."""
    parts = folder / "parts"
    parts.mkdir()
    count = number = 0
    for number, batch in enumerate(samples, start=1):
        frame = _sample_frame(batch)
        frame.write_parquet(parts / f"{number:06d}.parquet", compression="lz4")
        count += frame.height
    written = [parts / f"{place:06d}.parquet" for place in range(1, number + 1)]
    whole = polars.scan_parquet(written) if written else polars.LazyFrame(schema=_SAMPLE_COLUMNS)
    whole.sink_parquet(folder / "samples.parquet", compression="zstd", maintain_order=True)
    shutil.rmtree(parts)
    return count


def _sample_frame(batch: SampleBatch) -> polars.DataFrame:
    patients = polars.Series([str(patient) for patient in batch.patients], dtype=polars.String)
    signals = polars.Series(batch.signals, dtype=polars.String)
    values = polars.Series(np.where(np.isnan(batch.value), np.nan, batch.value), dtype=polars.Float64)
    return polars.DataFrame(
        {
            "patient": patients.gather(polars.Series(batch.patient_index)),
            "signal": signals.gather(polars.Series(batch.signal_index)),
            "time": polars.Series(batch.time_us).cast(_TIME),
            "value": values.fill_nan(None),
        }
    )


def _truth_frame(truth: Sequence[tuple[PatientId, str, int, int]]) -> polars.DataFrame:
    return polars.DataFrame(
        {
            "patient": [str(patient) for patient, _, _, _ in truth],
            "event": [event for _, event, _, _ in truth],
            "onset": [onset for _, _, onset, _ in truth],
            "end": [end for _, _, _, end in truth],
        },
        schema={"patient": polars.String, "event": polars.String, "onset": polars.Int64, "end": polars.Int64},
    ).with_columns(polars.col("onset", "end").cast(_TIME))


def _observation_frame(observations: Sequence[Observation]) -> polars.DataFrame:
    return polars.DataFrame(
        {
            "patient": [str(one.patient) for one in observations],
            "code": [one.code for one in observations],
            "time": [one.time_us for one in observations],
            "value": [None if one.value is None else str(one.value) for one in observations],
            "unit": [one.unit for one in observations],
        },
        schema={
            "patient": polars.String,
            "code": polars.String,
            "time": polars.Int64,
            "value": polars.String,
            "unit": polars.String,
        },
    ).with_columns(polars.col("time").cast(_TIME))
