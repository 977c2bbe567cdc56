"""Folds of a cross-validation: whole patients, alike in events, or whole hospitals.

A patient's rows never lie on both sides of a split: what was learned from one of them would be judged on another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["hospital_folds", "patient_folds"]


def patient_folds(
    patient: NDArray[Any],
    event: NDArray[np.bool_],
    folds: int,
    generator: np.random.Generator,
    *,
    timed: bool = False,
) -> NDArray[np.int64]:
    """Deal patients into folds, those with the event and those without it evenly.

    Parameters
    ----------
    patient : ndarray, shape (rows,)
    event : ndarray of bool, shape (rows,)
    folds : int
    generator : numpy.random.Generator
    timed : bool
        Whether events have times: then patients without the event need not be in every fold.

    Returns
    -------
    ndarray of int64, shape (rows,)
        The fold of each row, from 0.

    Raises
    ------
    BadInput
        If there are fewer patients with the event, or without it, than folds, or fewer patients than folds.
    """
    distinct, place = np.unique(patient.astype(str), return_inverse=True)
    has_event = np.zeros(len(distinct), dtype=np.bool_)
    np.logical_or.at(has_event, place, event)
    having, lacking = int(has_event.sum()), int((~has_event).sum())
    fewest = having if timed else min(having, lacking)
    if fewest < folds:
        kind = "with" if having == fewest else "without"
        raise BadInput(
            f"{fewest} patients {kind} the event cannot be dealt into {folds} folds",
            mend="use fewer folds, or gather more patients",
        )
    fold_of = np.empty(len(distinct), dtype=np.int64)
    dealt = 0
    for group in (np.flatnonzero(has_event), np.flatnonzero(~has_event)):
        shuffled = generator.permutation(group)
        fold_of[shuffled] = (np.arange(len(group)) + dealt) % folds
        dealt += len(group)
    return fold_of[place]


def hospital_folds(hospital: NDArray[Any], event: NDArray[np.bool_]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Make each hospital a fold of its own: trained on all others, judged on the one.

    Returns
    -------
    fold : ndarray of int64, shape (rows,)
    hospitals : tuple of str
        By fold.

    Raises
    ------
    BadInput
        If there is one hospital alone, or without one hospital there is no event to learn from.
    """
    names, fold = np.unique(hospital.astype(str), return_inverse=True)
    if len(names) < 2:
        raise BadInput(
            f"there is one hospital alone ({names[0] if len(names) else 'none'}): none can be left out",
            mend="say which column names the hospital, or use --folds",
        )
    for number, name in enumerate(names.tolist()):
        others = event[fold != number]
        if not others.any() or others.all():
            kind = "no event" if not others.any() else "nothing but events"
            raise BadInput(f"without hospital {name} there is {kind} to learn from", mend="use --folds")
    return fold.astype(np.int64), tuple(names.tolist())
