"""Regressions from sums equal the pooled fits of other software."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.recalibrate import heart
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from tests.learn.federation.statistics.driving import run, split

from fyr.errors import BadInput, Refused

NAMES = [
    "age", "sex", "trestbps", "chol", "fbs", "thalach", "exang", "oldpeak",
    "pain 2", "pain 3", "pain 4", "resting 1", "resting 2",
]  # fmt: skip


def newton(design: NDArray[Any], outcome: NDArray[Any], family: str, weight: Any = 1.0, offset: Any = 0.0) -> Any:
    """Return the pooled maximum and its covariance, on raw columns: nothing shared with what is tested."""
    beta, weight = np.zeros(design.shape[1]), np.broadcast_to(weight, outcome.shape)
    beta[0] = 0.0 if family == "logistic" else np.log(outcome.mean())
    for _ in range(60):
        eta = design @ beta + offset
        mean = 1 / (1 + np.exp(-eta)) if family == "logistic" else np.exp(eta)
        bend = mean * (1 - mean) if family == "logistic" else mean
        information = (design * (weight * bend)[:, None]).T @ design
        beta = beta + np.linalg.solve(information, design.T @ (weight * (outcome - mean)))
    return beta, np.linalg.inv(information)


def made(rows: int = 400, seed: int = 5) -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
    draw = default_rng(seed)
    age, dose = draw.normal(60, 12, rows), draw.gamma(2, 3, rows)
    years, weight = draw.uniform(0.5, 4, rows), draw.uniform(0.2, 3, rows)
    line = -3 + 0.04 * age + 0.1 * dose
    return {
        "age": age,
        "dose": dose,
        "years": years,
        "weight": weight,
        "known": draw.normal(0, 0.3, rows),
        "count": draw.poisson(np.exp(line - 1) * years).astype(float),
        "event": (draw.random(rows) < 1 / (1 + np.exp(-line))).astype(float),
        "level": 3 + 0.2 * age - 0.5 * dose + draw.normal(0, 2, rows),
    }, draw.choice(["oslo", "lund", "turku"], rows, p=[0.2, 0.5, 0.3])


def values(found: dict[str, float]) -> NDArray[Any]:
    return np.array(list(found.values()))


def design_of(columns: dict[str, NDArray[Any]], *names: str) -> NDArray[Any]:
    return np.column_stack([np.ones(len(columns[names[0]])), *(columns[name] for name in names)])


@pytest.mark.real
@pytest.mark.parametrize("masked", [False, True])
def test_heart_disease_of_four_hospitals_is_the_pooled_fit_in_ten_rounds(data_folder: Path, masked: bool) -> None:
    features, disease, hospital = heart(data_folder)
    columns = {**dict(zip(NAMES, features.T, strict=True)), "disease": disease.astype(float)}
    tables = split(columns, hospital)
    found = run("logistic", tables, {"features": NAMES, "outcome": "disease"}, masked=masked)
    design = np.column_stack([np.ones(740), features])
    beta, covariance = newton(design, disease.astype(float), "logistic")
    assert found["rows"] == 740
    assert found["events"] == disease.sum()
    assert found["rounds"] <= 10
    assert found["bytes"] < 10_000
    assert values(found["coefficients"]) == pytest.approx(beta, abs=1e-10)
    assert values(found["standard_errors"]) == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-10)
    eta = design @ beta
    assert found["log_likelihood"] == pytest.approx((disease * eta - np.logaddexp(0, eta)).sum(), abs=1e-9)
    share = disease.mean()
    assert found["null_log_likelihood"] == pytest.approx(
        740 * (share * np.log(share) + (1 - share) * np.log(1 - share))
    )
    if not masked:  # cholesterol is 0 throughout at one hospital, where it means that it is not known
        assert any(one.startswith("switzerland: the mean of 'chol' is 0") for one in found["doubts"])


@pytest.mark.real
def test_a_ridge_penalty_is_that_of_scikit_learn(data_folder: Path) -> None:
    features, disease, hospital = heart(data_folder)
    columns = {**dict(zip(NAMES, features.T, strict=True)), "disease": disease.astype(float)}
    found = run("logistic", split(columns, hospital), {"features": NAMES, "outcome": "disease", "l2": 4.0})
    peer = LogisticRegression(C=1 / 4, tol=1e-14, max_iter=10_000, solver="newton-cholesky").fit(features, disease)
    assert values(found["coefficients"])[1:] == pytest.approx(peer.coef_[0], abs=1e-10)
    assert found["coefficients"]["(intercept)"] == pytest.approx(peer.intercept_[0], abs=1e-9)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    found = run(
        "logistic",
        split(columns, hospital),
        {"features": NAMES, "outcome": "disease", "l2": 4.0, "l2_on": "standardised"},
    )
    peer = LogisticRegression(C=1 / 4, tol=1e-14, max_iter=10_000, solver="newton-cholesky").fit(scaled, disease)
    assert values(found["coefficients"])[1:] == pytest.approx(peer.coef_[0] / features.std(axis=0), abs=1e-10)


def test_linear_regression_is_least_squares_with_its_errors() -> None:
    columns, site = made()
    found = run("linear", split(columns, site), {"features": ["age"], "outcome": "level"})
    line = stats.linregress(columns["age"], columns["level"])
    assert found["coefficients"]["age"] == pytest.approx(line.slope, abs=1e-12)
    assert found["coefficients"]["(intercept)"] == pytest.approx(line.intercept, abs=1e-10)
    assert found["standard_errors"]["age"] == pytest.approx(line.stderr, abs=1e-12)
    assert found["standard_errors"]["(intercept)"] == pytest.approx(line.intercept_stderr, abs=1e-10)
    assert found["p_values"]["age"] == pytest.approx(line.pvalue, rel=1e-8)
    assert found["r_squared"] == pytest.approx(line.rvalue**2, abs=1e-12)
    residuals = columns["level"] - line.intercept - line.slope * columns["age"]
    assert found["log_likelihood"] == pytest.approx(stats.norm.logpdf(residuals, 0, residuals.std()).sum(), abs=1e-9)
    assert found["null_log_likelihood"] == pytest.approx(
        stats.norm.logpdf(columns["level"], columns["level"].mean(), columns["level"].std()).sum(), abs=1e-9
    )
    assert found["rounds"] <= 4
    half = stats.t(398).ppf(0.975) * line.stderr
    assert found["confidence_intervals"]["age"] == pytest.approx([line.slope - half, line.slope + half], abs=1e-10)


def test_weighted_linear_and_ridge_regression() -> None:
    columns, site = made()
    design = design_of(columns, "age", "dose")
    ask = {"features": ["age", "dose"], "outcome": "level"}
    found = run("linear", split(columns, site), {**ask, "weight": "weight"})
    root = np.sqrt(columns["weight"])
    beta, squares = np.linalg.lstsq(design * root[:, None], columns["level"] * root, rcond=None)[:2]
    covariance = np.linalg.inv((design * columns["weight"][:, None]).T @ design) * squares / (400 - 3)
    assert values(found["coefficients"]) == pytest.approx(beta, abs=1e-10)
    assert values(found["standard_errors"]) == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-10)
    found = run("linear", split(columns, site), {**ask, "l2": 50.0})
    peer = Ridge(alpha=50.0, solver="cholesky").fit(design[:, 1:], columns["level"])
    assert values(found["coefficients"])[1:] == pytest.approx(peer.coef_, abs=1e-10)


def test_poisson_regression_with_exposure_weights_and_offset() -> None:
    columns, site = made()
    ask = {"features": ["age", "dose"], "outcome": "count", "exposure": "years", "offset": "known", "weight": "weight"}
    found = run("poisson", split(columns, site), ask)
    offset = np.log(columns["years"]) + columns["known"]
    weight = columns["weight"]
    beta, covariance = newton(design_of(columns, "age", "dose"), columns["count"], "poisson", weight, offset)
    assert values(found["coefficients"]) == pytest.approx(beta, abs=1e-10)
    assert values(found["standard_errors"]) == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-10)
    mean = np.exp(design_of(columns, "age", "dose") @ beta + offset)
    likelihood = (weight * stats.poisson.logpmf(columns["count"], mean)).sum()
    assert found["log_likelihood"] == pytest.approx(likelihood, abs=1e-8)
    share = (weight * columns["count"]).sum() / (weight * np.exp(offset)).sum()
    null = (weight * stats.poisson.logpmf(columns["count"], share * np.exp(offset))).sum()
    assert found["null_log_likelihood"] == pytest.approx(null, abs=1e-8)


def test_poisson_ridge_is_that_of_scikit_learn() -> None:
    columns, site = made()
    found = run("poisson", split(columns, site), {"features": ["age", "dose"], "outcome": "count", "l2": 40.0})
    peer = PoissonRegressor(alpha=40.0 / 400, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    peer.fit(design_of(columns, "age", "dose")[:, 1:], columns["count"])
    assert values(found["coefficients"])[1:] == pytest.approx(peer.coef_, abs=1e-10)


def test_categories_become_columns_and_rare_ones_are_not_named() -> None:
    columns, site = made()
    draw = default_rng(9)
    kind = draw.choice(["duct", "lobule", "mixed"], 400, p=[0.6, 0.3, 0.1]).astype(object)
    kind[:3] = ["one of its kind", "another", "a third"]
    kind[50:60] = ""
    tables = split({**columns, "kind": kind}, site)
    few = {"minimum_count": 5}
    log: list[Any] = []
    found = run("logistic", tables, {"features": ["age", "kind"], "outcome": "event", **few}, log=log)
    assert not any(
        "kind of" in str(answer.said) or "another" in str(answer.said) for _, a in log for answer in a.values()
    )
    # Three rare rows in all are fewer than the minimum of five together: left out.
    assert (found["rows"], found["rows_left_out"]) == (387, 13)
    assert found["reference_levels"] == {"kind": "duct"}
    kept = np.isin(kind.astype(str), ["duct", "lobule", "mixed"])
    design = np.column_stack([np.ones(400), columns["age"], kind == "lobule", kind == "mixed"])[kept].astype(float)
    beta, _ = newton(design, columns["event"][kept], "logistic")
    assert list(found["coefficients"]) == ["(intercept)", "age", "kind=lobule", "kind=mixed"]
    assert values(found["coefficients"]) == pytest.approx(beta, abs=1e-10)

    found = run(
        "logistic",
        tables,
        {"features": ["kind"], "outcome": "event", "minimum_count": 2, "reference": {"kind": "mixed"}},
    )
    assert list(found["coefficients"]) == ["(intercept)", "kind=duct", "kind=lobule", "kind=(other)"]
    assert found["rows"] == 390
    with pytest.raises(Refused, match="3 rows have categories of 'kind' that fewer than 5 rows have"):
        run("logistic", tables, {"features": ["kind"], "outcome": "event", "rare": "refuse", **few})
    with pytest.raises(BadInput, match="reference 'cyst' is no category of 'kind'; its categories are duct, lobule"):
        run("logistic", tables, {"features": ["kind"], "outcome": "event", "reference": {"kind": "cyst"}})


def test_large_numbers_that_differ_little_lose_no_digits() -> None:
    columns, site = made()
    shifted = {**columns, "stamp": 1.7e9 + np.round(columns["age"])}
    found = run("linear", split(shifted, site), {"features": ["stamp"], "outcome": "level"})
    line = stats.linregress(np.round(columns["age"]), columns["level"])
    assert found["coefficients"]["stamp"] == pytest.approx(line.slope, rel=1e-10)
    assert found["standard_errors"]["stamp"] == pytest.approx(line.stderr, rel=1e-10)


def test_a_column_that_is_constant_at_one_hospital_is_fine_and_everywhere_is_not() -> None:
    columns, site = made()
    columns["ward"] = np.where(site == "oslo", 1.0, columns["dose"])
    ask = {"features": ["age", "ward"], "outcome": "event"}
    assert run("logistic", split(columns, site), ask)["rows"] == 400
    columns["ward"] = np.full(400, 7.0)
    with pytest.raises(BadInput, match="column 'ward' has one value at all hospitals together"):
        run("logistic", split(columns, site), ask)
    assert run("logistic", split(columns, site), {**ask, "l2": 1.0})["coefficients"]["ward"] == 0.0


def test_combinations_and_outcomes_without_an_answer_are_named() -> None:
    columns, site = made()
    columns["both"] = columns["age"] - 2 * columns["dose"]
    with pytest.raises(BadInput, match="column 'both' is a combination of 'age' and 'dose'"):
        run("logistic", split(columns, site), {"features": ["age", "dose", "both"], "outcome": "event"})
    nothing = {**columns, "event": np.zeros(400)}
    with pytest.raises(BadInput, match="'event' is 0 in every row of every hospital"):
        run("logistic", split(nothing, site), {"features": ["age"], "outcome": "event"})
    with pytest.raises(BadInput, match="'count' is 0 in every row of every hospital"):
        run("poisson", split({**columns, "count": np.zeros(400)}, site), {"features": ["age"], "outcome": "count"})
    one_class = {**columns, "event": np.where(site == "oslo", 1.0, columns["event"])}
    assert run("logistic", split(one_class, site), {"features": ["age"], "outcome": "event"})["rows"] == 400


@pytest.mark.parametrize("separate", ["complete", "quasi"])
def test_separation_over_all_hospitals_is_named_and_at_one_hospital_it_is_none(separate: str) -> None:
    columns, site = made()
    event = columns["event"]
    mark = event if separate == "complete" else np.where(np.arange(400) % 3 == 0, event, 0.0)
    ask = {"features": ["age", "mark"], "outcome": "event"}
    with pytest.raises(BadInput, match=r"column 'mark' set|columns 'mark', 'age' set|columns 'age', 'mark' set"):
        run("logistic", split({**columns, "mark": mark}, site), ask)
    only_oslo = np.where(site == "oslo", mark, default_rng(3).integers(0, 2, 400))
    assert run("logistic", split({**columns, "mark": only_oslo}, site), ask)["rows"] == 400
    found = run("logistic", split({**columns, "mark": mark}, site), {**ask, "l2": 1.0})
    assert np.isfinite(values(found["coefficients"])).all()


def test_options_that_are_wrong_are_said_before_anyone_is_asked() -> None:
    columns, site = made(60)
    tables = split(columns, site)
    for options, said in (
        ({"features": ["age"], "outcome": "event", "ridge": 1}, "has no option 'ridge'; its options are"),
        ({"features": [], "outcome": "event"}, "option 'features' is no list of columns"),
        ({"features": ["age", "age"], "outcome": "event"}, "names 'age' twice"),
        ({"features": ["age"]}, "option 'outcome' is needed"),
        ({"features": ["age"], "outcome": "event", "l2": -1.0}, "option 'l2' is -1.0"),
        ({"features": ["age"], "outcome": "age"}, "column 'age' is a feature and something else"),
        ({"features": ["age"], "outcome": "event", "exposure": "years"}, "an exposure belongs to a Poisson regression"),
    ):
        with pytest.raises(BadInput, match=said):
            run("logistic", tables, options)
