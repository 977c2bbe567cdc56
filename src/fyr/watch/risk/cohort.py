"""Stays with their outcome, as rows of features: what models of risk are trained and judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.watch.risk.features import feature_table
from fyr.watch.risk.hours import Hours
from fyr.watch.risk.targets import Target
from fyr.watch.risk.utility import HourlyUtility, hourly_utility
from fyr.watch.risk.variables import MEASURED, VARIABLES

__all__ = ["Cohort", "make_cohort"]

_FIRST_LANDMARK_H: Final = 8
_LANDMARKS_H: Final = 4
_AHEAD_H: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Rows of features with what happened; every array has one entry a row.

    Parameters
    ----------
    target : Target
    stay : ndarray of int64
    hour : ndarray of float64
        Hours since admission.
    features : ndarray of float64, shape (rows, features)
        In the order of the target's features.
    news5 : ndarray of float64
        The early warning score that the comparison uses.
    label : ndarray of bool
        The published label.
    judged : ndarray of bool
        The rows in which predictions are judged.
    weight : ndarray of float64
        How much a row counts in training; 0 where it does not take part.
    wanted : ndarray of bool
        What the trees learn: the label, or for sepsis also the 6 hours before it.
    left_out : tuple of str
        Stays that could not be used, with the reason.
    """

    target: Target
    stay: NDArray[np.int64]
    hour: NDArray[np.float64]
    features: NDArray[np.float64]
    news5: NDArray[np.float64]
    label: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    weight: NDArray[np.float64]
    wanted: NDArray[np.bool_]
    left_out: tuple[str, ...] = ()

    def of_stays(self, stays: NDArray[np.int64]) -> Cohort:
        """Return the rows of some stays."""
        rows = np.isin(self.stay, stays)
        names = ("stay", "hour", "features", "news5", "label", "judged", "weight", "wanted")
        return Cohort(self.target, **{name: getattr(self, name)[rows] for name in names})

    def stays(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return each stay, and whether it has the event in any row."""
        stays, place = np.unique(self.stay, return_inverse=True)
        event = np.bincount(place, weights=self.label, minlength=len(stays)) > 0
        return stays, event

    def utility(self) -> HourlyUtility | None:
        """Return what alarms are worth in each row, for an hourly target."""
        return hourly_utility(self.stay, self.label) if self.target.hourly else None


def make_cohort(target: Target, columns: Mapping[str, NDArray[Any]], source: str) -> Cohort:
    """Make a cohort of hourly columns.

    Parameters
    ----------
    target : Target
    columns : mapping of str to ndarray, shape (rows,)
        ``stay_id`` (int64), ``time`` (hours), ``label`` (NaN where not known) and the variables; sorted by stay and
        time. A variable that is absent was never measured.
    source : str
        Where the columns are from, for messages.

    Raises
    ------
    BadInput
        If no variable is there, a label is missing or neither 0 nor 1, hours are not an hour apart where the target
        is hourly, or no stay has a usable signal.
    """
    stay = columns["stay_id"].astype(np.int64)
    nothing = np.full(len(stay), np.nan)
    if not set(MEASURED) & set(columns):
        raise BadInput("no column is a variable of the model", where=source, mend="name them hr, resp, o2sat, sbp, …")
    values = {entry.name: _within(columns.get(entry.name, nothing), entry.low, entry.high) for entry in VARIABLES}
    _check_labels(stay, columns["label"], target, source)
    hours = Hours(stay, columns["time"], values)
    if target.hourly and (np.abs(np.diff(hours.hour)[stay[1:] == stay[:-1]] - 1) > 1e-6).any():
        raise BadInput("the rows of a stay are not an hour apart", where=source, mend="give every hour a row")
    lengths = hours.ends - hours.starts + 1
    usable = np.repeat(hours.measured_so_far()[hours.ends], lengths)
    left_out = tuple(f"stay {one}: no usable signal" for one in np.unique(stay[~usable]).tolist())
    if not usable.any():
        raise BadInput("no stay has a usable signal", where=source, mend="look at the columns of vital signs and labs")
    label = columns["label"] == 1
    hours, label = hours.take(usable), label[usable]
    judged, weight, wanted = _roles(target, hours, label)
    rows = (judged | (weight > 0)).nonzero()[0]
    made = feature_table(hours, (*target.features, target.news5))[rows]
    return Cohort(
        target,
        hours.stay[rows],
        hours.hour[rows],
        np.ascontiguousarray(made[:, :-1]),
        np.nan_to_num(made[:, -1]),
        label[rows],
        judged[rows],
        weight[rows],
        wanted[rows],
        left_out,
    )


def _roles(
    target: Target, hours: Hours, label: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_]]:
    """Return which rows are judged, how much each counts in training, and what is learnt in it."""
    starts, ends = hours.starts, hours.ends
    lengths = ends - starts + 1
    if target.hourly:
        weight = np.repeat(5.0 / np.sqrt(lengths), lengths)  # a long stay is not many patients
        ahead = np.copy(label)
        for step in range(1, _AHEAD_H + 1):
            ahead[:-step] |= label[step:] & (hours.stay[step:] == hours.stay[:-step])
        return np.ones(len(label), dtype=np.bool_), weight, ahead
    judged = np.zeros(len(label), dtype=np.bool_)
    judged[ends] = True
    landmark = (hours.hour >= _FIRST_LANDMARK_H) & (np.abs(hours.hour % _LANDMARKS_H) < 1e-6) | judged
    counts = np.add.reduceat(landmark, starts, dtype=np.int64)
    return judged, np.where(landmark, np.repeat(1.0 / counts, lengths), 0.0), label


def _within(values: NDArray[Any], low: float | None, high: float | None) -> NDArray[np.float64]:
    """Take a value that no card would accept as not measured."""
    numbers = np.asarray(values, dtype=np.float64)
    accepted = (numbers >= (-np.inf if low is None else low)) & (numbers <= (np.inf if high is None else high))
    return np.where(accepted, numbers, np.nan)


def _check_labels(stay: NDArray[np.int64], label: NDArray[np.float64], target: Target, source: str) -> None:
    unknown = np.isnan(label)
    if unknown.any():
        raise BadInput(
            f"stay {int(stay[unknown][0])} has hours without a label", where=source, mend="leave them out of dyn"
        )
    if not np.isin(label, (0, 1)).all():
        raise BadInput(f"a label of {target.name} is neither 0 nor 1", where=source, mend="is it another target?")
