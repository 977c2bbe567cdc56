"""Points of published scores, as far as hourly intensive-care tables hold what they need.

NEWS5: five of the seven parameters of NEWS2 (Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017,
chart 1; SpO2 scale 1). Oxygen and consciousness are not in the tables. Last known values; **a missing value counts 0
here**, so this is a baseline to beat and a feature, not NEWS2: :mod:`fyr.watch.news2` refuses instead.

SAPS II, in part: Le Gall JR, Lemeshow S, Saulnier F. JAMA 1993;270:2957-2963, table 3: age and nine of its
physiological variables, worst of the last 24 hours. Its coma scale, ventilation, urine, chronic disease and type of
admission are not in the tables; a missing value counts 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEWS5_PARAMETERS", "SAPS2_PART", "news5_points", "saps2_part_points"]

_Values = NDArray[np.float64]
_Bands = tuple[tuple[float, ...], tuple[int, ...]]

NEWS5_PARAMETERS: Final[dict[str, tuple[int, _Bands]]] = {
    "resp": (0, ((8, 11, 20, 24), (3, 1, 0, 2, 3))),
    "o2sat": (0, ((91, 93, 95), (3, 2, 1, 0))),
    "sbp": (0, ((90, 100, 110, 219), (3, 2, 1, 0, 3))),
    "hr": (0, ((40, 50, 90, 110, 130), (3, 1, 0, 1, 2, 3))),
    "temp": (1, ((35.0, 36.0, 38.0, 39.0), (3, 1, 0, 1, 2))),
}
"""Decimals that a value is rounded to (half to even); highest value of each band but the last; points of each band."""

SAPS2_PART: Final[dict[str, tuple[tuple[str, _Bands], ...]]] = {
    "age": (("age", ((40, 60, 70, 75, 80), (0, 7, 12, 15, 16, 18))),),
    "hr": (("hr_min", ((40, 70), (11, 2, 0))), ("hr_max", ((120, 160), (0, 4, 7)))),
    "sbp": (("sbp_min", ((70, 100), (13, 5, 0))), ("sbp_max", ((200,), (0, 2)))),
    "temp": (("temp_max", ((39,), (0, 3))),),
    "bun": (("bun_max", ((28, 84), (0, 6, 10))),),
    "wbc": (("wbc_min", ((1,), (12, 0))), ("wbc_max", ((20,), (0, 3)))),
    "k": (("k_min", ((3,), (3, 0))), ("k_max", ((5,), (0, 3)))),
    "na": (("na_min", ((125,), (5, 0))), ("na_max", ((145,), (0, 1)))),
    "bicar": (("bicar_min", ((15, 20), (6, 3, 0))),),
    "bili": (("bili_max", ((4, 6), (0, 4, 9))),),
}
"""For each variable its extremes over 24 hours: lowest value of each band but the first; points of each band."""


def news5_points(last: Mapping[str, _Values]) -> dict[str, _Values]:
    """Return the points of each of the five parameters, shape (rows,); 0 where the value is missing.

    Parameters
    ----------
    last : mapping of str to ndarray of float64, shape (rows,)
        The last known value of each parameter.
    """
    points = {}
    for name, (decimals, (highest, scores)) in NEWS5_PARAMETERS.items():
        values = np.round(last[name], decimals)
        points[name] = _scored(values, np.searchsorted(highest, values, side="left"), scores)
    return points


def saps2_part_points(extremes: Mapping[str, _Values]) -> _Values:
    """Return the sum of the points that can be known, shape (rows,): of two extremes the one with more points.

    Parameters
    ----------
    extremes : mapping of str to ndarray of float64, shape (rows,)
        ``hr_min``, ``hr_max`` and the others of :data:`SAPS2_PART`.
    """
    total = np.zeros(len(extremes["age"]))
    for sides in SAPS2_PART.values():
        scored = [
            _scored(extremes[name], np.searchsorted(lowest, extremes[name], side="right"), scores)
            for name, (lowest, scores) in sides
        ]
        total += np.max(scored, axis=0)
    return total


def _scored(values: _Values, band: NDArray[np.intp], scores: tuple[int, ...]) -> _Values:
    reachable = np.minimum(band, len(scores) - 1)  # NaN sorts behind the last band
    points: _Values = np.where(np.isfinite(values), np.asarray(scores, dtype=np.float64)[reachable], 0.0)
    return points
