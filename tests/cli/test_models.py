"""``fyr models`` as a person or a script meets it: a process, its files, its streams, its exit code."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fyr.models import Prediction
from fyr.watch.news2 import NEWS2

COLUMNS = [entry.name for entry in NEWS2.card.inputs]


def fyr(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", "models", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=folder)


def _one_line(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("fyr: warning")]
    assert len(lines) == 1, text
    assert "Traceback" not in text
    return lines[0]


def _cells(row: int, draw: random.Random) -> list[str]:
    """Thousands of rows: all boundaries of the chart by turns, both scales, and one in five with a cell left out."""
    cells = [
        str(draw.choice([8, 9, 11, 12, 20, 21, 24, 25])),
        str(draw.choice([83, 84, 85, 86, 87, 88, 91, 92, 93, 94, 95, 96, 97, 100])),
        str(1 + row % 2),
        draw.choice(["air", "oxygen", "true", "false", "yes", "no", "1", "0"]),
        str(draw.choice([90, 91, 100, 101, 110, 111, 219, 220])),
        str(draw.choice([40, 41, 50, 51, 90, 91, 110, 111, 130, 131])),
        draw.choice(["A", "C", "V", "P", "U", "alert", "New confusion"]),
        draw.choice(["35.0", "35.1", "36.0", "36.1", "38.0", "38.1", "39.0", "39.1"]),
    ]
    if row % 5 == 0:
        cells[draw.randrange(8)] = draw.choice(["", "NA", "null", " "])
    if row % 11 == 0:
        cells[draw.randrange(8)] = draw.choice(["36,6", "999", "?", "-1"])
    return [f"{row:05d}", *cells, draw.choice(["", "a, b", 'said "well"', "007", "å ø"])]


@pytest.fixture(scope="module")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    draw = random.Random(2017)  # noqa: S311
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["patient", *COLUMNS, "note"])
        writer.writerows(_cells(row, draw) for row in range(5000))
    return folder


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_thousands_of_rows_come_back_with_the_answer_of_each(thousands: Path) -> None:
    run = fyr("run", "news2", "--input", "rows.csv", "--output", "out.csv", "--json", folder=thousands)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    given, back = _rows(thousands / "rows.csv"), _rows(thousands / "out.csv")
    assert list(back[0]) == ["patient", *COLUMNS, "note", "score", "refusal"]
    assert len(back) == len(given) == 5000
    answered = 0
    for before, after in zip(given, back, strict=True):
        assert {name: after[name] for name in before} == before
        answer = NEWS2.predict(before)
        if isinstance(answer, Prediction):
            answered += 1
            assert after["score"] == str(int(answer.estimates["score"].value))
            assert after["refusal"] == ""
        else:
            assert after["score"] == ""
            assert after["refusal"] == answer.reason
    summary = json.loads(run.stdout)
    assert summary["model"] == "news2"
    assert summary["digest"] == NEWS2.card.digest
    assert (summary["rows"], summary["answered"], summary["refused"]) == (5000, answered, 5000 - answered)
    assert 3000 < answered < 4500
    assert sum(summary["refusal_reasons"].values()) >= summary["refused"]


@pytest.mark.parametrize("ending", ["parquet", "json", "jsonl"])
def test_every_format_gives_the_same_answers(thousands: Path, ending: str) -> None:
    fyr("run", "news2", "--input", "rows.csv", "--output", "plain.csv", folder=thousands)
    expected = pl.read_csv(thousands / "plain.csv", infer_schema=False)["score"].cast(pl.Int64).to_list()
    there = fyr("run", "news2", "--input", "rows.csv", "--output", f"out.{ending}", folder=thousands)
    assert there.returncode == 0, there.stderr
    table = _read(thousands / f"out.{ending}")
    assert table["score"].to_list() == expected
    _write(table.drop("score", "refusal"), thousands / f"rows.{ending}")
    back = fyr("run", "news2", "--input", f"rows.{ending}", "--output", f"again.{ending}", folder=thousands)
    assert back.returncode == 0, back.stderr
    assert _read(thousands / f"again.{ending}").equals(table)


def _read(path: Path) -> pl.DataFrame:
    readers: dict[str, Any] = {".parquet": pl.read_parquet, ".json": pl.read_json, ".jsonl": pl.read_ndjson}
    frame: pl.DataFrame = readers[path.suffix](path)
    return frame


def _write(frame: pl.DataFrame, path: Path) -> None:
    {".parquet": frame.write_parquet, ".json": frame.write_json, ".jsonl": frame.write_ndjson}[path.suffix](path)


def test_typed_json_with_explanations(tmp_path: Path) -> None:
    well = {"respiratory_rate": 16, "spo2": 98, "spo2_scale": 1, "supplemental_oxygen": False}
    well |= {"systolic_bp": 125.0, "heart_rate": 70, "consciousness": "A", "temperature": 36.8}
    rows = [well, well | {"temperature": None}, well | {"consciousness": "C", "ward": {"bed": 3}}]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    run = fyr("run", "news2", "--input", "rows.json", "--output", "out.json", "--explain", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "3 rows, 2 answered, 1 refused" in run.stdout
    back = json.loads((tmp_path / "out.json").read_text())
    assert [row["score"] for row in back] == [0, None, 3]
    assert back[2]["ward"] == {"bed": 3}
    assert back[2]["explanation"]["band"] == "low-medium"
    assert "temperature is missing" in back[1]["refusal"]
    assert back[1]["explanation"] is None


def test_a_column_that_is_not_there_refuses_row_by_row_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"{','.join(COLUMNS[:-1])},Temp\n16,98,1,air,125,70,A,36.8\n")
    run = fyr("run", "news2", "--input", "rows.csv", "--output", "out.csv", "--json", folder=tmp_path)
    assert run.returncode == 4
    assert "no column temperature" in run.stderr
    assert "answered none of 1 rows" in _one_line(run.stderr)
    assert json.loads(run.stdout)["refusal_reasons"] == {"temperature is missing": 1}
    assert "temperature is missing" in _rows(tmp_path / "out.csv")[0]["refusal"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such file"),
        ("", "empty"),
        ("name,colour\nx,y\n", "no column is an input of news2"),
        ("spo2,score\n98,1\n", "'score'"),
        ('spo2,note\n98,"unpaired\n', "unpaired quote"),
        ("spo2;heart_rate\n98;70\n", "not separated by commas"),
    ],
)
def test_a_file_that_cannot_be_used_gives_one_line_and_writes_nothing(
    tmp_path: Path, content: str | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "rows.csv").write_text(content)
    run = fyr("run", "news2", "--input", "rows.csv", "--output", "out.csv", folder=tmp_path)
    assert run.returncode == 3
    assert run.stdout == ""
    assert says in _one_line(run.stderr)
    assert "rows.csv" in run.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"rows.csv"}


def test_a_wrong_name_or_format_or_option_is_said_in_one_line(tmp_path: Path) -> None:
    unknown = fyr("card", "new2", folder=tmp_path)
    assert unknown.returncode == 3
    assert "did you mean news2" in _one_line(unknown.stderr)
    (tmp_path / "rows.csv").write_text("spo2\n98\n")
    ending = fyr("run", "news2", "--input", "rows.csv", "--output", "out.xlsx", folder=tmp_path)
    assert ending.returncode == 2
    assert ".parquet" in _one_line(ending.stderr)
    assert fyr("run", "news2", "--input", "rows.csv", folder=tmp_path).returncode == 2


def test_a_full_disk_leaves_nothing_half_written(thousands: Path, tmp_path: Path) -> None:
    """A file size limit stands for the full disk: the operating system refuses the write in the same way."""
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "from fyr.cli.main import main\n"
        f"main(['models', 'run', 'news2', '--input', {str(thousands / 'rows.csv')!r}, '--output', 'out.csv'])"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-c", script], capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path
    )
    assert run.returncode == 6
    assert "nothing was half-written" in _one_line(run.stderr)
    assert list(tmp_path.iterdir()) == []


def test_list_and_card(tmp_path: Path) -> None:
    listed = json.loads(fyr("list", "--json", folder=tmp_path).stdout)
    assert "news2" in {entry["name"] for entry in listed["models"]}
    assert listed["problems"] == []
    assert "news2" in fyr("list", folder=tmp_path).stdout
    card = json.loads(fyr("card", "news2", "--json", folder=tmp_path).stdout)
    assert card == json.loads(json.dumps(NEWS2.card.as_dict()))
    assert [entry["name"] for entry in card["inputs"]] == COLUMNS
    assert card["outputs"][0]["name"] == "score"
    text = fyr("card", "news2", folder=tmp_path).stdout
    assert "Royal College of Physicians" in text
    for name in COLUMNS:
        assert f"  {name}: " in text
