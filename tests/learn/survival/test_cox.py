"""Cox regression against R, lifelines, scikit-survival, its definition, and the laws that it must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.learn.survival.plain_cox import plain_likelihood

from fyr.errors import BadInput
from fyr.learn.survival.cox import fit_cox
from fyr.learn.survival.risk_sets import RiskSets

LUNG = {
    "lung efron": {},
    "lung breslow": {"ties": "breslow"},
    "lung strata": {"strata": "inst"},
    "lung cluster": {"cluster": "inst"},
    "lung weights": {"cluster": "inst", "weight": "weight"},
    "lung weights breslow": {"cluster": "inst", "weight": "weight", "ties": "breslow"},
    "lung entry": {"cluster": "inst", "entry": "entry"},
}


def agrees(fit, said):
    assert fit.coefficients == pytest.approx(said["coefficients"], rel=1e-9)
    assert fit.standard_errors == pytest.approx(said["standard_errors"], rel=1e-9)
    assert [fit.null_log_likelihood, fit.log_likelihood] == pytest.approx(said["log_likelihood"], rel=1e-12)
    assert fit.score_test.statistic == pytest.approx(said["score"][0], rel=1e-9)
    if "robust" in said:
        assert fit.robust_standard_errors == pytest.approx(said["robust"], rel=1e-9)
    else:
        assert fit.wald_test.statistic == pytest.approx(said["wald"][0], rel=1e-7)


@pytest.mark.parametrize("name", LUNG)
def test_lung_is_as_in_r(name, lung, of_r):
    given_ = {key: getattr(lung, value, value) for key, value in LUNG[name].items()}
    agrees(fit_cox(lung.table, lung.years, lung.event, **given_), of_r[name])


def test_lung_is_as_published(lung):
    """Age 0.017034 (0.009233), sex -0.511668 (0.167679), as R and lifelines print them."""
    fit = fit_cox(lung.table, lung.years, lung.event, names=["age", "sex"])
    assert fit.coefficients.round(6).tolist() == [0.017033, -0.511668]
    assert fit.standard_errors.round(6).tolist() == [0.009233, 0.167679]
    assert round(fit.log_likelihood, 5) == -737.81092
    assert fit.likelihood_ratio_test.statistic == pytest.approx(2 * (744.799933702646 - 737.810921265056))


def test_strata_with_late_entry_are_as_in_r(lung, of_r):
    fit = fit_cox(lung.table[:, :1], lung.years, lung.event, strata=lung.table[:, 1], entry=lung.entry)
    agrees(fit, of_r["lung entry strata"])


def test_an_offset_is_as_in_r(lung, of_r):
    fit = fit_cox(lung.table[:, 1:], lung.years, lung.event, offset=0.02 * lung.table[:, 0])
    agrees(fit, of_r["lung offset"])


def test_baselines_of_strata_are_as_in_r(lung, of_r):
    fit = fit_cox(lung.table[:, :1], lung.years, lung.event, strata=lung.table[:, 1])
    for sex in (1, 2):
        said = of_r[f"lung baseline sex {sex}"]
        # R centres on the mean of all rows, as we do.
        assert fit.baseline[sex].at(said["time"]) == pytest.approx(said["hazard"], rel=1e-9)


def test_survival_is_as_in_r(lung, of_r):
    fit = fit_cox(lung.table, lung.years, lung.event, ties="breslow")
    survived = fit.survival([[50, 1], [70, 2]], [100, 365, 700])
    said = of_r["lung survival breslow"]
    assert survived == pytest.approx(np.array([said["first"], said["second"]]), rel=1e-9)
    assert fit.survival([[50, 1]], 365.0) == pytest.approx([said["first"][1]], rel=1e-9)


@pytest.mark.real
def test_rotterdam_and_gbsg_are_as_in_r(rotterdam, data_folder, of_r):
    import polars as pl

    frame = rotterdam.frame.with_columns(
        big=(pl.col("size") == "20-50").cast(pl.Float64), huge=(pl.col("size") == ">50").cast(pl.Float64)
    )
    names = ["age", "meno", "big", "huge", "grade", "nodes", "pgr", "er", "hormon", "chemo"]
    table = frame.select(names).to_numpy()
    agrees(fit_cox(table, frame["dtime"].to_numpy() / 365.25, frame["death"].to_numpy()), of_r["rotterdam"])
    frame = pl.read_csv(data_folder / "diagnose/survival_h5/gbsg.csv")
    table = frame.select("age", "meno", "size", "grade", "nodes", "pgr", "er", "hormon").to_numpy()
    agrees(fit_cox(table, frame["rfstime"].to_numpy(), frame["status"].to_numpy()), of_r["gbsg"])


def test_rossi_is_as_in_lifelines():
    from lifelines import CoxPHFitter
    from lifelines.datasets import load_rossi

    frame = load_rossi()
    names = [name for name in frame.columns if name not in {"week", "arrest"}]
    table, week, arrest = frame[names].to_numpy(np.float64), frame["week"].to_numpy(), frame["arrest"].to_numpy()
    peer = CoxPHFitter().fit(frame, "week", "arrest", fit_options={"precision": 1e-12})
    fit = fit_cox(table, week, arrest, names=names)
    assert fit.coefficients == pytest.approx(peer.params_.to_numpy(), abs=1e-8)
    assert fit.standard_errors == pytest.approx(peer.standard_errors_.to_numpy(), rel=1e-7)
    assert fit.p_values == pytest.approx(peer.summary["p"].to_numpy(), rel=1e-6)
    low, high = fit.interval()
    assert low == pytest.approx(peer.confidence_intervals_.to_numpy()[:, 0], abs=1e-7)
    assert high == pytest.approx(peer.confidence_intervals_.to_numpy()[:, 1], abs=1e-7)
    assert fit.hazard_ratios == pytest.approx(peer.hazard_ratios_.to_numpy(), rel=1e-8)
    # Fox 2002, appendix to "An R and S-PLUS Companion", prints fin -0.379 (0.191) and prio 0.0915 (0.0287).
    fox = dict(zip(names, zip(fit.coefficients.round(3), fit.standard_errors.round(3), strict=True), strict=True))
    assert (fox["fin"], fox["prio"]) == ((-0.379, 0.191), (0.091, 0.029))

    # Its penalty is a share of the mean log likelihood, on columns standardised with n - 1.
    penalised = CoxPHFitter(penalizer=0.05).fit(frame, "week", "arrest", fit_options={"precision": 1e-12})
    rows = len(frame)
    ours = fit_cox(table, week, arrest, ridge=0.05 * rows * rows / (rows - 1))
    assert ours.coefficients == pytest.approx(penalised.params_.to_numpy(), abs=1e-7)


def test_a_raw_ridge_is_that_of_scikit_survival(lung):
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    peer = CoxPHSurvivalAnalysis(alpha=20.0, ties="efron", tol=1e-12).fit(
        lung.table, Surv.from_arrays(lung.event, lung.years)
    )
    fit = fit_cox(lung.table, lung.years, lung.event, ridge=20.0, ridge_on="raw")
    assert fit.coefficients == pytest.approx(peer.coef_, abs=1e-8)


@st.composite
def tables(draw):
    seed = draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    rows, columns = draw(st.integers(2, 25)), draw(st.integers(1, 3))
    years = generator.integers(1, draw(st.integers(2, 12)) + 1, rows).astype(float)
    return {
        "table": generator.normal(size=(rows, columns)),
        "years": years,
        "event": generator.random(rows) < 0.6,
        "stratum": generator.integers(0, draw(st.integers(1, 3)), rows),
        "weight": generator.uniform(0.5, 2, rows),
        "offset": generator.normal(size=rows),
        "entry": years - generator.integers(1, 6, rows) if draw(st.booleans()) else None,
        "beta": generator.normal(size=columns),
    }


@given(tables(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_kernels_are_the_definition(drawn, efron):
    beta = drawn.pop("beta")
    sets = RiskSets.of(drawn["table"], drawn["years"], drawn["event"], efron=efron, **{
        key: drawn[key] for key in ("stratum", "weight", "offset", "entry")
    })  # fmt: skip
    value, gradient, information = plain_likelihood(beta, efron=efron, **drawn)
    found = sets.derivatives(beta)
    assert found.log_likelihood == pytest.approx(value, abs=1e-9)
    assert found.gradient == pytest.approx(gradient, abs=1e-9)
    assert found.information == pytest.approx(information, abs=1e-9)
    pulls = sets.score_residuals(beta) * drawn["weight"][:, None]
    assert pulls.sum(axis=0) == pytest.approx(gradient, abs=1e-9)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_weights_are_repeated_rows_and_units_do_not_matter(seed):
    generator = np.random.default_rng(seed)
    table = generator.normal(size=(60, 2))
    years, event = generator.exponential(size=60) * np.exp(-table[:, 0]), generator.random(60) < 0.7
    counts = generator.integers(0, 4, 60)
    fit = fit_cox(table, years, event, weight=counts, ties="breslow")
    again = fit_cox(
        np.repeat(table, counts, 0), np.repeat(years, counts), np.repeat(event, counts), ties="breslow"
    )  # fmt: skip
    assert fit.coefficients == pytest.approx(again.coefficients, abs=1e-9)
    moved = fit_cox(table * [1000, 1e-3] + [1e6, 5], years * 365.25, event, weight=counts, ties="breslow")
    assert moved.coefficients * [1000, 1e-3] == pytest.approx(fit.coefficients, abs=1e-7)


def test_survival_is_not_known_beyond_the_last_row(lung):
    fit = fit_cox(lung.table, lung.years, lung.event)
    with pytest.raises(BadInput, match="not within the follow-up of 0 to 1022"):
        fit.survival(lung.table[:1], 1023)
    with pytest.raises(BadInput, match="stratum 'x' has no baseline"):
        fit.survival(lung.table[:1], 100, "x")
    with pytest.raises(BadInput, match="'column 1' is no finite number in row 1"):
        fit.linear_predictor([[np.nan, 1.0]])
    with pytest.raises(BadInput, match="no robust variance"):
        _ = fit.robust_standard_errors
    assert fit.survival(lung.table[:3], 0.0).tolist() == [1, 1, 1]


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=25, deadline=None)
def test_at_risk_emphasis_is_its_definition(seed, efron):
    """At the answer the score of the event's weights, by the definition, is 0; pulls of rows add up to it."""
    generator = np.random.default_rng(seed)
    rows = 40
    table, years = generator.normal(size=(rows, 2)), generator.integers(1, 15, rows).astype(float)
    event = generator.random(rows) < 0.7
    fit = fit_cox(table, years, event, ties="efron" if efron else "breslow", emphasis="at_risk")
    at_risk = (years[None, :] >= years[:, None]).sum(axis=1)
    total = np.zeros(2)
    for time in np.unique(years[event]):
        part = event & (years == time)
        # the gradient of this time's events alone: others of the time are at risk, not dead
        alone = plain_likelihood(fit.coefficients, table, years, part, efron=efron)[1]
        total += at_risk[part][0] * alone
    assert total / at_risk[event].mean() == pytest.approx(np.zeros(2), abs=1e-6)
    assert fit.covariance == pytest.approx(fit.robust_covariance)
    with pytest.raises(BadInput, match="no likelihood to test"):
        _ = fit.likelihood_ratio_test


