"""From a patient to hazards: one function for version 2 and 3.0, one for 3.1 and 3.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column

__all__ = ["YEARS", "Hazards", "Treatments", "hazards_2", "hazards_31", "treatments"]

YEARS: Final = np.arange(1, 16, dtype=np.float64)
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Treatments:
    """The log hazard ratios of what is planned, each of shape (rows,); 0 where it is not planned or does not apply.

    Parameters
    ----------
    radiotherapy, hormone_therapy, chemotherapy, trastuzumab, bisphosphonate : ndarray
        For death from breast cancer.
    extended : ndarray
        What ten years of hormone therapy add in the years 11 to 15.
    """

    radiotherapy: Array
    hormone_therapy: Array
    chemotherapy: Array
    trastuzumab: Array
    bisphosphonate: Array
    extended: Array


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """What the outcome is computed from.

    Parameters
    ----------
    breast : ndarray, shape (15, rows)
        Cumulative hazard of death from breast cancer after surgery alone, at the end of each year.
    other : ndarray, shape (15, rows)
        Cumulative hazard of any other death after surgery alone.
    other_of_radiotherapy, other_of_chemotherapy : ndarray, shape (rows,)
        Log hazard ratios of other death that come with these treatments.
    """

    breast: Array
    other: Array
    other_of_radiotherapy: Array
    other_of_chemotherapy: Array


def treatments(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Treatments:
    """Return what is planned as log hazard ratios (3.0 and later: radiotherapy too)."""
    shared = numbers["shared"]
    er = columns["er_positive"].astype(bool)
    planned = {name: np.nan_to_num(columns[name]) == 1 for name in ("hormone_therapy", "trastuzumab", "bisphosphonate")}
    generation = np.nan_to_num(columns["chemotherapy_generation"])
    hormone = np.where(planned["hormone_therapy"] & er, shared["hormone_therapy"], 0.0)
    her2 = columns["her2_status"] == "positive"
    radiotherapy = np.zeros(len(er))
    if "radiotherapy" in columns:
        given = np.nan_to_num(columns["radiotherapy"]) == 1
        radiotherapy = np.where(given, np.log(numbers["radiotherapy"]["breast"]), 0.0)
    return Treatments(
        radiotherapy=radiotherapy,
        hormone_therapy=hormone,
        chemotherapy=np.select(
            [generation == 2, generation == 3], [shared["chemotherapy"]["2"], shared["chemotherapy"]["3"]], 0.0
        ),
        trastuzumab=np.where(planned["trastuzumab"] & her2, shared["trastuzumab"], 0.0),
        bisphosphonate=np.where(planned["bisphosphonate"], shared["bisphosphonate"], 0.0),
        extended=np.where(hormone != 0, numbers["extended_hormone_therapy"], 0.0),
    )


def hazards_2(columns: Mapping[str, Column], numbers: Mapping[str, Any], *, unknown_grade_is_high: bool) -> Hazards:
    """Return the hazards of version 2.2, and of 3.0 where `numbers` has what that version adds.

    Parameters
    ----------
    columns : mapping of str to ndarray, each of shape (rows,)
    numbers : mapping
        The card's parameters.
    unknown_grade_is_high : bool
        How an unknown grade of an ER-negative tumour counts: as 2 or 3 (3.0), or as 1 (2.2).
    """
    positive, negative, other = numbers["er_positive"], numbers["er_negative"], numbers["other"]
    er = columns["er_positive"].astype(bool)
    age, size, nodes = columns["age"], columns["tumour_size_mm"], _nodes(columns)
    screen, grade = _screen(columns, numbers), _grade(columns, numbers)
    decade = age / 10
    first, first_centre, second, second_centre = positive["age"]
    known = ~np.isnan(columns["grade"])
    high = np.where(known, grade >= 2, unknown_grade_is_high)
    of_positive = (
        first * (decade**-2 - first_centre)
        + second * (decade**-2 * np.log(decade) - second_centre)
        + positive["size"][0] * (np.log(size / 100) + positive["size"][1])
        + positive["nodes"][0] * (np.log((nodes + 1) / 10) + positive["nodes"][1])
        + positive["grade"] * grade
        + positive["screen_detected"] * screen
    )
    of_negative = (
        negative["age"][0] * (age - negative["age"][1])
        + negative["size"][0] * (np.sqrt(size / 100) - negative["size"][1])
        + negative["nodes"][0] * (np.log((nodes + 1) / 10) + negative["nodes"][1])
        + negative["grade"] * high
    )
    index = np.where(er, of_positive, of_negative) + _her2(columns, numbers["her2"]) + _ki67(columns, numbers)
    mortality = other["age"][0] * (decade**2 - other["age"][1])
    if "radiotherapy" in numbers:
        adjusted = numbers["radiotherapy"]
        index = index + _pr(columns, numbers) + _without_radiotherapy(adjusted, adjusted["breast"])
        mortality = mortality + _smoking(columns, numbers)
        mortality = mortality + _without_radiotherapy(
            adjusted, adjusted["other_per_gy"] ** adjusted["average_heart_gy"]
        )
        mortality = mortality + _of_chemotherapy(columns, numbers) + _of_heart_dose(columns, numbers, only_given=True)
    root = np.sqrt(YEARS)
    p, n, o = positive["baseline"], negative["baseline"], other["baseline"]
    baseline = np.stack(
        [
            np.exp(n[0] + n[1] / YEARS**2 + n[2] / YEARS),
            np.exp(p[0] + p[1] / root + p[2] * np.log(YEARS) / root),
        ]
    )
    of_others = np.exp(o[0] + o[1] * np.log(YEARS) + o[2] * root)
    nothing = np.zeros(len(age))
    return Hazards(
        breast=baseline.T[:, er.astype(np.intp)] * np.exp(index),
        other=of_others[:, None] * np.exp(mortality),
        other_of_radiotherapy=nothing,
        other_of_chemotherapy=nothing,
    )


def hazards_31(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Hazards:
    """Return the hazards of version 3.1, and of 3.2 where `numbers` has its shift of the baseline.

    Parameters
    ----------
    columns : mapping of str to ndarray, each of shape (rows,)
    numbers : mapping
        The card's parameters.
    """
    positive, negative, other = numbers["er_positive"], numbers["er_negative"], numbers["other"]
    er = columns["er_positive"].astype(bool)
    age = (columns["age"] - numbers["age_before"]) / 100
    log_age, size, nodes = np.log(age), columns["tumour_size_mm"], np.log(_nodes(columns) + 1)
    screen, grade, year = _screen(columns, numbers), _grade(columns, numbers), numbers["years_after_2000"]
    cube = age**3
    of_positive = (
        positive["age"][0] / np.sqrt(age)
        + positive["age"][1] * age**2
        + positive["size"] * (1 - np.exp(-size / 20))
        + positive["nodes"] * nodes
        + positive["grade"] * grade
        + positive["screen_detected"] * screen
        + positive["year"] * year
    )
    of_negative = (
        negative["age"][0] * age
        + negative["age"][1] * age * log_age
        + negative["size"] * np.log(size)
        + negative["nodes"] * nodes
        + negative["grade"] * grade
        + negative["screen_detected"] * screen
        + negative["year"] * year
    )
    shift_positive, shift_negative, shift_other = _baseline_shift(numbers)
    index = np.where(er, of_positive + shift_positive, of_negative + shift_negative)
    index = index + _ki67(columns, numbers) + _pr(columns, numbers)
    mortality = (
        other["age"][0] * cube
        + other["age"][1] * cube * log_age
        + other["year"] * year
        + shift_other
        + _smoking(columns, numbers)
    )
    decade = YEARS / 10
    o = other["baseline"]
    of_others = np.exp(o[0] + o[1] * np.log(decade) + o[2] * decade)
    her2 = np.where(columns["her2_status"] == "positive", 2, np.where(columns["her2_status"] == "negative", 1, 0))
    row = 3 * er.astype(np.intp) + her2
    return Hazards(
        breast=_breast_baselines(numbers).T[:, row] * np.exp(index),
        other=of_others[:, None] * np.exp(mortality),
        other_of_radiotherapy=_of_heart_dose(columns, numbers, only_given=False),
        other_of_chemotherapy=_of_chemotherapy(columns, numbers),
    )


def _breast_baselines(numbers: Mapping[str, Any]) -> Array:
    """Return cumulative baselines, rows ER-negative then ER-positive, each HER2 unknown, negative, positive."""
    decade = YEARS / 10
    p, n = numbers["er_positive"]["baseline"], numbers["er_negative"]["baseline"]
    cumulative = {
        "er_negative": np.exp(n[0] + n[1] / decade + n[2] * np.log(decade) / decade),
        "er_positive": np.exp(p[0] + p[1] / np.sqrt(decade) + p[2] * np.log(decade) / np.sqrt(decade)),
    }
    rows = []
    for group in ("er_negative", "er_positive"):
        annual = np.diff(cumulative[group], prepend=0.0)
        her2 = numbers[group]["her2"]
        effects = [np.asarray(effect, dtype=np.float64) for effect in (0.0, her2["negative"], her2["positive"])]
        rows += [np.cumsum(annual * np.exp(effect)) for effect in effects]
    return np.stack(rows)


def _baseline_shift(numbers: Mapping[str, Any]) -> tuple[float, float, float]:
    if "baseline_shift" in numbers:
        shift = numbers["baseline_shift"]
        return shift["er_positive"], shift["er_negative"], shift["other"]
    adjusted = numbers["radiotherapy"]
    breast = _without_radiotherapy(adjusted, adjusted["breast"])
    other = _without_radiotherapy(adjusted, adjusted["other_per_gy"] ** adjusted["average_heart_gy"])
    return breast, breast, other


def _without_radiotherapy(adjusted: Mapping[str, Any], ratio: float) -> float:
    """Take the share of the population that had radiotherapy out of a baseline."""
    return float(np.log(1 / ((1 - adjusted["proportion"]) + adjusted["proportion"] * ratio)))


def _nodes(columns: Mapping[str, Column]) -> Array:
    """Return the number of nodes; half a node for a micrometastasis alone, as the authors' web tool counts it."""
    alone = np.nan_to_num(columns["micrometastases"]) == 1
    return np.where(alone, 0.5, columns["positive_nodes"])


