"""The client against archives that fail as real ones do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

import fyr.exchange.dicomweb.client as client_module
from fyr.errors import BadInput, NotPermitted, ServiceUnavailable
from fyr.exchange.dicomweb.client import DicomwebClient, RemoteInstance

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_PAUSE_S", 0.0)


def _client(handler: Handler, **options: str) -> DicomwebClient:
    return DicomwebClient("http://archive/dicom-web/", transport=httpx.MockTransport(handler), **options)


def _instance(uid: str) -> dict[str, object]:
    return {tag: {"vr": "UI", "Value": [value]} for tag, value in {"0020000E": "1.2", "00080018": uid}.items()}


def _multipart(*parts: bytes, boundary: str = "b") -> httpx.Response:
    body = b"".join(f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + p + b"\r\n" for p in parts)
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    return httpx.Response(200, content=body + f"--{boundary}--".encode(), headers={"Content-Type": kind})


def test_a_search_reads_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_PAGE", 2)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        asked.append(f"{request.url.path} {offset}")
        uids = [f"1.{n}" for n in range(5)][offset : offset + 2]
        return httpx.Response(200, json=[_instance(uid) for uid in uids]) if uids else httpx.Response(204)

    found = _client(answer).instances("1.1")
    assert found == [RemoteInstance("1.1", "1.2", f"1.{n}") for n in range(5)]
    assert asked == [f"/dicom-web/studies/1.1/instances {offset}" for offset in (0, 2, 4)]


def test_an_archive_that_knows_no_offset_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_PAGE", 1)
    found = _client(lambda _: httpx.Response(200, json=[_instance("1.3")])).instances("1.1")
    assert [one.uid for one in found] == ["1.3"]


def test_what_may_pass_is_tried_again_and_signs_in() -> None:
    answers: Iterator[httpx.Response] = iter([httpx.Response(503), httpx.Response(429), _multipart(b"1", b"22")])
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return next(answers)

    assert list(_client(answer, token="secret").retrieve("1.1")) == [b"1", b"22"]
    assert [one.headers["Authorization"] for one in asked] == ["Bearer secret"] * 3
    assert asked[0].headers["Accept"] == 'multipart/related; type="application/dicom"; transfer-syntax=*'


def test_a_connection_that_breaks_within_an_answer_is_said() -> None:
    class Breaking(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"--b\r\n\r\nfirst\r\n--b\r\n\r\nhalf"
            raise httpx.ReadError("reset")

    kind = {"Content-Type": "multipart/related; boundary=b"}
    got: list[bytes] = []
    objects = _client(lambda _: httpx.Response(200, stream=Breaking(), headers=kind)).retrieve("1.1")
    with pytest.raises(ServiceUnavailable, match="the connection broke"):
        got.extend(objects)
    assert got == [b"first"]


def test_an_answer_that_ends_too_early_is_said() -> None:
    kind = {"Content-Type": "multipart/related; boundary=b"}
    cut = httpx.Response(200, content=b"--b\r\n\r\nfirst\r\n--b\r\n\r\nha", headers=kind)
    with pytest.raises(ServiceUnavailable, match="ended too early"):
        list(_client(lambda _: cut).retrieve("1.1"))


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (httpx.Response(401), NotPermitted, "401"),
        (httpx.Response(403), NotPermitted, "403"),
        (httpx.Response(404, text="nothing here"), BadInput, "404: nothing here"),
        (httpx.Response(200, text="<html>"), BadInput, "no JSON"),
        (httpx.Response(200, json={}), BadInput, "no list"),
        (httpx.Response(500), BadInput, "500"),
        (httpx.Response(503), ServiceUnavailable, "it answers 503"),
    ],
)
def test_refusals(answer: httpx.Response, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        _client(lambda _: answer).studies()


def test_what_is_no_uid_never_becomes_an_address() -> None:
    with pytest.raises(BadInput, match="is no UID"):
        _client(lambda _: httpx.Response(204)).instances("../../admin")


def test_the_report_of_a_store_names_what_failed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert b"--\r\n" in request.read()
        failed = [{"00081155": {"vr": "UI", "Value": ["1.9"]}, "00081197": {"vr": "US", "Value": [0xA900]}}]
        stored = [{"00081155": {"vr": "UI", "Value": ["1.8"]}}]
        return httpx.Response(202, json={"00081198": {"Value": failed}, "00081199": {"Value": stored}})

    report = _client(answer).store([b"a", b"b"])
    assert (report.stored, report.failed) == (("1.8",), (("1.9", 0xA900),))
