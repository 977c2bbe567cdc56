"""Site-stratified Cox regression from sums equals the pooled stratified fit of other software."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.datasets import load_lung
from lifelines.utils import concordance_index
from numpy.random import default_rng
from numpy.typing import NDArray
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.util import Surv
from tests.learn.federation.statistics.driving import run, split

from fyr.errors import BadInput, Refused
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.cox import home_baselines
from fyr.learn.federation.statistics.cox_cross_validation import folds_of
from fyr.learn.federation.statistics.plan import Plan, read_rows
from fyr.learn.survival.cox import fit_cox

ASK: dict[str, Any] = {"features": ["age", "sex"], "duration": "time", "event": "status"}


def lung() -> pd.DataFrame:
    frame = load_lung()
    return frame[frame["inst"].notna()].reset_index(drop=True)


def tables_of(frame: pd.DataFrame, by: str) -> dict[str, SiteTable]:
    columns = {name: frame[name].to_numpy(dtype=float) for name in frame.columns if name != by}
    return split(
        columns, frame[by].map(lambda one: f"{one:g}" if isinstance(one, float) else str(one)).to_numpy(object)
    )


def values(found: dict[str, float]) -> NDArray[Any]:
    return np.array(list(found.values()))


def test_lung_by_institution_is_the_stratified_fit_of_lifelines() -> None:
    frame = lung()
    found = run("cox", tables_of(frame, "inst"), ASK)
    peer = CoxPHFitter().fit(
        frame[["age", "sex", "time", "status", "inst"]], "time", "status", strata=["inst"],
        fit_options={"precision": 1e-12},
    )  # fmt: skip
    assert (found["rows"], found["events"]) == (227, int(frame["status"].sum()))
    assert values(found["coefficients"]) == pytest.approx(peer.params_.to_numpy(), abs=1e-9)
    assert values(found["standard_errors"]) == pytest.approx(peer.standard_errors_.to_numpy(), abs=1e-9)
    assert found["log_likelihood"] == pytest.approx(peer.log_likelihood_, abs=1e-9)
    assert found["coefficients"]["age"] == pytest.approx(0.019205, abs=1e-6)
    assert found["coefficients"]["sex"] == pytest.approx(-0.492352, abs=1e-6)
    assert found["rounds"] <= 10


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_one_hospital_is_scikit_survival_with_ridge_on_raw_columns(ties: str) -> None:
    frame = lung()
    frame["inst"] = "all"
    peer = CoxPHSurvivalAnalysis(alpha=3.0, ties=ties, tol=1e-14, n_iter=200)
    peer.fit(frame[["age", "sex"]].to_numpy(float), Surv.from_arrays(frame["status"] == 1, frame["time"]))
    found = run("cox", tables_of(frame, "inst"), {**ASK, "l2": 3.0, "ties": ties})
    assert values(found["coefficients"]) == pytest.approx(peer.coef_, abs=1e-10)


def test_ridge_over_many_hospitals_has_no_slope_left() -> None:
    """The penalised slope of lifelines' own stratified likelihood, by differences, is zero at our answer."""
    frame = lung()
    found = run("cox", tables_of(frame, "inst"), {**ASK, "l2": 25.0, "l2_on": "standardised"})
    beta = values(found["coefficients"])
    spread = frame[["age", "sex"]].to_numpy(float).std(axis=0)

    def height(at: NDArray[Any]) -> float:
        total = 0.0
        for _, here in frame.groupby("inst"):
            total += _efron(here, at)
        return total - 25 / 2 * float(((at * spread) ** 2).sum())

    for place, step in ((0, 1e-4), (1, 1e-3)):
        way = np.zeros(2)
        way[place] = step
        slope = (height(beta + way) - height(beta - way)) / (2 * step)
        bend = -(height(beta + way) + height(beta - way) - 2 * height(beta)) / step**2
        assert abs(slope / bend) < 1e-6 * abs(beta[place])


