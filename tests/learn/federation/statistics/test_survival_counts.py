"""Survival curves and log-rank tests from counts equal those of lifelines and scikit-survival."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.datasets import load_lung
from numpy.random import default_rng
from sksurv.compare import compare_survival
from sksurv.util import Surv
from tests.learn.federation.statistics.driving import run, split

from fyr.errors import BadInput, Refused
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.grids import kept_cuts

ASK: dict[str, Any] = {"duration": "time", "event": "status"}


def lung(sites: int = 3) -> pd.DataFrame:
    frame = load_lung()
    frame["site"] = np.array([f"site {one}" for one in range(sites)])[np.arange(len(frame)) % sites]
    frame["months"] = np.ceil(frame["time"] / 30.4375)
    return frame


def tables_of(frame: pd.DataFrame, *names: str) -> dict[str, SiteTable]:
    return split({name: frame[name].to_numpy(float) for name in names}, frame["site"].to_numpy(object))


def test_times_on_the_grid_give_the_pooled_curve_of_lifelines() -> None:
    frame = lung()
    tables = tables_of(frame, "months", "status")
    grid = [float(one) for one in range(1, 35)]
    found = run("kaplan_meier", tables, {"duration": "months", "event": "status", "times": grid, "grid": "given"})
    peer = KaplanMeierFitter().fit(frame["months"], frame["status"])
    assert found["exact"]
    assert found["survival"] == pytest.approx(peer.survival_function_at_times(grid).tolist(), abs=1e-12)
    assert found["at_risk"] == [float((frame["months"] >= one).sum()) for one in grid]
    assert found["median"] == peer.median_survival_time_
    interval = peer.confidence_interval_
    for place in (0, 10, 20):
        assert [found["low"][place], found["high"][place]] == pytest.approx(
            interval.loc[grid[place]].tolist(), abs=1e-10
        )
    assert (found["rows"], found["events"]) == (228, int(frame["status"].sum()))


@pytest.mark.parametrize("minimum", [3, 5])
def test_merged_counts_are_never_small_and_the_true_curve_lies_within_the_bounds(minimum: int) -> None:
    frame = lung()
    grid = [float(one) for one in range(20, 1040, 20)]
    log: list[Any] = []
    found = run(
        "kaplan_meier", tables_of(frame, "time", "status"), {**ASK, "times": grid, "minimum_count": minimum}, log=log
    )
    step, answers = log[-1]
    assert step == "survival_counts"
    for answer in answers.values():
        counts = answer.sums["counts"]
        assert ((counts == 0) | (counts >= minimum)).all()
        cells = answer.cells["survival"]
        assert np.bincount(cells[cells >= 0], minlength=len(counts)).tolist() == counts.tolist()
    assert not found["exact"]
    assert set(found["times"]) < set(grid)
    assert len(found["times"]) >= 3
    true = KaplanMeierFitter().fit(frame["time"], frame["status"]).survival_function_at_times(found["times"]).to_numpy()
    assert (np.array(found["survival_at_least"]) <= true + 1e-12).all()
    assert (true <= np.array(found["survival_at_most"]) + 1e-12).all()


def test_curves_by_group() -> None:
    frame = lung()
    grid = [float(one) for one in range(1, 35)]
    ask = {"duration": "months", "event": "status", "group": "sex", "times": grid, "grid": "given"}
    found = run("kaplan_meier", tables_of(frame, "months", "status", "sex"), ask)
    assert list(found["groups"]) == ["1", "2"]
    for level, here in found["groups"].items():
        some = frame[frame["sex"] == int(level)]
        peer = KaplanMeierFitter().fit(some["months"], some["status"]).survival_function_at_times(grid)
        assert here["survival"] == pytest.approx(peer.tolist(), abs=1e-12)


def test_a_hospital_with_too_few_is_left_out_and_named() -> None:
    frame = lung()
    small = frame.head(8).assign(site="small", status=[1, 0, 0, 0, 0, 0, 0, 0])
    grid = [float(one) for one in range(50, 1050, 50)]
    whole = run("kaplan_meier", tables_of(frame, "time", "status"), {**ASK, "times": grid})
    found = run("kaplan_meier", tables_of(pd.concat([frame, small]), "time", "status"), {**ASK, "times": grid})
    assert found["sites_with_too_few"] == {"small": "some group has from 1 to 2 rows here"}
    assert found["survival"] == whole["survival"]
    # Two events and two others, far apart: it can stay only if nothing is cut between them.
    far = frame.iloc[:8].assign(site="far", time=[10, 10, 10, 999, 999, 999, 999, 10], status=[1, 1, 1, 0, 0, 0, 1, 0])
    both = tables_of(pd.concat([frame, far]), "time", "status")
    with pytest.raises(Refused, match=r"enough rows on both sides \(far can make 1 of 20\)"):
        run("kaplan_meier", both, {**ASK, "times": grid})
    found = run("kaplan_meier", both, {**ASK, "times": grid, "small_hospitals": "leave_out"})
    assert list(found["sites_with_too_few"]) == ["far"]
    assert found["survival"] == whole["survival"]
    with pytest.raises(Refused, match="no cut leaves every hospital"):
        run("kaplan_meier", tables_of(frame, "time", "status"), {**ASK, "times": [5.0]})
    with pytest.raises(BadInput, match="the grid begins at or before 0"):
        run("kaplan_meier", tables_of(frame, "time", "status"), {**ASK, "times": [0.0, 1.0]})


def test_cuts_that_are_kept_leave_no_small_count() -> None:
    draw = default_rng(6)
    for _ in range(300):
        bins, groups, minimum = int(draw.integers(1, 30)), int(draw.integers(1, 4)), int(draw.integers(1, 6))
        counts = draw.poisson(draw.uniform(0, 4), (bins, groups)).astype(float)
        cuts = np.arange(bins - 1, dtype=float)
        kept = kept_cuts(counts, cuts, minimum)
        whole = counts.sum(axis=0)
        if kept is None:
            assert ((whole > 0) & (whole < minimum)).any()
            continue
        ends = [0, *(int(one) + 1 for one in kept), bins]
        for begin, end in pairwise(ends):
            joined = counts[begin:end].sum(axis=0)
            assert ((joined == 0) | (joined >= minimum)).all()
        again = kept_cuts(counts, cuts, minimum, kept)
        assert again is not None
        assert set(kept) <= set(again)


def test_log_rank_adds_up_observed_less_expected_of_scikit_survival() -> None:
    frame = lung(5)
    frame["status"] = frame["status"].astype(bool)
    found = run("log_rank", tables_of(frame, "time", "status", "sex"), {**ASK, "group": "sex"})
    away, spread = 0.0, 0.0
    for _, here in frame.groupby("site"):
        _, _, stats, covariance = compare_survival(
            Surv.from_arrays(here["status"], here["time"]), here["sex"], return_stats=True
        )
        away += float(stats["observed"].iloc[0] - stats["expected"].iloc[0])
        spread += float(covariance[0, 0])
    assert found["statistic"] == pytest.approx(away**2 / spread, rel=1e-10)
    assert found["degrees_of_freedom"] == 1


def test_log_rank_of_one_hospital_with_three_groups() -> None:
    frame = lung(1)
    frame = frame[frame["ph.ecog"].isin([0, 1, 2])]
    frame["status"] = frame["status"].astype(bool)
    statistic, p = compare_survival(Surv.from_arrays(frame["status"], frame["time"]), frame["ph.ecog"])
    found = run("log_rank", tables_of(frame, "time", "status", "ph.ecog"), {**ASK, "group": "ph.ecog"})
    assert found["statistic"] == pytest.approx(statistic, rel=1e-10)
    assert found["p_value"] == pytest.approx(p, rel=1e-8)
    with pytest.raises(BadInput, match="'inst' has one category"):
        run("log_rank", tables_of(frame.assign(inst=1), "time", "status", "inst"), {**ASK, "group": "inst"})
