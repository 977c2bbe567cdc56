"""Files of rows, CSV, Parquet or JSON, read so that what a person wrote in them comes back as it was written."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import orjson
import polars as pl

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable, UsageError

__all__ = ["FORMATS", "Rows", "format_of", "read_rows", "write_rows"]

FORMATS: Final = {".csv": "csv", ".parquet": "parquet", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""File name ending to format."""

_BLOCK: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of one file.

    Parameters
    ----------
    frame : polars.DataFrame
        From CSV every column is text; from Parquet and JSON columns have types.
    records : list of dict or None
        The same rows as JSON gave them; ``None`` for the other formats.
    malformed : mapping of int to str
        Rows whose columns cannot be told apart, with the reason; their values are text to hand back, not to read.
    """

    frame: pl.DataFrame
    records: list[dict[str, Any]] | None = None
    malformed: Mapping[int, str] = field(default_factory=dict)


def read_rows(path: Path) -> Rows:
    """Read a file of rows; the ending of its name says the format.

    Raises
    ------
    BadInput
        If the file is not there or is not what its name says.
    UsageError
        If the ending is none of :data:`FORMATS`.
    """
    reader = {"csv": _read_csv, "parquet": _read_parquet, "json": _read_json, "jsonl": _read_json_lines}[
        format_of(path)
    ]
    try:
        rows = reader(path)
    except FileNotFoundError:
        raise BadInput("there is no such file", where=str(path), mend="check the path") from None
    except IsADirectoryError:
        raise BadInput("this is a folder, not a file", where=str(path), mend="name a file in it") from None
    except PermissionError:
        raise NotPermitted("the file may not be read", where=str(path), mend="ask its owner") from None
    except UnicodeDecodeError as problem:
        raise BadInput(
            f"the text is not UTF-8: byte {problem.object[problem.start]:#04x}",
            where=str(path),
            mend="save it as UTF-8",
        ) from None
    return rows


def write_rows(path: Path, frame: pl.DataFrame, records: list[dict[str, Any]] | None = None) -> None:
    """Write rows whole or not at all: beside the file first, then in its place.

    Parameters
    ----------
    path : Path
        Its ending says the format.
    frame : polars.DataFrame
    records : list of dict, optional
        The same rows as JSON values; written in their stead where the format is JSON.

    Raises
    ------
    BadInput
        If there is no such folder, or the format cannot hold a column.
    ServiceUnavailable
        If there is no room for it.
    UsageError
        If the ending is none of :data:`FORMATS`.
    """
    write = {"csv": _write_csv, "parquet": _write_parquet, "json": _write_json, "jsonl": _write_json_lines}[
        format_of(path)
    ]
    with _in_place_of(path) as file:
        write(file, frame, records)


def format_of(path: Path) -> str:
    """Return the format that the ending of a file's name says: csv, parquet, json or jsonl.

    Raises
    ------
    UsageError
        If it says none of them.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        endings = ", ".join(FORMATS)
        raise UsageError(f"'{path.name}' does not say its format", mend=f"end the name with one of {endings}") from None


def _read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, [])
            _check_header(path, header)
            blocks = list(_blocks(reader, header))
        except csv.Error as problem:
            place = f"{path}, line {reader.line_num}"
            raise BadInput(f"this is not CSV: {problem}", where=place, mend="look for an unpaired quote") from None
    malformed = {row: reason for _, reasons in blocks for row, reason in reasons.items()}
    schema = dict.fromkeys(header, pl.String)
    frame = pl.concat([block for block, _ in blocks]) if blocks else pl.DataFrame(schema=schema)
    return Rows(frame, malformed=malformed)


def _check_header(path: Path, header: list[str]) -> None:
    if not header:
        raise BadInput("the file is empty", where=str(path), mend="give a header line and rows")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BadInput(f"two columns are called '{twice[0]}'", where=str(path), mend="rename one of them")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise BadInput(
            "the columns are not separated by commas", where=f"{path}, line 1", mend="save it as CSV with ','"
        )


def _blocks(reader: Iterator[list[str]], header: list[str]) -> Iterator[tuple[pl.DataFrame, dict[int, str]]]:
    width, row = len(header), 0
    block: list[list[str]] = []
    malformed: dict[int, str] = {}
    for cells in reader:
        if not cells and width > 1:
            continue  # an empty line is not a row
        if len(cells) != width and not (width == 1 and not cells):
            malformed[row] = f"the row has {len(cells)} cells where the header has {width}"
        block.append([*cells[:width], *[""] * (width - len(cells))])
        row += 1
        if len(block) == _BLOCK:
            yield _block_frame(block, header), malformed
            block, malformed = [], {}
    if block:
        yield _block_frame(block, header), malformed


