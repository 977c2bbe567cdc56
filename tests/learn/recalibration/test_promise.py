"""The promise: what the recalibrated model does on patients it never saw, and the advice that rests on it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.recalibration.distorted import binary, survival

from fyr.errors import BadInput, Refused
from fyr.learn.horizon_status import status_at
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration.held_out import Ground, HeldOut
from fyr.learn.recalibration.promise import advice, brier_gain, figures_beside
from fyr.learn.recalibration.run import Settings, recalibrate

FEW = {"folds": 4, "repeats": 2, "resamples": 100}


def ground_of(risk: np.ndarray, outcome: Outcome, horizon: float | None, hospitals: int = 1) -> Ground:
    rows = len(risk)
    hospital = np.array([f"H{row % hospitals}" for row in range(rows)], dtype=object)
    return Ground(risk, outcome, np.arange(rows).astype(str).astype(object), hospital, horizon)


@pytest.mark.parametrize("competing", [False, True])
def test_a_model_that_is_wrong_is_set_right_on_patients_it_never_saw(competing: bool) -> None:
    risk, outcome = survival(1500, factor=0.4, competing=competing)
    found = recalibrate(ground_of(risk, outcome, 10.0), Settings("baseline", **FEW))
    before, after = found.promise["before"], found.promise["after"]
    assert before["e_over_o"]["low"] > 1.2
    assert after["e_over_o"]["estimate"] == pytest.approx(1, abs=0.06)
    assert after["ici"]["estimate"] < before["ici"]["estimate"] / 2
    assert found.promise["brier_gain"]["low"] > 0
    assert found.advice["recalibrate"]
    assert found.promise["methods"] == {"baseline": 8}


def test_a_model_that_is_right_is_not_bettered_and_the_advice_says_so() -> None:
    risk, outcome = survival(1500, factor=1.0)
    found = recalibrate(ground_of(risk, outcome, 10.0), Settings("isotonic", **FEW))
    assert not found.advice["recalibrate"]
    assert "keep the model as it is" in found.advice["reason"] or "does harm" in found.advice["reason"]


def test_the_gain_is_the_difference_of_the_brier_scores() -> None:
    risk, outcome = binary(800)
    ground = ground_of(risk, outcome, None)
    gain = brier_gain(ground, (HeldOut((), risk**2),), np.random.default_rng(1), 100)
    assert gain["estimate"] == pytest.approx(np.mean((outcome.event - risk) ** 2 - (outcome.event - risk**2) ** 2))
    found = figures_beside(ground, risk**2, np.random.default_rng(1), 100)
    apart = found["before"]["brier"]["estimate"] - found["after"]["brier"]["estimate"]
    assert gain["estimate"] == pytest.approx(apart)


def test_under_censoring_the_gain_is_that_of_the_judged_brier_scores() -> None:
    risk, outcome = survival(800)
    ground = ground_of(risk, outcome, 10.0)
    found = figures_beside(ground, risk**2, np.random.default_rng(1), 100)
    apart = found["before"]["brier"]["estimate"] - found["after"]["brier"]["estimate"]
    assert found["brier_gain"]["estimate"] == pytest.approx(apart, abs=1e-9)


@pytest.mark.parametrize(
    ("gain", "method", "use", "said"),
    [
        ((0.02, 0.01, 0.03), "slope", True, "the Brier score gains"),
        ((0.001, -0.01, 0.01), "slope", False, "nothing shows that it helps"),
        ((-0.02, -0.03, -0.01), "isotonic", False, "does harm"),
        ((0.0, 0.0, 0.0), "none", False, "keep it"),
    ],
)
def test_the_advice_follows_the_interval_of_the_gain(
    gain: tuple[float, float, float], method: str, use: bool, said: str
) -> None:
    told = advice({"brier_gain": dict(zip(("estimate", "low", "high"), gain, strict=True))}, method)
    assert told["recalibrate"] is use
    assert said in told["reason"]


def test_hospitals_are_promised_by_the_others_and_kept_rows_are_only_judged() -> None:
    risk, outcome = binary(1200, slope=1.0, shift=-1.0)
    every = ground_of(risk, outcome, None, hospitals=3)
    apart = np.arange(1200) >= 900
    found = recalibrate(
        every.take(~apart), Settings("intercept", conformal=0.9, abstain=0.2, **FEW), apart=every.take(apart)
    )
    assert found.promise["unseen_hospital"].keys() == {"H0", "H1", "H2"}
    assert found.held_out is not None
    assert found.held_out["rows"] == 300
    assert found.held_out["after"]["brier"]["estimate"] < found.held_out["before"]["brier"]["estimate"]
    assert found.sets is not None
    assert found.rule is not None
    assert found.conformal is not None
    assert set(found.conformal) == {"held_out_patients", "by_hospital", "own_thresholds", "unseen_hospital"}
    status = status_at(every.take(~apart).outcome, None)
    assert found.before["events"] == status.events


def test_what_cannot_be_recalibrated_is_refused_before_any_work() -> None:
    risk, outcome = binary(300)
    with pytest.raises(Refused, match="backwards"):
        recalibrate(ground_of(1 - risk, outcome, None), Settings(**FEW))
    with pytest.raises(BadInput, match="no repeat"):
        recalibrate(ground_of(risk, outcome, None), Settings(repeats=0))
    with pytest.raises(BadInput, match="not from 0"):
        recalibrate(ground_of(risk, outcome, None), Settings("intercept", abstain=1.0, **FEW))
