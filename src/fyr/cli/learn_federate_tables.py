"""The hospitals' files as the tables of a federated study: named columns of numbers or of text, nothing guessed."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, UsageError
from fyr.learn.federation.site_table import SiteTable

if TYPE_CHECKING:
    from fyr.exchange.tables.sheet import Sheet

__all__ = ["EventColumn", "SiteFile", "check_sheet", "read_sheets", "site_files", "site_table"]

_TRUTH: Final = {"true": 1.0, "false": 0.0}
_SHOWN: Final = 12
_NEARLY_ALL: Final = 0.8


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A hospital's table: what the hospital is called in the study, and the file."""

    site: str
    path: Path


@dataclass(frozen=True, slots=True)
class EventColumn:
    """The column that says whether it happened, and the code that means so where that is not 1."""

    name: str
    code: str | None = None

    @classmethod
    def of(cls, written: str) -> EventColumn:
        """Read ``COLUMN`` or ``COLUMN=CODE``."""
        name, equals, code = written.rpartition("=")
        return cls(name, code) if equals and name and code else cls(written)


def site_files(written: Sequence[str]) -> list[SiteFile]:
    """Name the hospitals: ``NAME=FILE``, or the file's name without its ending.

    Raises
    ------
    UsageError
        If two would be called the same, or there is none.
    """
    if not written:
        raise UsageError(
            "no hospital is named", where="--sites", mend="give each hospital's table: --sites a.csv b.csv"
        )
    found: list[SiteFile] = []
    for one in written:
        name, equals, path = one.partition("=")
        plain = not equals or Path(one).exists()
        found.append(SiteFile(Path(one).stem, Path(one)) if plain else SiteFile(name, Path(path)))
    for at, one_site in enumerate(found):
        twin = next((other for other in found[:at] if other.site == one_site.site), None)
        if twin is not None:
            raise UsageError(
                f"two hospitals would be called '{one_site.site}' ({twin.path}, {one_site.path})",
                where="--sites",
                mend=f"name them: --sites NAME={one_site.path}",
            )
    return found


def read_sheets(files: Sequence[SiteFile], by_column: str | None) -> dict[str, Sheet]:
    """Read the files; one file is split into hospitals by a column where that is asked.

    Raises
    ------
    BadInput
        If a file cannot be read, or a row does not say which hospital it belongs to.
    """
    from fyr.exchange.tables.sheet import read_sheet

    if by_column is None:
        return {one.site: read_sheet(one.path) for one in files}
    if len(files) != 1:
        raise UsageError(
            f"{len(files)} files are given, and one is to be split by '{by_column}'",
            where="--by-site-column",
            mend="give one file, or leave --by-site-column away",
        )
    return _split(read_sheet(files[0].path), by_column)


def _split(sheet: Sheet, column: str) -> dict[str, Sheet]:
    from fyr.exchange.tables.cohort_cells import cell_text, plain_number
    from fyr.exchange.tables.sheet import Sheet

    check_sheet(sheet, [column])
    names = np.array([cell_text(value) for value in sheet.frame[column].to_list()], dtype=object)
    numbers = [plain_number(name) for name in names.tolist()]
    numbered = not any(number is None and name for number, name in zip(numbers, names.tolist(), strict=True))
    if numbered:  # 2 and 2.0 are one hospital, and the tenth comes after the ninth
        names = np.array([cell_text(number) for number in numbers], dtype=object)
    without = np.flatnonzero(names == "")
    if without.size:
        raise BadInput(
            "the row does not say its hospital",
            where=sheet.place(int(without[0]), column),
            mend="fill it in, or leave the row out",
        )
    found: dict[str, Sheet] = {}
    for name in sorted(set(names.tolist()), key=float if numbered else str):
        rows = np.flatnonzero(names == name)
        found[name] = Sheet(sheet.path, sheet.frame[rows], sheet.row[rows])
    return found


def check_sheet(sheet: Sheet, names: Iterable[str]) -> None:
    """Refuse a table that lacks a column.

    Raises
    ------
    BadInput
        It says which column was probably meant.
    """
    there = sheet.frame.columns
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1)
            listed = ", ".join(there[:_SHOWN]) + (", …" if len(there) > _SHOWN else "")
            mend = f"is it '{near[0]}'?" if near else f"its columns are {listed}"
            raise BadInput(f"there is no column '{name}'", where=str(sheet.path), mend=mend)


