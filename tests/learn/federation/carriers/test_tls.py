"""The HTTPS carrier refuses who does not belong, with a line, and rides out what breaks."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.learn.federation.carriers.cohort import SITES, STUDY, Enrolled, enrolled

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable
from fyr.learn.federation.carriers import http_line, tls_coordinator, tls_site
from fyr.learn.federation.carriers.certificates import Issued, issue, request
from fyr.learn.federation.carriers.study_keys import SiteKeys
from fyr.learn.federation.carriers.tls_coordinator import TlsCoordinator
from fyr.learn.federation.carriers.tls_site import serve_site
from fyr.learn.federation.coordinator import conduct
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.message import encode


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Enrolled:
    return enrolled(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def coordinator(everybody: Enrolled, said: list[str]) -> Iterator[TlsCoordinator]:
    found = TlsCoordinator(everybody.coordinator, SITES, port=0, most_bytes=100_000, say=said.append)
    yield found
    found.close()


class Served:
    """A site in a thread; what it ended with is kept."""

    def __init__(self, keys: SiteKeys, handle: Callable[[bytes], bytes | None], address: str) -> None:
        self.stop, self.lines = threading.Event(), list[str]()
        self.problem: Exception | None = None
        self.words = ""
        self._thread = threading.Thread(target=self._run, args=(keys, handle, address))
        self._thread.start()

    def _run(self, keys: SiteKeys, handle: Callable[[bytes], bytes | None], address: str) -> None:
        try:
            self.words = serve_site(
                keys,
                handle,
                address=address,
                stop=self.stop,
                say=self.lines.append,
                hold_s=0.5,
                proxies_from_environment=False,
            )
        except Exception as problem:  # noqa: BLE001
            self.problem = problem

    def ended(self, within_s: float = 20) -> Served:
        self._thread.join(within_s)
        assert not self._thread.is_alive()
        return self

    def end(self) -> None:
        self.stop.set()
        self.ended()


def at(coordinator: TlsCoordinator) -> str:
    return f"https://localhost:{coordinator.port}"


def client_of(keys: SiteKeys) -> httpx.Client:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=keys.authority)
    context.load_cert_chain(keys.folder / "certificate.pem", keys.folder / "tls.pem")
    return httpx.Client(verify=context, trust_env=False, headers={"Fyr-Carrier": "1", "Fyr-Hold": "0"})


def question(everybody: Enrolled, site: str) -> bytes:
    payload = {"step": "whatever it is", "values": {}}  # a refusal is an answer too: it must come
    return Envelope(STUDY.digest, 0, "question", "coordinator", site, payload).seal(everybody.coordinator.signing)


def until(true: Callable[[], bool], within_s: float = 10) -> bool:
    end = time.monotonic() + within_s
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_the_end_of_a_study_ends_its_sites(everybody: Enrolled, coordinator: TlsCoordinator) -> None:
    served = [Served(everybody.sites[name], everybody.site(name).handle, at(coordinator)) for name in SITES]
    own = everybody.coordinator
    conduct(STUDY, coordinator, own.signing, own.signing_keys(SITES))
    coordinator.end("the study is over, thank you")
    assert [one.ended().words for one in served] == ["the study is over, thank you"] * 4
    assert [one.problem for one in served] == [None] * 4


def test_a_site_of_another_study_finds_no_coordinator_of_its_own(
    everybody: Enrolled, coordinator: TlsCoordinator, said: list[str], tmp_path: Path
) -> None:
    stranger = enrolled(tmp_path).sites["oslo"]
    served = Served(stranger, lambda data: None, at(coordinator)).ended()
    assert isinstance(served.problem, NotPermitted)
    assert "no certificate of this study's coordinator" in str(served.problem)


def with_certificate(keys: SiteKeys, folder: Path, certificate: bytes, key: bytes) -> SiteKeys:
    """Give a site another certificate than the one that it was admitted with."""
    import shutil

    shutil.copytree(keys.folder, folder)
    (folder / "tls.pem").write_bytes(key)
    (folder / "certificate.pem").write_bytes(certificate)
    return SiteKeys.open(folder)


def authority(everybody: Enrolled) -> Issued:
    folder = everybody.coordinator.folder
    return Issued((folder / "authority.crt").read_bytes(), (folder / "authority.pem").read_bytes())


def test_an_expired_certificate_is_refused_by_the_coordinator_too(
    everybody: Enrolled, coordinator: TlsCoordinator, said: list[str], tmp_path: Path
) -> None:
    asked = request("oslo")
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=10)
    expired = issue(asked.certificate, "oslo", authority(everybody), days=1, now=long_ago)
    keys = with_certificate(everybody.sites["oslo"], tmp_path / "oslo", expired, asked.key)
    served = Served(keys, lambda data: None, at(coordinator)).ended()
    assert isinstance(served.problem, NotPermitted)
    assert "does not accept this site's certificate (sslv3 alert certificate expired)" in str(served.problem)
    assert until(lambda: any("certificate does not hold (certificate has expired)" in line for line in said))


def test_an_expired_certificate_is_not_even_tried(
    everybody: Enrolled, coordinator: TlsCoordinator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fyr.learn.federation.carriers import certificates

    in_two_years = dt.datetime.now(dt.UTC) + dt.timedelta(days=730)
    monkeypatch.setattr(certificates, "_now", lambda: in_two_years)
    with pytest.raises(NotPermitted, match=r"oslo: the certificate expired on .*; have it renewed"):
        serve_site(everybody.sites["oslo"], lambda data: None, address=at(coordinator))
    with pytest.raises(NotPermitted, match=r"the coordinator: the certificate expired on"):
        TlsCoordinator(everybody.coordinator, SITES, port=0)


def test_a_certificate_that_is_no_longer_admitted_is_refused(
    everybody: Enrolled, coordinator: TlsCoordinator, said: list[str], tmp_path: Path
) -> None:
    asked = request("oslo")
    good = issue(asked.certificate, "oslo", authority(everybody), days=1)
    keys = with_certificate(everybody.sites["oslo"], tmp_path / "oslo", good, asked.key)
    served = Served(keys, lambda data: None, at(coordinator)).ended()
    assert isinstance(served.problem, NotPermitted)
    assert "is not, or no longer, one of this study's sites" in str(served.problem)
    assert until(lambda: any("no longer, one of this study's sites" in line for line in said))


def test_an_answer_signed_by_another_key_goes_no_further(
    everybody: Enrolled, coordinator: TlsCoordinator, said: list[str]
) -> None:
    answer = Envelope(STUDY.digest, 0, "answer", "oslo", "coordinator", {"sums": {}, "said": {}})
    forged = answer.seal(Ed25519PrivateKey.generate())
    coordinator.send("oslo", question(everybody, "oslo"))
    served = Served(everybody.sites["oslo"], lambda data: forged, at(coordinator)).ended()
    assert isinstance(served.problem, NotPermitted)
    assert "the signature of oslo does not hold" in str(served.problem)
    assert coordinator.receive(0.1) == []


def test_a_site_cannot_hand_in_the_answer_of_another(everybody: Enrolled, coordinator: TlsCoordinator) -> None:
    stolen = everybody.site("lund").handle(question(everybody, "lund"))
    assert stolen is not None
    with client_of(everybody.sites["oslo"]) as client:
        refused = client.post(at(coordinator) + "/exchange", content=stolen)
        assert (refused.status_code, refused.text) == (403, "oslo: oslo handed in an envelope of lund")
        asked = client.post(at(coordinator) + "/exchange", content=question(everybody, "oslo"))
        assert asked.status_code == 403
        noise = client.post(at(coordinator) + "/exchange", content=b"noise")
        assert noise.status_code == 400
    assert coordinator.receive(0.1) == []


def test_too_large_an_answer_ends_with_its_size(everybody: Enrolled, coordinator: TlsCoordinator) -> None:
    coordinator.send("oslo", question(everybody, "oslo"))
    served = Served(everybody.sites["oslo"], lambda data: bytes(3_000_000), at(coordinator)).ended()
    assert isinstance(served.problem, BadInput)
    assert "a body of 3,000,000 bytes is more than the 100,000 that are taken" in str(served.problem)


def test_a_body_without_a_length_is_counted(everybody: Enrolled, coordinator: TlsCoordinator) -> None:
    with client_of(everybody.sites["oslo"]) as client:
        refused = client.post(at(coordinator) + "/exchange", content=iter([bytes(60_000)] * 3))
    assert (refused.status_code, refused.text) == (413, "the body is more than the 100,000 bytes that are taken")


def test_another_version_of_the_carrier_is_named(everybody: Enrolled, coordinator: TlsCoordinator) -> None:
    with client_of(everybody.sites["oslo"]) as client:
        headers = {"Fyr-Carrier": "0", "Fyr-Version": "0.0.9"}
        refused = client.post(at(coordinator) + "/exchange", headers=headers)
        missing = client.get(at(coordinator) + "/")
    assert refused.status_code == 426
    assert refused.text.startswith("oslo speaks carrier 0 (Fyr 0.0.9), the coordinator speaks 1")
    assert missing.status_code == 404


def test_who_says_nothing_or_speaks_no_tls_is_given_up(
    everybody: Enrolled, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_coordinator, "_HANDSHAKE_S", 0.3)
    coordinator = TlsCoordinator(everybody.coordinator, SITES, port=0, say=said.append)
    with socket.create_connection(("127.0.0.1", coordinator.port)) as silent:
        served = Served(everybody.sites["oslo"], everybody.site("oslo").handle, at(coordinator))
        coordinator.send("oslo", question(everybody, "oslo"))
        assert len(coordinator.receive(5)) == 1  # nobody waits for the silent one
        assert silent.recv(1) == b""
    with socket.create_connection(("127.0.0.1", coordinator.port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert until(lambda: any("it spoke plain HTTP" in line for line in said))
    assert until(lambda: any("did not begin TLS" in line for line in said))
    served.end()
    coordinator.close()


def test_a_body_that_trickles_is_given_up(
    everybody: Enrolled, coordinator: TlsCoordinator, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_line, "_PAUSE_S", 0.3)

    def trickle() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x"
            time.sleep(0.5)

    begun = time.monotonic()
    with client_of(everybody.sites["oslo"]) as client:
        try:
            status = client.post(at(coordinator) + "/exchange", content=trickle()).status_code
        except httpx.TransportError:
            status = 0
    assert status in (0, 408)  # the line, or a connection that is gone before it could be read
    assert time.monotonic() - begun < 10
    assert until(lambda: any("oslo was refused: the body came too slowly" in line for line in said))


def test_without_a_certificate_there_is_no_connection(
    everybody: Enrolled, coordinator: TlsCoordinator, said: list[str]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=everybody.sites["oslo"].authority)
    with httpx.Client(verify=context, trust_env=False) as client, pytest.raises(httpx.TransportError):
        client.post(at(coordinator) + "/exchange")
    assert until(lambda: any("it showed no certificate" in line for line in said))


def test_a_site_that_cannot_write_its_journal_keeps_the_question(
    everybody: Enrolled, coordinator: TlsCoordinator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_site, "_NOT_NOW_S", 0.1)
    site, tries = everybody.site("oslo"), list[int]()

    def handle(data: bytes) -> bytes | None:
        tries.append(1)
        if len(tries) < 3:
            raise ServiceUnavailable("the disk is full")
        return site.handle(data)

    coordinator.send("oslo", question(everybody, "oslo"))
    served = Served(everybody.sites["oslo"], handle, at(coordinator))
    assert len(coordinator.receive(10)) == 1
    served.end()
    assert len(tries) == 3
    assert "a question cannot be answered now: the disk is full; trying on" in served.lines


def test_a_port_that_is_taken_is_said(everybody: Enrolled, coordinator: TlsCoordinator) -> None:
    with pytest.raises(ServiceUnavailable, match=r"cannot be listened on: .*; choose another"):
        TlsCoordinator(everybody.coordinator, SITES, port=coordinator.port)


class CuttingProxy:
    """A way through which every connection is cut after some bytes, in either direction."""

    def __init__(self, port: int) -> None:
        self._port, self._draw = port, random.Random(5)  # noqa: S311
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port, self.cuts = int(self._listening.getsockname()[1]), 0
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._pump, args=(near,)))
            self._threads[-1].start()

    def _pump(self, near: socket.socket) -> None:
        left = self._draw.choice([500, 3000, 6000, 9000, 30000])
        with contextlib.suppress(OSError), near, socket.create_connection(("127.0.0.1", self._port)) as far:
            while left > 0:
                for one in select.select([near, far], [], [], 5)[0]:
                    data = one.recv(700)
                    left -= len(data)
                    if not data:
                        return
                    (far if one is near else near).sendall(data)
            self.cuts += 1


def test_a_way_that_cuts_every_connection_changes_nothing(everybody: Enrolled, coordinator: TlsCoordinator) -> None:
    proxy = CuttingProxy(coordinator.port)
    served = [Served(everybody.sites[n], everybody.site(n).handle, f"https://localhost:{proxy.port}") for n in SITES]
    own = everybody.coordinator
    found = conduct(STUDY, coordinator, own.signing, own.signing_keys(SITES), wait_s=60)
    assert proxy.cuts > 4
    assert encode(found.result) == encode(everybody.in_process().result)
    for one in served:
        one.end()
        assert one.problem is None
    proxy.close()


def test_a_coordinator_that_is_away_is_waited_for_and_said_once(everybody: Enrolled) -> None:
    first = TlsCoordinator(everybody.coordinator, SITES, port=0)
    port = first.port
    served = Served(everybody.sites["oslo"], everybody.site("oslo").handle, f"https://localhost:{port}")
    assert until(lambda: first.heard()["oslo"] is not None)
    first.close()
    assert until(lambda: any("cannot be reached" in line for line in served.lines))
    second = TlsCoordinator(everybody.coordinator, SITES, port=port)
    second.send("oslo", question(everybody, "oslo"))
    assert len(second.receive(20)) == 1
    served.end()
    assert sum("cannot be reached" in line for line in served.lines) == 1
    assert sum("is reached again" in line for line in served.lines) == 1
    second.close()
