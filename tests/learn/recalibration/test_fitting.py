"""Every recalibration against an independent implementation, a closed form, or a distortion that it must undo."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from tests.learn.recalibration.distorted import binary, survival

from fyr.errors import BadInput, Refused
from fyr.learn.horizon_status import status_at
from fyr.learn.logistic import log_odds, probability
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration import Recalibration, bootstrap_band, fit_recalibration
from fyr.learn.recalibration.baseline import baseline_hazard
from fyr.learn.recalibration.isotonic import away_from_ends, fit_isotonic
from fyr.learn.recalibration.line import fit_line
from fyr.learn.recalibration.links import linked, unlinked
from fyr.learn.survival.fine_gray import fit_fine_gray


@pytest.mark.parametrize("slope", [True, False])
def test_the_logistic_line_is_that_of_scikit_learn(slope):
    linear_model = pytest.importorskip("sklearn.linear_model")
    risk, outcome = binary()
    weight = np.random.default_rng(4).uniform(0.5, 2, len(risk))
    line = linked(risk, "logit")
    found = fit_line(line, outcome.event, weight, "logit", slope=slope)
    if slope:
        peer = linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
        peer.fit(line[:, None], outcome.event, sample_weight=weight)
        assert found == pytest.approx((peer.intercept_[0], peer.coef_[0, 0]), abs=1e-6)
    else:  # the score of the intercept is zero
        assert found[1] == 1
        assert (weight * (outcome.event - probability(line + found[0]))).sum() == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_the_line_is_where_a_general_optimiser_finds_it(link):
    risk, outcome = survival()
    status = status_at(outcome, 10.0)
    line = linked(risk, link)

    def loss(beta):
        new = np.clip(unlinked(beta[0] + beta[1] * line, link), 1e-15, 1 - 1e-15)
        return -(status.weight * np.where(status.happened, np.log(new), np.log1p(-new))).sum()

    peer = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 2000})
    found = fit_line(line, status.happened, status.weight, link, slope=True)
    assert found == pytest.approx(peer.x, abs=1e-5)


def test_isotonic_is_that_of_scikit_learn_also_with_ties_and_weights():
    isotonic = pytest.importorskip("sklearn.isotonic")
    generator = np.random.default_rng(7)
    for rows in (5, 60, 2000):
        risk = np.round(generator.random(rows), 2)
        happened, weight = generator.random(rows) < risk**2, generator.uniform(0.3, 3, rows)
        knots, values, _ = fit_isotonic(risk, happened, weight)
        peer = isotonic.IsotonicRegression(out_of_bounds="clip").fit(risk, happened, sample_weight=weight)
        at = generator.random(500)
        assert np.interp(at, knots, values) == pytest.approx(peer.predict(at), abs=1e-6)


def test_isotonic_leaves_out_rows_whose_status_nobody_knows():
    risk, happened = np.array([0.1, 0.4, 0.5, 0.9]), np.array([0, 1, 0, 1], bool)
    knots, values, weights = fit_isotonic(risk, happened, np.array([1.0, 0, 1, 2]))
    assert (knots.tolist(), values.tolist(), weights.tolist()) == ([0.1, 0.5, 0.9], [0, 0, 1], [2, 2, 2])


def test_no_risk_of_0_or_1_comes_of_an_isotonic_map():
    """Half a patient of the other kind in a block of 9 is 0.05; where that passes the next block it stops there."""
    moved = away_from_ends(np.array([0.0, 0.3, 0.6, 1.0]), np.array([9.0, 9, 9, 9]))
    assert moved == pytest.approx([0.05, 0.3, 0.6, 0.95])
    assert away_from_ends(np.array([0.0, 0.02, 1.0]), np.array([9.0, 50, 1])) == pytest.approx([0.02, 0.02, 0.75])
    risk, outcome = survival(1500)
    new = fit_recalibration(risk, outcome, "isotonic", horizon_years=10.0).apply(np.linspace(0, 1, 101))
    assert new.min() > 0
    assert new.max() < 1


def test_without_a_predictor_the_baseline_is_nelson_aalen():
    lifelines = pytest.importorskip("lifelines")
    _, outcome = survival(400)
    rounded = Outcome(outcome.event, np.ceil(outcome.years * 4) / 4)
    peer = lifelines.NelsonAalenFitter(nelson_aalen_smoothing=False).fit(rounded.years, rounded.event)
    assert baseline_hazard(np.zeros(400), rounded, 10.0) == pytest.approx(float(peer.predict(10.0)), abs=1e-12)


def test_under_a_fitted_predictor_the_baseline_is_that_of_cox_regression():
    """Breslow's baseline at the coefficient of a Cox fit is that fit's own, whatever was predicted before."""
    lifelines = pytest.importorskip("lifelines")
    pandas = pytest.importorskip("pandas")
    risk, outcome = survival(600)
    table = pandas.DataFrame({"line": linked(risk, "cloglog"), "years": outcome.years, "event": outcome.event})
    peer = lifelines.CoxPHFitter().fit(table, "years", "event")
    centred = peer.params_["line"] * (table["line"] - table["line"].mean()).to_numpy()
    stated = peer.baseline_cumulative_hazard_["baseline cumulative hazard"]
    assert baseline_hazard(centred, outcome, 10.0) == pytest.approx(stated[stated.index <= 10.0].iloc[-1], rel=1e-9)


def test_with_competing_events_the_baseline_is_the_weighted_sum_written_out():
    """The subdistribution's risk sets, row by row (Fine and Gray 1999, eq. 7; Geskus 2011)."""
    risk, outcome = survival(250, competing=True)
    line, years, cause = linked(risk, "cloglog"), outcome.years, outcome.cause
    lost = np.unique(years[cause == 0])

    def followed(before):
        chance = 1.0
        for time in lost[lost < before]:
            chance *= 1 - ((years == time) & (cause == 0)).sum() / (years >= time).sum()
        return chance

    total = 0.0
    for time in years[(cause == 1) & (years <= 10)]:
        weight = np.where(years >= time, 1.0, 0.0)
        for row in np.flatnonzero((cause == 2) & (years < time)):
            weight[row] = followed(time) / followed(years[row])
        total += 1 / (weight * np.exp(line)).sum()
    assert baseline_hazard(line, outcome, 10.0) == pytest.approx(total, rel=1e-10)


