"""Estimates of hospitals that differ are pooled to the published numbers, from sums alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lifelines import CoxPHFitter
from lifelines.datasets import load_lung
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from tests.learn.federation.statistics.driving import run, split

from fyr.errors import Refused
from fyr.learn.federation.rounds import Answer, Answers
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.random_effects import pool_moments, weighted_moments
from fyr.learn.federation.study import Study

BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
]  # fmt: skip
"""Tuberculosis, yes and no, among the vaccinated and the others in 13 trials (Colditz et al. 1994, JAMA 271:698)."""


def pool(estimates: NDArray[Any], variances: NDArray[Any], between: str, interval: str) -> dict[str, Any]:
    study = Study("trial", "logistic", tuple(f"trial {one}" for one in range(len(estimates))))
    rounds = pool_moments(study, {}, 1, between, 0.95, interval)
    question = next(rounds)
    while True:
        answers = {
            site: Answer(
                weighted_moments(
                    np.array([[one]]), np.array([[variance]]), question.values["tau2"], question.values["centre"]
                ),
                {"cannot": ""},
            )
            for site, one, variance in zip(study.sites, estimates, variances, strict=True)
        }
        try:
            question = rounds.send(Answers.of(answers))
        except StopIteration as end:
            found: dict[str, Any] = end.value[0]
            return found


def risk_ratios() -> tuple[NDArray[Any], NDArray[Any]]:
    a, b, c, d = np.array(BCG, dtype=float).T
    return np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


@pytest.mark.parametrize(
    ("between", "interval", "estimate", "error", "low", "high", "tau2", "i2"),
    [
        ("reml", "normal", -0.7145, 0.1798, -1.0669, -0.3622, 0.3132, 0.9222),
        ("reml", "hartung_knapp", -0.7145, 0.1808, -1.1084, -0.3206, 0.3132, 0.9222),
        ("dersimonian_laird", "normal", -0.7141, 0.1787, -1.0644, -0.3638, 0.3088, 0.9212),
        ("dersimonian_laird", "hartung_knapp", -0.7141, 0.1807, -1.1078, -0.3204, 0.3088, 0.9212),
    ],
)
def test_the_vaccine_trials_are_as_metafor_prints_them(
    between: str, interval: str, estimate: float, error: float, low: float, high: float, tau2: float, i2: float
) -> None:
    """As R's metafor prints them for ``dat.bcg`` (its documentation, and its rendering of Borenstein et al. 2009)."""
    found = pool(*risk_ratios(), between, interval)
    assert found["coefficients"] == pytest.approx([estimate], abs=5.1e-5)
    assert found["standard_errors"] == pytest.approx([error], abs=5.1e-5)
    assert found["confidence_intervals"][0] == pytest.approx([low, high], abs=5.1e-5)
    assert found["tau2"] == pytest.approx([tau2], abs=5.1e-5)
    assert found["i2"] == pytest.approx([i2], abs=5.1e-5)
    assert found["q"] == pytest.approx([152.2330], abs=5.1e-5)


def test_tau_is_at_the_top_of_the_restricted_likelihood() -> None:
    estimates, variances = risk_ratios()

    def height(tau2: float) -> float:
        weight = 1 / (variances + tau2)
        mean = (weight * estimates).sum() / weight.sum()
        return float(np.log(weight).sum() - np.log(weight.sum()) - (weight * (estimates - mean) ** 2).sum()) / 2

    best = minimize_scalar(lambda one: -height(one), bounds=(0, 2), method="bounded", options={"xatol": 1e-12})
    assert pool(estimates, variances, "reml", "normal")["tau2"][0] == pytest.approx(best.x, abs=1e-6)


def test_hospitals_that_agree_give_the_fixed_effect() -> None:
    estimates, variances = np.array([0.5, 0.52, 0.49]), np.array([0.04, 0.09, 0.05])
    found = pool(estimates, variances, "reml", "normal")
    assert found["tau2"] == [0.0]
    assert found["coefficients"][0] == pytest.approx((estimates / variances).sum() / (1 / variances).sum(), abs=1e-12)
    assert found["prediction_intervals"][0][0] < found["confidence_intervals"][0][0]


