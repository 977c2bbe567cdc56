"""Files of rows: what was written comes back as it was written, and nothing is left half-written."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable, UsageError
from fyr.models.rows import read_rows, write_rows

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=6))
def test_csv_cells_come_back_verbatim(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    frame = pl.DataFrame(cells, schema=dict.fromkeys("abc", pl.String), orient="row")
    write_rows(path, frame)
    rows = read_rows(path)
    assert rows.frame.rows() == cells
    assert not rows.malformed


def test_an_empty_cell_is_written_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_rows(path, pl.DataFrame({"a": ["", "x"], "b": [None, 1.5]}))
    assert path.read_text() == "a,b\n,\nx,1.5\n"


def test_codes_that_look_like_numbers_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("\ufeffid,value\r\n007,1e3\r\n1E5,36.50\r\n".encode())
    assert read_rows(path).frame.rows() == [("007", "1e3"), ("1E5", "36.50")]
    assert read_rows(path).frame.columns == ["id", "value"]


def test_rows_of_the_wrong_length_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c\n1,2,3\n1,2\n\n1,2,3,4\n4,5,6\n")
    rows = read_rows(path)
    assert rows.frame.rows() == [("1", "2", "3"), ("1", "2", ""), ("1", "2", "3"), ("4", "5", "6")]
    assert rows.malformed == {
        1: "the row has 2 cells where the header has 3",
        2: "the row has 4 cells where the header has 3",
    }


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"a,b,a\n1,2,3\n", "two columns are called 'a'"),
        (b"a;b\n1;2\n", "not separated by commas"),
        (b'a,b\n"1,2\n3,4\n', "unpaired quote"),
        (b"a,b\n\xe5,2\n", "not UTF-8: byte 0xe5"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_not_csv_is_named(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=complaint) as caught:
        read_rows(path)
    assert "rows.csv" in caught.value.where


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("rows.json", "", "empty"),
        ("rows.json", '[{"a": 1}, {"a": 2', "not JSON"),
        ("rows.json", '{"a": 1}', "an object, not a list of rows"),
        ("rows.json", '[{"a": 1}, 5]', "a number, not an object"),
        ("rows.json", "[" * 100_000, "nested too deeply"),
        ("rows.jsonl", '{"a": 1}\n\n{"a": 2\n', "not JSON"),
        ("rows.jsonl", '{"a": 1}\n[1]\n', "a list, not an object"),
        ("rows.parquet", "PAR1 but not really PAR1", "not a whole Parquet file"),
        ("rows.parquet", "", "not a whole Parquet file"),
    ],
)
def test_what_is_not_json_or_parquet_is_named(tmp_path: Path, name: str, content: str, complaint: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(BadInput, match=complaint) as caught:
        read_rows(path)
    assert name in caught.value.where
    assert "\n" not in str(caught.value)


def test_the_line_of_a_broken_json_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n{"a": \n')
    with pytest.raises(BadInput, match="line 3, column"):
        read_rows(path)


def test_json_values_keep_their_types_and_keys(tmp_path: Path) -> None:
    records = [{"a": 1, "b": "x"}, {"a": "2", "c": [1, {"d": None}]}, {"a": True}, {"a": 10**30}, {}]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(records))
    rows = read_rows(path)
    assert rows.records == records
    assert rows.frame["a"].to_list() == ["1", "2", "true", str(10**30), None]
    write_rows(tmp_path / "again.json", rows.frame, rows.records)
    assert json.loads((tmp_path / "again.json").read_text()) == records
    write_rows(tmp_path / "again.jsonl", rows.frame, rows.records)
    assert read_rows(tmp_path / "again.jsonl").records == records


def test_a_table_written_and_read_is_the_same_table(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1, None], "x": [1.5, None], "t": ["a", None], "l": [[1], []]})
    write_rows(tmp_path / "rows.parquet", frame)
    assert read_rows(tmp_path / "rows.parquet").frame.equals(frame)
    with pytest.raises(BadInput, match="CSV cannot hold the column 'l'"):
        write_rows(tmp_path / "rows.csv", frame)
    assert not (tmp_path / "rows.csv").exists()


def test_places_where_nothing_can_be_read_or_written(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1]})
    with pytest.raises(BadInput, match="no such file"):
        read_rows(tmp_path / "absent.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="a folder, not a file"):
        read_rows(tmp_path / "folder.csv")
    with pytest.raises(BadInput, match="a folder, not a file"):
        write_rows(tmp_path / "folder.csv", frame)
    with pytest.raises(BadInput, match="no such folder"):
        write_rows(tmp_path / "absent" / "rows.csv", frame)
    with pytest.raises(UsageError, match="does not say its format"):
        read_rows(tmp_path / "rows.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("old")

    def records() -> object:
        yield {"a": 1}
        raise OSError(28, "No space left on device")

    with pytest.raises(ServiceUnavailable, match="No space left"):
        write_rows(path, pl.DataFrame({"a": [1]}), records())  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_usual_permissions_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1]})
    (tmp_path / "usual").touch()
    write_rows(tmp_path / "new.csv", frame)
    assert (tmp_path / "new.csv").stat().st_mode == (tmp_path / "usual").stat().st_mode
    (tmp_path / "new.csv").chmod(0o600)
    write_rows(tmp_path / "new.csv", frame)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o600


def test_permission_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(NotPermitted):
        read_rows(tmp_path / "rows.csv")
