"""Metrics are read as physicists write them, and refused where they say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fyr.errors import UsageError
from fyr.treat.dvh import Dvh, Sampling
from fyr.treat.dvh_metrics import bounds, measure, parse_metric

# 100 cm³ with doses spread evenly from 0 to 50 Gy.
EVEN = Dvh("even", 100.0, 0.0, 0.0, 25.0, 50.0, 0.05, np.full(1000, 0.1), Sampling(1, 1.0, 0.0))


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("D95%", 2.5, "Gy"),
        ("d2%", 49.0, "Gy"),
        ("D10cc", 45.0, "Gy"),
        ("D10cm3", 45.0, "Gy"),
        ("D95%[%]", 6.25, "%"),
        ("V20Gy", 60.0, "%"),
        ("V20Gy[cc]", 60.0, "cm3"),
        ("V2000cGy", 60.0, "%"),
        ("V100%", 20.0, "%"),
        ("V95%[cc]", 24.0, "cm3"),
        ("mean", 25.0, "Gy"),
        ("Dmax", 50.0, "Gy"),
        ("min", 0.0, "Gy"),
        ("median", 25.0, "Gy"),
        ("gEUD(a=1)", 25.0, "Gy"),
        ("gEUD(2)", 50 / np.sqrt(3), "Gy"),
        ("HI", 48 / 25, "1"),
        ("coverage", 20.0, "%"),
        ("CI", 20.0**2 / (100 * 40), "1"),
        ("GI", 3.0, "1"),
    ],
)
def test_each_metric_has_its_value(text: str, value: float, unit: str) -> None:
    found = measure(parse_metric(text), EVEN, prescription_gy=40.0, isodose_cm3=(40.0, 120.0))
    assert found.value == pytest.approx(value, rel=1e-6)
    assert found.unit == unit


@pytest.mark.parametrize("elsewhere_gy", [0.0, 12.5, 30.0, 90.0])
@pytest.mark.parametrize(
    "text", ["D95%", "D2%", "D10cc", "D95%[%]", "V20Gy", "V20Gy[cc]", "V95%", "coverage", "mean", "min", "max"]
)
def test_the_bounds_hold_whatever_dose_the_uncovered_part_has(text: str, elsewhere_gy: float) -> None:
    partly = replace(EVEN, volume_cm3=125.0, outside_cm3=25.0)
    histogram = np.append(EVEN.histogram_cm3, np.zeros(1000))
    histogram[round(elsewhere_gy / 0.05)] += 25.0
    mean, most = (100 * 25.0 + 25 * elsewhere_gy) / 125, max(50.0, elsewhere_gy + 0.05)
    whole = replace(EVEN, volume_cm3=125.0, mean_gy=mean, max_gy=most, histogram_cm3=histogram)
    metric = parse_metric(text)
    low, high = bounds(metric, partly, 40.0)
    value = measure(metric, whole, 40.0).value
    assert value is not None
    assert low is not None
    assert low <= value * (1 + 1e-9) + 1e-9
    assert high is None or value <= high * (1 + 1e-2) + 1e-9
    assert bounds(metric, EVEN, 40.0)[0] == pytest.approx(measure(metric, EVEN, 40.0).value, abs=1e-9)


def test_what_has_no_bound_has_none() -> None:
    partly = replace(EVEN, volume_cm3=125.0, outside_cm3=25.0)
    assert bounds(parse_metric("D2%"), partly) == (pytest.approx(48.75), None)
    assert bounds(parse_metric("D95%"), partly) == (0.0, pytest.approx(50 * (1 - (0.95 * 125 - 25) / 100)))
    assert bounds(parse_metric("HI"), partly) == (None, None)
    assert bounds(parse_metric("V95%"), partly) == (None, None)
    assert bounds(parse_metric("D126cc"), partly) == (None, None)


@pytest.mark.parametrize(
    "text", ["", "D", "D95", "V20", "D95Gy", "V20cc", "D-1%", "V20Gy[Gy]", "gEUD", "gEUD(a=x)", "mean dose", "D120%"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="metric"):
        parse_metric(text)


def test_gEUD_of_power_zero_is_refused() -> None:  # noqa: N802
    with pytest.raises(UsageError, match="not defined"):
        parse_metric("gEUD(a=0)")


def test_what_cannot_be_had_says_why() -> None:
    assert "100 cm³" in measure(parse_metric("D200cc"), EVEN).reason
    assert "prescribed" in measure(parse_metric("V95%"), EVEN).reason
    assert measure(parse_metric("CI"), EVEN, 40.0, (0.0, 1.0)).value is None
    cold = Dvh("cold", 1.0, 0.0, 0.0, 0.0, 0.0, 0.05, np.array([1.0, 0.0]), Sampling(1, 1.0, 0.0))
    assert measure(parse_metric("HI"), cold).value is None
