"""Hourly intensive-care tables as they are published: ``dyn``, ``outc`` and ``sta`` as Parquet files in one folder.

The form of the YAIB benchmark (van de Water et al., ICLR 2024): `dyn` has a row for every hour of every stay
(``stay_id``, ``time`` as a duration since admission, one column a variable, null where not measured), `outc` the label
of each stay or of each hour, `sta` what stays the same (``age`` in years, ``sex``, ``height`` in cm, ``weight`` in kg).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars

from fyr.errors import BadInput, NotPermitted

__all__ = ["IcuTables", "find_icu_folders", "read_icu_tables", "with_stays"]

_FILES = ("dyn", "outc", "sta")
_JOINED = "stay_id as int64"
_TARGETS = ("mortality24", "sepsis", "los")


@dataclass(frozen=True, slots=True, eq=False)
class IcuTables:
    """The tables of one site.

    Parameters
    ----------
    site : str
        The name of the folder.
    source : str
        The folder, for messages.
    hours : polars.DataFrame
        Sorted by ``stay_id`` and ``time`` (float64 hours since admission); the variables as float64; and ``label``
        (float64), null where the outcome is not known.
    stays : polars.DataFrame
        ``stay_id`` and what does not change.
    """

    site: str
    source: str
    hours: polars.DataFrame
    stays: polars.DataFrame


def find_icu_folders(path: Path, target: str) -> list[Path]:
    """Return the folders with tables under `path`: itself, its sites, or the sites of its target.

    Raises
    ------
    BadInput
        If there are none.
    """
    if not path.exists():
        raise BadInput("there is no such folder", where=str(path), mend="check the path")
    looked = [path, *sorted(path.glob("*")), *sorted((path / target).glob("*"))]
    found = [folder for folder in looked if (folder / "dyn.parquet").is_file()]
    if path not in found and path.name in _TARGETS and path.name != target:
        raise BadInput(f"these are tables of {path.name}, not of {target}", where=str(path), mend="name its own folder")
    if not found:
        raise BadInput(
            "there is no dyn.parquet here, nor in a folder below it",
            where=str(path),
            mend=f"name a folder that holds dyn, outc and sta.parquet, or one that holds {target}/SITE",
        )
    return [path] if path in found else found


def read_icu_tables(folder: Path) -> IcuTables:
    """Read the tables of one site.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    BadInput
        If a table or a column is missing, a key is null or twice there, or a variable is not a number.
    """
    tables = {name: _read(folder / f"{name}.parquet") for name in _FILES}
    hours, outcome, stays = (tables[name] for name in _FILES)
    _need(hours, ("stay_id", "time"), folder / "dyn.parquet")
    _need(outcome, ("stay_id", "label"), folder / "outc.parquet")
    _need(stays, ("stay_id",), folder / "sta.parquet")
    keys = ["stay_id", "time"] if "time" in outcome.columns else ["stay_id"]
    hours = _in_hours(hours, folder / "dyn.parquet")
    if "time" in keys:
        outcome = _in_hours(outcome, folder / "outc.parquet")
    _unique(hours, ["stay_id", "time"], folder / "dyn.parquet")
    _unique(outcome, keys, folder / "outc.parquet")
    _unique(stays, ["stay_id"], folder / "sta.parquet")
    variables = [name for name in hours.columns if name not in ("stay_id", "time")]
    wrong = [name for name in variables if not (hours[name].dtype.is_numeric() or hours[name].dtype == polars.Null)]
    if wrong:
        raise BadInput(f"the column '{wrong[0]}' is not numeric", where=str(folder / "dyn.parquet"))
    labels = outcome.select(*keys, polars.col("label").cast(polars.Float64))
    joined = (
        hours.with_columns(polars.col(variables).cast(polars.Float64))
        .join(labels, on=keys, how="left", validate="1:1" if len(keys) == 2 else "m:1")
        .sort("stay_id", "time")
    )
    return IcuTables(folder.name, str(folder), joined, stays.sort("stay_id"))


def with_stays(hours: polars.DataFrame, path: Path, wanted: Sequence[str]) -> tuple[polars.DataFrame, tuple[str, ...]]:
    """Give every hour what does not change in its stay.

    Parameters
    ----------
    hours : polars.DataFrame
        With a column ``stay_id``.
    path : Path
        The table `sta`: a row a stay.
    wanted : sequence of str
        Which columns to add, where `sta` has them and the hours do not.

    Returns
    -------
    polars.DataFrame
        The same rows in order.
    tuple of str
        The columns added.

    Raises
    ------
    BadInput
        If the stays cannot be told apart.
    """
    stays = _read(path)
    for table, place in ((hours, "the rows"), (stays, str(path))):
        if "stay_id" not in table.columns or not table["stay_id"].dtype.is_integer():
            raise BadInput("there is no column stay_id of whole numbers", where=place, mend="name the stays so in both")
    _unique(stays, ["stay_id"], path)
    added = tuple(name for name in wanted if name in stays.columns and name not in hours.columns)
    chosen = stays.select(polars.col("stay_id").cast(polars.Int64).alias(_JOINED), *added)
    keyed = hours.with_columns(polars.col("stay_id").cast(polars.Int64).alias(_JOINED))
    return keyed.join(chosen, on=_JOINED, how="left", maintain_order="left").drop(_JOINED), added


def _read(path: Path) -> polars.DataFrame:
    try:
        with path.open("rb") as file:
            return polars.read_parquet(file)
    except FileNotFoundError:
        raise BadInput(
            "there is no such table", where=str(path), mend="a site needs dyn, outc and sta.parquet"
        ) from None
    except PermissionError:
        raise NotPermitted("the table may not be read", where=str(path), mend="ask its owner") from None
    except (polars.exceptions.PolarsError, OSError, ValueError) as problem:
        said = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise BadInput(f"this is not a whole Parquet file: {said}", where=str(path), mend="export it again") from None


def _need(table: polars.DataFrame, columns: tuple[str, ...], path: Path) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise BadInput(
            f"there is no column {' and '.join(missing)}", where=str(path), mend="rename the column it is in"
        )


def _in_hours(table: polars.DataFrame, path: Path) -> polars.DataFrame:
    kind = table["time"].dtype
    if isinstance(kind, polars.Duration):
        return table.with_columns(polars.col("time").dt.total_microseconds() / 3.6e9)
    if kind.is_numeric():
        return table.with_columns(polars.col("time").cast(polars.Float64))
    raise BadInput(
        f"the column 'time' is {kind}, not a duration", where=str(path), mend="give the time since admission, or hours"
    )


def _unique(table: polars.DataFrame, keys: list[str], path: Path) -> None:
    if not table.height:
        raise BadInput("the table has no rows", where=str(path))
    if any(table[key].null_count() for key in keys):
        raise BadInput(f"a row has no {' or no '.join(keys)}", where=str(path), mend="leave such rows out")
    twice = table.select(keys).is_duplicated()
    if twice.any():
        row = table.select(keys).filter(twice).row(0)
        said = ", ".join(f"{key} {value}" for key, value in zip(keys, row, strict=True))
        raise BadInput(f"{said} is there twice", where=str(path), mend="keep one row of the two")
