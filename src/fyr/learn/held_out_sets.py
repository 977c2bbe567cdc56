"""Coverage of conformal sets, and what abstention gains, measured on patients and hospitals that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.abstention import error_of, fit_abstention
from fyr.learn.bootstrap import group_resamples
from fyr.learn.conformal import SETS, fit_sets, set_figures
from fyr.learn.horizon_status import status_at
from fyr.learn.recalibration.held_out import Ground, HeldOut

__all__ = ["abstention_figures", "coverage_figures"]

_CURVE: Final = tuple(share / 20 for share in range(11))
_CLASSES: Final = ("all", "event", "no_event")


def coverage_figures(ground: Ground, level: float, rounds: Sequence[HeldOut]) -> dict[str, Any]:
    """Measure the coverage of conformal sets.

    Parameters
    ----------
    ground : Ground
    level : float
    rounds : sequence of HeldOut
        Whose folds are used.

    Returns
    -------
    dict
        `held_out_patients`: thresholds of the other folds; with several hospitals also `by_hospital`, the same rows by
        their hospital, `own_thresholds`, each hospital with thresholds of its own other folds, and `unseen_hospital`,
        thresholds of the other hospitals alone. A hospital that has too few rows is given with the reason.
    """
    found: dict[str, Any] = {"held_out_patients": _over_folds(ground, level, rounds)}
    if len(ground.hospitals) > 1:
        status = status_at(ground.outcome, ground.horizon_years)
        masks = {hospital: ground.hospital == hospital for hospital in ground.hospitals}
        found["by_hospital"] = {
            hospital: _over_folds(ground, level, rounds, judged=rows) for hospital, rows in masks.items()
        }
        found["own_thresholds"] = {
            hospital: _over_folds(ground, level, rounds, judged=rows, fitted=rows) for hospital, rows in masks.items()
        }
        found["unseen_hospital"] = {
            hospital: _measured(ground, level, ~rows, rows)
            for hospital, rows in masks.items()
            if status.known[rows].any()
        }
    return found


def abstention_figures(
    ground: Ground,
    share: float,
    rounds: Sequence[HeldOut],
    unseen: HeldOut | None,
    generator: np.random.Generator,
    resamples: int,
) -> dict[str, Any]:
    """Measure how much the error falls on the patients that are answered.

    Parameters
    ----------
    ground : Ground
    share : float
        To leave out.
    rounds : sequence of HeldOut
    unseen : HeldOut or None
        Hospitals held out.
    generator : numpy.random.Generator
    resamples : int

    Returns
    -------
    dict
        `held_out_patients`: `left_out` (the share), `error_all`, `error_answered`, `fall` (1 minus their ratio) with
        its interval over patients; `curve`: the error by the share left out; `unseen_hospital`, with several hospitals.
    """
    whole = np.ones(len(ground), dtype=np.bool_)
    out = [_left_out(ground, share, one) for one in rounds]
    curve = []
    for at in _CURVE:
        answered = [~_left_out(ground, at, one) for one in rounds]
        errors = [_errors(ground, one, kept, whole)[1] for one, kept in zip(rounds, answered, strict=True)]
        left = 1 - float(np.mean([kept.mean() for kept in answered]))
        curve.append({"share": at, "left_out": left, "error": _mean(errors)})
    found: dict[str, Any] = {
        "held_out_patients": _fall(ground, list(rounds), out, whole, generator, resamples),
        "curve": curve,
    }
    if unseen is not None:
        left_out = _left_out(ground, share, unseen)
        found["unseen_hospital"] = {
            hospital: _fall(ground, [unseen], [left_out], ground.hospital == hospital, generator, resamples)
            for hospital in ground.hospitals
            if np.isfinite(unseen.risk[ground.hospital == hospital]).all()
        }
    return found


def _over_folds(
    ground: Ground,
    level: float,
    rounds: Sequence[HeldOut],
    *,
    judged: NDArray[np.bool_] | None = None,
    fitted: NDArray[np.bool_] | None = None,
) -> dict[str, Any]:
    """Return the mean figures of the repeats, for `judged` rows with thresholds of `fitted` rows of other folds."""
    status = status_at(ground.outcome, ground.horizon_years)
    rows = np.ones(len(ground), dtype=np.bool_) if judged is None else judged
    base = np.ones(len(ground), dtype=np.bool_) if fitted is None else fitted
    figures = []
    for one in rounds:
        held = np.zeros(len(ground), dtype=np.int64)
        for fold, (mask, _) in enumerate(one.parts):
            held[mask] = fold
        places = np.full(len(ground), -1)
        try:
            for fold in range(len(one.parts)):
                others = ground.take(base & (held != fold))
                seen = status_at(others.outcome, ground.horizon_years)
                mine = rows & (held == fold)
                places[mine] = fit_sets(others.risk, seen, level).place(ground.risk[mine])
        except (BadInput, Refused) as problem:
            return {"refused": problem.what}
        figures.append(set_figures(places[rows], status.happened[rows], status.weight[rows]))
    return _averaged(figures)


def _measured(ground: Ground, level: float, fitted: NDArray[np.bool_], judged: NDArray[np.bool_]) -> dict[str, Any]:
    others = ground.take(fitted)
    status = status_at(ground.outcome, ground.horizon_years)
    try:
        sets = fit_sets(others.risk, status_at(others.outcome, ground.horizon_years), level)
    except (BadInput, Refused) as problem:
        return {"refused": problem.what}
    return set_figures(sets.place(ground.risk[judged]), status.happened[judged], status.weight[judged])


def _averaged(figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    coverage: dict[str, Any] = {}
    for name in _CLASSES:
        several = [one["coverage"][name] for one in figures]
        known = [one for one in several if one is not None]
        coverage[name] = {key: float(np.mean([one[key] for one in known])) for key in known[0]} if known else None
    sets = {name: float(np.mean([one["sets"][name] for one in figures])) for name in SETS}
    return {"coverage": coverage, "sets": sets}


def _left_out(ground: Ground, share: float, one: HeldOut) -> NDArray[np.bool_]:
    """Return which held-out rows are left out, by the rule of the rows that were not held out."""
    out = np.zeros(len(ground), dtype=np.bool_)
    for rows, fitted in one.parts:
        rule = fit_abstention(fitted.apply(ground.risk[~rows]), share)
        out[rows] = rule.leaves_out(one.risk[rows])
    return out


def _errors(
    ground: Ground, one: HeldOut, answered: NDArray[np.bool_], rows: NDArray[np.bool_]
) -> tuple[float | None, float | None]:
    status = status_at(ground.outcome, ground.horizon_years)
    return (
        error_of(one.risk, status.happened, status.weight * rows),
        error_of(one.risk, status.happened, status.weight * (rows & answered)),
    )


def _fall(
    ground: Ground,
    rounds: Sequence[HeldOut],
    out: Sequence[NDArray[np.bool_]],
    rows: NDArray[np.bool_],
    generator: np.random.Generator,
    resamples: int,
) -> dict[str, Any]:
    errors = [_errors(ground, one, ~left, rows) for one, left in zip(rounds, out, strict=True)]
    every, answered = _mean([first for first, _ in errors]), _mean([second for _, second in errors])
    low, high = _fall_interval(ground, rounds, out, rows, generator, resamples)
    return {
        "left_out": float(np.mean([left[rows].mean() for left in out])),
        "error_all": every,
        "error_answered": answered,
        "fall": {"estimate": None if not every or answered is None else 1 - answered / every, "low": low, "high": high},
    }


def _fall_interval(
    ground: Ground,
    rounds: Sequence[HeldOut],
    out: Sequence[NDArray[np.bool_]],
    rows: NDArray[np.bool_],
    generator: np.random.Generator,
    resamples: int,
) -> tuple[float | None, float | None]:
    """Return the 95 % interval of the fall of the error over patients, all repeats together."""
    status = status_at(ground.outcome, ground.horizon_years)
    weight = status.weight * rows
    wrong = np.mean([(one.risk >= 0.5) != status.happened for one in rounds], axis=0) * weight
    kept = np.mean([~left for left in out], axis=0) * weight
    wrong_kept = (
        np.mean([((one.risk >= 0.5) != status.happened) & ~left for one, left in zip(rounds, out, strict=True)], axis=0)
        * weight
    )
    falls = []
    for counts in group_resamples(ground.patient[rows], generator, resamples):
        parts = [float((counts * column[rows]).sum()) for column in (wrong_kept, kept, wrong, weight)]
        if min(parts[1:]) > 0:
            falls.append(1 - parts[0] / parts[1] / (parts[2] / parts[3]))
    if len(falls) < resamples / 2:
        return None, None
    low, high = np.quantile(falls, [0.025, 0.975]).tolist()
    return low, high


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None
