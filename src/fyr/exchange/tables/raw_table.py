"""A table as its bytes say it: text cells, every sheet, and what was remarkable in reading them.

Unlike :mod:`fyr.exchange.tables.sheet`, which refuses what it would have to guess, this reader reads as far as reading
is possible at all and says what it had to guess: it serves the checks, which must look at tables as they come.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput
from fyr.exchange.tables.raw_sheets import read_workbook

if TYPE_CHECKING:
    import polars as pl

__all__ = ["RAW_SUFFIXES", "RawTable", "Remark", "read_raw_tables"]

_TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".tab", ".dat", ".data")
RAW_SUFFIXES: Final = (*_TEXT_SUFFIXES, ".parquet", ".xlsx")
_SEPARATORS: Final = ("\t", ";", ",", "|")
_SEPARATOR_WORDS: Final = {"\t": "a tab", ";": "a semicolon", ",": "a comma", "|": "a bar"}
_SNIFFED_LINES: Final = 200
"""Lines from which the separator is told: enough to see a comma that is a decimal sign only."""
_MOST_RAGGED: Final = 0.2
"""With more rows of another width than this share, the separator or the file is wrong, and nothing can be checked."""
_NUMBER: Final = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?")
_NO_NUMBER: Final = frozenset({"", "na", "nan", "?", ".", "null"})
_LONGEST_CELL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Remark:
    """What was remarkable in reading a file.

    Parameters
    ----------
    kind : str
        ``encoding``, ``row_width``, ``header``.
    severity : {"error", "warning", "note"}
    what, mend : str
    columns : tuple of str
    rows : tuple of int
        The lines of the file, every one of them.
    """

    kind: str
    severity: str
    what: str
    mend: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """A table.

    Parameters
    ----------
    name : str
        The file, and the sheet where it has several tables that are not alike.
    frame : polars.DataFrame
        All text as it is written; Parquet keeps its types.
    row : polars.Series of uint32
        The number by which a person finds each row: line, row of the sheet (the header is row 1), or row from 1.
    sheet : polars.Series of str, or None
        The sheet that each row came from, where several sheets alike were put under each other.
    remarks : tuple of Remark
    """

    name: str
    frame: pl.DataFrame
    row: pl.Series
    sheet: pl.Series | None = None
    remarks: tuple[Remark, ...] = ()


def read_raw_tables(
    path: str | Path, *, encoding: str | None = None, separator: str | None = None, sheet: str | None = None
) -> list[RawTable]:
    """Read a file; several tables only where a spreadsheet has sheets with other columns.

    Raises
    ------
    BadInput
        If the file is absent, empty, binary, damaged, or no table at all.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path), mend="check the path")
    if path.stat().st_size == 0:
        raise BadInput("the file is empty (0 bytes)", where=str(path), mend="export it again from its source")
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        tables = [
            RawTable(one.name, one.frame, one.row, one.sheet, _header_remarks(one.renamed))
            for one in read_workbook(path, sheet)
        ]
    elif suffix == ".parquet":
        tables = [_parquet(path)]
    elif suffix in _TEXT_SUFFIXES:
        tables = [_text_table(path, encoding, separator)]
    else:
        raise BadInput(
            f"'{suffix}' is not a table that Fyr reads", where=str(path), mend=f"use {', '.join(RAW_SUFFIXES)}"
        )
    if all(table.frame.height == 0 for table in tables):
        raise BadInput("the table has a header but no rows", where=str(path), mend="export it again from its source")
    return [table for table in tables if table.frame.height]


def _parquet(path: Path) -> RawTable:
    import polars as pl

    try:
        frame = pl.read_parquet(path, use_pyarrow=False, memory_map=False)
    except (pl.exceptions.PolarsError, OSError) as problem:
        line = (str(problem).splitlines() or ["damaged"])[0]
        raise BadInput(
            f"this is not a Parquet file that can be read ({line})",
            where=str(path),
            mend="the file may be truncated: copy it again from its source",
        ) from None
    frame = frame.select(_plain(column) for column in frame.iter_columns() if not column.dtype.is_nested())
    return RawTable(path.name, frame, pl.Series("row", range(1, frame.height + 1), dtype=pl.UInt32))


