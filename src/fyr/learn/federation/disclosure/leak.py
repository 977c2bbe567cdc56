"""The leak meter: how many patients' own values could be worked out from the sums that were made of groups of them.

Sums over known groups can be added and subtracted. Whatever groups were summed, a combination of the sums speaks of a
set of patients if, and only if, the set's indicator lies in the span of the groups' indicators (Denning and Schlörer
1980 call groups found so a tracker). So the meter is linear algebra on memberships, and needs no list of attacks:
adjacent risk sets, nested cohorts, one patient added, a category of one are all the same question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Leak", "cell_groups", "isolable", "isolable_by_cell"]

Bools = NDArray[np.bool_]

_EXACT: Final = 1e-7
"""Memberships are 0 and 1, so their projections are rational numbers; what rounding leaves is far below this."""

_MOST_PAIRED: Final = 4000


@dataclass(frozen=True, slots=True)
class Leak:
    """What sums give away.

    Parameters
    ----------
    rows : int
        Patients of whom anything was summed.
    isolable : int
        Those whose own values could be worked out.
    narrow : int
        Further ones, of whom the sum of a group smaller than the minimum could be worked out.
    reasons : tuple of str
        How, in words, without naming a patient.
    """

    rows: int = 0
    isolable: int = 0
    narrow: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def harmless(self) -> bool:
        """Whether nobody stands out."""
        return self.isolable == 0 and self.narrow == 0

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "rows": self.rows,
            "rows_isolable": self.isolable,
            "rows_in_small_groups": self.narrow,
            "reasons": list(self.reasons),
        }


def cell_groups(cell: NDArray[np.int64]) -> list[Bools]:
    """Return the groups of a partition, -1 belonging to none; each of shape (rows,)."""
    return [cell == one for one in np.unique(cell[cell >= 0])]


def isolable_by_cell(cell: NDArray[np.int64]) -> int:
    """Return how many rows are alone in their cell.

    Sums over nested sets, such as the patients at risk at each event time, give by difference the sums over what lies
    between them; the cells are those differences.

    Examples
    --------
    >>> isolable_by_cell(np.array([0, 0, 1, 2, 2, -1]))
    1
    """
    return int(np.count_nonzero(np.bincount(cell[cell >= 0], minlength=1) == 1))


def isolable(groups: Sequence[Bools] | Bools, minimum: int = 3) -> tuple[Bools, Bools]:
    """Return which rows can be singled out from sums over groups, and which only in a group below the minimum.

    Parameters
    ----------
    groups : sequence of ndarray of bool, shape (groups, rows)
    minimum : int
        Groups that were summed as they are, and one group less another within it, are held against any minimum;
        combinations of many groups against sets of one and of two patients.

    Returns
    -------
    alone, narrow : ndarray of bool, shape (rows,)
        A row that is alone is not narrow.

    Examples
    --------
    One patient joined between two sums:

    >>> alone, _ = isolable(np.array([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], dtype=bool))
    >>> alone.nonzero()[0].tolist()
    [4]
    """
    members = np.atleast_2d(np.asarray(groups, dtype=np.bool_))
    rows = members.shape[1]
    alone, narrow = np.zeros(rows, dtype=np.bool_), np.zeros(rows, dtype=np.bool_)
    if not members.size or not members.any():
        return alone, narrow
    members = np.unique(members[members.any(axis=1)], axis=0)
    # Rows that are in the same groups cannot be told apart by any combination: they are one atom.
    atoms, atom_of, size = np.unique(members, axis=1, return_inverse=True, return_counts=True)
    atom_of = atom_of.reshape(-1)
    summed = atoms.any(axis=0)
    single, small = _small_sets(atoms.astype(np.float64), size, minimum)
    alone = (single & summed)[atom_of]
    narrow = (small & summed)[atom_of] & ~alone
    return alone, narrow


def _small_sets(atoms: NDArray[np.float64], size: NDArray[np.int64], minimum: int) -> tuple[Bools, Bools]:
    single, small = np.zeros(len(size), dtype=np.bool_), np.zeros(len(size), dtype=np.bool_)
    _direct(atoms, size, minimum, single, small)
    few = size < minimum
    if not few.any():
        return single, small
    basis = _basis(atoms)
    within = np.einsum("ka,ka->a", basis, basis)
    found = within > 1 - _EXACT
    single |= found & (size == 1)
    small |= found & few
    if minimum > 2:
        _pairs(basis, within, size, small)
    return single, small


def _direct(atoms: NDArray[np.float64], size: NDArray[np.int64], minimum: int, single: Bools, small: Bools) -> None:
    """Mark groups that are small as they are, or by the difference of two that lie one within the other."""
    count = atoms @ size
    _mark(atoms[count < minimum], count[count < minimum], single, small)
    shared = (atoms * size) @ atoms.T
    nested = np.isclose(shared, count[:, None]) & (count[None, :] > count[:, None])
    rest = count[None, :] - count[:, None]
    inner, outer = np.nonzero(nested & (rest < minimum))
    _mark(atoms[outer] - atoms[inner], rest[inner, outer], single, small)


def _mark(sets: NDArray[np.float64], count: NDArray[np.float64], single: Bools, small: Bools) -> None:
    for one, rows in zip(sets > 0, count, strict=True):
        if rows == 1:
            single |= one
        small |= one


def _basis(atoms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an orthonormal basis of the span of the groups, shape (rank, atoms)."""
    _, values, right = np.linalg.svd(atoms, full_matrices=False)
    found: NDArray[np.float64] = right[values > values[0] * max(atoms.shape) * np.finfo(np.float64).eps]
    return found


def _pairs(basis: NDArray[np.float64], within: NDArray[np.float64], size: NDArray[np.int64], small: Bools) -> None:
    """Mark two patients of whom one combination is known: the projection onto the span keeps a vector of those two."""
    # The projection's 2 x 2 block has an eigenvalue of 1, so its trace is 1 or more, and one of them has half or more.
    likely = np.flatnonzero((size == 1) & (within > 0.5 - _EXACT))
    others = np.flatnonzero(size == 1)
    if len(likely) > _MOST_PAIRED or not len(likely):
        return
    cross = basis[:, likely].T @ basis[:, others]
    left = (1 - within[likely])[:, None] * (1 - within[others])[None, :] - cross**2
    found = np.abs(left) < _EXACT
    found &= likely[:, None] != others[None, :]
    # A patient who is alone already makes the block singular with anyone.
    found &= (within[likely] < 1 - _EXACT)[:, None] & (within[others] < 1 - _EXACT)[None, :]
    first, second = np.nonzero(found)
    small[likely[first]] = True
    small[others[second]] = True