def test_under_a_fitted_predictor_the_subdistribution_is_that_of_fine_and_gray():
    """At the coefficient of a Fine-Gray fit the baseline gives the very incidence that the fit states."""
    risk, outcome = survival(900, competing=True)
    line = linked(risk, "cloglog")
    peer = fit_fine_gray(line[:, None], outcome.years, outcome.cause, ties="breslow")
    tilted = peer.coefficients[0] * line
    found = baseline_hazard(tilted, outcome, 10.0) * np.exp(tilted[:5])
    assert 1 - np.exp(-found) == pytest.approx(peer.incidence(line[:5, None], [10.0])[:, 0], rel=1e-8)


def test_with_no_predictor_the_subdistribution_follows_aalen_johansen():
    """One minus the product of these hazards is Aalen-Johansen (Geskus 2011); the sum is close to it."""
    _, outcome = survival(4000, competing=True)
    found = 1 - np.exp(-baseline_hazard(np.zeros(4000), outcome, 10.0))
    assert found == pytest.approx(status_at(outcome, 10.0).share, abs=2e-4)


@pytest.mark.parametrize("competing", [False, True])
@pytest.mark.parametrize("method", ["intercept", "baseline", "slope", "isotonic"])
def test_hazards_that_are_stated_twice_too_high_are_halved(method, competing):
    risk, outcome = survival(20_000, competing=competing)
    fitted = fit_recalibration(risk, outcome, method, horizon_years=10.0)
    at = np.array([0.2, 0.4, 0.6, 0.8])
    if not competing:
        assert fitted.apply(at) == pytest.approx(1 - np.sqrt(1 - at), abs=0.05 if method == "isotonic" else 0.015)
    assert np.average(fitted.apply(risk)) == pytest.approx(status_at(outcome, 10.0).share, abs=0.01)
    if method in ("intercept", "baseline") and not competing:
        assert fitted.intercept == pytest.approx(np.log(0.5), abs=0.05)


@pytest.mark.parametrize("method", ["intercept", "slope", "isotonic"])
def test_a_distorted_probability_is_set_right(method):
    risk, outcome = binary(30_000, slope=1.0 if method == "intercept" else 0.6)
    fitted = fit_recalibration(risk, outcome, method, horizon_years=None)
    at = np.array([0.2, 0.4, 0.6, 0.8])
    true = probability(-0.7 + (1.0 if method == "intercept" else 0.6) * log_odds(at))
    assert fitted.apply(at) == pytest.approx(true, abs=0.05 if method == "isotonic" else 0.015)
    if method == "slope":
        assert (fitted.intercept, fitted.slope) == pytest.approx((-0.7, 0.6), abs=0.04)


def test_risks_that_are_right_are_left_alone():
    risk, outcome = survival(20_000, factor=1.0)
    for method in ("intercept", "baseline", "slope"):
        fitted = fit_recalibration(risk, outcome, method, horizon_years=10.0)
        assert (fitted.intercept, fitted.slope) == pytest.approx((0, 1), abs=0.05)


