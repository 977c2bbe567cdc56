"""Recalibrated risks of patients whom the recalibration never saw: by folds of patients, and hospital by hospital."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.horizon_status import status_at
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration.choice import choose, possible_methods
from fyr.learn.recalibration.fitting import fit_recalibration, map_of
from fyr.learn.recalibration.folds import patient_folds
from fyr.learn.recalibration.maps import Method, Recalibration

__all__ = ["Ground", "HeldOut", "Wish", "by_folds", "by_hospital", "recalibrated"]

Wish = Method | Literal["choose"]
"""A method, or the wish that one be chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What a recalibration is fitted to.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
        The model's probability of the event by the horizon.
    outcome : Outcome
    patient, hospital : ndarray, shape (rows,)
    horizon_years : float or None
    """

    risk: NDArray[np.float64]
    outcome: Outcome
    patient: NDArray[Any]
    hospital: NDArray[Any]
    horizon_years: float | None

    def __len__(self) -> int:
        return len(self.risk)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Ground:
        """Return some rows: their places, or a mask."""
        return Ground(
            self.risk[rows], self.outcome.take(rows), self.patient[rows], self.hospital[rows], self.horizon_years
        )

    @property
    def hospitals(self) -> tuple[str, ...]:
        """The hospitals, in alphabetical order."""
        return tuple(sorted(set(self.hospital.tolist())))


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """One round in which every row was held out once, or a part of the rows.

    Parameters
    ----------
    parts : tuple of (ndarray of bool, Recalibration)
        The rows that were held out, and the map of the others.
    risk : ndarray of float64, shape (rows,)
        NaN in a row that was never held out.
    """

    parts: tuple[tuple[NDArray[np.bool_], Recalibration], ...]
    risk: NDArray[np.float64]

    @property
    def methods(self) -> Counter[str]:
        """How often each method was used."""
        return Counter(fitted.method for _, fitted in self.parts)


def recalibrated(
    ground: Ground, wish: Wish, generator: np.random.Generator, methods: tuple[Method, ...] | None = None
) -> Recalibration:
    """Fit the wished method, or the one that is chosen on these rows (among some).

    Parameters
    ----------
    ground : Ground
    wish : {"none", "intercept", "baseline", "slope", "isotonic", "choose"}
    generator : numpy.random.Generator
    methods : tuple of str, optional
        Those for which all patients together are enough, where these rows are a part of them.
    """
    if wish == "choose":
        method = choose(
            ground.risk,
            ground.outcome,
            horizon_years=ground.horizon_years,
            patient=ground.patient,
            generator=generator,
            methods=methods,
        ).method
    else:
        method = wish
    status = status_at(ground.outcome, ground.horizon_years)
    return map_of(ground.risk, ground.outcome, status, method, ground.horizon_years)


def by_folds(
    ground: Ground,
    wish: Wish,
    *,
    folds: int,
    repeats: int,
    generator: np.random.Generator,
    done: Callable[[int], None] = lambda _rounds: None,
) -> Iterator[HeldOut]:
    """Hold out each fold of patients once in every repeat; whatever is chosen is chosen anew without them.

    Parameters
    ----------
    ground : Ground
    wish : {"none", "intercept", "baseline", "slope", "isotonic", "choose"}
    folds, repeats : int
    generator : numpy.random.Generator
    done : callable
        Is told of every repeat that is done.

    Yields
    ------
    HeldOut
        One for each repeat.
    """
    status = status_at(ground.outcome, ground.horizon_years)
    methods = possible_methods(ground.outcome, status)[0] if wish == "choose" else None
    strata = np.char.add(ground.hospital.astype(str), np.where(status.happened, "+", np.where(status.known, "-", "?")))
    for _ in range(repeats):
        fold = patient_folds(ground.patient, strata, folds, generator)
        risk = np.full(len(ground), np.nan)
        parts = []
        for held in range(folds):
            rows = fold == held
            fitted = recalibrated(ground.take(~rows), wish, generator, methods)
            risk[rows] = fitted.apply(ground.risk[rows])
            parts.append((rows, fitted))
        yield HeldOut(tuple(parts), risk)
        done(1)


def by_hospital(ground: Ground, wish: Wish, generator: np.random.Generator) -> tuple[HeldOut, dict[str, str]]:
    """Hold out each hospital once, as one that has no outcomes of its own yet.

    Returns
    -------
    held_out : HeldOut
        Without the hospitals whose others are too few to learn from.
    refused : dict of str to str
        Those hospitals and why.
    """
    risk = np.full(len(ground), np.nan)
    parts, refused = [], {}
    for hospital in ground.hospitals:
        rows = ground.hospital == hospital
        others = ground.take(~rows)
        try:
            if wish != "choose":
                fit_recalibration(others.risk, others.outcome, wish, horizon_years=ground.horizon_years)
            fitted = recalibrated(others, wish, generator)
        except (BadInput, Refused) as problem:
            refused[hospital] = problem.what
            continue
        risk[rows] = fitted.apply(ground.risk[rows])
        parts.append((rows, fitted))
    return HeldOut(tuple(parts), risk), refused
