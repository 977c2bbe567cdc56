"""The sink against a small FHIR server of the test: once each, and told apart what may be tried again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from tests.exchange.fhir.resources import validated
from tests.exchange.fhir.test_alarms_and_risks import ACTED, ALARM

from fyr.errors import BadInput, Refused, ServiceUnavailable
from fyr.exchange.fhir.alarms import read_alarm
from fyr.exchange.fhir.sink import FhirSink


class Server(ThreadingHTTPServer):
    """Keeps resources by the condition of their update, or answers a status that the test chose."""

    status = 0
    kept: dict[tuple[str, str], dict[str, Any]]
    seen: list[dict[str, str]]


class _Handler(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.seen.append(dict(self.headers))
        address = urlsplit(self.path)
        condition = (address.path, parse_qs(address.query)["identifier"][0])
        status = server.status or (200 if condition in server.kept else 201)
        if status < 300:
            server.kept[condition] = body
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server(("127.0.0.1", 0), _Handler)
    one.kept, one.seen = {}, []
    thread = threading.Thread(target=one.serve_forever, args=(0.01,))
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.fixture
def sink(server: Server, tmp_path: Path) -> Iterator[FhirSink]:
    (tmp_path / "token").write_text("s3cret\n")
    one = FhirSink("ehr", url=f"http://127.0.0.1:{server.server_port}/r4/", token_file=str(tmp_path / "token"))
    yield one
    one.close()


def test_an_alarm_sent_twice_is_there_once_and_updated_over_its_life(server: Server, sink: FhirSink) -> None:
    for alarm in (ALARM, ALARM, ACTED):
        sink.send(alarm)
    issue = ("/r4/DetectedIssue", f"urn:fyr:notification|{ALARM.notification}")
    tellings = [("/r4/Communication", f"urn:fyr:alarm-event|{alarm.id}") for alarm in (ALARM, ACTED)]
    assert sorted(server.kept) == sorted([issue, *tellings])
    assert read_alarm(validated(server.kept[issue])) == ACTED
    assert all(validated(server.kept[telling]) for telling in tellings)
    assert {headers["Authorization"] for headers in server.seen} == {"Bearer s3cret"}
    assert {headers["Content-Type"] for headers in server.seen} == {"application/fhir+json"}


@pytest.mark.parametrize("status", [500, 503, 429, 401, 302])
def test_what_may_pass_is_tried_again(server: Server, sink: FhirSink, status: int) -> None:
    server.status = status
    with pytest.raises(ServiceUnavailable, match=str(status)):
        sink.send(ALARM)
    server.status = 0
    sink.send(ALARM)
    assert len(server.kept) == 2


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_will_never_be_taken_is_refused(server: Server, sink: FhirSink, status: int) -> None:
    server.status = status
    with pytest.raises(Refused, match=str(status)):
        sink.send(ALARM)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = FhirSink("ehr", url=f"http://127.0.0.1:{taken.getsockname()[1]}", timeout="2 s")
        with pytest.raises(ServiceUnavailable, match="did not answer"):
            gone.send(replace(ALARM, id="another"))
        gone.close()


def test_a_token_that_cannot_be_read_is_waited_for(server: Server, tmp_path: Path) -> None:
    sink = FhirSink("ehr", url=f"http://127.0.0.1:{server.server_port}", token_file=str(tmp_path / "missing"))
    with pytest.raises(ServiceUnavailable, match="the token cannot be read"):
        sink.send(ALARM)
    sink.close()


@pytest.mark.parametrize(
    "options",
    [
        {"url": "fhir.example.org"},
        {"url": "ftp://fhir.example.org"},
        {"url": "http://fhir.example.org", "token_file": "token"},
        {"url": "https://fhir.example.org", "timeout": "0 s"},
        {"url": "https://fhir.example.org", "timeout": "soon"},
        {"url": "https://fhir.example.org", "timeout": "10 kg"},
    ],
)
def test_options_that_cannot_work_are_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        FhirSink("ehr", **options)
