"""Every sheet of a spreadsheet: sheets alike are put under each other, a hospital each; others stay by themselves."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput

if TYPE_CHECKING:
    import polars as pl
    from fastexcel import ExcelReader

__all__ = ["SheetTable", "read_workbook"]

_ALIKE: Final = 0.5
"""Two sheets are one table where this share of the narrower one's column names is in the other."""
_FEW_COLUMNS: Final = 2
"""A sheet with fewer columns than this is a note to the reader, no table."""


@dataclass(frozen=True, slots=True, eq=False)
class SheetTable:
    """Sheets that are alike, or one alone; see :class:`fyr.exchange.tables.raw_table.RawTable`."""

    name: str
    frame: pl.DataFrame
    row: pl.Series
    sheet: pl.Series | None
    renamed: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _One:
    name: str
    frame: pl.DataFrame
    row: pl.Series
    renamed: tuple[str, ...]


def read_workbook(path: Path, sheet: str | None = None) -> list[SheetTable]:
    """Read every sheet, or the one that is named, as text.

    Raises
    ------
    BadInput
        If the file is no spreadsheet, or has no sheet of that name.
    """
    import fastexcel

    log = logging.getLogger("fastexcel")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        book = fastexcel.read_excel(path)
        names = list(book.sheet_names)
        if sheet is not None and sheet not in names:
            raise BadInput(
                f"there is no sheet '{sheet}'; the sheets are {', '.join(names)}", where=str(path), mend="name one"
            )
        sheets = [one for name in ([sheet] if sheet else names) if (one := _sheet(book, name)) is not None]
    except fastexcel.FastExcelError as problem:
        line = (str(problem).splitlines() or ["damaged"])[0]
        raise BadInput(
            f"this is not a spreadsheet that can be read ({line})", where=str(path), mend="save it again as .xlsx"
        ) from None
    finally:
        log.setLevel(level)
    if not sheets:
        raise BadInput("no sheet holds a table", where=str(path), mend="export it again from its source")
    return _joined(path, sheets)


def _sheet(book: ExcelReader, name: str) -> _One | None:
    import polars as pl

    frame: pl.DataFrame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    numbers = pl.Series("row", range(1, frame.height + 1), dtype=pl.UInt32)
    if frame.width:
        blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
        frame, numbers = frame.filter(~blank), numbers.filter(~blank)
    if frame.height < 2 or frame.width < _FEW_COLUMNS:
        return None
    header: list[str] = []
    renamed: list[str] = []
    for place, cell in enumerate(frame.row(0), 1):
        given = "" if cell is None else str(cell).strip()
        unique = given or f"column {place}"
        while unique in header:
            unique += " (2)"
        header.append(unique)
        if given and unique != given:
            renamed.append(unique)
    frame = frame[1:]
    frame.columns = header
    hollow = [name for name in header if name.startswith("column ") and frame[name].null_count() == frame.height]
    return _One(name, frame.drop(hollow), numbers[1:], tuple(renamed))


def _joined(path: Path, sheets: list[_One]) -> list[SheetTable]:
    import polars as pl

    groups: list[list[_One]] = []
    for one in sheets:
        for group in groups:
            if _overlap(one.frame.columns, group[0].frame.columns) >= _ALIKE:
                group.append(one)
                break
        else:
            groups.append([one])
    tables = []
    for group in groups:
        names = ", ".join(one.name for one in group)
        tables.append(
            SheetTable(
                path.name if len(groups) == 1 else f"{path.name} ({names})",
                pl.concat([one.frame for one in group], how="diagonal"),
                pl.concat([one.row for one in group]),
                pl.concat([pl.Series("sheet", [one.name] * one.frame.height, dtype=pl.String) for one in group])
                if len(group) > 1
                else None,
                tuple(name for one in group for name in one.renamed),
            )
        )
    return tables


def _overlap(first: list[str], second: list[str]) -> float:
    return len(set(first) & set(second)) / max(1, min(len(first), len(second)))
