"""From a socket into the ward's journal: a patient comes, moves and leaves by HL7, and values follow the patient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.exchange.hl7v2.messages import message
from tests.serve.house import WARD, House

from fyr.clock import SECOND_US, to_datetime
from fyr.exchange.hl7v2 import MllpListener, send_mllp
from fyr.serve.intake import Intake
from fyr.serve.quarantine import Quarantine
from fyr.serve.register import RecordRegister
from fyr.serve.ward_inputs import Sampled


class Line:
    """A listener that hands on to a house's intake."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.intake = Intake(
            *("demo", house.installation.wards.journal, house.installation.wards.stays()),
            *(RecordRegister(house.record), Quarantine(house.record.journal), house.ward_clock),
            lateness_us=0,
        )
        self.listener = MllpListener("monitors", house.ward_clock, port=0)
        self.listener.start(self.intake.take)

    def send(self, *segments: str, event: str = "ORU^R01") -> str:
        self.house.ward_clock.time_us += SECOND_US
        raw = message(*segments).replace(b"ORU^R01^ORU_R01", event.encode())
        (answer,) = send_mllp("127.0.0.1", self.listener.port, [raw])
        return answer.decode().split("\r")[1].split("|")[1]

    def move(self, event: str, patient: str, bed: str) -> str:
        return self.send(
            f"EVN|{event}|{self.now()}", f"PID|1||{patient}", f"PV1|1|I|{WARD}^^{bed}", event=f"ADT^{event}"
        )

    def measure(self, bed: str, value: str, patient: str = "") -> str:
        return self.send(
            f"PID|1||{patient}",
            f"PV1|1|I|{WARD}^^{bed}",
            f"OBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1|{value}|%|||||F|||{self.now()}",
        )

    def now(self) -> str:
        return f"{to_datetime(self.house.ward_clock.time_us + SECOND_US):%Y%m%d%H%M%S.%f}+0000"

    def sampled(self) -> list[tuple[str, float]]:
        return [
            (str(entry.batch.patients[who]), value)
            for entry in self.house.installation.wards.journal.read()
            if isinstance(entry, Sampled)
            for who, value in zip(entry.batch.patient_index.tolist(), entry.batch.value.tolist(), strict=True)
        ]


@pytest.fixture
def line(house: House) -> Iterator[Line]:
    line = Line(house)
    yield line
    line.listener.stop()


def test_values_follow_the_patient_from_bed_to_bed(line):
    assert line.measure("09", "97") == "AE"
    assert line.move("A01", "31", "09") == "AA"
    assert line.measure("09", "96") == "AA"
    assert line.move("A02", "31", "10") == "AA"
    assert line.measure("10", "95", patient="31") == "AA"
    assert line.measure("09", "94") == "AE"
    assert line.move("A03", "31", "10") == "AA"
    assert line.measure("10", "93") == "AE"
    assert line.sampled() == [("demo/31", 96.0), ("demo/31", 95.0)]
    assert line.intake.quarantine.count == 3


def test_a_message_that_cannot_be_read_is_kept_with_its_reason_and_nothing_of_it_is_stored(line):
    assert line.measure("01", "12,5") == "AE"
    (kept,) = line.intake.quarantine.newest(10)
    assert "'12,5' is not a number" in repr(kept)
    assert line.sampled() == []
