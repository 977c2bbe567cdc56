"""What numbers look like: robust centre and spread, conversion factors, rank separation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLOCK",
    "FACTORS",
    "auc",
    "factor_near",
    "factor_words",
    "factors_of",
    "log_centre",
    "own_factors",
    "ranked",
    "separation",
    "step_of",
]

Numbers = NDArray[np.float64]

_ENOUGH: Final = 20_000
"""Values of a hospital that tell a separation to a hundredth."""

FACTORS: Final[dict[float, str]] = {
    10.0: "10 (a decimal place; mm and cm, g/L and g/dL)",
    100.0: "100 (two decimal places; cm and m, percent and share)",
    1000.0: "1000 (three decimal places; g and kg, mg and g)",
    7.0: "7 (days and weeks)",
    12.0: "12 (months and years)",
    30.4375: "30.44 (days and months)",
    365.25: "365.25 (days and years)",
    4.348: "4.35 (weeks and months)",
    52.18: "52.2 (weeks and years)",
    60.0: "60 (minutes and hours)",
    24.0: "24 (hours and days)",
    2.54: "2.54 (cm and inches)",
    2.2046: "2.2 (pounds and kg)",
    18.016: "18.0 (glucose, mg/dL and mmol/L)",
    38.67: "38.7 (cholesterol, mg/dL and mmol/L)",
    88.42: "88.4 (creatinine, umol/L and mg/dL)",
    17.1: "17.1 (bilirubin, umol/L and mg/dL)",
    7.5006: "7.5 (mmHg and kPa)",
    4.008: "4.0 (calcium, mg/dL and mmol/L)",
    1.611: "1.6 (haemoglobin, g/dL and mmol/L)",
}
"""By how much two units of one quantity differ."""
DECIMAL: Final = (10.0, 100.0, 1000.0)
"""The factors that any quantity can be off by."""
TIMES: Final = (7.0, 12.0, 30.4375, 365.25, 4.348, 52.18)
CLOCK: Final = (60.0, 24.0)
"""Those that a duration of hours or minutes can be off by."""
_OF_QUANTITY: Final[dict[str, tuple[float, ...]]] = {
    "glucose": (18.016,),
    "cholesterol": (38.67,),
    "creatinine": (88.42,),
    "bilirubin": (17.1,),
    "calcium": (4.008,),
    "haemoglobin": (1.611,),
    "weight": (2.2046,),
    "height": (2.54,),
    "systolic pressure": (7.5006,),
    "diastolic pressure": (7.5006,),
}


def own_factors(quantity: str | None) -> tuple[float, ...]:
    """Return the factors between the units of one quantity, decimal places apart."""
    return _OF_QUANTITY.get(quantity or "", ())


def factors_of(quantity: str | None, is_time: bool) -> tuple[float, ...]:
    """Return the factors that a column can be off by: decimal places, and those of its own units."""
    return (*DECIMAL, *(TIMES if is_time else ()), *_OF_QUANTITY.get(quantity or "", ()))


def factor_near(
    ratio: float, tolerance: float, least: float = 1.5, among: Sequence[float] = tuple(FACTORS)
) -> float | None:
    """Return the factor (or its inverse) that a ratio is within a tolerance of, in natural logarithms."""
    if not ratio > 0 or abs(np.log(ratio)) < np.log(least):
        return None
    nearest = min(among, key=lambda factor: abs(abs(np.log(ratio)) - np.log(factor)))
    if abs(abs(np.log(ratio)) - np.log(nearest)) > tolerance:
        return None
    return nearest if ratio > 1 else 1 / nearest


def factor_words(factor: float) -> str:
    """Say a factor, or its inverse, with what it usually is."""
    return FACTORS[min(FACTORS, key=lambda known: abs(abs(np.log(factor)) - np.log(known)))]


def log_centre(values: Numbers) -> tuple[float, float]:
    """Return the median and the robust spread (1.4826 times the median deviation) of the logarithms."""
    logs = np.log(values)
    centre = float(np.median(logs))
    return centre, float(1.4826 * np.median(np.abs(logs - centre)))


def ranked(values: Numbers) -> Numbers:
    """Return ranks from 1, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)


def auc(score: Numbers, event: NDArray[np.bool_]) -> float:
    """Return the probability that a row with the event scores higher than one without, ties counted half."""
    positive = int(event.sum())
    negative = len(event) - positive
    if not positive or not negative:
        return 0.5
    ranks = ranked(score)
    return float((ranks[event].sum() - positive * (positive + 1) / 2) / (positive * negative))


def separation(here: Numbers, there: Numbers) -> float:
    """Return the probability that a value from here is above one from there; of many values, from some of them."""
    here, there = (values[:: max(1, len(values) // _ENOUGH)] for values in (here, there))
    event = np.concatenate([np.ones(len(here), dtype=np.bool_), np.zeros(len(there), dtype=np.bool_)])
    return auc(np.concatenate([here, there]), event)


def step_of(values: Numbers) -> float:
    """Return the step to which numbers are rounded: 1, 0.1, 0.01, 0.001 or less."""
    few = values[:2000]
    for step in (1.0, 0.1, 0.01, 0.001):
        if (np.abs(few / step - np.round(few / step)) < 1e-6).mean() > 0.95:
            return step
    return 0.0001
