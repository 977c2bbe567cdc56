"""`fyr samples`: what it says, and with which exit code."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

import pytest

from fyr.cli.demo import fetch_for_demonstration
from fyr.cli.learn_cohort import read_cohort
from fyr.cli.main import _run
from fyr.exchange.samples import SAMPLES, Archive, Sample, Taken, entries
from fyr.exchange.samples.archives import with_header

TABLE = b"a,b\n1,2\n"


@pytest.fixture(autouse=True)
def _no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FYR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package's file on this machine, whose table is the only sample."""
    path = tmp_path / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("small/table.csv", TABLE)
    archive_of = Archive("small", "1.0", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), 1000)
    taken = (Taken("small/table.csv", "table.csv", hashlib.sha256(TABLE).hexdigest()),)
    one = Sample("small", "Small", archive_of, taken, "two columns", "here", "none", "nobody", mapping="rossi.yaml")
    monkeypatch.setattr(entries, "SAMPLES", {"small": one})
    return path


def test_list_names_every_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["samples", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed["samples"]] == list(SAMPLES)
    assert not any(one["here"] for one in listed["samples"])
    assert _run(["samples", "list"]) == 0
    assert "lifelines 0.30.3" in capsys.readouterr().out


@pytest.mark.parametrize("name", SAMPLES)
def test_show_says_whose_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["samples", "show", name]) == 0
    text = capsys.readouterr().out
    assert f"fyr samples fetch {name}" in text
    assert SAMPLES[name].archive.sha256 in text
    assert all(heading in text.splitlines() for heading in ("Source", "Licence", "Cite"))
    assert ("Columns" in text.splitlines()) == SAMPLES[name].is_table
    assert _run(["samples", "show", name, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["columns"] == SAMPLES[name].columns
    assert shown["table"] is None


def test_without_a_network_one_line_and_exit_code_6(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["samples", "fetch", "gbsg2"]) == 6
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first == "fyr: fetching lifelines 0.30.3 (0.4 MB) …"
    assert second.startswith("fyr: lifelines 0.30.3 could not be fetched: ")
    assert list((tmp_path / "cache" / "samples").iterdir()) == []


def test_a_path_that_is_not_there_says_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["samples", "path", "lung"]) == 3
    assert "fyr samples fetch lung" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["gbsg2", "--all"], ["none"]])
def test_a_wrong_call_is_told_apart(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["samples", "fetch", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_brought_by_hand_does_without_a_network(wheel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["samples", "fetch", "small", "--archive", str(wheel), "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["samples"]
    assert one["fetched_now"]
    assert _run(["samples", "path", "small"]) == 0
    assert Path(capsys.readouterr().out.strip()).read_bytes() == TABLE
    assert _run(["samples", "path", "small", "--mapping"]) == 0
    assert "hospital: Maryland" in Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8")
    assert _run(["samples", "fetch", "small", "--json"]) == 0
    (again,) = json.loads(capsys.readouterr().out)["samples"]
    assert not again["fetched_now"]


def test_a_corrupt_file_is_refused(wheel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel.write_bytes(wheel.read_bytes()[:-1])
    assert _run(["samples", "fetch", "small", "--archive", str(wheel)]) == 3
    assert "not the file of small 1.0 that Fyr knows" in capsys.readouterr().err


def test_one_file_holds_the_samples_of_one_package(wheel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del wheel
    assert _run(["samples", "fetch", "--all", "--archive", __file__]) == 3
    assert "not the file of small" in capsys.readouterr().err


@pytest.mark.parametrize("name", [one.name for one in SAMPLES.values() if one.is_table])
def test_every_shipped_mapping_makes_a_cohort(name: str, tmp_path: Path) -> None:
    one = SAMPLES[name]
    package = distribution(one.archive.package)
    if package.version != one.archive.version:
        pytest.skip(f"{one.archive.package} {package.version} is installed, {one.archive.version} is pinned")
    table, mapping = tmp_path / "table.csv", tmp_path / "mapping.yaml"
    body = Path(str(package.locate_file(one.taken[0].member))).read_bytes()
    table.write_bytes(with_header(body, one.taken[0].header))
    mapping.write_bytes((files("fyr.exchange.samples") / "mappings" / one.mapping).read_bytes())
    cohort = read_cohort(table, mapping)
    assert (len(cohort), int(cohort.outcome.event.sum())) == (one.rows, one.events)
    assert (cohort.outcome.years is None) == (name == "wdbc")
    assert len(cohort.hospitals) == (19 if name == "lung" else 1)  # 18, and the patient without
    assert all(f"'{column}' cannot" not in note for column in cohort.columns for note in cohort.notes)


def test_a_folder_of_files_is_a_sample_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plans-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("data/plan.dcm", "LICENSE"):
            entry = tarfile.TarInfo(f"plans-1.0/{name}")
            entry.size = len(TABLE)
            archive.addfile(entry, io.BytesIO(TABLE))
    digest = hashlib.sha256(TABLE).hexdigest()
    whole = Archive("plans", "1.0", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    taken = (Taken("data/plan.dcm", "plan.dcm", digest), Taken("LICENSE", "LICENSE.txt", digest))
    monkeypatch.setattr(
        entries, "SAMPLES", {"plan": Sample("plan", "Plan", whole, taken, "one plan", "here", "free", "nobody")}
    )
    assert _run(["samples", "fetch", "plan", "--archive", str(path), "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["samples"]
    folder = tmp_path / "cache" / "samples" / "plan"
    assert (one["kind"], one["files"], one["rows"], one["table"]) == ("files", 2, None, None)
    assert one["folder"] == str(folder)
    assert _run(["samples", "path", "plan"]) == 0
    assert capsys.readouterr().out.strip() == str(folder)
    assert _run(["samples", "show", "plan"]) == 0
    text = capsys.readouterr().out
    assert f"fyr record import {folder} --home HOME" in text
    assert "Columns" not in text
    assert _run(["samples", "list"]) == 0
    assert "plan  here     2 files  Plan (plans 1.0)" in capsys.readouterr().out
    assert _run(["samples", "path", "plan", "--mapping"]) == 2
    assert "is no table, so it has no mapping" in capsys.readouterr().err


def test_an_index_that_is_not_there_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    fetch_for_demonstration()
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(";")[0] for line in said if "goes on without" in line] == [
        "fyr: lifelines 0.30.3 could not be fetched: pip reached no package index",
        *["fyr: no package index either"] * 4,
    ]
    assert [line for line in said if "fetching" in line] == ["fyr: fetching lifelines 0.30.3 (0.4 MB) …"]


def test_a_demonstration_without_a_network_says_what_it_lacks_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch_for_demonstration()
    said = capsys.readouterr().err.splitlines()
    lacking = [line.partition("goes on without ")[2] for line in said if "the demonstration goes on without" in line]
    assert lacking == ["'gbsg2', 'lung', 'rossi'", "'wdbc'", "'breast-plan'", "'lung-ct'", "'dose-reports'"]
    assert list((tmp_path / "cache" / "samples").iterdir()) == []
