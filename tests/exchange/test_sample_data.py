"""Sample data: fetched by pip from an index in a folder, taken out of the archive, kept whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tarfile
import zipfile
from dataclasses import replace
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from fyr.errors import BadInput, ServiceUnavailable, UsageError
from fyr.exchange.samples import SAMPLES, Archive, Sample, SampleCache, Taken, sample_named
from fyr.exchange.samples.archives import take, with_header
from fyr.exchange.samples.pip_download import pip_download

TABLE = b"a,b\n1,2\n"
METADATA = b"Metadata-Version: 2.1\nName: fyr-test-sample\nVersion: 1.0\n"
WHEEL = "fyr_test_sample-1.0-py3-none-any.whl"


def written_wheel(folder: Path, table: bytes = TABLE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("fyr_test_sample/table.csv", table)
        wheel.writestr("fyr_test_sample/__init__.py", "raise SystemExit('a sample was run')")
        wheel.writestr("fyr_test_sample-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("fyr_test_sample-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("fyr_test_sample-1.0.dist-info/RECORD", b"")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its index."""
    folder = tmp_path / "index"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def sample(index: Path) -> Sample:
    path = written_wheel(index)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    archive = Archive("fyr-test-sample", "1.0", WHEEL, digest, path.stat().st_size)
    taken = (Taken("fyr_test_sample/table.csv", "table.csv", hashlib.sha256(TABLE).hexdigest()),)
    return Sample("mine", "Mine", archive, taken, "two columns", "here", "none", "nobody", mapping="rossi.yaml")


