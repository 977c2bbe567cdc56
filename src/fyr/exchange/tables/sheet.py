"""A table as it lies in its file: named columns and the row that each value came from, and nothing interpreted yet."""

from __future__ import annotations

import codecs
import csv
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput

if TYPE_CHECKING:
    import polars as pl

__all__ = ["SUFFIXES", "Sheet", "read_sheet"]

SUFFIXES: Final = (".csv", ".tsv", ".parquet", ".xlsx")
_CHUNK: Final = 100_000
_LONGEST_CELL: Final = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A table.

    Parameters
    ----------
    path : Path
    frame : polars.DataFrame
        The columns; all text, unless the format has types.
    row : polars.Series of uint32
        The number by which a person finds each row: the line in a text file, the row in a spreadsheet (the header is
        row 1), the row counted from 1 in Parquet.
    """

    path: Path
    frame: pl.DataFrame
    row: pl.Series

    def place(self, index: int, column: str) -> str:
        """Say where a cell is."""
        return f"{self.path} row {self.row[index]}, column '{column}'"


def read_sheet(
    path: str | Path, *, encoding: str = "utf-8", separator: str | None = None, sheet: str | None = None
) -> Sheet:
    """Read a table file.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.parquet`` or ``.xlsx``.
    encoding, separator : str, optional
        Of a text file; UTF-8 (a byte-order mark is accepted) and a comma (``.tsv``: a tab) by default.
    sheet : str, optional
        Which sheet of a spreadsheet; needed where it has several.

    Raises
    ------
    BadInput
        If the file is absent, empty or damaged, in another encoding, has a column name twice or rows of another width.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path), mend="check the path")
    if path.stat().st_size == 0:
        raise BadInput("the file is empty (0 bytes)", where=str(path), mend="export it again from its source")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        read = _text(path, encoding, separator or ("\t" if suffix == ".tsv" else ","))
    elif suffix == ".xlsx":
        read = _spreadsheet(path, sheet)
    elif suffix == ".parquet":
        read = _parquet(path)
    else:
        raise BadInput(f"'{suffix}' is not a table that Fyr reads", where=str(path), mend=f"use {', '.join(SUFFIXES)}")
    if read.frame.height == 0:
        raise BadInput("the table has a header but no rows", where=str(path), mend="export it again from its source")
    return read


def _check_header(path: Path, names: list[str]) -> None:
    for position, name in enumerate(names):
        if not name.strip():
            raise BadInput(f"column {position + 1} has no name", where=f"{path} row 1", mend="give every column a name")
        if name in names[:position]:
            raise BadInput(
                f"two columns are named '{name}' (columns {names.index(name) + 1} and {position + 1})",
                where=f"{path} row 1",
                mend="give every column a name of its own",
            )


def _text(path: Path, encoding: str, separator: str) -> Sheet:
    import polars as pl

    reader = csv.reader(io.StringIO(_decoded(path, encoding), newline=""), delimiter=separator, strict=True)
    csv.field_size_limit(_LONGEST_CELL)
    rows = _rows(path, reader)
    _, header = next(rows, (0, []))
    if not header:
        raise BadInput("the file has no header row", where=str(path), mend="export it again with column names")
    names = [name.strip() for name in header]
    _check_header(path, names)
    frames: list[pl.DataFrame] = []
    numbers: list[pl.Series] = []
    while chunk := list(islice(rows, _CHUNK)):
        for number, cells in chunk:
            if len(cells) != len(names):
                raise BadInput(
                    f"the row has {len(cells)} fields, but the header has {len(names)} columns",
                    where=f"{path} row {number}",
                    mend="the file may be truncated, or use another separator: name it in the mapping (separator: ';')",
                )
        columns = zip(*(cells for _, cells in chunk), strict=True)
        frames.append(
            pl.DataFrame(dict(zip(names, map(list, columns), strict=True)), schema=dict.fromkeys(names, pl.String))
        )
        numbers.append(pl.Series("row", [number for number, _ in chunk], dtype=pl.UInt32))
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return Sheet(path, frame, pl.concat(numbers) if numbers else pl.Series("row", [], dtype=pl.UInt32))


def _rows(path: Path, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank with the line that each begins on."""
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise BadInput(
                f"the row cannot be read: {problem}",
                where=f"{path} row {line}",
                mend="check the quotation marks of this row",
            ) from None
        if cells:
            yield line, cells
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _decoded(path: Path, encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise BadInput(
            f"'{encoding}' is not a text encoding", where=str(path), mend="use utf-8, latin-1 or cp1252"
        ) from None
    content = path.read_bytes()
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise BadInput(
            f"byte {problem.start + 1} (0x{content[problem.start]:02x}) is not {encoding} text",
            where=f"{path} row {line}",
            mend="name the file's encoding in the mapping, for example encoding: cp1252",
        ) from None
    except UnicodeError as problem:
        raise BadInput(
            f"the file is not {encoding} text ({problem})", where=str(path), mend="name its encoding in the mapping"
        ) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise BadInput(
            "this is not a text file: it holds binary data",
            where=f"{path} row {line}",
            mend="check the path, or name the file's encoding in the mapping (utf-16)",
        )
    return text


def _parquet(path: Path) -> Sheet:
    import polars as pl

    try:
        frame = pl.read_parquet(path, use_pyarrow=False, memory_map=False)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise BadInput(
            f"this is not a Parquet file that can be read ({_first_line(problem)})",
            where=str(path),
            mend="the file may be truncated: copy it again from its source",
        ) from None
    _check_header(path, frame.columns)
    return Sheet(path, frame, pl.Series("row", range(1, frame.height + 1), dtype=pl.UInt32))


def _spreadsheet(path: Path, sheet: str | None) -> Sheet:
    import fastexcel
    import polars as pl

    _quieten("fastexcel")
    try:
        book = fastexcel.read_excel(path)
        wanted = _chosen_sheet(path, list(book.sheet_names), sheet)
        first = book.load_sheet(wanted, header_row=None, n_rows=1, dtypes="string").to_polars()
        if first.height == 0:
            raise BadInput(f"the sheet '{wanted}' is empty", where=str(path), mend="name another sheet in the mapping")
        header = ["" if name is None else str(name).strip() for name in first.row(0)]
        _check_header(path, header)
        frame = book.load_sheet(
            wanted, header_row=None, skip_rows=1, column_names=header, schema_sample_rows=None
        ).to_polars()
    except fastexcel.FastExcelError as problem:
        raise BadInput(
            f"this is not a spreadsheet that can be read ({_first_line(problem)})",
            where=str(path),
            mend="save it again as .xlsx",
        ) from None
    rows = pl.Series("row", range(2, frame.height + 2), dtype=pl.UInt32)
    blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    return Sheet(path, frame.filter(~blank), rows.filter(~blank))


def _quieten(logger: str) -> None:
    """Keep a library's log from stderr, where nobody has said where logs go: every doubt ends in an error here."""
    found = logging.getLogger(logger)
    if not found.handlers:
        found.addHandler(logging.NullHandler())


def _chosen_sheet(path: Path, names: list[str], sheet: str | None) -> str:
    if sheet is None and len(names) == 1:
        return names[0]
    if sheet in names:
        return sheet
    found = f"the sheets are {', '.join(names)}"
    what = f"there is no sheet '{sheet}'; {found}" if sheet else f"there are {len(names)} sheets; {found}"
    raise BadInput(what, where=str(path), mend="name one in the mapping, for example sheet: " + names[0])


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0]
