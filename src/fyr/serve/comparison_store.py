"""Comparisons of policies that the hospital keeps: one folder each, whole or not there at all.

``comparisons/NAME/comparison.json`` holds the numbers and the rows that the page draws, ``raised.parquet`` every alert
of every policy at every setting, ``recordings/N.parquet`` and ``N.json`` the samples and observations of the Nth
patient. All lie beside the record's own files, hold patient data, and are read on behalf of a person.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from fyr.errors import BadInput
from fyr.record import SIGNALS, Observation, PatientId, Quality, SampleBatch, Series, Status

__all__ = ["ComparisonStore", "Kept", "check_name"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DOCUMENT: Final = "comparison.json"
_SOURCE: Final = "comparison"

Kept = tuple[SampleBatch, Sequence[Observation]]
"""One patient's samples, by time, and observations."""


def check_name(name: str) -> str:
    """Return the name of a comparison if it is one.

    Raises
    ------
    BadInput
        If it cannot be a folder's name and part of an address.

    >>> check_name("november-7a")
    'november-7a'
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"'{name}' is no name for a comparison",
            mend="use small letters, digits, '.', '_' and '-', beginning with a letter or digit, 64 at most",
        )
    return name


class ComparisonStore:
    """The comparisons in one home.

    Parameters
    ----------
    files : Path
        Where the record keeps its files.
    """

    def __init__(self, files: Path) -> None:
        self._root = files / "comparisons"

    def names(self) -> list[str]:
        """Return the names, newest first."""
        folders = [path.parent for path in self._root.glob(f"*/{_DOCUMENT}") if _NAME.fullmatch(path.parent.name)]
        return [folder.name for folder in sorted(folders, key=_age, reverse=True)]

    def __contains__(self, name: str) -> bool:
        return bool(_NAME.fullmatch(name)) and (self._root / name / _DOCUMENT).is_file()

    def write(
        self,
        name: str,
        document: Mapping[str, Any],
        *,
        raised: Iterable[Mapping[str, Any]],
        recordings: Iterable[Kept],
    ) -> Path:
        """Keep a comparison, all of it or nothing.

        Parameters
        ----------
        name : str
        document : mapping
            JSON values; kept as they are.
        raised : iterable of mapping
            Rows of :func:`fyr.watch.evaluation.rows.raised_rows`, each with `policy` and `factor` besides.
        recordings : iterable of (SampleBatch, sequence of Observation)
            One for each patient, in the order of the document's `patients`; taken one after the other.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        BadInput
            If the name is none, or is taken.
        """
        folder = self._root / check_name(name)
        if folder.exists():
            raise BadInput(
                f"a comparison '{name}' is kept already", where=str(folder), mend="take another name, or remove it"
            )
        self._root.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".new-", dir=self._root))
        try:
            _raised_frame(raised).write_parquet(staged / "raised.parquet", compression="zstd")
            (staged / "recordings").mkdir()
            for number, (samples, observations) in enumerate(recordings):
                _sample_frame(samples).write_parquet(_file(staged, number, "parquet"), compression="zstd")
                _file(staged, number, "json").write_bytes(orjson.dumps([_as_dict(one) for one in observations]))
            (staged / _DOCUMENT).write_bytes(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY))
            staged.replace(folder)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        return folder

    def read(self, name: str) -> dict[str, Any]:
        """Return a comparison's document.

        Raises
        ------
        BadInput
            If there is no such comparison, or its file is damaged.
        """
        path = self._folder(name) / _DOCUMENT
        try:
            document: dict[str, Any] = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as problem:
            raise BadInput(
                f"this file is damaged: {problem}", where=str(path), mend="remove its folder, and keep it anew"
            ) from None
        return document

    def raised(self, name: str, patient: PatientId, start_us: int, end_us: int) -> list[dict[str, Any]]:
        """Return the alerts of a patient that stood at any time in ``start_us <= time < end_us``, by time."""
        import polars as pl

        frame = pl.read_parquet(self._folder(name) / "raised.parquet").filter(
            pl.col("patient") == str(patient),
            pl.col("time_us") < end_us,
            pl.col("end_us").fill_null(end_us) >= start_us,
        )
        return frame.sort("time_us", maintain_order=True).to_dicts()

    def recording(self, name: str, patient: PatientId, number: int) -> Kept:
        """Return the samples and observations of a patient, the `number`-th of the document's `patients`, from 0."""
        import polars as pl

        folder = self._folder(name)
        frame = pl.read_parquet(_file(folder, number, "parquet"))
        series = []
        for part in frame.partition_by("signal", "period_us", maintain_order=True):
            signal, value = str(part["signal"][0]), part["value"].to_numpy()
            quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
            columns = (part["time_us"].to_numpy(), value, quality)
            series.append(Series(patient, signal, SIGNALS[signal].unit, *columns, int(part["period_us"][0]), _SOURCE))
        observations = orjson.loads(_file(folder, number, "json").read_bytes())
        return SampleBatch.from_series(series), [_from_dict(patient, one) for one in observations]

    def _folder(self, name: str) -> Path:
        folder = self._root / check_name(name)
        if not (folder / _DOCUMENT).is_file():
            raise BadInput(
                f"there is no comparison '{name}'",
                where=str(self._root),
                mend="see GET /api/comparisons, or keep one with `fyr watch evaluate --keep`",
            )
        return folder


def _age(folder: Path) -> tuple[int, str]:
    return (folder / _DOCUMENT).stat().st_mtime_ns, folder.name


def _file(folder: Path, number: int, kind: str) -> Path:
    return folder / "recordings" / f"{number}.{kind}"


def _raised_frame(rows: Iterable[Mapping[str, Any]]) -> Any:
    import polars as pl

    schema = {
        "policy": pl.String,
        "factor": pl.Float64,
        "patient": pl.String,
        "time_us": pl.Int64,
        "end_us": pl.Int64,
        "rule": pl.String,
        "title": pl.String,
        "priority": pl.String,
        "signal": pl.String,
        "value": pl.Float64,
        "is_true": pl.Boolean,
    }
    return pl.DataFrame(list(rows), schema=schema, orient="row").sort("patient", maintain_order=True)


def _sample_frame(batch: SampleBatch) -> Any:
    import polars as pl

    usable = np.isin(batch.quality, (Quality.PRESENT, Quality.IMPUTED))
    return pl.DataFrame(
        {
            "signal": pl.Series(batch.signals, dtype=pl.String).gather(pl.Series(batch.signal_index)),
            "period_us": batch.period_us[batch.signal_index],
            "time_us": batch.time_us,
            "value": np.where(usable, batch.value, np.nan),
        }
    )


def _as_dict(one: Observation) -> dict[str, Any]:
    return {
        "code": one.code,
        "time_us": one.time_us,
        "value": one.value,
        "unit": one.unit,
        "status": one.status.value,
    }


def _from_dict(patient: PatientId, one: Mapping[str, Any]) -> Observation:
    return Observation(patient, one["code"], one["time_us"], one["value"], one["unit"], Status(one["status"]), _SOURCE)