def _plain(column: pl.Series) -> pl.Series:
    """Return a column that can be shown: an interval as days, bytes as nothing, categories as text."""
    import polars as pl

    if column.dtype == pl.Duration:
        return column.dt.total_seconds().cast(pl.Float64) / 86400
    if column.dtype == pl.Binary:
        return pl.Series(column.name, [None] * len(column), dtype=pl.String)
    if column.dtype in (pl.Categorical, pl.Enum, pl.Null, pl.Time):
        return column.cast(pl.String)
    return column


def _text_table(path: Path, encoding: str | None, separator: str | None) -> RawTable:
    text, remarks = _decoded(path, encoding)
    separator = separator or _separator(path, text)
    table = _quick(path, text, separator) or _slow(path, text, separator)
    return replace(table, remarks=(*remarks, *table.remarks))


def _decoded(path: Path, encoding: str | None) -> tuple[str, list[Remark]]:
    content = path.read_bytes()
    remarks: list[Remark] = []
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            encoding = encoding or name
            content = content.removeprefix(mark) if name == "utf-8" else content
            remarks.append(
                Remark("encoding", "note", f"the file begins with a byte-order mark of {name}", "save it without one")
            )
    try:
        text = content.decode(encoding or "utf-8")
    except LookupError:
        raise BadInput(
            f"'{encoding}' is not a text encoding", where=str(path), mend="use utf-8, latin-1 or cp1252"
        ) from None
    except UnicodeDecodeError:
        if encoding is not None:
            raise BadInput(
                f"the file is not {encoding} text", where=str(path), mend="name its encoding, for example cp1252"
            ) from None
        text, remark = _western(content)
        remarks.append(remark)
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise BadInput(
            "this is not a text file: it holds binary data",
            where=f"{path} row {line}",
            mend="check the path, or name the file's encoding (utf-16)",
        )
    return text, remarks


def _western(content: bytes) -> tuple[str, Remark]:
    """Read line by line as UTF-8, and as cp1252 where a line is no UTF-8; two encodings in one file are an error."""
    lines: list[str] = []
    foreign: list[int] = []
    beyond_ascii = 0
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            lines.append(line.decode("utf-8"))
            beyond_ascii += not line.isascii()
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="replace"))
            foreign.append(number)
    if beyond_ascii:
        what = f"{len(foreign)} lines are not UTF-8 (read as cp1252), while {beyond_ascii} others beyond ASCII are"
        return "\n".join(lines), Remark(
            "encoding", "error", what, "two files of two encodings were joined: convert one first", (), tuple(foreign)
        )
    what = f"the file is not UTF-8: {len(foreign)} lines hold bytes of a Western encoding, read as cp1252"
    return "\n".join(lines), Remark(
        "encoding", "warning", what, "save it as UTF-8, or name its encoding (encoding: cp1252)", (), tuple(foreign)
    )


def _separator(path: Path, text: str) -> str:
    """Tell the separator: the one that gives most columns of the same number on most lines."""
    head = text[:400_000].splitlines()[:_SNIFFED_LINES]
    best, most = "\t" if path.suffix.lower() in (".tsv", ".tab") else ",", 0.0
    for separator in _SEPARATORS:
        try:
            widths = Counter(len(cells) for cells in csv.reader(head, delimiter=separator) if cells)
        except csv.Error:
            continue
        width, lines = widths.most_common(1)[0] if widths else (1, 0)
        share = lines / max(1, sum(widths.values()))
        score = share * (width > 1) * (1 + 0.01 * min(width, 50))
        if score > most + 1e-9:
            best, most = separator, score
    return best


def _quick(path: Path, text: str, separator: str) -> RawTable | None:
    """Read a regular file at once; ``None`` where its lines need looking at one by one."""
    import polars as pl

    end = text.find("\n")
    header = _header(text[: end if end >= 0 else len(text)].rstrip("\r"), separator)
    if header is None or _unfit(header) or end < 0:
        return None
    try:
        frame = pl.read_csv(
            io.BytesIO(text[end + 1 :].encode()),
            has_header=False,
            new_columns=header,
            separator=separator,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    lines = text.count("\n", end + 1) + (not text.endswith("\n"))
    separators = text.count(separator, end + 1)
    if frame.height != lines or frame.columns != header or separators != lines * (len(header) - 1):
        return None  # a line break or a separator inside a cell, a blank line, or a row of another width
    return RawTable(path.name, frame, pl.Series("row", range(2, frame.height + 2), dtype=pl.UInt32))


def _header(line: str, separator: str) -> list[str] | None:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator, strict=True), [])]
    except csv.Error:
        return None


