"""PCD-04: an alarm goes out and comes back the same, and the sink knows taken from refused from gone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput, Refused, ServiceUnavailable
from fyr.exchange.hl7v2 import Pcd04Sink
from fyr.exchange.hl7v2.frames import FrameDecoder, frame
from fyr.exchange.hl7v2.pcd04 import read_alarm, write_alarm
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.record import SIGNALS

ALARM = OutgoingAlarm(
    *("e1", "n1", "RH", "P1", "W1", "B3", "spo2<88/10min", "SpO2 below 88 % for 10 min"),
    *("physiological", "high", "start", "active", "raised", 1_795_684_500_000_000, 1_795_684_500_000_000),
    signal="spo2",
    value=86.5,
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
NAME = TEXT.map(lambda text: f"x{text}x")
ALARMS = st.builds(
    OutgoingAlarm,
    **dict.fromkeys(("id", "notification", "patient", "ward", "bed", "title", "subject"), NAME),
    hospital=NAME,
    kind=st.sampled_from(["physiological", "technical"]),
    priority=st.sampled_from(["high", "medium", "low"]),
    phase=st.sampled_from(["start", "continue", "update", "escalate", "de-escalate", "end"]),
    state=st.sampled_from(["inactive", "active", "latched"]),
    event=st.sampled_from(["raised", "acknowledged", "cleared", "paused"]),
    time_us=st.integers(0, 4_000_000_000_000_000),
    raised_at_us=st.integers(0, 4_000_000_000_000_000),
    signal=st.sampled_from([None, *SIGNALS]),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    by=TEXT,
    reason=TEXT,
    escalated_to=TEXT,
    policy=TEXT,
    evidence=st.dictionaries(TEXT, st.none() | st.booleans() | st.integers(-9, 9) | TEXT | st.lists(TEXT, max_size=2)),
)


@given(ALARMS)
def test_an_alarm_comes_back_the_same_and_goes_out_the_same(alarm):
    raw = write_alarm(alarm)
    assert read_alarm(raw) == alarm
    assert write_alarm(read_alarm(raw)) == raw


def test_the_structure_is_the_frameworks_as_the_hl7_package_reads_it():
    """Facets in the order and with the codes that public implementations of IHE PCD-04 send."""
    found = hl7.parse(write_alarm(ALARM).decode())
    assert [str(segment[0]) for segment in found] == ["MSH", "PID", "PV1", "OBR", *["OBX"] * 6]
    assert str(found.segment("MSH")[9]) == "ORU^R40^ORU_R40"
    assert str(found.segment("MSH")[10]) == "e1"
    assert str(found.segment("OBR")[4]) == "196616^MDC_EVT_ALARM^MDC"
    facets = found.segments("OBX")
    assert [str(facet[4]) for facet in facets] == [f"1.0.0.0.{at}" for at in range(1, 7)]
    assert [str(facet[3]) for facet in facets[:5]] == [
        "196616^MDC_EVT_ALARM^MDC",
        "150456^MDC_PULS_OXIM_SAT_O2^MDC",
        "68481^MDC_ATTR_EVENT_PHASE^MDC",
        "68482^MDC_ATTR_ALARM_STATE^MDC",
        "68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC",
    ]
    assert [str(facet[5]) for facet in facets[:5]] == [ALARM.title, "86.5", "start", "active", "enabled"]
    assert str(facets[0][8]) == "PH~SP"
    assert str(facets[1][6]) == "%^^UCUM"


def test_an_alarm_that_is_none_is_refused():
    with pytest.raises(BadInput):
        read_alarm(b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.6\r")
    with pytest.raises(BadInput):
        read_alarm(write_alarm(ALARM).replace(b"150456", b"147842"))


class Receiver:
    """An alarm manager that answers as it is told: a code of table 0008, silence, nonsense, or hanging up."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.received: list[bytes] = []
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        decoder = FrameDecoder()
        while data := connection.recv(65536):
            for one in decoder.feed(data):
                self.received.append(one.payload)
                told = self.answers.pop(0) if self.answers else "CA"
                if told == "hang up":
                    return
                about = "other" if told == "other" else str(hl7.parse(one.payload.decode()).segment("MSH")[10])
                code, _, condition = ("CA" if told == "other" else told).partition(" ")
                text = f"MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.6\rMSA|{code}|{about}|why\rERR|||{condition}^x^HL70357\r"
                if told != "silence":
                    connection.sendall(frame(b"hello" if told == "nonsense" else text.encode()))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    manager = Receiver()
    yield manager
    manager.close()


def test_the_sink_keeps_its_connection_and_sends_the_same_bytes_again(receiver):
    sink = Pcd04Sink("manager", host="127.0.0.1", port=receiver.port)
    for _ in range(3):
        sink.send(ALARM)
    sink.close()
    assert receiver.received == [write_alarm(ALARM)] * 3
    assert receiver.connections == 1


@pytest.mark.parametrize("answer", ["CR 200", "AE 101", "AR 102"])
def test_a_refusal_is_told_from_a_fault(receiver, answer):
    receiver.answers = [answer]
    sink = Pcd04Sink("manager", host="127.0.0.1", port=receiver.port)
    with pytest.raises(Refused, match=answer[:2]):
        sink.send(ALARM)
    sink.send(ALARM)
    sink.close()


@pytest.mark.parametrize("answer", ["CE 207", "AE 206", "silence", "nonsense", "hang up", "other"])
def test_what_may_be_sent_again_is_unavailable_and_goes_through_later(receiver, answer):
    receiver.answers = [answer]
    sink = Pcd04Sink("manager", host="127.0.0.1", port=receiver.port, timeout="200 ms")
    with pytest.raises(ServiceUnavailable):
        sink.send(ALARM)
    sink.send(ALARM)
    sink.close()
    assert receiver.received[-1] == write_alarm(ALARM)


def test_a_receiver_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServiceUnavailable, match="nobody answers"):
        Pcd04Sink("manager", host="127.0.0.1", port=port).send(ALARM)


@pytest.mark.parametrize(
    "options",
    [
        {"host": ""},
        {"host": "a", "port": 0},
        {"host": 5},
        {"host": "a", "timeout": 10},
        {"host": "a", "timeout": "x"},
        {"host": "a", "key": "k"},
        {"host": "a", "ca": "nowhere.pem"},
    ],
)
def test_options_that_cannot_be_used_are_refused(options):
    with pytest.raises(BadInput):
        Pcd04Sink("manager", **options)
