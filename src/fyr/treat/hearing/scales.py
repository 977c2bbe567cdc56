"""The published ototoxicity scales as arithmetic on thresholds; their cards are in :mod:`fyr.treat.hearing.models`.

Brock, Chang and SIOP Boston give an ear the grade of the lowest frequency that is lost ("and above" is read so; Brock's
own words in a paper that used it: the lowest frequency at which a loss of at least 40 dB occurs). Each is then a table
of steps: at which frequency which level makes which grade; the ear has the worst of them.

Sources that were read: SIOP Boston in PMC3675696, Table 2, and in the minimum test battery of Semin Hear 2019;40:154
(PMC6486370); Brock in Radiat Oncol 2011;6:58, Table 2, and in two summaries; Chang in those two summaries (a chapter's
table among them); ASHA in two independent statements of its three criteria (one a table of Eur Respir J); CTCAE 5 in
the JCOG translation, with the English of version 6, whose audiometric limits are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BROCK_STEPS",
    "CHANG_GRADES",
    "CHANG_STEPS",
    "CTCAE_HZ",
    "SIOP_STEPS",
    "Step",
    "asha_criteria",
    "ctcae_adult",
    "ctcae_child",
    "graded_by_steps",
]

Step = tuple[float, bool, int]
"""A level in dB HL, whether the level itself counts, and the grade (or its place in the list of grades)."""

CHANG_GRADES: Final = ("0", "1a", "1b", "2a", "2b", "3", "4")

BROCK_STEPS: Final[Mapping[int, tuple[Step, ...]]] = {
    1000: ((40, True, 4),),
    2000: ((40, True, 3),),
    4000: ((40, True, 2),),
    8000: ((40, True, 1),),
}
SIOP_STEPS: Final[Mapping[int, tuple[Step, ...]]] = {
    2000: ((20, False, 3), (40, False, 4)),
    3000: ((20, False, 3),),
    4000: ((20, False, 2),),
    6000: ((20, False, 1),),
    8000: ((20, False, 1),),
}
CHANG_STEPS: Final[Mapping[int, tuple[Step, ...]]] = {
    1000: ((20, False, 4), (40, True, 6)),
    2000: ((20, False, 4), (40, True, 5)),
    3000: ((20, False, 4), (40, True, 5)),
    4000: ((20, False, 2), (40, True, 3)),
    6000: ((40, True, 1),),
    8000: ((40, True, 1),),
}
"""Grades as places in :data:`CHANG_GRADES`. The scale's band of 6 to 12 kHz is asked at 6 and 8 kHz."""

CTCAE_HZ: Final = (1000, 2000, 3000, 4000, 6000, 8000)
"""The frequencies that CTCAE names, in order: what is contiguous is read along them."""

_FROM_2_KHZ: Final = slice(1, None)


def graded_by_steps(level_db: NDArray[Any], steps: Mapping[int, tuple[Step, ...]]) -> NDArray[np.int64]:
    """Return the worst grade of each ear.

    Parameters
    ----------
    level_db : ndarray, shape (ears, frequencies)
        By the frequencies of `steps`, in their order.
    """
    grade = np.zeros(len(level_db), dtype=np.int64)
    for place, levels in enumerate(steps.values()):
        for limit, itself, worse in levels:
            reached = level_db[:, place] >= limit if itself else level_db[:, place] > limit
            grade = np.where(reached, np.maximum(grade, worse), grade)
    return grade


def ctcae_adult(level_db: NDArray[Any], shift_db: NDArray[Any], baseline_db: NDArray[Any]) -> NDArray[np.int64]:
    """Return CTCAE 5's grade of adults on a monitoring programme.

    Parameters
    ----------
    level_db, shift_db, baseline_db : ndarray, shape (rows, 2, 6)
        Thresholds now, their shift from the baseline, and the baseline, of each ear at :data:`CTCAE_HZ`.
    """
    pairs = ((shift_db[..., :-1] + shift_db[..., 1:]) / 2).max(axis=(1, 2))
    triples = ((shift_db[..., :-2] + shift_db[..., 1:-1] + shift_db[..., 2:]) / 3).max(axis=(1, 2))
    grade = np.select([triples > 25, pairs > 25, pairs >= 15], [3, 2, 1], 0)
    profound = (level_db[..., _FROM_2_KHZ] > 80).all(axis=(1, 2))
    before = (baseline_db[..., _FROM_2_KHZ] > 80).all(axis=(1, 2))
    return np.where(profound & ~before, 4, grade)


def ctcae_child(level_db: NDArray[Any], shift_db: NDArray[Any], baseline_db: NDArray[Any]) -> NDArray[np.int64]:
    """Return CTCAE 5's paediatric grade: the shift's lowest frequency, and what is lost from 2 kHz on.

    Parameters
    ----------
    level_db, shift_db, baseline_db : ndarray, shape (rows, 2, 6)
    """
    shifted = np.logical_or.reduce(shift_db > 20, axis=1)
    grade = np.select([shifted[:, 1] | shifted[:, 2], shifted[:, 3], shifted[:, 4] | shifted[:, 5]], [3, 2, 1], 0)
    lost = (level_db[..., _FROM_2_KHZ] > 40).all(axis=2)
    before = (baseline_db[..., _FROM_2_KHZ] > 40).all(axis=2)
    return np.where(np.logical_or.reduce(lost & ~before, axis=1), 4, grade)


def asha_criteria(
    level_db: NDArray[Any], silent: NDArray[Any], baseline_db: NDArray[Any], baseline_silent: NDArray[Any]
) -> NDArray[np.bool_]:
    """Return which of ASHA's three criteria an ear meets, shape (rows, 3).

    Frequencies that the baseline did not test, or where it had no response, are no evidence; neighbours are
    neighbours among the frequencies that the baseline tested. Where the response is lost, the shift is at least that
    to the loudest level presented.

    Parameters
    ----------
    level_db, silent, baseline_db, baseline_silent : ndarray, shape (rows, frequencies)
        By rising frequency; NaN where not tested.
    """
    rows = len(level_db)
    met = np.zeros((rows, 3), dtype=np.bool_)
    ten_before, lost_in_a_row = np.zeros(rows, dtype=np.bool_), np.zeros(rows, dtype=np.int64)
    for column in range(level_db.shape[1]):
        tested = ~np.isnan(baseline_db[:, column])
        heard = tested & ~baseline_silent[:, column] & ~np.isnan(level_db[:, column])
        shift = np.where(heard, level_db[:, column] - baseline_db[:, column], 0.0)
        ten = shift >= 10
        lost = heard & silent[:, column]
        met[:, 0] |= shift >= 20
        met[:, 1] |= ten & ten_before
        ten_before = np.where(tested, ten, ten_before)
        lost_in_a_row = np.where(tested, np.where(lost, lost_in_a_row + 1, 0), lost_in_a_row)
        met[:, 2] |= lost_in_a_row >= 3
    return met