def test_each_trial_fits_for_itself_and_masked_sums_are_enough() -> None:
    tables = {}
    for place, (a, b, c, d) in enumerate(BCG):
        tables[f"trial {place}"] = SiteTable(
            f"trial {place}",
            {
                "vaccinated": np.array([1.0, 1.0, 0.0, 0.0]),
                "ill": np.array([1.0, 0.0, 1.0, 0.0]),
                "people": np.array([a, b, c, d], dtype=float),
            },
        )
    tables["no one ill"] = SiteTable(
        "no one ill",
        {"vaccinated": np.array([1.0, 0.0, 0.0, 1.0]), "ill": np.zeros(4), "people": np.full(4, 50.0)},
    )
    ask = {"features": ["vaccinated"], "outcome": "ill", "weight": "people", "pool": "random"}
    log: list[Any] = []
    found = run("logistic", tables, ask, log=log, masked=True)
    a, b, c, d = np.array(BCG, dtype=float).T
    ratio, variance = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    expected = pool(ratio, variance, "reml", "hartung_knapp")
    assert found["coefficients"]["vaccinated"] == pytest.approx(expected["coefficients"][0], abs=1e-8)
    assert found["tau2"]["vaccinated"] == pytest.approx(expected["tau2"][0], abs=1e-8)
    assert found["sites_pooled"] == 13
    assert found["sites_not_pooled"] == {"no one ill": "the outcome has one value"}
    assert all(answer.said in ({"cannot": ""}, {"cannot": "the outcome has one value"})
               for step, answers in log if step == "site_estimates" for answer in answers.values())  # fmt: skip


def test_one_hospital_cannot_be_pooled() -> None:
    table = SiteTable("a", {"x": np.arange(20.0), "y": np.tile([0.0, 1.0], 10)})
    empty = SiteTable("b", {"x": np.arange(20.0), "y": np.zeros(20)})
    with pytest.raises(Refused, match=r"1 of the hospitals could fit the model alone \(b: the outcome has one value\)"):
        run("logistic", {"a": table, "b": empty}, {"features": ["x"], "outcome": "y", "pool": "random"})


@pytest.mark.parametrize(("method", "outcome"), [("linear", "level"), ("poisson", "count")])
def test_other_families_pool_too(method: str, outcome: str) -> None:
    draw = np.random.default_rng(8)
    tables, slopes = {}, []
    for site in "abcdef":
        x, slope = draw.normal(size=400), draw.normal(0.5, 0.3)
        slopes.append(slope)
        count = draw.poisson(np.exp(0.2 + slope * x)).astype(float)
        tables[site] = SiteTable(site, {"x": x, "level": 1 + slope * x + draw.normal(size=400), "count": count})
    found = run(method, tables, {"features": ["x"], "outcome": outcome, "pool": "random"})
    low, high = found["confidence_intervals"]["x"]
    assert low < np.mean(slopes) < high
    assert found["i2"]["x"] > 0.8


def test_cox_regressions_of_institutions_are_pooled_as_lifelines_fits_them() -> None:
    """lifelines stops up to 3e-7 short of the top that scikit-survival and the pooled fits here reach."""
    frame = load_lung()
    frame["site"] = np.array(["a", "b", "c", "d"])[np.arange(len(frame)) % 4]
    columns = {name: frame[name].to_numpy(float) for name in ("age", "sex", "time", "status")}
    tables = split(columns, frame["site"].to_numpy(object))
    ask = {"features": ["age", "sex"], "duration": "time", "event": "status", "pool": "random"}
    found = run("cox", tables, {**ask, "between": "dersimonian_laird", "interval": "normal"})
    fits = [
        CoxPHFitter().fit(
            here[["age", "sex", "time", "status"]],
            "time",
            "status",
            fit_options={"precision": 1e-12},
        )
        for _, here in frame.groupby("site")
    ]
    for name in ("age", "sex"):
        estimates = np.array([fit.params_[name] for fit in fits])
        variances = np.array([fit.variance_matrix_.loc[name, name] for fit in fits])
        expected = pool(estimates, variances, "dersimonian_laird", "normal")
        assert found["coefficients"][name] == pytest.approx(expected["coefficients"][0], abs=1e-6)
        assert found["standard_errors"][name] == pytest.approx(expected["standard_errors"][0], abs=1e-6)
        assert found["tau2"][name] == pytest.approx(expected["tau2"][0], abs=1e-6)
