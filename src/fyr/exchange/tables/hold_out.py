"""Patients held out by lot: which ones follows from their ids alone, whatever the order or the number of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["held_out"]


def held_out(patients: Sequence[str], share: float, seed: int) -> NDArray[np.bool_]:
    """Return whether each row's patient is held out.

    Parameters
    ----------
    patients : sequence of str
        ``HOSPITAL/ID`` of each row; rows of one patient share their lot.
    share : float
        The chance of a patient to be held out.
    seed : int
        Another one draws other patients.
    """
    drawn = {one: _lot(one, seed) < share for one in set(patients)}
    return np.array([drawn[one] for one in patients], dtype=np.bool_)


def _lot(patient: str, seed: int) -> float:
    """Return a number from 0 to 1 that follows from the patient and the seed."""
    digest = hashlib.sha256(f"{seed} {patient}".encode()).digest()
    return float(int.from_bytes(digest[:7], "big")) / float(1 << 56)
