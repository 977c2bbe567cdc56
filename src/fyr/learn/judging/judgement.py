"""A model judged on patients whose outcome is known: rank, calibration, error and benefit, each with its interval.

Every figure is either there or ``None`` with a reason under ``not_assessable``: never NaN, never a crash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fyr.errors import BadInput
from fyr.learn.judging.estimates import OBSERVED, RANKS, SCORES, Estimator
from fyr.learn.judging.figures import Figure
from fyr.learn.judging.incidence_kernels import incidence_at
from fyr.learn.judging.net_benefit import checked_thresholds, usual_threshold
from fyr.learn.judging.reasons import cautions, reasons
from fyr.learn.judging.resampled import calibration_of, net_benefit_of, resample
from fyr.learn.judging.sample import Sample
from fyr.learn.outcome import Outcome
from fyr.learn.survival.kaplan_meier import kaplan_meier

__all__ = ["Judgement", "judge"]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What one model is worth on one set of patients.

    Parameters
    ----------
    horizon_years : float or None
        ``None`` for an outcome without times.
    resamples : int
    level : float
        Of every interval.
    rows, patients, events, competing : int
        `events` and `competing` over the whole follow-up.
    events_by_horizon : int
    follow_up_years : dict
        ``median`` (by the reverse Kaplan-Meier estimate, Schemper & Smith 1996) and ``longest``; empty without times.
    observed_risk : Figure or None
        By the horizon, after Kaplan and Meier, or Aalen and Johansen where events compete.
    c_index, uno_c, auc, brier, scaled_brier : Figure or None
    calibration, net_benefit : dict
        As in the JSON; each with its own ``not_assessable``.
    small : bool
        Fewer than 10 events, or 10 without one: read no more than the direction from it.
    warnings : tuple of str
    not_assessable : mapping of str to str
        Why a figure (``NAME``) or its interval (``NAME.interval``) is not there.
    """

    horizon_years: float | None
    resamples: int
    level: float
    rows: int
    patients: int
    events: int
    competing: int
    events_by_horizon: int
    follow_up_years: dict[str, float | None]
    observed_risk: Figure | None
    c_index: Figure | None
    uno_c: Figure | None
    auc: Figure | None
    brier: Figure | None
    scaled_brier: Figure | None
    calibration: dict[str, Any]
    net_benefit: dict[str, Any]
    small: bool = False
    warnings: tuple[str, ...] = ()
    not_assessable: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can say: numbers, text, lists and ``None``."""
        figures = {
            name: None if (one := getattr(self, name)) is None else one.as_dict()
            for name in ("observed_risk", "c_index", "uno_c", "auc", "brier", "scaled_brier")
        }
        return {
            "horizon_years": self.horizon_years,
            "resamples": self.resamples,
            "level": self.level,
            "rows": self.rows,
            "patients": self.patients,
            "events": self.events,
            "competing": self.competing,
            "events_by_horizon": self.events_by_horizon,
            "follow_up_years": self.follow_up_years,
            **figures,
            "calibration": self.calibration,
            "net_benefit": self.net_benefit,
            "small": self.small,
            "warnings": list(self.warnings),
            "not_assessable": dict(self.not_assessable),
        }


def judge(
    risk: ArrayLike | None,
    outcome: Outcome,
    *,
    horizon_years: float | None,
    patient: ArrayLike,
    generator: np.random.Generator,
    resamples: int = 1000,
    thresholds: Sequence[float] | None = None,
    rank: ArrayLike | None = None,
    level: float = 0.95,
) -> Judgement:
    """Judge predictions against what happened.

    Parameters
    ----------
    risk : array of float, shape (rows,), or None
        Probability of the event by the horizon, 0 to 1; ``None`` where the model only ranks.
    outcome : Outcome
        Where it has competing events, every figure is the one for competing risks.
    horizon_years : float or None
        The horizon of `risk`; not read where the outcome has no times.
    patient : array, shape (rows,)
        Whose row it is: resamples draw patients, with all their rows.
    generator : numpy.random.Generator
    resamples : int
        0 for no intervals.
    thresholds : sequence of float, optional
        Of the decision curve, each between 0 and 1; the first is the one that is reported on its own. Without them
        the curve runs from 0.02 to 0.98, and the observed risk, to two places, is the one reported: there, treating
        everybody and treating nobody are worth the same.
    rank : array of float, shape (rows,), optional
        Higher means worse; ranks are judged by it instead of by `risk`.
    level : float
        Of the percentile intervals.

    Returns
    -------
    Judgement

    Raises
    ------
    BadInput
        If neither risk nor rank is given, a risk is no number from 0 to 1, a rank is no number, columns differ in
        length, a threshold is not between 0 and 1, or an outcome with times comes without a horizon.
    """
    sample = Sample.of(risk, rank, outcome, horizon_years)
    people = np.asarray(patient)
    if people.shape != (len(sample),):
        raise BadInput(f"{people.size} patients and {len(sample)} outcomes do not belong together")
    if not 0 < level < 1 or resamples < 0:
        raise BadInput(f"{resamples} resamples at a level of {level:g}", mend="0 or more, between 0 and 1")
    patients = len(np.unique(people)) if len(people) else 0
    curve_thresholds = checked_thresholds(thresholds)
    why = reasons(sample)
    headline = curve_thresholds[0]
    if thresholds is None and len(sample):
        observed = incidence_at(sample.years, sample.cause, np.ones(len(sample)), sample.horizon)
        headline = usual_threshold(observed) if np.isfinite(observed) else headline
    estimator = Estimator.of(sample, why, sorted({headline, *curve_thresholds}))
    resampled = resample(estimator, people, generator, resamples, level, patients)
    small, warnings = cautions(sample, patients)
    figures, missing = resampled.figures((OBSERVED, *RANKS, *SCORES), why)
    if not sample.timed:  # the two are one number: the share of pairs, one with the event and one without, in order
        figures["c_index"] = figures["auc"]
        missing = {name: reason for name, reason in missing.items() if name.partition(".")[0] != "c_index"}
        missing |= {
            name.replace("auc", "c_index"): reason for name, reason in missing.items() if name.startswith("auc")
        }
    calibration = calibration_of(resampled, why, patients / max(len(sample), 1))
    benefit = net_benefit_of(resampled, why, (headline, *curve_thresholds), thresholds is not None)
    return Judgement(
        horizon_years=sample.horizon if sample.timed else None,
        resamples=resamples,
        level=level,
        rows=len(sample),
        patients=patients,
        events=int((sample.cause == 1).sum()),
        competing=int((sample.cause == 2).sum()),
        events_by_horizon=int(sample.had.sum()),
        follow_up_years=_follow_up(sample),
        observed_risk=figures[OBSERVED],
        c_index=figures["c_index"],
        uno_c=figures["uno_c"],
        auc=figures["auc"],
        brier=figures["brier"],
        scaled_brier=figures["scaled_brier"],
        calibration=calibration,
        net_benefit=benefit,
        small=small,
        warnings=warnings,
        not_assessable=missing,
    )


def _follow_up(sample: Sample) -> dict[str, float | None]:
    """Return the median follow-up (events as the end of it) and the longest."""
    if not sample.timed or not len(sample):
        return {}
    observed = kaplan_meier(sample.years, sample.cause == 0)
    reached = observed.survival <= 0.5
    median = float(observed.times[reached.argmax()]) if reached.any() else None
    return {"median": median, "longest": float(sample.years[-1])}
