"""Areas, Brier scores and smooth curves against scikit-survival and lifelines; binary outcomes against formulas."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sksurv.metrics import brier_score, cumulative_dynamic_auc
from sksurv.util import Surv

from fyr.learn.discrimination import area_under_roc
from fyr.learn.judging.judgement import judge
from fyr.learn.logistic import calibration
from fyr.learn.outcome import Outcome


def made_up(rows: int = 600, seed: int = 3) -> tuple[np.ndarray, Outcome]:
    """Exponential times that never coincide, uniform censoring, and risks that are right but for a shift."""
    generator = np.random.default_rng(seed)
    index = generator.normal(size=rows)
    latent, censored = generator.exponential(10 * np.exp(-index)), generator.uniform(0, 15, rows)
    return 1 - np.exp(-0.6 * np.exp(0.8 * index)), Outcome(latent <= censored, np.minimum(latent, censored))


def judged(risk, outcome, horizon=5.0, **more):
    return judge(
        risk,
        outcome,
        horizon_years=horizon,
        patient=np.arange(len(risk)),
        generator=np.random.default_rng(0),
        **{"resamples": 0, **more},
    )


@pytest.mark.parametrize("horizon", [2.0, 5.0, 9.0])
def test_area_and_brier_score_equal_scikit_survival(horizon) -> None:
    risk, outcome = made_up()
    found = judged(risk, outcome, horizon)
    peer = Surv.from_arrays(outcome.event, outcome.years)
    area, _ = cumulative_dynamic_auc(peer, peer, risk, [horizon])
    assert found.auc.estimate == pytest.approx(float(area[0]), abs=1e-12)
    _, brier = brier_score(peer, peer, 1 - risk[:, None], [horizon])
    assert found.brier.estimate == pytest.approx(float(brier[0]), abs=1e-12)


def test_smooth_curve_is_near_that_of_lifelines() -> None:
    """lifelines fits a parametric curve that is straight in cloglog(p): another smoother, the same story."""
    from lifelines import CoxPHFitter
    from lifelines.calibration import survival_probability_calibration

    mpl.use("Agg")
    generator = np.random.default_rng(11)
    index = generator.normal(size=800)
    latent, censored = generator.exponential(6 * np.exp(-index)), generator.uniform(0, 15, 800)
    frame = pd.DataFrame({"x": index, "t": np.minimum(latent, censored), "e": latent <= censored})
    fitted = CoxPHFitter().fit(frame.iloc[:400], "t", "e")
    test = frame.iloc[400:].assign(x=lambda table: table["x"] * 1.2 + 0.5)  # predictions too extreme, and too high
    with np.errstate(divide="ignore", invalid="ignore"):  # its grid ends at a risk of exactly 1
        _, ici, e50 = survival_probability_calibration(fitted, test, 5.0)
    mpl.pyplot.close("all")
    risk = 1 - fitted.predict_survival_function(test, times=[5.0]).to_numpy()[0]
    ours = judged(risk, Outcome(test["e"].to_numpy(), test["t"].to_numpy())).calibration
    assert ours["ici"]["estimate"] == pytest.approx(ici, abs=0.01)
    assert ours["e50"]["estimate"] == pytest.approx(e50, abs=0.02)
    assert ici > 0.08


def test_an_outcome_without_times_has_the_plain_formulas() -> None:
    generator = np.random.default_rng(5)
    risk = generator.beta(2, 4, 500).round(2) * 0.98 + 0.01
    event = generator.random(500) < risk**0.8
    found = judged(risk, Outcome(event), None, thresholds=[0.3])
    assert found.auc.estimate == pytest.approx(area_under_roc(event, risk), abs=1e-13)
    assert found.brier.estimate == pytest.approx(((event - risk) ** 2).mean(), abs=1e-13)
    null = event.mean() * (1 - event.mean())
    assert found.scaled_brier.estimate == pytest.approx(1 - ((event - risk) ** 2).mean() / null, abs=1e-12)
    line = calibration(event, risk)
    assert found.calibration["slope"]["estimate"] == pytest.approx(line.slope, abs=1e-7)
    assert found.calibration["intercept"]["estimate"] == pytest.approx(line.intercept, abs=1e-7)
    assert found.calibration["in_the_large"]["estimate"] == pytest.approx(line.in_the_large, abs=1e-9)
    assert found.calibration["e_over_o"]["estimate"] == pytest.approx(risk.mean() / event.mean(), abs=1e-13)
    treated = risk >= 0.3
    benefit = (treated & event).mean() - (treated & ~event).mean() * 0.3 / 0.7
    assert found.net_benefit["estimate"] == pytest.approx(benefit, abs=1e-13)
    assert found.net_benefit["treat_all"] == pytest.approx(event.mean() - (1 - event.mean()) * 0.3 / 0.7, abs=1e-13)
    assert found.c_index == found.auc
    assert found.not_assessable["uno_c"].startswith("the outcome has no times")


def test_the_smooth_curve_of_an_outcome_without_times_meets_the_conditions_of_a_maximum() -> None:
    """A logistic fit with an intercept and the log odds predicts as many events as there are, at the same log odds."""
    generator = np.random.default_rng(6)
    risk = generator.uniform(0.02, 0.98, 800)
    event = generator.random(800) < risk**2
    curve = judged(risk, Outcome(event), None).calibration["curve"]
    observed = np.interp(risk, curve["predicted"], curve["observed"])
    assert observed.mean() == pytest.approx(event.mean(), abs=2e-3)
    assert (observed * np.log(risk / (1 - risk))).mean() == pytest.approx(
        (event * np.log(risk / (1 - risk))).mean(), abs=5e-3
    )
    middle = np.abs(np.array(curve["predicted"]) - 0.5) < 0.2
    truth = np.array(curve["predicted"])[middle] ** 2
    assert np.array(curve["observed"])[middle] == pytest.approx(truth, abs=0.07)


def test_a_perfect_model_is_found_perfect() -> None:
    generator = np.random.default_rng(7)
    index = generator.normal(size=40_000)
    latent, censored = generator.exponential(10 * np.exp(-index)), generator.uniform(0, 15, 40_000)
    found = judged(1 - np.exp(-0.5 * np.exp(index)), Outcome(latent <= censored, np.minimum(latent, censored)))
    for name, ideal in {"slope": 1, "hazard_slope": 1, "intercept": 0, "in_the_large": 0, "ici": 0, "e90": 0}.items():
        assert found.calibration[name]["estimate"] == pytest.approx(ideal, abs=0.03), name
    assert found.calibration["e_over_o"]["estimate"] == pytest.approx(1, abs=0.02)
    for group in found.calibration["groups"]:
        assert group["low"] - 0.01 <= group["predicted"] <= group["high"] + 0.01


def test_competing_events_are_not_taken_for_censoring() -> None:
    """Half die of something else before anything can be seen: one minus Kaplan-Meier would call the model too low."""
    generator = np.random.default_rng(8)
    rows = 20_000
    event_at, other_at = generator.exponential(10, rows), generator.exponential(5, rows)
    censored = generator.uniform(4, 15, rows)
    years = np.minimum.reduce([event_at, other_at, censored])
    true = 0.1 / 0.3 * (1 - np.exp(-0.3 * 5))
    risk = np.clip(generator.normal(true, 0.02, rows), 0.05, 0.9)
    outcome = Outcome(years == event_at, years, years == other_at)
    found = judged(risk, outcome)
    assert found.observed_risk.estimate == pytest.approx(true, abs=0.01)
    assert found.calibration["e_over_o"]["estimate"] == pytest.approx(1, abs=0.04)
    naive = judged(risk, Outcome(outcome.event, years))
    assert naive.calibration["e_over_o"]["estimate"] < 0.75