def _efron(frame: pd.DataFrame, beta: NDArray[Any]) -> float:
    """Return Efron's log partial likelihood, said as in the paper."""
    time, status = frame["time"].to_numpy(float), frame["status"].to_numpy(float) > 0
    eta = frame[["age", "sex"]].to_numpy(float) @ beta
    total = 0.0
    for at in np.unique(time[status]):
        dead = status & (time == at)
        risk, own = np.exp(eta[time >= at]).sum(), np.exp(eta[dead]).sum()
        total += eta[dead].sum() - sum(np.log(risk - k / dead.sum() * own) for k in range(int(dead.sum())))
    return total


def test_late_entry_and_weights_are_those_of_lifelines() -> None:
    draw = default_rng(4)
    rows = 300
    frame = pd.DataFrame({"age": draw.normal(60, 10, rows), "sex": draw.integers(0, 2, rows).astype(float)})
    frame["entry"] = draw.uniform(0, 2, rows)
    frame["time"] = frame["entry"] + draw.exponential(4, rows) * np.exp(-0.03 * (frame["age"] - 60)) + 0.01
    frame["status"] = (draw.random(rows) < 0.7).astype(float)
    frame["weight"] = draw.integers(1, 4, rows).astype(float)
    frame["ward"] = draw.integers(0, 2, rows).astype(float)
    frame["inst"] = draw.choice(["a", "b", "c"], rows)
    ask = {**ASK, "entry": "entry", "weight": "weight", "strata": ["site", "ward"]}
    found = run("cox", tables_of(frame, "inst"), ask)
    peer = CoxPHFitter().fit(
        frame, "time", "status", entry_col="entry", weights_col="weight", strata=["inst", "ward"],
        fit_options={"precision": 1e-12},
    )  # fmt: skip
    assert values(found["coefficients"]) == pytest.approx(peer.params_.to_numpy(), abs=1e-9)
    wrong = tables_of(frame.assign(entry=frame["time"]), "inst")
    with pytest.raises(Refused, match="rows came under observation"):
        run("cox", wrong, ask)


def test_without_hospitals_as_strata_it_is_refused_with_the_reason() -> None:
    with pytest.raises(Refused, match="two neighbouring ones differ by single patients; put 'site' into strata"):
        run("cox", tables_of(lung(), "inst"), {**ASK, "strata": []})


def test_a_hospital_without_events_adds_nothing_and_is_said() -> None:
    frame = lung()
    whole = run("cox", tables_of(frame, "inst"), ASK)
    more = pd.concat([frame, frame.head(9).assign(inst=99.0, status=0)])
    found = run("cox", tables_of(more, "inst"), ASK)
    assert found["sites_without_events"] == ["99"]
    assert found["coefficients"] == pytest.approx(whole["coefficients"], abs=1e-12)
    assert found["rows"] == 236
    with pytest.raises(BadInput, match="no event tells anything at any hospital"):
        run("cox", tables_of(frame.assign(status=0), "inst"), ASK)


def test_columns_without_an_answer_are_named() -> None:
    frame = lung()
    with pytest.raises(BadInput, match="column 'twice' is a combination of 'age'"):
        run("cox", tables_of(frame.assign(twice=2 * frame["age"]), "inst"), {**ASK, "features": ["age", "twice"]})
    with pytest.raises(BadInput, match="column 'ward' says nothing at any hospital"):
        run("cox", tables_of(frame.assign(ward=frame["inst"] > 5), "inst"), {**ASK, "features": ["age", "ward"]})
    # Only those with the event have the mark, so it ranks every event first.
    with pytest.raises(BadInput, match="column 'mark' set"):
        run("cox", tables_of(frame.assign(mark=frame["status"]), "inst"), {**ASK, "features": ["mark"]})


