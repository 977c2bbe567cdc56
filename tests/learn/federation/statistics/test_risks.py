"""Calibration, decision curves and discrimination over hospitals equal those of the pooled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from sklearn.metrics import brier_score_loss, roc_auc_score
from tests.learn.federation.statistics.driving import run, split

from fyr.errors import BadInput
from fyr.learn.judging.net_benefit import net_benefits
from fyr.learn.logistic import calibration


def made(rows: int = 900) -> tuple[dict[str, Any], Any]:
    draw = default_rng(12)
    line = draw.normal(-0.8, 1.4, rows)
    event = (draw.random(rows) < 1 / (1 + np.exp(-(0.3 + 0.7 * line)))).astype(float)
    time = draw.exponential(np.exp(-0.6 * line))
    columns = {
        "risk": 1 / (1 + np.exp(-line)), "line": line, "event": event,
        "time": np.ceil(time * 20), "died": (draw.random(rows) < 0.6).astype(float),
    }  # fmt: skip
    return columns, draw.choice(["oslo", "lund", "turku"], rows, p=[0.2, 0.3, 0.5])


@pytest.mark.parametrize("by", [{"predicted": "risk"}, {"linear_predictor": "line"}])
def test_the_calibration_line_is_the_pooled_one(by: dict[str, str]) -> None:
    columns, site = made()
    found = run("calibration", split(columns, site), {"outcome": "event", **by})
    pooled = calibration(columns["event"], columns["risk"])
    assert found["slope"]["estimate"] == pytest.approx(pooled.slope, abs=1e-8)  # the peer has a tiny ridge
    assert found["intercept"]["estimate"] == pytest.approx(pooled.intercept, abs=1e-8)
    assert found["in_the_large"]["estimate"] == pytest.approx(pooled.in_the_large, abs=1e-10)
    assert found["brier_score"] == pytest.approx(brier_score_loss(columns["event"], columns["risk"]), abs=1e-12)
    assert found["observed_to_expected"] == pytest.approx(columns["event"].sum() / columns["risk"].sum(), abs=1e-12)
    assert found["slope"]["low"] < pooled.slope < found["slope"]["high"]
    assert sum(one["rows"] for one in found["curve"]) == 900
    for one in found["curve"]:
        here = (columns["risk"] >= one["from"]) & (columns["risk"] < one["to"])
        assert one["rows"] == here.sum()
        assert one["observed"] == pytest.approx(columns["event"][here].mean())
        assert one["predicted"] == pytest.approx(columns["risk"][here].mean())


def test_net_benefit_is_exact_at_each_threshold() -> None:
    columns, site = made()
    thresholds = [0.05, 0.1, 0.2, 0.3, 0.5]
    found = run(
        "decision_curve", split(columns, site), {"outcome": "event", "predicted": "risk", "thresholds": thresholds}
    )
    kept = np.array(found["thresholds"])
    assert len(kept) >= 3
    time = np.where(columns["event"] > 0, 0.5, 1.0)
    order = np.argsort(time, kind="stable")
    expected = net_benefits(
        columns["risk"][order], time[order], columns["event"][order].astype(np.int8), np.ones(900), 1.0, kept
    )
    share = columns["event"].mean()
    assert found["net_benefit"] == pytest.approx(expected.tolist(), abs=1e-12)
    assert found["treat_all"] == pytest.approx((share - (1 - share) * kept / (1 - kept)).tolist(), abs=1e-12)


def test_the_area_is_exact_within_hospitals_and_bounded_over_all() -> None:
    columns, site = made()
    found = run("discrimination", split(columns, site), {"outcome": "event", "predicted": "risk"})
    right = pairs = 0.0
    for name in ("oslo", "lund", "turku"):
        here = site == name
        count = columns["event"][here].sum() * (1 - columns["event"][here]).sum()
        right += roc_auc_score(columns["event"][here], columns["risk"][here]) * count
        pairs += count
    assert found["within_hospitals"] == pytest.approx(right / pairs, abs=1e-12)
    assert found["pairs"] == pairs
    pooled = roc_auc_score(columns["event"], columns["risk"])
    assert found["pooled"]["low"] <= pooled <= found["pooled"]["high"]
    assert found["pooled"]["estimate"] == pytest.approx(pooled, abs=0.01)
    assert found["pooled"]["high"] - found["pooled"]["low"] < 0.1


def test_concordance_counts_the_pairs_within_hospitals() -> None:
    columns, site = made(150)
    found = run(
        "discrimination", split(columns, site), {"duration": "time", "event": "died", "linear_predictor": "line"}
    )
    right = pairs = 0.0
    time, died, line = columns["time"], columns["died"], columns["line"]
    for i in range(150):
        for j in range(150):
            if site[i] == site[j] and died[i] and (time[i] < time[j] or (time[i] == time[j] and not died[j])):
                pairs += 1
                right += 1.0 if line[i] > line[j] else 0.5 if line[i] == line[j] else 0.0
    assert found["pairs"] == pairs
    assert found["within_hospitals"] == pytest.approx(right / pairs, abs=1e-12)


def test_what_cannot_be_judged_is_said() -> None:
    columns, site = made()
    tables = split({**columns, "event": np.ones(900)}, site)
    with pytest.raises(BadInput, match="the outcome has one value"):
        run("calibration", tables, {"outcome": "event", "predicted": "risk"})
    with pytest.raises(BadInput, match="no hospital has a pair that can be compared"):
        run("discrimination", tables, {"outcome": "event", "predicted": "risk"})
    with pytest.raises(BadInput, match="one of 'predicted' and 'linear_predictor' is needed"):
        run("calibration", tables, {"outcome": "event"})
    with pytest.raises(BadInput, match="a threshold is 20"):
        run("decision_curve", tables, {"outcome": "event", "predicted": "risk", "thresholds": [20.0]})
