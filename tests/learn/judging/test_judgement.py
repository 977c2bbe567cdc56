"""What a judgement says where a figure cannot be had, and what its numbers must obey."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.learn.judging.judgement import Judgement, judge
from fyr.learn.outcome import Outcome

CURVE = ("ici", "e50", "e90")
LINE = ("slope", "intercept", "hazard_slope")


def judged(risk, outcome, horizon=5.0, *, patient=None, **more) -> Judgement:
    return judge(
        risk,
        outcome,
        horizon_years=horizon,
        patient=np.arange(len(outcome)) if patient is None else patient,
        generator=np.random.default_rng(0),
        **{"resamples": 20, **more},
    )


def survivors(rows: int = 300, seed: int = 1) -> tuple[np.ndarray, Outcome]:
    generator = np.random.default_rng(seed)
    index = generator.normal(size=rows)
    latent, censored = generator.exponential(8 * np.exp(-index)), generator.uniform(0, 12, rows)
    return 1 - np.exp(-0.6 * np.exp(index)), Outcome(latent <= censored, np.minimum(latent, censored))


def reasons(judgement: Judgement) -> dict[str, str]:
    said = judgement.as_dict()
    return {
        **said["not_assessable"],
        **said["calibration"]["not_assessable"],
        **said["net_benefit"]["not_assessable"],
    }


def test_the_document_is_json_with_the_agreed_keys() -> None:
    risk, outcome = survivors()
    said = json.loads(json.dumps(judged(risk, outcome).as_dict(), allow_nan=False))
    assert {"c_index", "uno_c", "auc", "brier", "scaled_brier", "calibration", "net_benefit"} <= said.keys()
    assert {"horizon_years", "resamples", "level", "not_assessable", "small", "warnings"} <= said.keys()
    parts = {"slope", "intercept", "in_the_large", "ici", "e50", "e90", "e_over_o", "curve", "groups", "distribution"}
    assert parts <= said["calibration"].keys()
    assert said["calibration"]["curve"].keys() == {"form", "predicted", "observed", "low", "high"}
    assert said["net_benefit"]["curve"][0].keys() == {"threshold", "estimate", "low", "high", "treat_all"}
    assert not reasons(judged(risk, outcome, thresholds=[0.3]))
    assert said["follow_up_years"]["longest"] == pytest.approx(outcome.years.max())


def test_counts_and_groups_add_up() -> None:
    risk, outcome = survivors()
    found = judged(risk, outcome)
    assert sum(group["rows"] for group in found.calibration["groups"]) == len(risk)
    assert sum(group["events"] for group in found.calibration["groups"]) == found.events_by_horizon
    spread = found.calibration["distribution"]
    assert sum(sum(spread[name]) for name in ("event", "none", "unknown")) == len(risk)
    assert sum(spread["event"]) == found.events_by_horizon
    for figure in (found.c_index, found.uno_c, found.auc, found.brier, found.observed_risk):
        assert 0 <= figure.low <= figure.estimate <= figure.high <= 1
    curve = found.calibration["curve"]
    assert all(low <= high for low, high in zip(curve["low"], curve["high"], strict=True))
    assert all(0 <= value <= 1 for value in curve["observed"])
    for point in found.net_benefit["curve"]:
        if point["estimate"] is not None:
            assert point["estimate"] <= found.observed_risk.estimate + 1e-12
    first = found.net_benefit["curve"][0]  # at a low threshold the model treats nearly all
    assert first["estimate"] == pytest.approx(first["treat_all"], abs=0.02)


def test_the_usual_threshold_is_the_observed_risk() -> None:
    risk, outcome = survivors()
    found = judged(risk, outcome).net_benefit
    assert found["threshold"] == pytest.approx(judged(risk, outcome).observed_risk.estimate, abs=0.005)
    assert found["threshold_is"] == "the observed risk, to two places"
    assert found["treat_all"] == pytest.approx(0, abs=0.01)
    assert judged(risk, outcome, thresholds=[0.25, 0.5]).net_benefit["threshold"] == 0.25


def test_no_events() -> None:
    risk, outcome = survivors()
    why = reasons(judged(risk, Outcome(np.zeros(300, bool), outcome.years)))
    assert why["c_index"] == "there are no events"
    assert why["uno_c"] == why["auc"] == why["slope"] == why["e_over_o"] == "there are no events by 5 years"
    found = judged(risk, Outcome(np.zeros(300, bool), np.full(300, 6.0)))
    assert found.brier.estimate == pytest.approx((risk**2).mean(), abs=1e-12)
    assert found.small


def test_everybody_has_the_event() -> None:
    risk, _ = survivors()
    found = judged(risk, Outcome(np.ones(300, bool), np.linspace(0.1, 4, 300)))
    assert reasons(found)["auc"] == "there is nobody who is known to be without the event by 5 years"
    assert found.c_index is not None
    assert found.observed_risk.estimate == 1


def test_follow_up_that_ends_before_the_horizon_says_when() -> None:
    risk, outcome = survivors()
    found = judged(risk, outcome, 30.0)
    ended = f"follow-up ends at {outcome.years.max():.4g} years, before the horizon of 30 years"
    why = reasons(found)
    for name in (
        "observed_risk",
        "uno_c",
        "auc",
        "brier",
        "scaled_brier",
        *LINE,
        *CURVE,
        "e_over_o",
        "curve",
        "groups",
        "net_benefit",
    ):
        assert why[name] == ended, name
    assert found.c_index is not None
    assert found.net_benefit["curve"] == []


def test_a_model_that_only_ranks() -> None:
    risk, outcome = survivors()
    found = judged(None, outcome, rank=risk * 100)
    assert found.c_index.estimate == judged(risk, outcome).c_index.estimate
    why = reasons(found)
    for name in ("brier", "scaled_brier", *LINE, *CURVE, "e_over_o", "curve", "groups", "net_benefit"):
        assert why[name] == "the model gives a rank, not a probability", name


def test_constant_predictions() -> None:
    _, outcome = survivors()
    found = judged(np.full(300, 0.4), outcome)
    assert {reasons(found)[name] for name in (*LINE, *CURVE, "curve")} == {"all predictions are the same"}
    assert found.c_index.estimate == found.auc.estimate == 0.5
    assert found.calibration["in_the_large"] is not None
    assert found.calibration["e_over_o"] is not None


@pytest.mark.parametrize("timed", [True, False])
def test_predictions_of_exactly_0_and_1_are_held_at_the_nearest_other(timed: bool) -> None:
    risk, outcome = survivors()
    outcome = outcome if timed else Outcome(outcome.event)
    lowest, highest = np.argsort(risk)[:4], np.argsort(risk)[-3:]
    certain, held = risk.copy(), risk.copy()
    certain[lowest[:3]], held[lowest[:3]] = 0, risk[lowest[3]]
    certain[highest[1:]], held[highest[1:]] = 1, risk[highest[0]]
    found, beside = judged(certain, outcome), judged(held, outcome)
    assert found.calibration["not_assessable"] == beside.calibration["not_assessable"]
    for name in (*LINE, "in_the_large"):
        assert found.calibration[name] == beside.calibration[name], name
    assert found.calibration["curve"] == beside.calibration["curve"]
    assert found.calibration["ici"] != beside.calibration["ici"], "the gap is from what was predicted: 0 or 1"
    assert found.calibration["ici"]["estimate"] == pytest.approx(beside.calibration["ici"]["estimate"], abs=0.01)
    assert found.brier.estimate == judged(certain, outcome, rank=risk).brier.estimate != beside.brier.estimate


def test_one_certain_prediction_does_not_drive_the_slope() -> None:
    risk, outcome = survivors()
    without = judged(risk[1:], Outcome(outcome.event[1:], outcome.years[1:])).calibration["slope"]["estimate"]
    risk[0] = 0
    found = judged(risk, outcome)
    assert found.calibration["slope"]["estimate"] == pytest.approx(without, abs=0.05)
    least = np.delete(risk, 0).min()
    wrong = int(outcome.event[0] and outcome.years[0] <= 5)
    said = f"1 exactly 0 ({wrong} of them had the event by 5 years), held at {least:.4g}: such predictions"
    assert any(one.startswith(said) for one in found.warnings), found.warnings


def test_predictions_that_are_all_certain() -> None:
    risk, outcome = survivors()
    found = judged(np.round(risk), outcome)
    why = reasons(found)
    said = "every prediction is exactly 0 or 1, which has no place on the scale of calibration"
    assert {why[name] for name in (*LINE, *CURVE, "curve", "in_the_large")} == {said}
    assert "brier" not in why
    assert "e_over_o" not in why
    some = judged(np.where(risk < 0.5, 0.0, 0.7), outcome)
    assert reasons(some)["slope"] == "all predictions but those of exactly 0 or 1 are the same"
    assert some.calibration["e_over_o"] is not None


def test_few_events_have_no_smooth_curve_and_are_small() -> None:
    risk, outcome = survivors(60, seed=2)
    few = outcome.event & (np.cumsum(outcome.event & (outcome.years <= 5)) <= 8)
    found = judged(risk, Outcome(few, outcome.years))
    assert reasons(found)["ici"] == "8 events by 5 years; a smooth curve needs 20"
    assert found.small
    assert found.warnings[0].startswith("small: 8 with the event by 5 years")


def test_one_patient_has_no_interval() -> None:
    risk, outcome = survivors(40)
    found = judged(risk, outcome, patient=np.zeros(40))
    assert found.c_index.low is None
    assert reasons(found)["c_index.interval"] == "one patient cannot be resampled"
    assert found.patients == 1
    assert "40 rows of 1 patients" in " ".join(found.warnings)


def test_no_patients() -> None:
    found = judged(np.zeros(0), Outcome(np.zeros(0, bool), np.zeros(0)))
    assert set(reasons(found).values()) == {"there are no patients"}
    assert found.small


def test_120_months_are_10_years() -> None:
    years = np.array([120 * (365.25 / 12) / 365.25 - 1e-13, 3.0, 4.0])
    found = judged(np.array([0.1, 0.5, 0.6]), Outcome(np.array([False, True, True]), years), 10.0)
    assert found.auc.estimate == 1


def test_perfectly_separated_outcomes_have_no_slope() -> None:
    risk = np.linspace(0.05, 0.95, 80)
    found = judged(risk, Outcome(risk > 0.5), None)
    assert reasons(found)["slope"] == "the data do not determine it"
    assert found.auc.estimate == 1


def test_rows_of_a_patient_are_drawn_together() -> None:
    """Every row ten times over is no more knowledge: the interval must not shrink."""
    risk, outcome = survivors(100)
    repeated = np.repeat(np.arange(100), 10)
    widths = []
    for patient, rows in ((np.arange(100), np.arange(100)), (repeated, repeated), (np.arange(1000), repeated)):
        found = judged(risk[rows], outcome.take(rows), patient=patient, resamples=300).c_index
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.2)
    assert widths[2] < 0.5 * widths[0]


def test_the_interval_of_the_observed_risk_is_greenwoods() -> None:
    from fyr.learn.survival.kaplan_meier import kaplan_meier

    risk, outcome = survivors(500)
    found = judged(risk, outcome, resamples=1000).observed_risk
    error = float(kaplan_meier(outcome.years, outcome.event).standard_error_at(5.0))
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_the_same_generator_gives_the_same_numbers() -> None:
    risk, outcome = survivors()
    assert judged(risk, outcome).as_dict() == judged(risk, outcome).as_dict()


def test_a_small_hospital_says_that_it_is_small() -> None:
    risk, outcome = survivors()
    assert not judged(risk, outcome).small
    assert judged(risk[:15], outcome.take(np.arange(15))).small


@pytest.mark.parametrize(
    ("risk", "more", "reason"),
    [
        ([40.0, 0.1], {}, "a risk is 40"),
        ([np.nan, 0.1], {}, "1 values of risk are no number"),
        ([0.1], {}, "1 values of risk and 2 outcomes"),
        (None, {}, "neither a risk nor a rank"),
        ([0.2, 0.1], {"thresholds": [0.2, 20]}, "a threshold is 20"),
        ([0.2, 0.1], {"thresholds": []}, "there is no threshold"),
        ([0.2, 0.1], {"horizon": None}, "the horizon is None"),
        ([0.2, 0.1], {"horizon": -1.0}, "the horizon is -1"),
        ([0.2, 0.1], {"patient": [1]}, "1 patients and 2 outcomes"),
        ([0.2, 0.1], {"level": 95.0}, "at a level of 95"),
    ],
)
def test_what_cannot_be_judged_is_refused(risk, more, reason) -> None:
    outcome = Outcome(np.array([True, False]), np.array([1.0, 6.0]))
    with pytest.raises(BadInput, match=reason):
        judged(risk, outcome, more.pop("horizon", 5.0), **more)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.1, 0.5, 0.5001, 0.9, 1.0]),
            st.integers(0, 6),
            st.integers(0, 2),
            st.integers(0, 4),
        ),
        max_size=40,
    ),
    st.sampled_from([None, 1.0, 5.0, 6.0, 7.0]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_nothing_breaks_and_nothing_is_nan(rows, horizon, only_ranks) -> None:
    """Every figure is there, or has its reason; no warning is raised (they are errors here)."""
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * 4
    risk, years, cause, patient = columns
    outcome = Outcome(cause == 1, None if horizon is None else years.astype(float), cause == 2)
    given_risk = None if only_ranks else risk.astype(float)
    found = judged(given_risk, outcome, horizon, patient=patient, resamples=5, rank=risk if only_ranks else None)
    every_figure_or_its_reason(found)


@pytest.mark.parametrize("seed", range(40))
def test_awkward_cohorts_do_not_break_it(seed) -> None:
    """Risks next to 0 and 1, of few values or of one class; rare events, ties, early ends, rows of few patients."""
    generator = np.random.default_rng(seed)
    rows = int(generator.integers(40, 250))
    index = generator.normal(0, generator.choice([0.1, 1, 6]), rows)
    risk = np.clip(1 / (1 + np.exp(-index)), 1e-15, 1 - 1e-15)
    if generator.random() < 0.4:
        risk = generator.choice([1e-12, 0.2, 0.2001, 0.7], rows)
    cause = generator.choice(3, rows, p=generator.dirichlet([1, 1, 1]))
    if generator.random() < 0.3:
        cause = np.where(risk > np.median(risk), 1, 0)
    years = generator.exponential(4, rows).round(int(generator.integers(0, 3)))
    timed = generator.random() < 0.75
    outcome = Outcome(cause == 1, years if timed else None, cause == 2)
    patient = generator.integers(0, int(generator.choice([2, rows // 3, 10_000])), rows)
    every_figure_or_its_reason(judged(risk, outcome, float(generator.choice([0.5, 2, 6])), patient=patient))


def every_figure_or_its_reason(found: Judgement) -> None:
    said = found.as_dict()
    json.dumps(said, allow_nan=False)
    for part in (said, said["calibration"], {"net_benefit": said["net_benefit"]["estimate"], **said["net_benefit"]}):
        why = part["not_assessable"]
        assert all(why[name] for name, value in part.items() if value is None and name in NAMES)
        for name, value in part.items():
            if isinstance(value, dict) and value.get("low", 0) is None and name in NAMES - {"net_benefit"}:
                assert why[f"{name}.interval"]


NAMES = {"observed_risk", "c_index", "uno_c", "auc", "brier", "scaled_brier", "net_benefit", "in_the_large", "e_over_o"}
NAMES |= {*CURVE, *LINE, "curve", "groups", "distribution"}


def test_a_horizon_of_30_days_is_day_30_however_it_is_rounded() -> None:
    years = np.array([30, 30, 10, 20]) / 365.25
    outcome = Outcome(np.array([False, True, True, False]), years)
    for horizon in (30 / 365.25, round(30 / 365.25, 9), np.nextafter(30 / 365.25, 1)):
        found = judged(np.array([0.1, 0.5, 0.6, 0.2]), outcome, horizon)
        assert found.events_by_horizon == 2
        assert "auc" not in found.not_assessable