def _screen(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Array:
    screen = columns["screen_detected"]
    return np.where(np.isnan(screen), numbers["shared"]["unknown_screen_detected"], screen)


def _grade(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Array:
    grade = columns["grade"]
    return np.where(np.isnan(grade), numbers["shared"]["unknown_grade"], grade)


def _her2(columns: Mapping[str, Column], effects: Mapping[str, float]) -> Array:
    her2 = columns["her2_status"]
    return np.select([her2 == "positive", her2 == "negative"], [effects["positive"], effects["negative"]], 0.0)


def _ki67(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Array:
    effects = numbers["shared"]["ki67"]
    positive, percent = columns["ki67_positive"], columns["ki67_percent"]
    told = np.where(np.isnan(positive), np.where(np.isnan(percent), np.nan, percent > numbers["ki67_cut"]), positive)
    found = np.select([told == 1, told == 0], [effects["positive"], effects["negative"]], 0.0)
    return np.where(columns["er_positive"].astype(bool), found, 0.0)


def _pr(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Array:
    positive, negative = numbers["pr"]["er_positive"], numbers["pr"]["er_negative"]
    er, pr = columns["er_positive"].astype(bool), columns["pr_positive"]
    chosen = [er & (pr == 1), er & (pr == 0), ~er & (pr == 1), ~er & (pr == 0)]
    return np.select(chosen, [positive[0], positive[1], negative[0], negative[1]], 0.0)


def _smoking(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Array:
    smoking = numbers["smoking"]
    ratio = smoking["share_of_deaths"] * smoking["relative_risk"] + 1 - smoking["share_of_deaths"]
    average = 1 - smoking["proportion"] + ratio * smoking["proportion"]
    current: Array = np.where(columns["smoking_status"] == "current", np.log(ratio / average), np.log(1 / average))
    return current


def _of_chemotherapy(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> Array:
    given = np.nan_to_num(columns["chemotherapy_generation"]) > 0
    return np.where(given, np.log(numbers["chemotherapy_other_mortality"]), 0.0)


def _of_heart_dose(columns: Mapping[str, Column], numbers: Mapping[str, Any], *, only_given: bool) -> Array:
    dose = np.nan_to_num(columns["heart_dose_gy"])
    if only_given:
        dose = np.where(np.nan_to_num(columns["radiotherapy"]) == 1, dose, 0.0)
    per_gy = float(np.log(numbers["radiotherapy"]["other_per_gy"]))
    return per_gy * dose