def test_pip_fetches_it_and_only_the_data_are_taken(sample: Sample, tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache")
    said: list[str] = []
    assert not cache.has(sample)
    brought = cache.fetch([sample], lambda archive, folder: pip_download(archive, folder, say=said.append))
    assert brought == [sample]
    assert cache.table(sample).read_bytes() == TABLE
    assert said == [f"fetching fyr-test-sample 1.0 ({sample.archive.size / 1e6:.1f} MB)"]
    kept = {path.name for path in cache.folder(sample).iterdir()}
    assert kept == {"table.csv", "mapping.yaml", "SOURCE.md"}
    assert [path.name for path in (tmp_path / "cache" / "samples").iterdir()] == ["mine"]
    assert "Licence: none" in (cache.folder(sample) / "SOURCE.md").read_text(encoding="utf-8")


def no_download(_archive: Archive, _folder: Path) -> Path:
    raise AssertionError("asked for what is here")


def test_what_is_here_is_used_without_asking_anybody(sample: Sample, tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache")
    cache.fetch([sample], pip_download)
    (tmp_path / "cache" / "samples" / "mine" / "mapping.yaml").write_text("hospital: mine\n", encoding="utf-8")
    assert cache.fetch([sample], no_download) == []
    assert cache.mapping(sample) == cache.folder(sample) / "mapping.yaml"
    assert (cache.folder(sample) / "mapping.yaml").read_text(encoding="utf-8") == "hospital: mine\n"


def test_a_table_that_was_changed_is_not_used_and_is_replaced(sample: Sample, tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache")
    cache.fetch([sample], pip_download)
    cache.table(sample).write_bytes(b"a,b\n9,9\n")
    with pytest.raises(BadInput, match="not as it was fetched"):
        cache.table(sample)
    assert cache.fetch([sample], pip_download) == [sample]
    assert cache.table(sample).read_bytes() == TABLE


def test_another_file_than_the_pinned_one_is_refused_and_nothing_is_kept(
    sample: Sample, index: Path, tmp_path: Path
) -> None:
    written_wheel(index, TABLE + b"3,4\n")
    cache = SampleCache(tmp_path / "cache")
    with pytest.raises(BadInput, match=r"not the file of fyr-test-sample 1\.0 that Fyr knows"):
        cache.fetch([sample], pip_download)
    assert list((tmp_path / "cache" / "samples").iterdir()) == []


def test_without_an_index_it_says_so_and_nothing_is_kept(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    cache = SampleCache(tmp_path / "cache")
    with pytest.raises(ServiceUnavailable, match=r"fyr-test-sample 1\.0 could not be fetched: No matching") as problem:
        cache.fetch([sample], pip_download)
    assert problem.value.exit_code == 6
    assert WHEEL in problem.value.mend
    assert list((tmp_path / "cache" / "samples").iterdir()) == []


def test_an_index_that_cannot_be_reached_is_no_missing_version(sample: Sample, tmp_path: Path) -> None:
    said = "WARNING: Retrying (Retry(total=1)) after connection broken\nERROR: No matching distribution found"
    script = tmp_path / "pip"
    script.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(ServiceUnavailable, match="pip reached no package index"):
        pip_download(sample.archive, tmp_path, pip=[str(script)])


def test_a_machine_without_pip_is_told_of_the_other_way(sample: Sample, tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match=r"pip could not be started.*--archive"):
        pip_download(sample.archive, tmp_path, pip=[str(tmp_path / "no-pip")])


def test_several_samples_of_one_package_are_one_download(sample: Sample, index: Path, tmp_path: Path) -> None:
    asked: list[Archive] = []

    def download(archive: Archive, _folder: Path) -> Path:
        asked.append(archive)
        return index / WHEEL

    second = replace(sample, name="second")
    assert SampleCache(tmp_path / "cache").fetch([sample, second], download) == [sample, second]
    assert len(asked) == 1


def test_a_source_distribution_gives_its_files_too(tmp_path: Path) -> None:
    path = tmp_path / "plans-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("plans-1.0/data/plan.dcm")
        entry.size = len(TABLE)
        archive.addfile(entry, io.BytesIO(TABLE))
    wanted = Taken("data/plan.dcm", "plan.dcm", hashlib.sha256(TABLE).hexdigest())
    assert take(path, (wanted,)) == {"plan.dcm": TABLE}
    with pytest.raises(BadInput, match=r"there is no file data/none\.dcm in it"):
        take(path, (replace(wanted, member="data/none.dcm"),))
    with pytest.raises(BadInput, match="is not the file"):
        take(path, (replace(wanted, sha256="00"),))


def test_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.whl"
    path.write_bytes(b"<html>sign in to the network</html>")
    with pytest.raises(BadInput, match="cannot be read"):
        take(path, (Taken("x", "x", "00"),))


@pytest.mark.parametrize("one", SAMPLES.values(), ids=SAMPLES)
def test_what_is_taken_lies_side_by_side(one: Sample) -> None:
    names = [taken.name for taken in one.taken]
    assert len(set(names)) == len(names)
    assert all(name == os.path.basename(name) and not name.startswith(".") for name in names)  # noqa: PTH119
    assert one.is_table or any(name.startswith("LICENSE") for name in names)


def test_an_unknown_name_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="did you mean 'gbsg2'"):
        sample_named("gbsg")


@pytest.mark.parametrize("name", [one.name for one in SAMPLES.values() if one.is_table])
def test_the_installed_package_holds_just_this_table(name: str) -> None:
    """The peers of the tests carry the same bytes as the pinned archives, and as many rows and events as published."""
    one = SAMPLES[name]
    package = distribution(one.archive.package)
    if package.version != one.archive.version:
        pytest.skip(f"{one.archive.package} {package.version} is installed, {one.archive.version} is pinned")
    member = Path(os.fspath(package.locate_file(one.taken[0].member)))
    body = with_header(member.read_bytes(), one.taken[0].header)
    assert hashlib.sha256(body).hexdigest() == one.taken[0].sha256
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert len(rows) == one.rows
    assert list(rows[0]) == list(one.columns) or set(rows[0]) == set(one.columns)
    mapping = yaml.safe_load((files("fyr.exchange.samples") / "mappings" / one.mapping).read_text(encoding="utf-8"))
    event = mapping["outcome"]["event"]
    assert sum(event["words"][row[event["column"]]] == "event" for row in rows) == one.events
    read = set(mapping["columns"]) | {event["column"]}
    read |= {mapping["outcome"]["time"]["column"]} if "time" in mapping["outcome"] else set()
    read |= {mapping["hospital"]["column"]} if isinstance(mapping["hospital"], dict) else set()
    assert read == set(one.columns)
