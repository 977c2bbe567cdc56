"""The ward follows its journal: what comes of it does not depend on who wrote it, when, and in which form."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from tests.record.first_version import as_first_version
from tests.serve.ward_history import POLICIES, History, attributes

from fyr.attention import load_policy
from fyr.clock import SECOND_US, ManualClock, from_iso
from fyr.errors import ServiceUnavailable
from fyr.record import Access, PatientId, SampleBatch
from fyr.record.record import Record
from fyr.serve.sample_source import NothingComes
from fyr.serve.ward_codec import decode_entry, encode_entry
from fyr.serve.ward_inputs import Admitted, Advanced, Input, Sampled
from fyr.serve.ward_journal import WardJournal
from fyr.serve.ward_state import WardState
from fyr.serve.ward_watch import WardWatch
from fyr.watch.arrival import ClockState

START_US = from_iso("2026-11-22T08:00:00Z")
PATIENTS = tuple(PatientId("demo", str(number)) for number in range(20))


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path, access=Access("test", "software", "care")) as opened:
        yield opened


def _ward(record: Record, partition: str) -> WardWatch:
    journal = WardJournal(record.journal, partition)
    return WardWatch(
        load_policy("haahr2022"),
        journal,
        NothingComes(),
        ManualClock(START_US),
        attributes=lambda _: {},
        lateness_us=0,
    )


def _batches() -> list[SampleBatch]:
    """Four minutes of 20 patients, a batch every 5 s; saturations fall and rise, so that alarms come and go."""
    rng, made = np.random.default_rng(2), []
    for begin in range(0, 240, 5):
        seconds = begin + np.repeat(np.arange(1, 6), 40)
        patient = np.tile(np.repeat(np.arange(20, dtype=np.int32), 2), 5)
        low = (seconds > 20) & (seconds < 120 + 5 * patient) & (patient % 3 == 0)
        value = np.where(low, 78.0, 97.0) + rng.integers(-1, 2, 200)
        signal = np.tile(np.arange(2, dtype=np.int16), 100)
        made.append(
            SampleBatch(
                PATIENTS,
                patient,
                ("spo2", "heart_rate"),
                signal,
                START_US + seconds * SECOND_US,
                np.where(signal == 0, value, 75.0),
                np.zeros(200, np.uint8),
                np.full(2, SECOND_US),
                "gateway",
            )
        )
    return made


def test_samples_that_another_thread_puts_in_while_the_ward_works_give_the_same_events(record: Record) -> None:
    inputs = [[Sampled(batch), Advanced(int(batch.time_us[-1]))] for batch in _batches()]
    wards = [_ward(record, name) for name in ("one after the other", "side by side")]
    for ward in wards:
        ward.open()
        ward.admit([Admitted(patient, "W", patient.local, START_US) for patient in PATIENTS])
    for some in inputs:
        wards[0].journal.append(some)
        wards[0].take_relayed()

    durable: SimpleQueue[bool] = SimpleQueue()

    def put_in() -> None:
        for some in inputs:
            wards[1].journal.append(some)
            durable.put(True)
        durable.put(False)

    door = threading.Thread(target=put_in)
    door.start()
    while durable.get():
        wards[1].take_relayed()
    door.join()
    states = [ward._state for ward in wards]
    assert states[0].digest.count > 100
    assert states[0].digest.hexdigest() == states[1].digest.hexdigest()
    for ward, name in zip(wards, ("one after the other", "side by side"), strict=True):
        again = _ward(record, name).open()
        assert again.same
        assert (again.events, again.digest) == (ward._state.digest.count, ward._state.digest.hexdigest())


def test_who_sends_after_an_outage_is_not_ahead_of_it(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    ward = _ward(record, "ward/outage")
    ward.open()
    ward.admit([Admitted(patient, "W", patient.local, START_US) for patient in PATIENTS])
    clock = ward.clock
    assert isinstance(clock, ManualClock)

    def full(*_: object, **__: object) -> None:
        raise ServiceUnavailable("the disk is full", mend="free some space")

    with monkeypatch.context() as patched:
        patched.setattr(ward.journal, "append", full)
        for _ in range(3):
            clock.time_us += 15 * SECOND_US
            with pytest.raises(ServiceUnavailable):
                ward.tick()
    for batch in _batches()[7:9]:  # what is sent 35 to 45 s after the start, as soon as there is room
        ward.journal.append([Sampled(batch)])
    ward.tick()
    assert ward.now_us == START_US + 45 * SECOND_US
    _, devices = ward.devices()
    assert [(one.device, one.clock, one.counts.ahead) for one in devices] == [("gateway", ClockState.IN_STEP, 0)]


@pytest.mark.parametrize("policy", ["fyr-ward", "haahr2022"])
def test_a_journal_of_the_first_form_gives_the_same_events(policy: str) -> None:
    live = WardState(POLICIES[policy], attributes)
    history = History(np.random.default_rng(6), POLICIES[policy])
    old: list[bytes] = []

    def take(entry: Input) -> None:
        live.feed(entry)
        old.append(as_first_version(entry.batch) if isinstance(entry, Sampled) else encode_entry(entry))

    for entry in history.begin():
        take(entry)
    for _ in range(40):
        for entry in history.step(live):
            take(entry)
    again = WardState(POLICIES[policy], attributes)
    for payload in old:
        entry = decode_entry(payload)
        again.feed(entry)
        newly = decode_entry(encode_entry(entry))
        assert encode_entry(newly) == encode_entry(entry)
    assert live.digest.count > 20
    assert again.digest.hexdigest() == live.digest.hexdigest()
