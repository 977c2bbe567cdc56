"""Bytes to raw text columns: encodings, separators, rows of another width, sheets; and what is remarked."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fyr.errors import BadInput
from fyr.exchange.tables.raw_table import RawTable, read_raw_tables


def read(folder: Path, content: bytes | str, name: str = "table.csv") -> RawTable:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (table,) = read_raw_tables(path)
    return table


def test_a_plain_file_says_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, "id,size\n1,3.5\n2,\n3,4\n")
    assert table.frame.to_dict(as_series=False) == {"id": ["1", "2", "3"], "size": ["3.5", None, "4"]}
    assert table.row.to_list() == [2, 3, 4]
    assert table.remarks == ()


@pytest.mark.parametrize(("separator", "cell"), [(";", "3,5"), ("\t", "3.5"), ("|", "3.5")])
def test_the_separator_is_told_from_the_lines(tmp_path: Path, separator: str, cell: str) -> None:
    lines = [separator.join(("id", "size", "grade")), *(separator.join((str(row), cell, "2")) for row in range(20))]
    assert read(tmp_path, "\n".join(lines)).frame.columns == ["id", "size", "grade"]


@pytest.mark.parametrize(
    ("content", "severity", "rows"),
    [
        ("by\nTromsø\n".encode("cp1252"), "warning", (2,)),
        ("by\nTromsø\n".encode() + "Bodø\n".encode("cp1252"), "error", (3,)),
        (b"\xef\xbb\xbf" + "by\nTromsø\n".encode(), "note", ()),
    ],
)
def test_encodings_are_remarked(tmp_path: Path, content: bytes, severity: str, rows: tuple[int, ...]) -> None:
    table = read(tmp_path, content)
    assert [(mark.kind, mark.severity, mark.rows) for mark in table.remarks] == [("encoding", severity, rows)]
    assert table.frame["by"][0] == "Tromsø"


def test_rows_of_another_width_and_line_breaks_in_cells_keep_their_lines(tmp_path: Path) -> None:
    rows = "".join(f"{row},a,b\n" for row in range(20))
    table = read(tmp_path, f'id,x,y\n{rows}20,"two\nlines",b\n21,a\n22,a,b\n')
    assert table.row.to_list()[-3:] == [22, 24, 25]
    assert [(mark.kind, mark.rows) for mark in table.remarks] == [("row_width", (24,))]
    assert table.frame["x"][20] == "two\nlines"


def test_names_that_are_values_or_there_twice(tmp_path: Path) -> None:
    assert read(tmp_path, "63.0,1.0,145.0\n67.0,1.0,?\n").frame.columns == ["column 1", "column 2", "column 3"]
    table = read(tmp_path, "id,size,size\n1,2,3\n")
    assert table.frame.columns == ["id", "size", "size (2)"]
    assert [(mark.kind, mark.severity) for mark in table.remarks] == [("header", "error")]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty.csv", b"", "empty"),
        ("binary.csv", b"a,b\n\x00\x01,2\n", "binary"),
        ("only.csv", b"a,b\n", "no rows"),
        ("broken.xlsx", b"PK\x03\x04 no spreadsheet", "not a spreadsheet"),
        ("broken.parquet", b"PAR1 nothing", "not a Parquet file"),
        ("table.sav", b"x", "not a table that Fyr reads"),
        ("ragged.csv", b"a,b,c\n1,2\n3\n4,5,6,7\n", "another number of fields"),
    ],
)
def test_broken_files_are_refused_in_one_line(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        read(tmp_path, content, name)


def test_parquet_keeps_its_types_and_intervals_become_days(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.5, None], "stay": pl.Series([86_400_000, 43_200_000]).cast(pl.Duration("ms"))})
    frame.write_parquet(tmp_path / "table.parquet")
    (table,) = read_raw_tables(tmp_path / "table.parquet")
    assert table.frame["stay"].to_list() == [1.0, 0.5]
    assert table.frame["x"].dtype == pl.Float64


@pytest.mark.real
def test_every_sheet_of_a_spreadsheet_is_read(data_folder: Path) -> None:
    (table,) = read_raw_tables(data_folder / "diagnose" / "lung_immunotherapy" / "LORIS_AllData.xlsx")
    assert table.sheet is not None
    assert table.sheet.n_unique() == 9
    assert table.frame.height == 3524
    assert table.row[0] == 2
