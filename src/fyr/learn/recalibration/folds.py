"""Folds that keep a patient's rows together and share hospitals and events evenly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["patient_folds"]


def patient_folds(
    patient: NDArray[Any],
    strata: NDArray[Any],
    folds: int,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Deal patients into folds at random, each stratum evenly.

    Parameters
    ----------
    patient : ndarray, shape (rows,)
    strata : ndarray, shape (rows,)
        What is to be shared evenly; a patient is of the stratum of the first of their rows.
    folds : int
    generator : numpy.random.Generator

    Returns
    -------
    ndarray of int64, shape (rows,)
        The fold of each row, from 0.

    Raises
    ------
    BadInput
        If there are fewer patients than folds, or fewer than two folds.
    """
    _, first, place = np.unique(patient, return_index=True, return_inverse=True)
    if not 2 <= folds <= len(first):
        raise BadInput(f"{len(first)} patients cannot be dealt into {folds} folds", mend="choose 2 folds or more")
    order = generator.permutation(len(first))
    order = order[np.argsort(np.asarray(strata)[first][order], kind="stable")]
    fold = np.empty(len(first), dtype=np.int64)
    fold[order] = np.arange(len(first)) % folds
    shuffled: NDArray[np.int64] = fold[place]
    return shuffled
