"""Figures over repeats: the median of each, the gain of the first model, and intervals that hold the value."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from fyr.cli.train import read_cohort
from fyr.learn.discrimination import area_under_roc
from fyr.watch.risk.evaluation import Predicted, judge
from fyr.watch.risk.targets import TARGETS

_SPEC = importlib.util.spec_from_file_location("made_stays", Path(__file__).parent / "made_stays.py")
made_stays = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made_stays)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "sepsis" / "here"
    made_stays.write_tables(folder, stays=30, hours=14, hourly=True)
    return read_cohort(folder, TARGETS["sepsis"])[2]


def test_a_measure_is_the_median_over_the_repeats(cohort):
    generator = np.random.default_rng(1)
    label, utility = cohort.label, cohort.utility()

    def drawn(signal: float) -> Predicted:
        risk = 1 / (1 + np.exp(3 - signal * label - generator.normal(size=len(label))))
        return Predicted(risk, risk > 0.1)

    ours, theirs = tuple(drawn(one) for one in (1.0, 1.5, 2.0)), (drawn(0.5),)
    table = judge(cohort, {"ours": ours, "theirs": theirs}, seed=1, resamples=60)
    areas = sorted(area_under_roc(label, one.risk) for one in ours)
    assert table["ours"]["auroc"]["value"] == pytest.approx(areas[1])
    utilities = sorted(utility.normalised(one.alarm) for one in ours)
    assert table["ours"]["utility"]["value"] == pytest.approx(utilities[1])
    lost = areas[1] - area_under_roc(label, theirs[0].risk)
    assert table["theirs"]["auroc_gain"]["value"] == pytest.approx(lost)
    for row in table.values():
        for entry in row.values():
            assert entry["low"] <= entry["value"] <= entry["high"]
    assert "auroc_gain" not in table["ours"]


def test_one_repeat_is_itself(cohort):
    risk = np.linspace(0.01, 0.5, len(cohort.label))
    table = judge(cohort, {"only": (Predicted(risk, risk > 0.2),)}, seed=1, resamples=20)
    assert table["only"]["auroc"]["value"] == pytest.approx(area_under_roc(cohort.label, risk))
    assert table["only"]["brier"]["value"] == pytest.approx(((risk - cohort.label) ** 2).mean())
