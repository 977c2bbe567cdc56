"""Histograms as a user gives them: differential or cumulative, in two columns of a row, and what is wrong with them.

Planning systems export cumulative histograms; the sums of the models run over the bins of a differential one. A
cumulative histogram is differenced: what lies between two doses counts at their middle, and what is left at the
last dose counts there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, ModelInput, RowRefusal

__all__ = [
    "DVH_KIND",
    "HISTOGRAM",
    "Refused",
    "as_differential",
    "differential",
    "histogram_problem",
    "histogram_problems_of",
    "refusals",
]

Numbers = NDArray[np.float64]
Refused = tuple[str, tuple[str, ...]]
"""The reason, and the inputs that it is about."""
_NAMES: Final = ("dvh_dose_gy", "dvh_volume_cm3")
_LEFT: Final = 0.01
"""The share of the volume that may be left at the last dose of a cumulative histogram."""
_FEWEST, _MANY = 3, 10
"""Points from which a fall from 0 Gy on, or from the first step on, is no accident."""

DVH_KIND: Final = ModelInput(
    "dvh_kind",
    "What the histogram's volumes are: in each bin, or of all that gets the dose or more",
    "category",
    categories=("differential", "cumulative"),
    required=False,
    missing="differential; one that looks cumulative (from about 0 Gy on, the volume never rising) is refused until "
    "it is said",
)
HISTOGRAM: Final = (
    ModelInput(
        "dvh_dose_gy",
        "Histogram: physical dose of each bin (its middle), or each dose of a cumulative one",
        "numbers",
        "Gy",
        low=0,
        high=300,
        required=False,
        missing="one dose can be given instead, or neither: the model then refuses",
    ),
    ModelInput(
        "dvh_volume_cm3",
        "Histogram: volume in each bin (in any unit: only its share counts)",
        "numbers",
        "cm3",
        low=0,
        high=100_000,
        required=False,
        missing="goes with the doses of the bins",
    ),
    DVH_KIND,
)


def histogram_problem(doses: Numbers | None, volumes: Numbers | None, kind: str = "") -> Refused | None:
    """Return what is wrong with the columns of a histogram, one of which is given.

    Parameters
    ----------
    doses, volumes : ndarray, shape (bins,), or None
    kind : {"", "differential", "cumulative"}
        Empty where it was not said.
    """
    if doses is None or volumes is None:
        return "only one column of the histogram is given: dvh_dose_gy and dvh_volume_cm3 go together", _NAMES
    if len(doses) != len(volumes):
        return f"the histogram has {len(doses)} doses and {len(volumes)} volumes: one of each for every bin", _NAMES
    if not volumes.sum() > 0:
        return "the histogram has no volume: the structure has no dose", _NAMES
    if kind == "cumulative":
        return _cumulative_problem(doses, volumes)
    if not kind and _looks_cumulative(doses, volumes):
        return (
            f"dvh_dose_gy begins at {doses[0]:g} Gy and dvh_volume_cm3 never rises, as in a cumulative histogram: say "
            "dvh_kind, differential or cumulative",
            ("dvh_kind", *_NAMES),
        )
    return None


def histogram_problems_of(columns: Mapping[str, Column]) -> Iterator[Refused | None]:
    """Yield what is wrong with the histogram of each row."""
    kinds = columns["dvh_kind"].tolist()
    triples = zip(columns["dvh_dose_gy"], columns["dvh_volume_cm3"], kinds, strict=True)
    return (histogram_problem(*one) for one in triples)


def refusals(reasons: Iterable[Refused | None], rows: int) -> Iterator[RowRefusal]:
    """Gather the reasons of rows, one after the other, into one refusal for each reason."""
    found: dict[Refused, NDArray[np.bool_]] = {}
    for row, reason in enumerate(reasons):
        if reason is not None:
            found.setdefault(reason, np.zeros(rows, dtype=np.bool_))[row] = True
    for (reason_text, inputs), refused in found.items():
        yield RowRefusal(refused, reason_text, inputs)


def differential(doses: Numbers, volumes: Numbers) -> tuple[Numbers, Numbers]:
    """Return a cumulative histogram as a differential one.

    Parameters
    ----------
    doses : ndarray, shape (points,)
        From 0 on, rising.
    volumes : ndarray, shape (points,)
        That get the dose or more; never rising.

    Examples
    --------
    >>> differential(np.array([0.0, 10.0, 20.0]), np.array([100.0, 60.0, 0.0]))
    (array([ 5., 15., 20.]), array([40., 60.,  0.]))
    """
    middles = (doses[:-1] + doses[1:]) / 2
    return np.append(middles, doses[-1]), np.append(volumes[:-1] - volumes[1:], volumes[-1])


def as_differential(columns: Mapping[str, Column]) -> Mapping[str, Column]:
    """Return columns whose histograms are differential, without `dvh_kind`; those of :func:`histogram_problem`."""
    if "dvh_kind" not in columns:
        return columns
    rest = {name: column for name, column in columns.items() if name != "dvh_kind"}
    rows = np.flatnonzero(columns["dvh_kind"] == "cumulative")
    if not len(rows):
        return rest
    doses, volumes = (columns[name].copy() for name in _NAMES)
    for row in rows.tolist():
        if doses[row] is not None and volumes[row] is not None:
            doses[row], volumes[row] = differential(doses[row], volumes[row])
    return {**rest, _NAMES[0]: doses, _NAMES[1]: volumes}


def _looks_cumulative(doses: Numbers, volumes: Numbers) -> bool:
    steps = np.diff(doses)
    if len(doses) < _FEWEST or not (steps > 0).all():
        return False
    begins = doses[0] == 0 or (len(doses) >= _MANY and doses[0] <= steps[0])
    return bool(begins and (np.diff(volumes) <= 0).all() and volumes[-1] < volumes[0])


def _cumulative_problem(doses: Numbers, volumes: Numbers) -> Refused | None:
    if len(doses) < 2 or doses[0] != 0 or not (np.diff(doses) > 0).all():
        return "dvh_dose_gy of a cumulative histogram begins at 0 Gy and rises from point to point", ("dvh_dose_gy",)
    if not (np.diff(volumes) <= 0).all():
        return "dvh_volume_cm3 of a cumulative histogram never rises", ("dvh_volume_cm3",)
    if volumes[-1] > _LEFT * volumes[0]:
        left = 100 * volumes[-1] / volumes[0]
        return (
            f"the cumulative histogram ends at {doses[-1]:g} Gy with {left:.3g} % of the volume left: give it to its "
            "end",
            _NAMES,
        )
    return None
