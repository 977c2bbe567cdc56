"""Features: the same as written out by hand, and blind to everything later and to every other stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.watch.risk.early_warning_points import saps2_part_points
from fyr.watch.risk.features import feature_table, known_features
from fyr.watch.risk.hours import Hours
from fyr.watch.risk.variables import VARIABLES


def some_hours(generator: np.random.Generator, lengths: list[int]) -> Hours:
    stay = np.repeat(np.arange(len(lengths)), lengths)
    hour = np.concatenate([np.arange(length, dtype=float) for length in lengths])
    columns = {}
    for entry in VARIABLES:
        values = generator.uniform(entry.low or 0, entry.high or 1, len(stay))
        columns[entry.name] = np.where(generator.random(len(stay)) < 0.5, values, np.nan)
    return Hours(stay, hour, columns)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(0, 2**32 - 1), st.data())
@settings(max_examples=25, deadline=None)
def test_no_feature_knows_the_future_or_another_stay(lengths, seed, data):
    hours = some_hours(np.random.default_rng(seed), lengths)
    row = data.draw(st.integers(0, len(hours.stay) - 1))
    until = (hours.stay == hours.stay[row]) & (np.arange(len(hours.stay)) <= row)
    names = known_features()
    assert np.array_equal(feature_table(hours, names)[row], feature_table(hours.take(until), names)[-1], equal_nan=True)


def test_the_statistics_of_a_variable_by_hand():
    heart = np.full(30, np.nan)
    heart[[1, 4, 20, 26]] = [100.0, 90.0, 110.0, 120.0]
    nothing = {entry.name: np.full(30, np.nan) for entry in VARIABLES}
    hours = Hours(np.zeros(30, dtype=np.int64), np.arange(30.0), {**nothing, "hr": heart})
    names = [f"hr_{statistic}" for statistic in ("last", "age", "min", "max", "mean", "mean6", "slope", "delta")]
    made = feature_table(hours, names)
    assert np.isnan(made[0]).all()
    slope = np.polyfit([20, 26, 4], [110, 120, 90], 1)[0]  # hour 1 is more than 24 hours before hour 28
    assert made[28] == pytest.approx([120, 2, 90, 120, 320 / 3, 120, slope, 20])
    assert made[25, :6] == pytest.approx([110, 5, 90, 110, 100, 110])


def test_points_of_the_severity_score_at_the_ends_of_its_bands():
    """Le Gall 1993, table 3: one patient at the worst end of each variable, one at the best."""
    worst = {
        "age": 80,
        "hr_min": 39,
        "hr_max": 160,
        "sbp_min": 69,
        "sbp_max": 200,
        "temp_max": 39,
        "bun_max": 84,
        "wbc_min": 0.9,
        "wbc_max": 20,
        "k_min": 2.9,
        "k_max": 5,
        "na_min": 124,
        "na_max": 145,
        "bicar_min": 14.9,
        "bili_max": 6,
    }
    best = {
        "age": 39,
        "hr_min": 70,
        "hr_max": 119,
        "sbp_min": 100,
        "sbp_max": 199,
        "temp_max": 38.9,
        "bun_max": 27,
        "wbc_min": 1,
        "wbc_max": 19.9,
        "k_min": 3,
        "k_max": 4.9,
        "na_min": 125,
        "na_max": 144,
        "bicar_min": 20,
        "bili_max": 3.9,
    }
    both = {name: np.array([worst[name], best[name], np.nan], dtype=float) for name in worst}
    assert saps2_part_points(both).tolist() == [18 + 11 + 13 + 3 + 10 + 12 + 3 + 5 + 6 + 9, 0, 0]


def test_an_unknown_feature_is_refused():
    with pytest.raises(BadInput, match="no feature 'hr_mood'"):
        feature_table(some_hours(np.random.default_rng(0), [2]), ["hr_mood"])


def test_time_that_stands_still_is_refused():
    nothing = {entry.name: np.full(2, np.nan) for entry in VARIABLES}
    with pytest.raises(BadInput, match="time does not rise"):
        Hours(np.zeros(2, dtype=np.int64), np.zeros(2), nothing)