def site_table(
    site: str,
    sheet: Sheet,
    names: Collection[str],
    *,
    missing: Sequence[str] = (),
    numbers: Collection[str] = (),
    mostly_numbers: Collection[str] = (),
    event: EventColumn | None = None,
    patient: str | None = None,
) -> SiteTable:
    """Return a hospital's columns.

    Parameters
    ----------
    site : str
    sheet : Sheet
    names : collection of str
        The columns that the study names; no other one is read.
    missing : sequence of str
        What stands for no value, besides an empty cell, NA and NaN.
    numbers : collection of str
        Which must be numbers.
    mostly_numbers : collection of str
        Which may be text, unless nearly all of their cells are numbers: then the others are mistakes.
    event : EventColumn, optional
    patient : str, optional
        The column that says who each row is, for the ledger; what it says never leaves the site.

    Raises
    ------
    BadInput
        If a cell cannot be read as what it must be; the error names its row and column.
    """
    columns: dict[str, NDArray[Any]] = {}
    for name in names:
        if event is not None and name == event.name:
            columns[name] = _event(sheet, event, missing)
        else:
            columns[name] = _column(sheet, name, missing)
            is_text = columns[name].dtype == object
            if is_text and (name in numbers or (name in mostly_numbers and _nearly_numbers(columns[name]))):
                raise _no_number(sheet, name, columns[name])
    return SiteTable(site, columns, patients=None if patient is None else _patients(sheet, patient))


def _patients(sheet: Sheet, name: str) -> NDArray[Any]:
    from fyr.exchange.tables.cohort_cells import cell_text

    check_sheet(sheet, [name])
    who = np.array([cell_text(value) for value in sheet.frame[name].to_list()], dtype=object)
    without = np.flatnonzero(who == "")
    if without.size:
        raise BadInput(
            "the row does not say who the patient is",
            where=sheet.place(int(without[0]), name),
            mend="fill it in, or leave the row out",
        )
    return who


def _column(sheet: Sheet, name: str, missing: Sequence[str]) -> NDArray[Any]:
    import polars as pl

    from fyr.exchange.tables.cohort_cells import InputColumn, cell_text, read_input
    from fyr.exchange.tables.cohort_mapping import MISSING, ColumnUse

    cells = sheet.frame[name]
    words: Mapping[str, str] = {**MISSING, **dict.fromkeys(missing, "unknown")}
    if cells.dtype == pl.Boolean or (cells.dtype.is_numeric() and not missing):
        values = cells.cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
        endless = np.flatnonzero(np.isinf(values))
        if endless.size:
            raise BadInput("the number is infinite", where=sheet.place(int(endless[0]), name), mend="correct the cell")
        return np.asarray(values, dtype=np.float64)
    texts = [cell_text(value) for value in cells.to_list()]
    truth = {text.lower() for text in texts if text not in words}
    if truth and truth <= set(_TRUTH):
        return np.array([_TRUTH.get(text.lower(), np.nan) for text in texts], dtype=np.float64)
    read, _ = read_input(texts, None, ColumnUse(name, missing=words), InputColumn(name), ".")
    return read


def _event(sheet: Sheet, event: EventColumn, missing: Sequence[str]) -> NDArray[np.float64]:
    """Return 1 where it happened, 0 where not, NaN where that is not known."""
    from fyr.exchange.tables.cohort_cells import cell_text

    column = _column(sheet, event.name, missing)
    codes = np.array([cell_text(value) for value in column.tolist()], dtype=object)
    known = codes != ""
    if event.code is not None:
        happened = codes == event.code
        if not happened.any():
            raise BadInput(
                f"no row has the code '{event.code}' that means that it happened",
                where=f"{sheet.path} column '{event.name}'",
                mend=f"its codes are {_codes(codes[known])}",
            )
        return np.where(known, happened.astype(np.float64), np.nan)
    odd = np.flatnonzero(known & ~np.isin(codes, np.array(["0", "1"], dtype=object)))
    if odd.size:
        first = str(codes[odd[0]])
        raise BadInput(
            f"'{first}' is neither 1 (it happened) nor 0 (it did not); the codes are {_codes(codes[known])}",
            where=sheet.place(int(odd[0]), event.name),
            mend=f"say which of them means that it happened: {event.name}=CODE",
        )
    return np.where(known, codes == "1", np.nan).astype(np.float64)


def _codes(codes: NDArray[Any]) -> str:
    found = sorted(set(codes.tolist()))
    return ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")


def _nearly_numbers(column: NDArray[Any]) -> bool:
    from fyr.exchange.tables.cohort_cells import plain_number

    there = [text for text in column.tolist() if text != ""]
    return sum(plain_number(text) is not None for text in there) >= _NEARLY_ALL * len(there)


def _no_number(sheet: Sheet, name: str, column: NDArray[Any]) -> BadInput:
    from fyr.exchange.tables.cohort_cells import plain_number

    row = next(at for at, text in enumerate(column.tolist()) if text != "" and plain_number(text) is None)
    text = column[row]
    return BadInput(
        f"'{text}' is not a number",
        where=sheet.place(row, name),
        mend=f"correct the cell, or say that it stands for no value: --missing '{text}'",
    )
