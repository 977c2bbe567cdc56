"""A model judged on patients whose outcome is known: rank, calibration, error and benefit, each with its interval.

Every figure is either there or ``None`` with a reason under ``not_assessable``: never NaN, never a crash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.bootstrap import group_resamples
from fyr.learn.judging.figures import Figure, figure_of
from fyr.learn.outcome import Outcome
from fyr.learn.survival.concordance import Pairs

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
            for name in ("c_index", "uno_c", "auc", "brier", "scaled_brier")
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
    horizon_years : float or None
        The horizon of `risk`; ``None`` only where the outcome has no times.
    patient : array, shape (rows,)
        Whose row it is: resamples draw patients.
    generator : numpy.random.Generator
    resamples : int
    thresholds : sequence of float, optional
        Of the decision curve, each between 0 and 1; the first is the one that is reported on its own.
    rank : array of float, shape (rows,), optional
        Higher means worse; ranks are judged by it instead of by `risk`.
    level : float

    Returns
    -------
    Judgement

    Raises
    ------
    BadInput
        If neither risk nor rank is given, a risk is outside 0 to 1, or columns differ in length.
    """
    score = rank if rank is not None else risk
    if score is None:
        raise BadInput("there is neither a risk nor a rank to judge")
    if outcome.years is None:
        raise BadInput("outcomes without times are not judged yet")
    pairs = Pairs.of(outcome.years, outcome.event, score, outcome.competing)
    weights = list(group_resamples(patient, generator, resamples))
    drawn: NDArray[np.float64] = np.array([pairs.harrell(weight) for weight in weights])
    c_index, why = figure_of("c_index", pairs.harrell(), drawn, level, {}, False)
    return Judgement(
        horizon_years,
        resamples,
        level,
        len(outcome),
        len(set(np.asarray(patient).tolist())),
        int(outcome.event.sum()),
        0 if outcome.competing is None else int(outcome.competing.sum()),
        0,
        {},
        c_index,
        None,
        None,
        None,
        None,
        {},
        {"threshold": thresholds[0] if thresholds else None},
        not_assessable=why,
    )