def _unfit(header: list[str]) -> bool:
    numbers = sum(bool(_NUMBER.fullmatch(name)) for name in header)
    return len(set(header)) < len(header) or "" in header or numbers > len(header) / 2


def _slow(path: Path, text: str, separator: str) -> RawTable:
    """Read line by line: rows of another width are kept and remarked upon, names are made where there are none."""
    import polars as pl

    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    numbers: list[int] = []
    line = 1
    try:
        for cells in reader:
            if cells:
                rows.append(cells)
                numbers.append(line)
            line = reader.line_num + 1
    except csv.Error as problem:
        raise BadInput(
            f"the row cannot be read: {problem}",
            where=f"{path} row {line}",
            mend="check the quotation marks of this row",
        ) from None
    if not rows:
        raise BadInput("the file has no rows", where=str(path), mend="export it again from its source")
    remarks: list[Remark] = []
    header, first = _named(rows, remarks)
    rows, numbers = rows[first:], numbers[first:]
    if header and len(header) == 1 and rows and path.stat().st_size > 200 and len(rows) < 2:
        raise BadInput("this is no table: it has a single column and row", where=str(path), mend="check the path")
    ragged = [number for number, cells in zip(numbers, rows, strict=True) if len(cells) != len(header)]
    if len(ragged) > _MOST_RAGGED * max(1, len(rows)):
        raise BadInput(
            f"{len(ragged)} of {len(rows)} rows have another number of fields than the {len(header)} columns of the "
            f"header, read with {_SEPARATOR_WORDS.get(separator, repr(separator))} as separator",
            where=f"{path} row {ragged[0]}",
            mend="name the separator (separator: ';'), or export the file again",
        )
    if ragged:
        last = len(ragged) == 1 and ragged[0] == numbers[-1]
        what = f"{len(ragged)} rows have another number of fields than the {len(header)} columns of the header"
        mend = "the file may be truncated: copy it again" if last else "quote cells that hold the separator"
        remarks.append(Remark("row_width", "error", what, mend, (), tuple(ragged)))
    width = len(header)
    squared = [[*cells[:width], *[""] * (width - len(cells))] for cells in rows]
    columns = zip(*squared, strict=True) if squared else [[] for _ in header]
    frame = pl.DataFrame(
        dict(zip(header, map(list, columns), strict=True)), schema=dict.fromkeys(header, pl.String), strict=False
    )
    return RawTable(path.name, frame, pl.Series("row", numbers, dtype=pl.UInt32), None, tuple(remarks))


def _named(rows: list[list[str]], remarks: list[Remark]) -> tuple[list[str], int]:
    """Return the names of the columns, made where needed, and the index of the first row of values."""
    given = [name.strip() for name in rows[0]]
    widths = Counter(len(cells) for cells in rows[1:]).most_common(1)
    if widths and widths[0][0] == len(given) + 1:
        given = ["", *given]
    values = sum(bool(_NUMBER.fullmatch(name)) for name in given)
    empty = sum(name.casefold() in _NO_NUMBER for name in given)
    if values and values + empty > len(given) / 2:
        remarks.append(
            Remark("header", "warning", "the first row holds values, not names", "give the columns names", (), (1,))
        )
        return [f"column {place}" for place in range(1, len(given) + 1)], 0
    names: list[str] = []
    for place, name in enumerate(given, 1):
        plain = name or f"column {place}"
        count = sum(1 for earlier in given[: place - 1] if earlier == name)
        names.append(f"{plain} ({count + 1})" if count and name else plain)
    twice = sorted({name for name in given if name and given.count(name) > 1})
    if twice:
        what = f"{len(twice)} column names are there more than once"
        remarks.append(Remark("header", "error", what, "give every column a name of its own", tuple(twice), (1,)))
    if len(given) > 1 and given.count("") > (given[0] == ""):
        remarks.append(Remark("header", "note", "a column has no name", "name it, or leave it out", (), (1,)))
    return names, 1


def _header_remarks(renamed: tuple[str, ...]) -> tuple[Remark, ...]:
    if not renamed:
        return ()
    what = f"{len(renamed)} column names are missing or there twice"
    return (Remark("header", "warning", what, "give every column a name of its own", renamed, (1,)),)
