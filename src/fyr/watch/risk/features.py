"""Features of each hour, made of that hour and the hours before it in the same stay, and of nothing later.

Of a variable: ``last`` (carried forward), ``age`` (hours since it was measured), ``min``, ``max``, ``mean`` of the last
24 hours, ``mean6`` of the last 6, ``slope`` (a straight line through the last 24 hours, per hour) and ``delta`` (last
minus the first of the stay). The shock index is heart rate over systolic pressure (Allgöwer and Burri 1967).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.watch.risk.early_warning_points import NEWS5_PARAMETERS, SAPS2_PART, news5_points, saps2_part_points
from fyr.watch.risk.hours import Hours
from fyr.watch.risk.variables import MEASURED, STATIC

__all__ = ["STATISTICS", "feature_table", "known_features", "news5"]

STATISTICS: Final = ("last", "age", "min", "max", "mean", "mean6", "slope", "delta")
"""What is made of a variable, in the order of the kernel's columns."""

_SHORT_H: Final = 6.0
_LONG_H: Final = 24.0
_DERIVED: Final = ("si", "news5")
_Values = NDArray[np.float64]


def feature_table(hours: Hours, names: Sequence[str]) -> _Values:
    """Return features, shape (rows, len(names)); NaN where a feature cannot be known.

    Parameters
    ----------
    hours : Hours
    names : sequence of str
        Of :func:`known_features`.

    Raises
    ------
    BadInput
        If there is no such feature.
    """
    made = _Made(hours)
    table = np.empty((len(hours.stay), len(names)))
    for place, name in enumerate(names):
        table[:, place] = made.feature(name)
    return table


def news5(hours: Hours) -> _Values:
    """Return the points of five vital signs in each hour, shape (rows,)."""
    return _Made(hours).feature("news5")


def known_features() -> tuple[str, ...]:
    """Return the name of every feature there is."""
    of_variables = (f"{name}_{statistic}" for name in (*MEASURED, *_DERIVED) for statistic in STATISTICS)
    static = (entry.name for entry in STATIC)
    return (*static, *of_variables, *_FORMULAS)


class _Made:
    """The features of some hours, each variable worked out once."""

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self._statistics: dict[str, _Values] = {}

    def feature(self, name: str) -> _Values:
        if name in _FORMULAS:
            with np.errstate(divide="ignore", invalid="ignore"):
                return _FORMULAS[name](self)
        if name in self.hours.columns and name not in MEASURED:
            return self.hours.columns[name]
        variable, _, statistic = name.rpartition("_")
        if statistic not in STATISTICS or variable not in (*MEASURED, *_DERIVED):
            raise BadInput(f"there is no feature '{name}'", where="features of the risk model")
        return self.statistics(variable)[:, STATISTICS.index(statistic)]

    def statistics(self, variable: str) -> _Values:
        if variable not in self._statistics:
            made = np.full((len(self.hours.stay), len(STATISTICS)), np.nan)
            _fill_statistics(self.hours.stay, self.hours.hour, self._values(variable), _SHORT_H, _LONG_H, made)
            self._statistics[variable] = made
        return self._statistics[variable]

    def _values(self, variable: str) -> _Values:
        if variable == "news5":
            return self.feature("news5")
        if variable == "si":
            return _ratio(self.hours.columns["hr"], self.hours.columns["sbp"])
        return np.ascontiguousarray(self.hours.columns[variable], dtype=np.float64)


def _ratio(above: _Values, below: _Values) -> _Values:
    parts = np.full(len(above), np.nan)
    np.divide(above, below, out=parts, where=below > 0)
    return parts


def _points(made: _Made) -> dict[str, _Values]:
    return news5_points({name: made.feature(f"{name}_last") for name in NEWS5_PARAMETERS})


def _news5(made: _Made) -> _Values:
    total = np.zeros(len(made.hours.stay))
    for points in _points(made).values():
        total += points
    return total


def _news5_of(made: _Made, parameter: str) -> _Values:
    return _points(made)[parameter]


def _saps2(made: _Made) -> _Values:
    return saps2_part_points({name: made.feature(name) for sides in SAPS2_PART.values() for name, _ in sides})


def _saturation_to_oxygen(made: _Made) -> _Values:
    """Take air, 21 %, where no inspired oxygen is written."""
    oxygen = made.feature("fio2_last")
    return _ratio(made.feature("o2sat_last"), np.where(np.isfinite(oxygen), oxygen, 21.0) / 100)


_FORMULAS: Final[dict[str, Callable[[_Made], _Values]]] = {
    "hour": lambda made: made.hours.hour,
    "news5": _news5,
    **{f"news5_of_{name}": partial(_news5_of, parameter=name) for name in NEWS5_PARAMETERS},
    "saps2_part": _saps2,
    "oxygenation": lambda made: _ratio(made.feature("po2_last"), made.feature("fio2_last") / 100),
    "saturation_to_oxygen": _saturation_to_oxygen,
    "anion_gap": lambda made: made.feature("na_last") - made.feature("cl_last") - made.feature("bicar_last"),
}


@njit(cache=True)
def _fill_statistics(
    stay: NDArray[np.int64],
    hour: _Values,
    values: _Values,
    short_h: float,
    long_h: float,
    made: _Values,
) -> None:
    """Fill `made`, shape (rows, statistics), from the rows of the same stay up to each row."""
    start, first, last, last_hour = 0, np.nan, np.nan, 0.0
    for row in range(len(values)):
        if row == 0 or stay[row] != stay[row - 1]:
            start, first, last = row, np.nan, np.nan
        if np.isfinite(values[row]):
            last, last_hour = values[row], hour[row]
            if np.isnan(first):
                first = last
        if np.isnan(last):
            continue
        made[row, 0], made[row, 1], made[row, 7] = last, hour[row] - last_hour, last - first
        lowest, highest, total, count, short_total, short_count = np.inf, -np.inf, 0.0, 0, 0.0, 0
        time_sum, time_square, product = 0.0, 0.0, 0.0
        before = row
        while before >= start and hour[row] - hour[before] <= long_h:
            value = values[before]
            if np.isfinite(value):
                ago = hour[before] - hour[row]
                lowest, highest = min(lowest, value), max(highest, value)
                total += value
                count += 1
                if -ago < short_h:
                    short_total += value
                    short_count += 1
                time_sum += ago
                time_square += ago * ago
                product += ago * value
            before -= 1
        if count:
            made[row, 2], made[row, 3], made[row, 4] = lowest, highest, total / count
            spread = time_square - time_sum * time_sum / count
            if count > 2 and spread > 0:
                made[row, 6] = (product - time_sum * total / count) / spread
        if short_count:
            made[row, 5] = short_total / short_count