@pytest.mark.parametrize("method", ["none", "intercept", "baseline", "slope", "isotonic"])
def test_a_map_only_rises_and_reads_back_what_it_wrote(method):
    risk, outcome = survival()
    fitted = fit_recalibration(risk, outcome, method, horizon_years=10.0)
    grid = np.linspace(0, 1, 401)
    new = fitted.apply(grid)
    assert (np.diff(new) >= 0).all()
    assert new.min() >= 0
    assert new.max() <= 1
    again = Recalibration.from_dict(fitted.as_dict())
    assert again == fitted
    assert np.isnan(fitted.apply(np.nan))


def test_the_band_covers_the_true_map_about_as_often_as_it_says():
    """Of 60 cohorts, the 90 % band at a risk of 0.5 holds the true risk in 46 to 60 (binomial, 99.9 %)."""
    held = 0
    for seed in range(60):
        risk, outcome = binary(400, seed=seed)
        fitted = fit_recalibration(risk, outcome, "slope", horizon_years=None)
        band, parameters = bootstrap_band(
            risk,
            outcome,
            fitted,
            horizon_years=None,
            patient=np.arange(400),
            generator=np.random.default_rng(seed),
            resamples=100,
            level=0.9,
        )
        low, high = band.at(np.array([0.5]), fitted.apply([0.5]))
        held += bool(low[0] <= probability(-0.7) <= high[0])
        assert parameters["slope"][0] < fitted.slope < parameters["slope"][1]
    assert held >= 46


@pytest.mark.parametrize(
    ("method", "events", "complaint"),
    [
        ("intercept", 24, r"intercept needs 25 rows with the event and there are 24 .*Riley"),
        ("slope", 99, r"slope needs 100 rows with the event and there are 99 .*Collins"),
        ("isotonic", 199, r"isotonic needs 200 rows with the event and there are 199 .*Van Calster"),
    ],
)
def test_too_few_events_are_refused_with_how_many_are_needed(method, events, complaint):
    event = np.arange(1000) < events
    risk = np.random.default_rng(1).uniform(0.1, 0.5, 1000) + 0.2 * event
    with pytest.raises(Refused, match=complaint):
        fit_recalibration(risk, Outcome(event), method, horizon_years=None)
    assert fit_recalibration(risk, Outcome(np.arange(1000) <= events), method, horizon_years=None).method == method


def test_too_few_rows_without_the_event_are_refused():
    event = np.arange(46) > 0
    with pytest.raises(Refused, match="25 rows known to be without it and there are 1"):
        fit_recalibration(np.linspace(0.2, 0.8, 46), Outcome(event), "intercept", horizon_years=None)


def test_what_no_map_can_mend_is_refused():
    event = np.arange(400) % 2 == 0
    generator = np.random.default_rng(3)
    with pytest.raises(Refused, match="same risk"):
        fit_recalibration(np.full(400, 0.3), Outcome(event), "intercept", horizon_years=None)
    with pytest.raises(Refused, match="separates"):
        fit_recalibration(np.where(event, 0.8, 0.3), Outcome(event), "slope", horizon_years=None)
    with pytest.raises(Refused, match="backwards"):
        fit_recalibration(
            0.5 - 0.2 * event + generator.uniform(0, 0.4, 400), Outcome(event), "slope", horizon_years=None
        )
    with pytest.raises(BadInput, match="no probability"):
        fit_recalibration(np.where(event, 1.2, 0.3), Outcome(event), "slope", horizon_years=None)
    risk = 0.2 * event + generator.uniform(0.1, 0.4, 400)
    risk[:40] = 0
    with pytest.raises(BadInput, match="40 predicted risks are exactly 0 or 1"):
        fit_recalibration(risk, Outcome(event), "slope", horizon_years=None)


def test_risks_of_nothing_but_0_and_1_are_ranked_by_their_means():
    event = np.arange(600) % 2 == 0
    right = np.where(np.arange(600) % 10 < 8, event, ~event).astype(float)
    fitted = fit_recalibration(right, Outcome(event), "isotonic", horizon_years=None)
    assert fitted.apply([0.0, 1.0]) == pytest.approx([0.2, 0.8])
    with pytest.raises(Refused, match="backwards"):
        fit_recalibration(1 - right, Outcome(event), "isotonic", horizon_years=None)


def test_a_baseline_needs_times():
    risk, outcome = binary(500)
    with pytest.raises(BadInput, match="times"):
        fit_recalibration(risk, outcome, "baseline", horizon_years=None)


def test_a_map_that_falls_cannot_be_made():
    with pytest.raises(BadInput, match="does not rise"):
        Recalibration("slope", "logit", 0.0, -1.0)
    with pytest.raises(BadInput, match="knots do not rise"):
        Recalibration("isotonic", "logit", knots=(0.1, 0.2), values=(0.5, 0.4))
    with pytest.raises(BadInput, match="not a recalibration"):
        Recalibration.from_dict({"method": "slope"})
