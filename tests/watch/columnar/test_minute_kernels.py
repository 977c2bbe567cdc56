"""Medians and means made step by step against numpy's, on windows of every length, with gaps and fractions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from fyr.clock import MINUTE_US
from fyr.watch.columnar.minute_kernels import minute_means, usable_samples, window_medians


def _medians(means: np.ndarray, window: int) -> np.ndarray:
    windows = sliding_window_view(np.concatenate([np.full(window - 1, np.nan), means]), window)
    known = np.count_nonzero(~np.isnan(windows), axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.where(2 * known >= window, np.nanmedian(windows, axis=1), np.nan)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 200),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["whole", "fractions", "large", "negative"]),
    st.sampled_from([0.0, 0.1, 0.6]),
)
def test_medians_are_those_of_numpy(window: int, minutes: int, seed: int, kind: str, missing: float) -> None:
    rng = np.random.default_rng(seed)
    means = {
        "whole": rng.integers(60, 100, minutes).astype(float),
        "fractions": rng.integers(600, 1000, minutes) / 7,
        "large": rng.integers(300, 900, minutes).astype(float),
        "negative": rng.integers(-9, 9, minutes).astype(float),
    }[kind]
    means[rng.random(minutes) < missing] = np.nan
    found = np.empty(minutes)
    window_medians(means, window, found)
    np.testing.assert_array_equal(found, _medians(means, window))


def test_a_median_of_minus_one_is_no_missing_one() -> None:
    means, found = np.array([-1.0, -1.0, 5.0]), np.empty(3)
    window_medians(means, 2, found)
    assert found.tolist() == [-1.0, -1.0, 2.0]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-200, 900), st.integers(0, 300)), max_size=40),
    st.sampled_from([0, 1, 7]),
)
def test_means_are_held_as_long_as_stated_and_no_longer(samples: list[tuple[int, int]], held: int) -> None:
    first, count = 1000, 12
    ordered = sorted(dict(samples).items())
    time_us = np.array([first * MINUTE_US + second * 1_000_000 for second, _ in ordered], np.int64)
    value = np.array([number / 3 for _, number in ordered])
    means = np.empty(count)
    minute_means(time_us, value, 0.0, 90.0, first, held, means)
    expected: list[float] = []
    newest, age = float("nan"), held + 1
    for minute in range(first, first + count):
        both = zip(time_us.tolist(), value.tolist(), strict=True)
        inside = [v for t, v in both if -(-t // MINUTE_US) == minute and v <= 90]
        newest, age = (sum(inside) / len(inside), 0) if inside else (newest, age + 1)
        expected.append(newest if age <= held else float("nan"))
    assert means.tolist() == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_what_is_late_double_missing_or_implausible_is_not_used() -> None:
    time_us = np.array([0, 1, 1, 2, 3, 4, 5], np.int64)
    value = np.array([80.0, np.nan, 81.0, 19.0, 251.0, 20.0, 250.0])
    times, values = np.empty_like(time_us), np.empty_like(value)
    count = usable_samples(time_us, value, 20.0, 250.0, times, values)
    assert times[:count].tolist() == [0, 4, 5]
    assert values[:count].tolist() == [80.0, 20.0, 250.0]
