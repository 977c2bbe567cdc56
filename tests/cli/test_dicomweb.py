"""``fyr record fetch`` from an archive whose connection breaks, and what it says of what cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.exchange.dicom import made

from fyr.exchange.dicomweb.multipart import Part, parts_written
from fyr.record.record import Record

VALUES = np.random.default_rng(17).integers(-1000, 3000, (6, 8, 9)).astype(np.int16)


class Archive:
    """A DICOMweb archive that breaks the connection after so many instances, a few times."""

    def __init__(self, *, breaks: int, after: int) -> None:
        self.objects: dict[str, bytes] = {}
        for one in made.slices(VALUES):
            out = BytesIO()
            one.save_as(out, enforce_file_format=True)
            self.objects[str(one.SOPInstanceUID)] = out.getvalue()
        self.breaks, self.after = breaks, after
        self.asked: list[str] = []
        archive = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                archive.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/dicom-web"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0].removeprefix("/dicom-web")
        self.asked.append(path)
        if path == f"/studies/{made.STUDY}/instances":
            series = {"vr": "UI", "Value": [made.SERIES]}
            found = [{"0020000E": series, "00080018": {"vr": "UI", "Value": [uid]}} for uid in self.objects]
            self._send(request, "application/dicom+json", json.dumps(found).encode())
        elif path.startswith(f"/studies/{made.STUDY}/series/{made.SERIES}"):
            uid = path.rpartition("/")[2]
            wanted = [self.objects[uid]] if uid in self.objects else list(self.objects.values())
            body = b"".join(parts_written([Part("application/dicom", one) for one in wanted], "b"))
            kept = len(b"".join(parts_written([Part("application/dicom", one) for one in wanted[: self.after]], "b")))
            cut = self.breaks > 0
            self.breaks -= 1
            self._send(request, "multipart/related; boundary=b", body, kept if cut else len(body))
        else:
            request.send_error(404)

    def _send(self, request: BaseHTTPRequestHandler, kind: str, body: bytes, most: int | None = None) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:most])


@pytest.fixture
def flaky() -> Iterator[Archive]:
    archive = Archive(breaks=1, after=2)
    yield archive
    archive.server.shutdown()
    archive.server.server_close()


def _fetch(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", "record", "fetch", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_connection_that_breaks_is_made_again_and_nothing_is_fetched_twice(flaky: Archive, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    done = _fetch(flaky.url, "--study", made.STUDY, "--home", home, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["listed"], said["added"], said["refused"]) == (6, 6, [])
    with Record.open(home, create=False) as record:
        found = record.find_instances()
        assert {one.uid: data for one, data in zip(found, record.read_instances(found), strict=True)} == flaky.objects
    again = json.loads(_fetch(flaky.url, "--study", made.STUDY, "--home", home, "--json").stdout)
    assert (again["added"], again["known"], again["bytes"], again["nothing_new"]) == (0, 6, 0, True)


def test_an_archive_that_gives_nothing_ends_the_fetch_and_the_next_goes_on(flaky: Archive, tmp_path: Path) -> None:
    flaky.breaks, flaky.after = 2, 0
    home = str(tmp_path / "home")
    first = _fetch(flaky.url, "--study", made.STUDY, "--home", home)
    assert first.returncode == 6
    assert "the connection broke" in first.stderr
    flaky.breaks = 0
    assert json.loads(_fetch(flaky.url, "--study", made.STUDY, "--home", home, "--json").stdout)["added"] == 6


def test_what_cannot_be_is_one_line(flaky: Archive, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    for words, code, said in (
        ([flaky.url], 2, "nothing is named that is to be fetched"),
        ([flaky.url, "--patient", "1", "--series", "1.2"], 2, "a series needs its study"),
        ([flaky.url, "--study", "../x"], 3, "'../x' is no UID"),
        ([flaky.url, "--study", "1.2", "--user", "me"], 2, "a user needs a password"),
        ([flaky.url, "--study", "1.2", "--token-file", "/no/such/file"], 3, "the secret cannot be read"),
        ([flaky.url, "--study", "1.2"], 3, "404"),
        (["ftp://archive", "--study", "1.2"], 3, "is no address"),
    ):
        done = _fetch(*words, "--home", home)
        assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
        assert said in done.stderr
    assert not (tmp_path / "home").exists()
