"""A risk score on the live ward: it orders the equally urgent, stands in record and tile, and alters no alarm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from tests.serve.house import ANNA, BERT, House

from fyr.clock import HOUR_US, MINUTE_US
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, Prediction
from fyr.record import Observation, PatientId, Refusal
from fyr.serve.documents import Tile


class _ByHeartRate(Model):
    """A model for the tests: the risk is a two-hundredth of the heart rate."""

    card = ModelCard(
        name="test_risk",
        version="1",
        title="A test",
        intended_use="Tests.",
        not_for="Anything else.",
        inputs=(ModelInput("heart_rate", "Heart rate", "number", "/min", low=0, high=200),),
        outputs=(ModelOutput("risk", "Risk", "1"),),
        citation="None.",
        licence="None.",
        validity="None.",
        explanation="The input.",
        parameters={"over": 200},
    )

    def compute(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        return {"risk": np.asarray(columns["heart_rate"], float) / 200}


class Ranking:
    """Knows the newest heart rate of each patient."""

    def __init__(self) -> None:
        self.model: Model = _ByHeartRate()
        self.newest: dict[PatientId, float | None] = {}
        self.ages: dict[PatientId, float | None] = {}

    def admit(self, patient: PatientId, admitted_us: int, *, age: float | None = None) -> None:
        self.newest[patient], self.ages[patient] = None, age

    def discharge(self, patient: PatientId) -> None:
        del self.newest[patient]

    def measured(self, patient: PatientId, code: str, time_us: int, value: float | None) -> bool:
        if code == "heart_rate":
            self.newest[patient] = value
        return code == "heart_rate"

    def observed(self, observation: Observation) -> bool:
        return False

    def answers(self, at_us: int) -> Mapping[PatientId, Prediction | Refusal]:
        return {who: self.model.predict({"heart_rate": value}, at_us=at_us) for who, value in self.newest.items()}


class Broken(Ranking):
    """Fails at everything."""

    def measured(self, patient: PatientId, code: str, time_us: int, value: float | None) -> bool:
        raise KeyError(code)

    def answers(self, at_us: int) -> Mapping[PatientId, Prediction | Refusal]:
        raise ZeroDivisionError


def _two_hours(house: House, lowest: float = 83.0) -> None:
    start_us = house.ward_clock.time_us
    for patient, rate in ((ANNA, 100.0), (BERT, 80.0)):
        house.source.send(patient, "heart_rate", start_us, [rate] * 480)
        house.source.send(patient, "respiratory_rate", start_us, [16.0] * 480)
        house.source.send(patient, "spo2", start_us, [97.0] * 200 + [lowest] * 80 + [97.0] * 200)
        house.source.send(patient, "systolic_bp", start_us, [120.0] * 480)
    house.run_to(start_us + 2 * HOUR_US, MINUTE_US)


def _ranks(house: House) -> tuple[float, float]:
    return house.installation.wards.tile(ANNA)["rank"], house.installation.wards.tile(BERT)["rank"]


@pytest.mark.parametrize("ranker", [Ranking, Broken])
def test_alarms_are_the_same_with_a_risk_without_and_with_one_that_fails(
    open_house: Callable[..., House], tmp_path: Any, ranker: type[Ranking], caplog: pytest.LogCaptureFixture
) -> None:
    plain = open_house()
    _two_hours(plain)
    events = plain.installation.wards.event_digest()
    ranked = open_house(ranker=ranker())
    assert ranked.replay.same
    assert ranked.installation.wards.event_digest() == events
    assert events[0] > 10
    for patient in (ANNA, BERT):
        with_risk, without = ranked.installation.wards.tile(patient), plain.installation.wards.tile(patient)
        assert {**with_risk, "rank": 0, "risk": 0} == {**without, "rank": 0, "risk": 0}


def test_it_orders_equals_and_never_passes_a_greater_urgency(open_house: Callable[..., House]) -> None:
    house = open_house(ranker=Ranking())
    _two_hours(house, lowest=97.0)
    anna, bert = _ranks(house)
    assert (anna, bert) == (pytest.approx(400 - 0.9 * 0.5), pytest.approx(400 - 0.9 * 0.4))
    house.low_saturation(BERT)
    anna, bert = _ranks(house)
    assert bert < anna - 1


def test_it_stands_on_the_tile_with_model_inputs_and_what_moved_it(open_house: Callable[..., House]) -> None:
    ranker = Ranking()
    house = open_house(ranker=ranker)
    _two_hours(house)
    tile = Tile.model_validate(house.installation.wards.tile(ANNA))
    assert tile.risk is not None
    assert (tile.risk.value, tile.risk.unit, tile.risk.inputs) == (0.5, "1", {"heart_rate": 100.0})
    assert (tile.risk.model.name, tile.risk.model.digest) == ("test_risk", ranker.model.reference.digest)
    assert tile.risk.time.minute == 0
    assert ranker.ages[ANNA] == 66


def test_a_refusal_is_said_with_its_reason_and_ranks_nobody(open_house: Callable[..., House]) -> None:
    house = open_house(ranker=Ranking())
    house.run_to(house.ward_clock.time_us + HOUR_US + MINUTE_US, MINUTE_US)
    tile = Tile.model_validate(house.installation.wards.tile(ANNA))
    assert tile.risk is not None
    assert tile.risk.value is None
    assert "Heart rate is missing" in (tile.risk.refusal or "")
    assert tile.rank == int(tile.rank)


def test_an_answer_is_a_finding_in_the_record_when_it_changes(open_house: Callable[..., House]) -> None:
    house = open_house(ranker=Ranking())
    _two_hours(house)
    said = [one for one in house.record.findings(ANNA) if one.model.name == "test_risk"]
    # At 08:00, when nothing was known, and at 09:00; at 10:00 the answer was the same.
    assert [type(one.answer).__name__ for one in said] == ["Refusal", "Estimate"]
    found = house.signed_in("nurse").get("/api/patients/demo/1/findings").json()["findings"]
    (document,) = [one for one in found if one["model"]["name"] == "test_risk" and "value" in one["answer"]]
    assert (document["answer"]["value"], document["inputs"]) == (0.5, {"heart_rate": 100.0})


def test_it_is_the_same_after_a_restart(open_house: Callable[..., House]) -> None:
    before = open_house(ranker=Ranking())
    _two_hours(before)
    after = open_house(ranker=Ranking())
    assert after.replay.same
    for patient in (ANNA, BERT):
        assert after.installation.wards.tile(patient) == before.installation.wards.tile(patient)
    assert len([one for one in after.record.findings(ANNA) if one.model.name == "test_risk"]) == 2
