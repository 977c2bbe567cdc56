"""The CinC 2019 utility: its definition hour by hour, and the official function's results on real stays."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fyr.exchange.icu_tables import read_icu_tables
from fyr.learn.discrimination import area_under_roc
from fyr.watch.risk.cohort import make_cohort
from fyr.watch.risk.targets import TARGETS
from fyr.watch.risk.utility import hourly_utility


def test_one_septic_stay_hour_by_hour():
    """Onset at hour 20, so labels from hour 14: alarms are worth most there, silence costs 2 at hour 23."""
    worth = hourly_utility(np.zeros(30, dtype=np.int64), np.arange(30) >= 14)
    hours = [0, 7, 8, 11, 14, 17, 20, 23, 24]
    assert worth.alarm[hours] == pytest.approx([-0.05, -0.05, 0, 0.5, 1, 2 / 3, 1 / 3, 0, 0])
    assert worth.silence[hours] == pytest.approx([0, 0, 0, 0, 0, -2 / 3, -4 / 3, -2, 0])
    assert worth.normalised(worth.best) == pytest.approx(1)
    assert worth.normalised(np.zeros(30, dtype=bool)) == 0


def test_a_stay_without_sepsis_only_pays():
    worth = hourly_utility(np.array([1, 1, 2, 2]), np.array([False, False, False, True]))
    assert worth.alarm[:2].tolist() == [-0.05, -0.05]
    assert worth.silence[:2].tolist() == [0, 0]


def test_the_best_threshold_beats_every_other():
    generator = np.random.default_rng(4)
    stay = np.repeat(np.arange(20), 30)
    label = (stay % 4 == 0) & (np.tile(np.arange(30), 20) > 12)
    score = np.round(generator.normal(size=600) + label, 1)
    worth = hourly_utility(stay, label)
    best = worth.normalised(score >= worth.best_threshold(score))
    assert best >= max(worth.normalised(score >= one) for one in np.unique(score))


@pytest.mark.real
def test_news5_and_utility_on_real_stays_are_the_official_functions(data_folder):
    """Regression values that the official challenge function gave, for our own of the same definition."""
    folder = data_folder / "watch" / "icu_demo"
    if not folder.is_dir():
        pytest.skip(f"no hourly tables at {folder}")
    expected = json.loads((folder / "expected_news5_dev.json").read_text())
    cohort = _cohort(folder / "sepsis" / "eicu_demo", "sepsis")
    stays, septic = cohort.stays()
    assert (len(stays), len(cohort.stay), int(septic.sum())) == (
        expected["stays"],
        expected["rows"],
        expected["septic_stays"],
    )
    counted = np.bincount(cohort.news5.astype(int))
    assert {str(score): int(count) for score, count in enumerate(counted)} == expected["news5_hist"]
    assert area_under_roc(cohort.label, cohort.news5) == pytest.approx(expected["news5_auroc_row"], abs=5e-5)
    worth = cohort.utility()
    for threshold, official in expected["utility"].items():
        alarms = cohort.news5 >= int(threshold)
        assert worth.observed(alarms).sum() == pytest.approx(official["observed"], abs=1e-5)
        assert worth.observed(worth.best).sum() == pytest.approx(official["best"], abs=1e-5)
        assert worth.silence.sum() == pytest.approx(official["inaction"], abs=1e-5)
        assert worth.normalised(alarms) == pytest.approx(official["normalised"], abs=1e-6)


@pytest.mark.real
def test_news5_of_the_mortality_stays(data_folder):
    folder = data_folder / "watch" / "icu_demo"
    if not folder.is_dir():
        pytest.skip(f"no hourly tables at {folder}")
    expected = json.loads((folder / "expected_news5_dev.json").read_text())["mortality24"]
    cohort = _cohort(folder / "mortality24" / "eicu_demo", "mortality24")
    label, worst = cohort.label[cohort.judged], cohort.news5[cohort.judged]
    assert (len(label), int(label.sum())) == (expected["n"], expected["deaths"])
    assert area_under_roc(label, worst) == pytest.approx(expected["auroc_news5_max"], abs=5e-5)


def _cohort(folder, target):
    tables = read_icu_tables(folder)
    columns = {name: tables.hours[name].to_numpy() for name in tables.hours.columns}
    return make_cohort(TARGETS[target], columns, tables.source)


def test_the_steady_threshold_is_the_median_over_resamples():
    generator = np.random.default_rng(6)
    stay = np.repeat(np.arange(12), 20)
    label = (stay % 3 == 0) & (np.tile(np.arange(20), 12) > 8)
    score = generator.normal(size=240) + label
    worth = hourly_utility(stay, label)
    counts = [generator.integers(0, 3, 12)[stay] for _ in range(5)]
    each = []
    for count in counts:
        repeated = np.repeat(np.arange(240), count)  # the rows as often as they count, one after the other
        alarm, silence = worth.alarm[repeated], worth.silence[repeated]
        tried = np.unique(score[repeated])
        gains = [np.where(score[repeated] >= one, alarm, silence).sum() for one in tried]
        best = int(np.argmax(gains))
        each.append((tried[best - 1], tried[best]) if best else (-np.inf, tried[0]))
    found = worth.steady_threshold(score, counts)
    low, high = (float(np.median([one[side] for one in each])) for side in (0, 1))
    assert low <= found <= high