def _block_frame(block: list[list[str]], header: list[str]) -> pl.DataFrame:
    columns = zip(*block, strict=True)
    return pl.DataFrame([pl.Series(name, cells, dtype=pl.String) for name, cells in zip(header, columns, strict=True)])


def _read_parquet(path: Path) -> Rows:
    with path.open("rb") as file:
        try:
            return Rows(pl.read_parquet(file))
        except (pl.exceptions.PolarsError, OSError, ValueError) as problem:
            said = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            raise BadInput(
                f"this is not a whole Parquet file: {said}", where=str(path), mend="export it again"
            ) from None


def _read_json(path: Path) -> Rows:
    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        raise BadInput("the file is empty", where=str(path), mend="give a list of objects")
    document = _parsed(text, str(path))
    if not isinstance(document, list):
        raise BadInput(
            f"this is {_called(document)}, not a list of rows", where=str(path), mend='write [{"name": value}]'
        )
    return _of_records(document, lambda row: f"{path}, row {row}")


def _read_json_lines(path: Path) -> Rows:
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    records = [_parsed(line, f"{path}, line {number}") for number, line in numbered]
    return _of_records(records, lambda row: f"{path}, line {numbered[row - 1][0]}")


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        spot = f"line {problem.lineno}, column {problem.colno}" if "line" not in place else f"column {problem.colno}"
        raise BadInput(f"this is not JSON: {problem.msg}", where=f"{place}, {spot}", mend="export it again") from None
    except RecursionError:
        raise BadInput("this JSON is nested too deeply", where=place, mend="give a list of flat objects") from None


def _of_records(records: list[Any], place: Callable[[int], str]) -> Rows:
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise BadInput(
                f"this row is {_called(record)}, not an object", where=place(number), mend='write {"name": value}'
            )
    names = dict.fromkeys(name for record in records for name in record)
    frame = pl.DataFrame([_series(name, [record.get(name) for record in records]) for name in names])
    return Rows(frame if names else pl.DataFrame(height=len(records)), records)


def _series(name: str, values: list[Any]) -> pl.Series:
    """Return a column of one type, or of text where the values are of several."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool} or kinds <= {str} or kinds <= {float} or kinds <= {int, float}:
        with suppress(OverflowError, pl.exceptions.PolarsError):
            return pl.Series(name, values, dtype=pl.Float64 if kinds == {int, float} else None)
    return pl.Series(name, [_as_text(value) for value in values], dtype=pl.String)


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _called(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _write_csv(file: IO[bytes], frame: pl.DataFrame, _records: list[dict[str, Any]] | None) -> None:
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype in (pl.Binary, pl.Object)]
    if nested:
        raise BadInput(f"CSV cannot hold the column '{nested[0]}' ({frame.schema[nested[0]]})", mend="write Parquet")
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    empty_is_nothing = [pl.col(name).replace("", None) for name in texts]  # else an empty cell comes back as ""
    frame.with_columns(empty_is_nothing).write_csv(file)


def _write_parquet(file: IO[bytes], frame: pl.DataFrame, _records: list[dict[str, Any]] | None) -> None:
    frame.write_parquet(file)


def _write_json(file: IO[bytes], frame: pl.DataFrame, records: list[dict[str, Any]] | None) -> None:
    rows = _json_rows(frame, records)
    file.write(b"[")
    for number, row in enumerate(rows):
        file.write(b",\n" if number else b"\n")
        file.write(row)
    file.write(b"\n]\n")


def _write_json_lines(file: IO[bytes], frame: pl.DataFrame, records: list[dict[str, Any]] | None) -> None:
    for row in _json_rows(frame, records):
        file.write(row)
        file.write(b"\n")


def _json_rows(frame: pl.DataFrame, records: list[dict[str, Any]] | None) -> Iterator[bytes]:
    rows = frame.iter_rows(named=True) if records is None else records
    for row in rows:
        try:
            yield orjson.dumps(row, default=str)
        except TypeError:  # integers beyond 64 bits, which JSON itself allows
            yield json.dumps(row, default=str, ensure_ascii=False).encode()


@contextmanager
def _in_place_of(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when the block ends well, and vanishes when it does not."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except FileNotFoundError:
        raise BadInput("there is no such folder", where=str(path.parent), mend="make it first") from None
    except NotADirectoryError:
        raise BadInput("this is not a folder", where=str(path.parent), mend="name a folder") from None
    except PermissionError:
        raise NotPermitted("nothing may be written there", where=str(path.parent), mend="ask its owner") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_permissions(path))
        temporary.replace(path)
    except IsADirectoryError:
        raise BadInput("this is a folder, not a file", where=str(path), mend="name a file") from None
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise ServiceUnavailable(
            f"the answer could not be written: {problem}",
            where=str(path),
            mend="free some space and run the same command again; nothing was half-written",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _permissions(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
