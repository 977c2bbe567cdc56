"""The ward under watch: journal first, the same after a restart, actions that survive, faults that show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.serve.house import ANNA, BERT, House

from fyr.attention import AlarmEventKind
from fyr.clock import MINUTE_US
from fyr.errors import ServiceUnavailable
from fyr.record import Observation, Status
from fyr.serve.live import TileChange
from fyr.serve.problems import Conflict, NotFound
from fyr.serve.ward_inputs import Acted, Admitted, Happened, Opened, Sampled
from fyr.serve.ward_journal import EventDigest


def _entries(house: House) -> list[Any]:
    return list(house.installation.wards._journal.read())


def test_an_acknowledgement_goes_to_the_journal_the_tile_and_the_answer(house: House) -> None:
    notification = house.low_saturation()
    assert (notification["state"], notification["priority"], notification["by"]) == ("raised", "high", None)
    answer = house.signed_in("nurse").post(
        f"/api/notifications/{notification['id']}/acknowledge", {"note": "on my way"}
    )
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["by"]) == ("acknowledged", "nurse")
    tile = house.installation.wards.tile(ANNA)
    (shown,) = [entry for entry in tile["notifications"] if entry["id"] == notification["id"]]
    assert (shown["state"], shown["by"]) == ("acknowledged", "nurse")
    kept = _entries(house)
    (acted,) = [entry for entry in kept if isinstance(entry, Acted)]
    assert (acted.patient, acted.action.person, acted.action.note) == (ANNA, "nurse", "on my way")
    after = kept[kept.index(acted) + 1]
    assert isinstance(after, Happened)
    assert (after.event.kind, after.event.by) == (AlarmEventKind.ACKNOWLEDGED, "nurse")
    (entry,) = house.audited("acknowledge notification")
    assert (entry["person"], entry["patient"], entry["detail"]["note"]) == ("nurse", "demo/1", "on my way")


def test_a_notification_is_taken_once_and_an_unknown_one_never(house: House) -> None:
    notification = house.low_saturation()["id"]
    nurse, physician = house.signed_in("nurse"), house.signed_in("physician")
    assert nurse.post(f"/api/notifications/{notification}/acknowledge").status_code == 200
    second = physician.post(f"/api/notifications/{notification}/acknowledge")
    assert second.status_code == 409
    assert "already acknowledged by nurse" in second.json()["error"]["what"]
    with pytest.raises(NotFound):
        house.installation.wards.acknowledge("0" * 20, "nurse")


def test_an_ended_notification_is_a_conflict(house: House) -> None:
    notification = house.low_saturation()["id"]
    house.installation.wards.acknowledge(notification, "nurse")
    house.source.send(ANNA, "spo2", house.ward_clock.time_us, [97.0] * 60)
    house.run_to(house.ward_clock.time_us + 15 * MINUTE_US)
    with pytest.raises(Conflict, match="has ended"):
        house.installation.wards.pause(notification, "nurse", 10, "going there")


def test_a_pause_needs_a_reason_and_ends(house: House) -> None:
    notification = house.low_saturation()["id"]
    browser = house.signed_in("physician")
    for wrong in ({"minutes": 0, "reason": "x"}, {"minutes": 241, "reason": "x"}, {"minutes": 5, "reason": ""}):
        assert browser.post(f"/api/notifications/{notification}/pause", wrong).status_code == 422
    answer = browser.post(f"/api/notifications/{notification}/pause", {"minutes": 5, "reason": "suction"})
    assert answer.status_code == 200
    assert answer.json()["state"] == "paused"
    assert answer.json()["paused_until"] is not None
    house.source.send(ANNA, "spo2", house.ward_clock.time_us, [78.0] * 30)
    house.run_to(house.ward_clock.time_us + 6 * MINUTE_US)
    assert house.installation.wards._state.standing(notification).state == "raised"


def test_everything_is_the_same_after_a_restart(open_house: Callable[..., House]) -> None:
    before = open_house()
    before.source.send(BERT, "heart_rate", before.ward_clock.time_us, [70.0, 300.0, 71.0] * 10)
    notification = before.low_saturation()["id"]
    before.installation.wards.acknowledge(notification, "nurse", "there")
    before.source.observations.append(
        Observation(ANNA, "temperature", before.ward_clock.time_us, 38.2, "Cel", Status.PRESENT, "test")
    )
    before.run_to(before.ward_clock.time_us + 40 * MINUTE_US, MINUTE_US)
    stored = EventDigest()
    for entry in _entries(before):
        if isinstance(entry, Happened):
            stored.add(entry.event)
    count, digest = before.installation.wards.event_digest()
    assert count > 10
    assert (stored.count, stored.hexdigest()) == (count, digest)

    after = open_house()
    assert after.replay.same
    assert (after.replay.events, after.replay.digest) == (count, digest)
    for patient in (ANNA, BERT):
        assert after.installation.wards.tile(patient) == before.installation.wards.tile(patient)
    alarms = after.installation.wards.alarms(ANNA, 0)
    (alarm,) = [alarm for alarm in alarms.raised if alarm.notification.id == notification]
    assert [event.kind.value for event in alarm.history][:2] == ["raised", "acknowledged"]
    assert alarm.history[1].by == "nurse"
    kept = [type(entry) for entry in _entries(after)]
    assert kept.count(Admitted) == 2
    assert kept.count(Opened) == 2
    assert kept.count(Happened) == count


def test_events_that_a_crash_kept_from_the_journal_are_added_once_at_the_next_start(
    open_house: Callable[..., House], tmp_path: Path
) -> None:
    house = open_house()
    wards = house.installation.wards
    wards._journal.append_events = _fails  # the process dies between inputs and events
    house.source.send(ANNA, "spo2", house.ward_clock.time_us, [97.0] * 4 + [78.0] * 16)
    house.ward_clock.time_us += 5 * MINUTE_US
    with pytest.raises(ServiceUnavailable):
        wards.tick()
    kept = [entry for entry in _entries(house) if isinstance(entry, Happened)]
    count, digest = wards.event_digest()
    assert len(kept) < count

    again = open_house()
    assert again.replay.same
    assert (again.replay.events, again.replay.digest) == (count, digest)
    kept = [entry for entry in _entries(again) if isinstance(entry, Happened)]
    assert len(kept) == count
    assert any(entry["rule"] == "spo2<80/1min" for entry in again.installation.wards.tile(ANNA)["notifications"])
    assert open_house().replay.digest == digest


def test_another_policy_reads_the_same_inputs_anew_and_is_held_to_itself_from_then_on(
    open_house: Callable[..., House],
) -> None:
    house = open_house()
    house.low_saturation()
    count, _ = house.installation.wards.event_digest()

    other = open_house("news2-continuous")
    assert other.replay.same
    assert other.replay.events != count
    assert other.installation.wards.tile(ANNA)["notifications"] == []
    start_us = other.ward_clock.time_us
    other.source.send(ANNA, "spo2", start_us, [float("nan")] * 60)
    other.run_to(start_us + 15 * MINUTE_US, MINUTE_US)
    count, digest = other.installation.wards.event_digest()

    again = open_house("news2-continuous")
    assert again.replay.same
    assert (again.replay.events, again.replay.digest) == (count, digest)


def test_a_changed_event_in_the_journal_is_noticed(open_house: Callable[..., House]) -> None:
    house = open_house()
    house.low_saturation()
    wards = house.installation.wards
    (raised,) = [
        entry.event
        for entry in _entries(house)
        if isinstance(entry, Happened) and entry.event.subject == "spo2<80/1min" and entry.event.kind == "raised"
    ]
    wards._journal.append_events([(1000, replace(raised, sequence=raised.sequence + 1000))], opened_us=wards.opened_us)
    assert open_house().replay.same is False


def test_nothing_is_shown_that_is_not_in_the_journal(house: House) -> None:
    """At every tile that anybody sees, the samples and alarms behind it can already be read back."""
    shown: list[tuple[TileChange, int]] = []
    wards = house.installation.wards

    def note(changes: list[TileChange]) -> None:
        kept = _entries(house)
        raised = {entry.event.notification for entry in kept if isinstance(entry, Happened)}
        newest = max((int(entry.batch.time_us.max()) for entry in kept if isinstance(entry, Sampled)), default=0)
        for change in changes:
            assert {entry["id"] for entry in change.tile["notifications"]} <= raised
            shown.append((change, newest))

    wards._on_tiles = note
    house.low_saturation()
    assert any(change.tile["notifications"] for change, _ in shown)
    assert all(newest <= house.ward_clock.time_us for _, newest in shown)


def test_a_full_disk_freezes_the_ward_says_so_and_loses_nothing(house: House) -> None:
    wards = house.installation.wards
    cursor = house.installation.hub.channel("7A").cursor
    append, wards._journal.append = wards._journal.append, _fails
    house.source.send(ANNA, "spo2", house.ward_clock.time_us, [78.0] * 20)
    for _ in range(3):
        house.ward_clock.time_us += MINUTE_US
        with pytest.raises(ServiceUnavailable):
            wards.tick()
    assert house.installation.hub.channel("7A").cursor == cursor
    wards._journal.append = append
    house.ward_clock.time_us += 3 * MINUTE_US
    wards.tick()
    wards.tick()
    kept = _entries(house)
    samples = [entry.batch for entry in kept if isinstance(entry, Sampled)]
    assert sum(len(batch) for batch in samples) == 20
    assert any(entry["rule"] == "spo2<80/1min" for entry in wards.tile(ANNA)["notifications"])


def test_the_thread_reports_a_failing_round_and_recovers(house: House) -> None:
    wards = house.installation.wards
    append, wards._journal.append = wards._journal.append, _fails
    wards.start()
    try:
        _wait(lambda: wards.pulse().status == "failed")
        assert wards.pulse().problem == "the disk is full"
        answer = house.browser().get("/api/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "failed")
        wards._journal.append = append
        _wait(lambda: wards.pulse().status == "ok")
    finally:
        wards.stop()


def test_samples_of_a_stranger_change_nothing_and_are_declined_again_at_a_replay(
    open_house: Callable[..., House],
) -> None:
    from fyr.record import PatientId

    house = open_house()
    house.source.send(PatientId("demo", "99"), "spo2", house.ward_clock.time_us, [50.0] * 40)
    house.run_to(house.ward_clock.time_us + 5 * MINUTE_US)
    assert house.installation.wards.event_digest()[1] == open_house().replay.digest


def test_findings_and_observations_go_to_the_record(house: House) -> None:
    start_us = house.ward_clock.time_us
    for signal, value in (("heart_rate", 115.0), ("respiratory_rate", 22.0), ("spo2", 93.0), ("systolic_bp", 105.0)):
        house.source.send(ANNA, signal, start_us, [value] * 20)
    for code, value in (("temperature", 38.5), ("consciousness", "A"), ("supplemental_oxygen", True)):
        unit = "Cel" if code == "temperature" else None
        house.source.observations.append(Observation(ANNA, code, start_us, value, unit, Status.PRESENT, "test"))
    house.run_to(start_us + 4 * MINUTE_US)
    browser = house.signed_in("physician")
    findings = browser.get("/api/patients/demo/1/findings").json()["findings"]
    newest = findings[0]
    # Worked by hand from the Royal College of Physicians' chart: 2 + 2 + 2 + 1 + 2 + 0 + 1.
    assert (newest["answer"]["output"], newest["answer"]["value"]) == ("score", 10.0)
    assert newest["model"]["name"] == "news2"
    assert newest["inputs"]["heart_rate"] == 115.0
    assert findings[-1]["answer"]["refusal"]
    tile = browser.get("/api/patients/demo/1").json()
    assert tile["tile"]["news2"]["score"] == 10.0
    assert {item["code"]: item["value"] for item in tile["context"]} == {
        "temperature": 38.5,
        "consciousness": "A",
        "supplemental_oxygen": True,
    }


def _fails(*_: Any, **__: Any) -> None:
    raise ServiceUnavailable("the disk is full", mend="free some space")


def _wait(condition: Callable[[], bool]) -> None:
    import time

    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen within 10 s"
        time.sleep(0.05)
