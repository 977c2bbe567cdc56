"""From hazards to outcomes: survival, the two kinds of death, and what each treatment adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.diagnose.breast.predict.hazards import Hazards, Treatments

__all__ = ["AT_YEARS", "curves", "outcomes"]

AT_YEARS: Final = (5, 10, 15)
_PLACES: Final = [year - 1 for year in AT_YEARS]
_EXTENDED_AFTER: Final = 10
Array = NDArray[np.float64]


def outcomes(hazards: Hazards, planned: Treatments, order: Sequence[str]) -> dict[str, Array]:
    """Return every output of a card, in percent.

    Parameters
    ----------
    hazards : Hazards
    planned : Treatments
    order : sequence of str
        The treatments in the order in which their benefits are told apart: each is added to those before it.

    Returns
    -------
    dict of str to ndarray of shape (rows,)
    """
    found: dict[str, Array] = {}
    for name, steps in (("surgery", ()), ("treated", order)):
        breast, other = _cumulative(hazards, planned, steps)
        survival, of_breast, of_other = _deaths(breast, other)
        for year, place in zip(AT_YEARS, _PLACES, strict=True):
            found[f"overall_survival_{year}y_{name}"] = 100 * survival[place]
            found[f"breast_cancer_death_{year}y_{name}"] = 100 * of_breast[place]
            found[f"other_death_{year}y_{name}"] = 100 * of_other[place]
    before = np.stack([found[f"overall_survival_{year}y_surgery"] for year in AT_YEARS])
    for count, treatment in enumerate(order, start=1):
        after = 100 * _survival_at(hazards, planned, order[:count])
        for row, year in enumerate(AT_YEARS):
            found[f"{treatment}_benefit_{year}y"] = after[row] - before[row]
        before = after
    for year in AT_YEARS:
        total = found[f"overall_survival_{year}y_treated"] - found[f"overall_survival_{year}y_surgery"]
        found[f"total_benefit_{year}y"] = total
    extended = 100 * _survival_at(hazards, planned, order, extended=True)[-1]
    found["extended_hormone_benefit_15y"] = extended - before[-1]
    return found


def curves(hazards: Hazards, planned: Treatments, order: Sequence[str]) -> dict[str, dict[str, Array]]:
    """Return survival and deaths year by year, in percent, after surgery and after each further treatment.

    Returns
    -------
    dict of str to dict of str to ndarray of shape (15, rows)
        By what is given (``surgery``, then each treatment on top of those before it), by outcome.
    """
    found = {}
    for count in range(len(order) + 1):
        name = order[count - 1] if count else "surgery"
        survival, of_breast, of_other = _deaths(*_cumulative(hazards, planned, order[:count]))
        found[name] = {
            "overall_survival": 100 * survival,
            "breast_cancer_death": 100 * of_breast,
            "other_death": 100 * of_other,
        }
    return found


def _effects(hazards: Hazards, planned: Treatments, steps: Sequence[str]) -> tuple[Array, Array]:
    """Return the hazard ratios of the treatments given, for death from breast cancer and other death."""
    rows = hazards.breast.shape[1]
    breast, other = np.zeros(rows), np.zeros(rows)
    ratios: Mapping[str, Array] = {
        "radiotherapy": planned.radiotherapy,
        "hormone_therapy": planned.hormone_therapy,
        "chemotherapy": planned.chemotherapy,
        "trastuzumab": planned.trastuzumab,
        "bisphosphonate": planned.bisphosphonate,
    }
    for step in steps:
        breast = breast + ratios[step]
        if step == "radiotherapy":
            other = other + hazards.other_of_radiotherapy
        elif step == "chemotherapy":
            other = other + hazards.other_of_chemotherapy
    return np.exp(breast), np.exp(other)


def _cumulative(hazards: Hazards, planned: Treatments, steps: Sequence[str]) -> tuple[Array, Array]:
    if not steps:
        return hazards.breast, hazards.other
    of_breast, of_other = _effects(hazards, planned, steps)
    return hazards.breast * of_breast, hazards.other * of_other


def _survival_at(hazards: Hazards, planned: Treatments, steps: Sequence[str], *, extended: bool = False) -> Array:
    """Return overall survival (0 to 1) at 5, 10 and 15 years, shape (3, rows)."""
    of_breast, of_other = _effects(hazards, planned, steps)
    breast, other = hazards.breast[_PLACES] * of_breast, hazards.other[_PLACES] * of_other
    if extended:
        at_ten = hazards.breast[_EXTENDED_AFTER - 1] * of_breast
        breast = breast.copy()
        breast[-1] = at_ten + (breast[-1] - at_ten) * np.exp(planned.extended)
    return np.exp(-(breast + other))


def _deaths(breast: Array, other: Array) -> tuple[Array, Array, Array]:
    """Divide all deaths of each year between the two causes, in proportion to their net risks of that year."""
    free_of_breast, free_of_other = np.exp(-breast), np.exp(-other)
    alive = free_of_breast * free_of_other
    net_breast, net_other = _lost_each_year(free_of_breast), _lost_each_year(free_of_other)
    of_breast = _lost_each_year(alive) * (net_breast / (net_breast + net_other))
    for year in range(1, len(of_breast)):  # a running sum; numpy's own is slow along the first axis
        of_breast[year] += of_breast[year - 1]
    return alive, of_breast, 1 - alive - of_breast


def _lost_each_year(left: Array) -> Array:
    """Return what each year takes from a share that begins at 1."""
    lost = np.empty_like(left)
    np.subtract(1.0, left[0], out=lost[0])
    np.subtract(left[:-1], left[1:], out=lost[1:])
    return lost