def test_at_risk_emphasis_of_one_group_is_gehans_test():
    """Where the coefficient is 0, the weighted score is the difference that Gehan's Wilcoxon test is made of."""
    from lifelines.datasets import load_gbsg2
    from lifelines.statistics import logrank_test

    frame = load_gbsg2()
    group = (frame["horTh"] == "yes").to_numpy()
    years, event = frame["time"].to_numpy(float), frame["cens"].to_numpy() == 1
    sets = RiskSets.of(
        group[:, None].astype(float), years, event, efron=False, stratum=np.zeros(len(group), np.int64),
        weight=np.ones(len(group)), offset=np.zeros(len(group)), at_risk_emphasis=True,
    )  # fmt: skip
    at_risk = (years[None, :] >= years[:, None]).sum(axis=1)[event].mean()
    observed = 0.0
    for time in np.unique(years[event]):
        alive, dead = years >= time, event & (years == time)
        observed += alive.sum() * ((dead & group).sum() - dead.sum() * (alive & group).sum() / alive.sum())
    assert sets.derivatives(np.zeros(1)).gradient[0] * at_risk == pytest.approx(observed, rel=1e-9)
    peer = logrank_test(years[group], years[~group], event[group], event[~group], weightings="wilcoxon")
    fit = fit_cox(group[:, None], years, event, ties="breslow", emphasis="at_risk")
    assert fit.wald_test.statistic == pytest.approx(peer.test_statistic, rel=0.05)
