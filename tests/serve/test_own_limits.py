"""A patient's own limits over HTTP: set by a physician with a reason, in force at once, ended, kept, replayed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.serve.house import ANNA, BERT, START_US, House

from fyr.attention import Limit, TurnOff
from fyr.clock import MINUTE_US, to_iso
from fyr.errors import BadInput
from fyr.record import Access, Encounter, Observation, Status
from fyr.record.record import Record
from fyr.serve.limit_documents import Overrides
from fyr.serve.ward_inputs import OwnLimits

PATH = "/api/patients/demo/1/overrides"
LOW = {"rule": "spo2<80/1min", "threshold": 75}
REASON = "COPD, target 88 to 92 %"


def _set(house: House, *changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = house.signed_in("physician").post(PATH, {"changes": list(changes), "reason": REASON, **more})
    assert answer.status_code == 200, answer.json()
    document: dict[str, Any] = answer.json()
    house.run_to(house.ward_clock.time_us + MINUTE_US)
    return document


def _at_78(house: House, minutes: int = 3) -> list[str]:
    """Return the rules that stand after some minutes of a saturation of 78 %."""
    start_us = house.ward_clock.time_us
    house.source.send(ANNA, "spo2", start_us, [78.0] * 4 * minutes)
    house.run_to(start_us + minutes * MINUTE_US)
    return [entry["rule"] for entry in house.installation.wards.tile(ANNA)["notifications"]]


def test_a_limit_of_ones_own_holds_for_that_patient_and_says_who_and_why(house: House) -> None:
    said = _set(house, LOW)
    assert (said["by"], said["reason"], said["in_force"]) == ("physician", REASON, True)
    (change,) = said["changes"]
    assert (change["rule"], change["threshold"], change["ward_threshold"], change["unit"]) == (
        "spo2<80/1min", 75, 80, "%",
    )  # fmt: skip
    assert "spo2<80/1min" not in _at_78(house)
    tile = house.installation.wards.tile(ANNA)
    assert [(one["by"], one["reason"]) for one in tile["own_limits"]] == [("physician", REASON)]
    assert house.installation.wards.tile(BERT)["own_limits"] == []
    rules = house.signed_in("nurse").get("/api/patients/demo/1").json()["rules"]
    assert "spo2<75/1min" in [rule["rule"] for rule in rules]
    house.low_saturation(BERT)


def test_a_rule_that_is_off_speaks_no_more_and_what_stood_ends_with_the_reason(house: House) -> None:
    notification = house.low_saturation()["id"]
    _set(house, {"rule": "spo2<80/1min", "silent": True})
    life = house.signed_in("nurse").get(f"/api/notifications/{notification}").json()
    assert life["state"] == "cleared"
    assert REASON in life["history"][-1]["reason"]
    assert "spo2<80/1min" not in _at_78(house)


def test_limits_end_at_their_time_and_the_ward_s_hold_again(house: House) -> None:
    until = to_iso(house.ward_clock.time_us + 10 * MINUTE_US)
    _set(house, LOW, until=until)
    assert "spo2<80/1min" not in _at_78(house)
    house.run_to(house.ward_clock.time_us + 10 * MINUTE_US)
    assert "spo2<80/1min" in _at_78(house)
    document = Overrides.model_validate(house.signed_in("nurse").get(PATH).json())
    (ended,) = document.ended
    assert (document.in_force, document.own, ended.ended_at) == ([], False, ended.until)


def test_a_person_ends_limits_with_a_reason_and_they_stay_listed(house: House) -> None:
    override = _set(house, LOW)["id"]
    physician = house.signed_in("physician")
    assert physician.delete(f"{PATH}/{override}").status_code == 422
    answer = physician.delete(f"{PATH}/{override}", {"reason": "blood gas is normal"})
    assert answer.status_code == 200
    said = answer.json()
    assert (said["in_force"], said["ended_by"], said["ended_why"]) == (False, "physician", "blood gas is normal")
    house.run_to(house.ward_clock.time_us + MINUTE_US)
    assert "spo2<80/1min" in _at_78(house)
    assert physician.delete(f"{PATH}/{override}", {"reason": "again"}).status_code == 409
    assert physician.delete(f"{PATH}/{'0' * 20}", {"reason": "which"}).status_code == 404
    document = physician.get(PATH).json()
    assert [one["id"] for one in document["ended"]] == [override]


def test_scale_2_changes_what_news2_says(house: House) -> None:
    start_us = house.ward_clock.time_us
    for signal, value in (("heart_rate", 115.0), ("respiratory_rate", 22.0), ("spo2", 93.0), ("systolic_bp", 105.0)):
        house.source.send(ANNA, signal, start_us, [value] * 80)
    for code, value in (("temperature", 38.5), ("consciousness", "A"), ("supplemental_oxygen", True)):
        house.source.observations.append(Observation(ANNA, code, start_us, value, None, Status.PRESENT, "test"))
    house.run_to(start_us + 4 * MINUTE_US)
    assert house.installation.wards.tile(ANNA)["news2"]["score"] == 10
    _set(house, {"spo2_scale": 2})
    house.run_to(start_us + 10 * MINUTE_US)
    # Worked by hand from the Royal College of Physicians' chart: 93 % on oxygen scores 1 on scale 2, and 2 on scale 1.
    assert house.installation.wards.tile(ANNA)["news2"]["score"] == 9


@pytest.mark.parametrize(
    ("changes", "status", "what"),
    [
        ([{"rule": "spo2<80/1min", "threshold": 5}], 400, "makes no sense"),
        ([{"rule": "spo2<81/1min", "threshold": 75}], 400, "has no rule"),
        ([{"rule": "spo2<80/1min"}], 400, "is no change"),
        ([{"rule": "spo2<80/1min", "threshold": 75, "silent": True}], 400, "is no change"),
        ([LOW, LOW], 400, "two things"),
        ([{"rule": "spo2<80/1min", "threshold": 80, "clear": 70}], 400, "could not clear"),
        ([{"rule": "hr<30/5min", "threshold": 40}], 400, "would stand twice"),
        ([], 422, ""),
        ([{"rule": "spo2<80/1min", "threshold": "low"}], 422, ""),
    ],
)
def test_what_cannot_hold_is_refused_and_changes_nothing(house: House, changes: Any, status: int, what: str) -> None:
    answer = house.signed_in("physician").post(PATH, {"changes": changes, "reason": REASON})
    assert answer.status_code == status
    assert what in answer.json()["error"]["what"]
    assert house.signed_in("nurse").get(PATH).json()["in_force"] == []
    assert not [entry for entry in house.installation.wards._journal.read() if isinstance(entry, OwnLimits)]


def test_limits_that_could_not_stand_when_others_run_out_are_refused_when_they_are_set(house: House) -> None:
    """Two rules of one key: possible while one of them is off, impossible as soon as it is not."""
    wards = house.installation.wards
    soon_us = house.ward_clock.time_us + 10 * MINUTE_US
    wards.set_limits(ANNA, "physician", [TurnOff("hr<40/5min")], "for ten minutes", soon_us)
    with pytest.raises(BadInput, match="would stand twice"):
        wards.set_limits(ANNA, "physician", [Limit("hr<30/5min", 40)], "an athlete")
    wards.set_limits(ANNA, "physician", [Limit("hr<30/5min", 40)], "an athlete", soon_us)


def test_who_may_set_limits_and_that_it_is_audited_before_it_is_done(house: House) -> None:
    wanted = {"changes": [LOW], "reason": REASON}
    for role, status in (("nurse", 403), ("researcher", 403), ("physicist", 403), ("administrator", 403)):
        assert house.signed_in(role).post(PATH, wanted).status_code == status
    assert house.audited("set own limits") == []
    physician = house.signed_in("physician")
    assert physician.post(PATH, wanted, csrf="").status_code == 403
    assert physician.post("/api/patients/demo/99/overrides", wanted).status_code == 404
    override = _set(house, LOW)["id"]
    (entry,) = [entry for entry in house.audited("set own limits") if entry["patient"] == "demo/1"]
    assert (entry["person"], entry["detail"]["changes"], entry["detail"]["reason"]) == ("physician", [LOW], REASON)
    assert house.signed_in("nurse").delete(f"{PATH}/{override}", {"reason": "x"}).status_code == 403
    house.signed_in("nurse").get(PATH)
    assert [entry["person"] for entry in house.audited("read own limits")] == ["nurse"]


def test_the_form_knows_every_rule_its_bounds_and_what_may_be_off(open_house: Callable[..., House]) -> None:
    house = open_house("fyr-ward")
    document = Overrides.model_validate(house.signed_in("nurse").get(PATH).json())
    assert [rule.rule for rule in document.rules] == list(house.installation.wards.policy.rules_by_key)
    safety = [rule for rule in document.rules if rule.tier == "safety"]
    assert safety
    for rule in safety:
        assert not rule.may_be_off
        assert rule.loosest is not None
    physician = house.signed_in("physician")
    for rule in safety:
        off = physician.post(PATH, {"changes": [{"rule": rule.rule, "silent": True}], "reason": "x"})
        assert (off.status_code, "cannot be turned off" in off.json()["error"]["what"]) == (400, True)


def test_own_limits_are_the_same_after_a_restart(open_house: Callable[..., House]) -> None:
    before = open_house()
    ended = _set(before, {"rule": "hr>110/60min", "silent": True})["id"]
    _set(before, LOW)
    before.installation.wards.revoke_limits(ANNA, "physician", ended, "no longer needed")
    _at_78(before)
    said = before.signed_in("nurse").get(PATH).json()
    count, digest = before.installation.wards.event_digest()
    after = open_house()
    assert after.replay.same
    assert (after.replay.events, after.replay.digest) == (count, digest)
    assert after.signed_in("nurse").get(PATH).json() == said
    assert after.installation.wards.tile(ANNA) == before.installation.wards.tile(ANNA)
    assert "spo2<80/1min" not in _at_78(after)


def test_what_the_record_says_selects_limits_from_admission_on_and_again_after_a_restart(
    open_house: Callable[..., House], tmp_path: Path
) -> None:
    policy = tmp_path / "own.yaml"
    policy.write_text(
        "name: own\nversion: '1'\ntitle: Own\nsource: test\ninclude: [haahr2022]\n"
        "when_finding:\n  - {title: COPD in the record, code: 'snomed:13645005', is: true, source: test,\n"
        "     changes: [{rule: 'spo2<80/1min', threshold: 75}]}\n"
    )
    with Record.open(tmp_path / "home", access=Access("test", "software", "care")) as record:
        record.add_patient(ANNA)
        record.add_encounter(Encounter(ANNA, "7A", "01", START_US))
        record.add_observations(
            [Observation(ANNA, "snomed:13645005", START_US - MINUTE_US, True, None, Status.PRESENT, "import")]
        )
    before = open_house(str(policy))
    assert "spo2<80/1min" not in _at_78(before)
    document = Overrides.model_validate(before.signed_in("nurse").get(PATH).json())
    (selected,) = document.in_force
    assert (selected.by_policy, selected.by) == (True, "policy own 1")
    assert "COPD in the record" in selected.reason
    count, digest = before.installation.wards.event_digest()
    after = open_house(str(policy))
    assert after.replay.same
    assert (after.replay.events, after.replay.digest) == (count, digest)
    assert "spo2<80/1min" not in _at_78(after)
