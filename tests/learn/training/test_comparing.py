from __future__ import annotations

import numpy as np
import pytest

from fyr.learn.outcome import Outcome
from fyr.learn.survival.concordance import concordance
from fyr.learn.training.comparing import compare

GENERATOR = np.random.default_rng(3)
ROWS = 400
TRUE = GENERATOR.uniform(0.05, 0.9, ROWS)
YEARS = GENERATOR.exponential(-2 / np.log1p(-TRUE))
OUTCOME = Outcome(YEARS < 6, np.minimum(YEARS, 6.0))
PATIENT = np.array([f"a/{number}" for number in range(ROWS)], dtype=object)


def compared(risk: np.ndarray, rival: np.ndarray, outcome: Outcome = OUTCOME, **more: object) -> dict:
    return compare(
        risk,
        rival,
        outcome,
        horizon_years=None if outcome.years is None else 2.0,
        patient=PATIENT,
        generator=np.random.default_rng(1),
        resamples=100,
        **more,  # type: ignore[arg-type]
    )


def test_a_model_does_not_beat_itself() -> None:
    found = compared(TRUE, TRUE)

    for figure in ("c_index", "brier", "net_benefit"):
        assert found[figure]["difference"] == {"estimate": 0.0, "low": 0.0, "high": 0.0}
        assert found[figure]["verdict"] == "no difference shown"
    assert found["beats"] is False


def test_the_truth_beats_its_average_and_is_not_beaten_by_it() -> None:
    average = np.full(ROWS, TRUE.mean())
    found, turned = compared(TRUE, average), compared(average, TRUE)

    assert found["beats"] is True
    assert found["brier"]["verdict"] == "beats"
    assert found["c_index"]["model"] == concordance(OUTCOME.years, OUTCOME.event, TRUE)  # type: ignore[arg-type]
    assert found["c_index"]["rival"] == 0.5
    assert turned["c_index"]["verdict"] == "is beaten"
    assert turned["c_index"]["difference"]["low"] == -found["c_index"]["difference"]["high"]


def test_rank_alone_cannot_see_a_risk_that_is_twice_too_low_and_the_brier_score_can() -> None:
    found = compared(TRUE, TRUE / 2)

    assert found["c_index"]["verdict"] == "no difference shown"
    assert found["brier"]["verdict"] == "beats"


def test_a_difference_that_may_be_chance_beats_nobody() -> None:
    noise = np.clip(TRUE + GENERATOR.normal(0, 0.02, ROWS), 0.01, 0.99)

    assert compared(TRUE, noise)["beats"] is False


def test_only_rows_that_both_answer_are_compared_and_a_score_is_judged_by_rank() -> None:
    rival = np.where(np.arange(ROWS) < 100, np.nan, 10 * TRUE)

    found = compared(TRUE, rival, rival_is_risk=False)

    assert found["rows"] == 300
    assert found["brier"] is None
    assert found["c_index"]["model"] == found["c_index"]["rival"]
    assert compared(TRUE, np.full(ROWS, np.nan))["beats"] is None


def test_without_times_it_is_the_area_under_the_curve() -> None:
    from sklearn.metrics import brier_score_loss, roc_auc_score

    event = GENERATOR.random(ROWS) < TRUE
    found = compared(TRUE, np.full(ROWS, 0.5), Outcome(event))

    assert found["auc"]["model"] == pytest.approx(roc_auc_score(event, TRUE))
    assert found["brier"]["model"] == pytest.approx(brier_score_loss(event, TRUE))