def test_the_baseline_hazard_stays_at_home_and_is_breslows() -> None:
    frame = lung()
    tables = tables_of(frame, "inst")
    found = run("cox", tables, {**ASK, "ties": "breslow"})
    beta = values(found["coefficients"])
    features = frame[["age", "sex"]].to_numpy(float)
    plan = Plan(
        ("age", "sex"), {"duration": "time", "event": "status"}, {"duration": "not_negative", "event": "binary"},
        mean=features.mean(axis=0), spread=features.std(axis=0),
    )  # fmt: skip
    (baseline,) = home_baselines(tables["1"], plan, found, "breslow").values()
    here = frame[frame["inst"] == 1]
    risk = np.exp((here[["age", "sex"]].to_numpy(float) - features.mean(axis=0)) @ beta)
    time = here["time"].to_numpy(float)
    expected = sum(1 / risk[time >= at].sum() for at in time[here["status"].to_numpy() > 0])
    assert baseline.cumulative_hazard[-1] == pytest.approx(expected, rel=1e-10)


def test_a_penalty_is_scored_by_the_cross_validated_likelihood() -> None:
    """Verweij and van Houwelingen's: each fold fitted by the pooled fit and scored by Efron's formula as written."""
    frame = lung()
    frame = frame[frame["inst"].isin([1, 12, 13, 3])].reset_index(drop=True)
    tables = tables_of(frame, "inst")
    penalties = [1.0, 30.0, 900.0]
    found = run("cox", tables, {**ASK, "l2_candidates": penalties, "folds": 3, "seed": 5})
    plan = Plan(
        ("age", "sex"), {"duration": "time", "event": "status"}, {"duration": "not_negative", "event": "binary"}
    )
    fold = np.empty(len(frame), dtype=int)
    for site, table in tables.items():
        here = np.flatnonzero(frame["inst"].map(lambda one: f"{one:g}") == site)
        fold[here] = folds_of(site, read_rows(table, plan), 3, 5)
    expected = []
    for penalty in penalties:
        score = 0.0
        for out in range(3):
            rest = frame[fold != out]
            fit = fit_cox(
                rest[["age", "sex"]], rest["time"], rest["status"], strata=rest["inst"], ridge=penalty, ridge_on="raw"
            )
            for _, here in frame.groupby("inst"):
                score += _efron(here, fit.coefficients)
            for _, here in rest.groupby("inst"):
                score -= _efron(here, fit.coefficients)
        expected.append(score)
    assert found["cross_validation"]["log_likelihood"] == pytest.approx(expected, abs=1e-3)
    assert found["l2"] == penalties[int(np.argmax(expected))]


@pytest.mark.real
def test_breast_cancer_by_region_ranks_the_test_patients_with_a_penalty_chosen_in_training(data_folder: Path) -> None:
    """FLamby's best of fourteen strategies reaches 0.842 on the pooled test patients, mean of five seeds."""
    folder = data_folder / "learn" / "fed_tcga_brca"
    frame = pd.read_csv(folder / "brca.csv").merge(pd.read_csv(folder / "train_test_split.csv"), on="pid")
    centres = pd.read_csv(folder / "centers.csv", keep_default_na=False).set_index("TSS Code")["Region"]
    frame["region"] = frame["pid"].str[5:7].map(centres)
    features = list(frame.columns[1:40])
    train, test = frame[frame["fold"] == "train"], frame[frame["fold"] == "test"]
    tables = tables_of(train[[*features, "E", "T", "region"]], "region")
    found = run("cox", tables, {"features": features, "duration": "T", "event": "E",
                                "l2_candidates": [0.3, 1.0, 3.0, 10.0, 30.0, 100.0]})  # fmt: skip
    assert (found["rows"], found["events"]) == (866, 119)
    assert not found["cross_validation"]["at_the_edge"]
    risk = test[features].to_numpy(float) @ values(found["coefficients"])
    assert concordance_index(test["T"], -risk, test["E"]) >= 0.842
    whole = run("cox", tables, {"features": features, "duration": "T", "event": "E", "l2": found["l2"]})
    assert whole["rounds"] <= 10
    assert whole["bytes"] < 20_000
