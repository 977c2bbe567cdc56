"""A sample's estimates beside those of its resamples, and the parts of the JSON that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.bootstrap import group_resamples
from fyr.learn.judging.calibration_groups import calibration_groups, distribution
from fyr.learn.judging.estimates import CALIBRATION, OBSERVED, Estimates, Estimator
from fyr.learn.judging.figures import Figure, figure_of

__all__ = ["Resampled", "calibration_of", "net_benefit_of", "resample"]

Floats = NDArray[np.float64]

Why = Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Estimates of a sample and of its resamples.

    Parameters
    ----------
    estimator : Estimator
    whole : Estimates
    drawn : dict of str to ndarray of float64, shape (resamples,)
        Each figure in each resample.
    curves : ndarray of float64, shape (resamples, points)
    benefits : ndarray of float64, shape (resamples, thresholds)
    level : float
    one : bool
        There is one patient only.
    """

    estimator: Estimator
    whole: Estimates
    drawn: dict[str, Floats]
    curves: Floats
    benefits: Floats
    level: float
    one: bool

    def figure(self, name: str, why: Why) -> tuple[Figure | None, dict[str, str]]:
        """Return one figure, and why it or its interval is not there."""
        return figure_of(name, self.whole.figures[name], self.drawn[name], self.level, why, self.one)

    def figures(self, names: tuple[str, ...], why: Why) -> tuple[dict[str, Figure | None], dict[str, str]]:
        """Return figures by name, and why some or their intervals are not there."""
        found: dict[str, Figure | None] = {}
        missing: dict[str, str] = {}
        for name in names:
            found[name], reason = self.figure(name, why)
            missing |= reason
        return found, missing


def resample(
    estimator: Estimator,
    patient: NDArray[Any],
    generator: np.random.Generator,
    resamples: int,
    level: float,
    count: int,
) -> Resampled:
    """Estimate once with every row counted once, and once a resample of `count` patients."""
    sample = estimator.sample
    whole = estimator.of_weights(np.ones(len(sample)))
    if not len(sample):
        return Resampled(
            estimator, whole, {name: np.zeros(0) for name in whole.figures}, *_no_rows(whole), level, False
        )
    all_drawn = [
        estimator.of_weights(sample.weight_of(counts))
        for counts in group_resamples(patient, generator, resamples if count > 1 else 0)
    ]
    drawn = {name: np.array([one.figures[name] for one in all_drawn]) for name in whole.figures}
    if not all_drawn:
        return Resampled(estimator, whole, drawn, *_no_rows(whole), level, count == 1 and resamples > 0)
    curves, benefits = (np.array([getattr(one, name) for one in all_drawn]) for name in ("curve", "benefits"))
    return Resampled(estimator, whole, drawn, curves, benefits, level, False)


def _no_rows(whole: Estimates) -> tuple[Floats, Floats]:
    return np.zeros((0, len(whole.curve))), np.zeros((0, len(whole.benefits)))


def calibration_of(resampled: Resampled, why: Why, independent: float) -> dict[str, Any]:
    """Return the calibration part of the JSON.

    Parameters
    ----------
    resampled : Resampled
    why : mapping of str to str
        What cannot be had.
    independent : float
        Patients a row.
    """
    sample = resampled.estimator.sample
    figures, missing = resampled.figures(CALIBRATION, why)
    said: dict[str, Any] = {name: None if one is None else one.as_dict() for name, one in figures.items()}
    said["curve"] = None
    basis = resampled.estimator.basis
    if basis is None or not np.isfinite(resampled.whole.curve).all():
        missing["curve"] = why.get("curve", missing.get("ici", ""))
    else:
        low, high, reason = _band(resampled.curves, resampled.level, missing.get("ici.interval"))
        said["curve"] = {
            "form": basis.form,
            "predicted": basis.predicted.tolist(),
            "observed": resampled.whole.curve.tolist(),
            "low": low,
            "high": high,
        }
        missing |= {"curve.interval": reason} if reason else {}
    said |= {"groups": None, "distribution": None}
    missing |= {name: why[name] for name in ("groups", "distribution") if name in why}
    if sample.risk is not None and "groups" not in why:
        said["groups"] = calibration_groups(sample, sample.risk, independent, resampled.level)
    if sample.risk is not None and "distribution" not in why:
        said["distribution"] = distribution(sample, sample.risk)
    return {**said, "not_assessable": missing}


def _band(
    curves: Floats, level: float, reason: str | None
) -> tuple[list[float | None], list[float | None], str | None]:
    """Return pointwise percentiles of the curves that could be fitted."""
    points = curves.shape[1]
    if reason is not None:
        return [None] * points, [None] * points, reason
    fitted = curves[np.isfinite(curves).all(axis=1)]
    low, high = np.quantile(fitted, [(1 - level) / 2, (1 + level) / 2], axis=0).tolist()
    return low, high, None


def net_benefit_of(resampled: Resampled, why: Why, thresholds: tuple[float, ...], chosen: bool) -> dict[str, Any]:
    """Return the net benefit part of the JSON.

    Parameters
    ----------
    resampled : Resampled
    why : mapping of str to str
    thresholds : tuple of float
        The one that is reported on its own, then those of the curve.
    chosen : bool
        The thresholds were asked for; else the first is the observed risk.
    """
    source = "asked for" if chosen else "the observed risk, to two places"
    if "net_benefit" in why:
        empty = {
            "estimate": None,
            "low": None,
            "high": None,
            "threshold": None,
            "threshold_is": source,
            "treat_all": None,
        }
        return {**empty, "curve": [], "not_assessable": {"net_benefit": why["net_benefit"]}}
    observed = resampled.whole.figures[OBSERVED]
    points: list[dict[str, Any]] = []
    missing: dict[str, str] = {}
    for number, threshold in enumerate(thresholds):
        name = "net_benefit" if number == 0 else f"curve.{threshold:g}"
        place = int(np.searchsorted(resampled.estimator.thresholds, threshold))
        short = "follow-up of those at or above the threshold ends before the horizon"
        estimate = float(resampled.whole.benefits[place])
        unknown = {} if np.isfinite(estimate) else {name: short}
        figure, reason = figure_of(
            name, estimate, resampled.benefits[:, place], resampled.level, unknown, resampled.one
        )
        missing |= reason
        numbers = {"estimate": None, "low": None, "high": None} if figure is None else figure.as_dict()
        everybody = observed - (1 - observed) * threshold / (1 - threshold)
        points.append({"threshold": threshold, **numbers, "treat_all": everybody})
    return {**points[0], "threshold_is": source, "curve": points[1:], "not_assessable": missing}
