"""C-STORE from pynetdicom and from DCMTK: acknowledged only when kept, refused with the status that fits."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless
from tests.exchange.dicom import made
from tests.exchange.dicom.sender import associated, send

from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.dicom.keeping import Given, Kept, keep_objects
from fyr.exchange.dicom.receiver import DicomReceiver
from fyr.exchange.incoming import SourceState
from fyr.record import Record

VALUES = np.random.default_rng(5).integers(-1000, 3000, (2, 40, 36)).astype(np.int16)


class Listening:
    """A receiver with a record behind it."""

    def __init__(self, record: Record, **options: Any) -> None:
        self.record = record
        self.senders: list[str] = []
        self.fails: Exception | None = None
        self.receiver = DicomReceiver(port=0, **options)
        self.receiver.start(self._keep)

    def _keep(self, given: Given, sender: str) -> Kept:
        self.senders.append(sender)
        if self.fails is not None:
            raise self.fails
        (kept,) = keep_objects(self.record, [given], "H", source=sender)
        return kept


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def listening(record: Record) -> Iterator[Listening]:
    one = Listening(record)
    yield one
    one.receiver.stop()


def _send(port: int, *objects: Any, **names: str) -> list[Any]:
    return list(send(port, *objects, **names))


def test_an_echo_is_answered(listening: Listening) -> None:
    assert [one.Status for one in _send(listening.receiver.port)] == [0x0000]


@pytest.mark.parametrize(
    "syntax", [None, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless, JPEG2000Lossless]
)
def test_an_object_is_in_the_record_when_it_is_acknowledged(listening: Listening, syntax: str | None) -> None:
    one = made.slices(VALUES)[0]
    if syntax in {RLELossless, JPEG2000Lossless}:
        one.compress(syntax, generate_instance_uid=False)
    elif syntax is not None:
        one.file_meta.TransferSyntaxUID = syntax
    assert [answer.Status for answer in _send(listening.receiver.port, one)] == [0x0000]
    (kept,) = listening.record.find_instances()
    assert (str(kept.patient), kept.transfer_syntax) == ("H/P1", one.file_meta.TransferSyntaxUID)
    (data,) = listening.record.read_instances([kept])
    read = dcmread(BytesIO(data))
    assert (read.pixel_array == one.pixel_array).all()
    assert read.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID
    assert listening.senders == ["PACS"]


@pytest.mark.parametrize(
    "kind",
    [
        "1.3.12.2.1107.5.9.1",  # private: Siemens' CSA non-image storage
        "1.2.840.10008.5.1.4.1.1.5",  # nuclear medicine as the standard retired it
    ],
)
def test_private_and_retired_storage_classes_are_taken(listening: Listening, kind: str) -> None:
    one = made.base(kind, "OT")
    assert [answer.Status for answer in _send(listening.receiver.port, one)] == [0x0000]
    (kept,) = listening.record.find_instances()
    assert kept.sop_class == kind


def test_what_is_no_storage_is_not_accepted(listening: Listening) -> None:
    find = "1.2.840.10008.5.1.4.1.2.2.1"  # Study Root, FIND
    with associated(listening.receiver.port, [(find, ImplicitVRLittleEndian)]) as association:
        assert not association.is_established


@pytest.mark.parametrize("side", [100, 500])  # in one PDU, and in several
def test_an_object_beyond_the_limit_is_refused_and_the_association_goes_on(record: Record, side: int) -> None:
    (large,) = made.slices(np.zeros((1, side, side), np.int16))
    (small,) = made.slices(VALUES[:1])
    listening = Listening(record, largest=10_000)
    try:
        refused, kept = _send(listening.receiver.port, large, small)
    finally:
        listening.receiver.stop()
    assert (refused.Status, kept.Status) == (0xC000, 0x0000)
    assert refused.ErrorComment == "the object is larger than 10,000 bytes"
    assert [one.uid for one in record.find_instances()] == [small.SOPInstanceUID]


def test_the_same_object_again_is_acknowledged_and_kept_once(listening: Listening) -> None:
    one = made.slices(VALUES)[0]
    assert [answer.Status for answer in _send(listening.receiver.port, one, one)] == [0, 0]
    assert len(listening.record.find_instances()) == 1


def test_refusals_have_the_status_that_fits_and_say_why(listening: Listening) -> None:
    one, other, nobody = made.slices(VALUES)[0], made.slices(VALUES)[0], made.slices(VALUES)[1]
    other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    other.PatientName = "Somebody^Else"
    nobody.PatientID = ""
    answers = _send(listening.receiver.port, one, other, nobody)
    assert [answer.Status for answer in answers] == [0x0000, 0x0111, 0xC000]
    assert answers[1].ErrorComment.startswith("the record holds another object under the SOP instance")
    assert len(listening.record.find_instances()) == 1


def test_what_cannot_be_kept_now_is_to_be_sent_again(listening: Listening) -> None:
    listening.fails = ServiceUnavailable("the disk is full")
    one = made.slices(VALUES)[0]
    (answer,) = _send(listening.receiver.port, one)
    assert (answer.Status, answer.ErrorComment) == (0xA700, "the disk is full")
    listening.fails = RuntimeError("a fault")
    assert [answer.Status for answer in _send(listening.receiver.port, one)] == [0x0110]
    listening.fails = None
    assert [answer.Status for answer in _send(listening.receiver.port, one)] == [0x0000]


def test_who_calls_another_name_is_rejected(listening: Listening) -> None:
    assert _send(listening.receiver.port, called="OTHER") == []


def test_only_peers_may_send(record: Record) -> None:
    one = Listening(record, peers=["PACS@127.0.0.1", "FAR@192.0.2.1"])
    try:
        assert [answer.Status for answer in _send(one.receiver.port)] == [0x0000]
        assert _send(one.receiver.port, title="OTHER") == []
        assert _send(one.receiver.port, title="FAR") == []
    finally:
        one.receiver.stop()
    far = Listening(record, peers=["FAR@192.0.2.1"])
    try:
        assert _send(far.receiver.port, title="FAR") == []
    finally:
        far.receiver.stop()


def test_nobody_listens_to_the_whole_network_without_peers() -> None:
    with pytest.raises(BadInput, match="anybody in the network could send images"):
        DicomReceiver(host="0.0.0.0")  # noqa: S104  refused, not bound
    DicomReceiver(host="0.0.0.0", peers=["PACS"])  # noqa: S104  made, not started


def test_one_association_too_many_is_rejected_for_now(record: Record) -> None:
    one = Listening(record, associations=1)
    try:
        with associated(one.receiver.port) as first:
            assert first.is_established
            assert one.receiver.health().connections == 1
            with associated(one.receiver.port) as second:
                assert second.is_rejected
                assert second.acceptor.primitive.result == 0x02  # for now, not for good
    finally:
        one.receiver.stop()


def test_several_send_at_the_same_time(listening: Listening) -> None:
    objects = [made.slices(VALUES) for _ in range(6)]
    statuses: list[int] = []

    def send(some: list[Any]) -> None:
        statuses.extend(answer.Status for answer in _send(listening.receiver.port, *some))

    threads = [threading.Thread(target=send, args=(some,)) for some in objects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [0] * 12
    assert len(listening.record.find_instances()) == 12


def test_its_health_says_where_it_listens(record: Record) -> None:
    receiver = DicomReceiver(port=0)
    assert receiver.health().state is SourceState.STARTING
    receiver.start(lambda _given, _sender: pytest.fail("nothing was sent"))
    assert receiver.health().detail == f"127.0.0.1:{receiver.port} as FYR"
    with pytest.raises(ServiceUnavailable, match=f"cannot listen on port {receiver.port}"):
        DicomReceiver(port=receiver.port).start(lambda _given, _sender: pytest.fail("nothing was sent"))
    receiver.stop()
    assert receiver.health().state is SourceState.STOPPED


def test_dcmtk_sends(listening: Listening, tmp_path: Path) -> None:
    program = shutil.which("storescu")
    if program is None:
        pytest.skip("DCMTK is not installed: scripts/bootstrap.sh test-tools .venv installs it")
    folder = made.write_all(made.slices(VALUES), tmp_path / "ct")
    command = [program, "-aec", "FYR", "+sd", "127.0.0.1", str(listening.receiver.port), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(listening.record.find_instances()) == 2
    assert listening.senders == ["STORESCU"] * 2
