"""The learners: ridge Cox, ridge logistic regression and boosted trees, each over a small grid of settings.

A setting is what tuning chooses between. Ridge penalties are named by the effective degrees of freedom that they leave
(Hastie, Tibshirani and Friedman 2009, eq. 3.50, with the information of a row in place of 1): the same setting means
the same flexibility in a fold of another size. Features of a signature are screened on the training rows alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fyr.learn.training.boosting import grow
from fyr.learn.training.kernel_cox import fit_kernel_cox, principal_directions
from fyr.learn.training.preparation import Preparation, prepare
from fyr.learn.training.scores import LinearScore, Score, TreeScore, score_from_dict
from fyr.learn.training.screening import score_tests
from fyr.learn.training.truth import Truth

__all__ = ["LearnerName", "Part", "Setting", "fit_parts", "settings_of"]

Column = NDArray[Any]
Floats = NDArray[np.float64]
LearnerName = Literal["cox", "logistic", "boosted"]

_FREEDOMS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_ALMOST_ALL: Final = 0.98
_SIGNATURE: Final = 100
"""With more predictors than this a learner may choose among them."""
_KEEPS: Final = (None, 200, 50)
_MOST_DIRECTIONS: Final = 40
_TREES: Final = (25, 50, 100, 200, 400)
_LEAVES: Final = (3, 6)


@dataclass(frozen=True, slots=True)
class Setting:
    """What tuning chooses between.

    Parameters
    ----------
    learner : {"cox", "logistic", "boosted"}
    freedom : float or None
        Effective degrees of freedom that a ridge penalty leaves.
    keep : int or None
        How many predictors are screened in; ``None`` for all of them.
    trees, leaves : int or None
        Of boosting.
    """

    learner: LearnerName
    freedom: float | None = None
    keep: int | None = None
    trees: int | None = None
    leaves: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what is set, as JSON-able values."""
        values = {"freedom": self.freedom, "keep": self.keep, "trees": self.trees, "leaves": self.leaves}
        return {"learner": self.learner, **{name: value for name, value in values.items() if value is not None}}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A fitted learner on its predictors: their preparation, and the score of what it makes.

    Parameters
    ----------
    preparation : Preparation
    score : Score
    setting : Setting
    """

    preparation: Preparation
    score: Score
    setting: Setting

    def of(self, columns: Mapping[str, Column]) -> Floats:
        """Return the score of each row, shape (rows,)."""
        return self.score.of(self.preparation.design(columns))

    def added(self, columns: Mapping[str, Column]) -> tuple[dict[str, Floats], float]:
        """Return what each predictor added to each row's score, and the base."""
        by_column, base = self.score.added(self.preparation.design(columns))
        by_predictor: dict[str, Floats] = {}
        for place, name in enumerate(self.preparation.owner):
            by_predictor[name] = by_predictor.get(name, 0.0) + by_column[:, place]
        return by_predictor, base

    def as_dict(self) -> dict[str, Any]:
        """Return the part as JSON-able values."""
        return {
            "setting": self.setting.as_dict(),
            "preparation": self.preparation.as_dict(),
            "score": self.score.as_dict(),
        }

    @property
    def predictors(self) -> tuple[str, ...]:
        """What it takes."""
        return self.preparation.predictors

    @property
    def plain(self) -> tuple[Part, ...]:
        """The parts that it is made of: itself."""
        return (self,)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Part:
        """Return the part that :meth:`as_dict` described."""
        return cls(
            Preparation.from_dict(document["preparation"]),
            score_from_dict(document["score"]),
            Setting(**document["setting"]),
        )


def settings_of(learner: LearnerName, predictors: int, truth: Truth) -> tuple[Setting, ...]:
    """Return what is tried, the plainest first.

    Parameters
    ----------
    learner : {"cox", "logistic", "boosted"}
    predictors : int
    truth : Truth
        Of the training rows: the fewer events, the fewer degrees of freedom are tried.
    """
    many = predictors > _SIGNATURE
    keeps = [keep for keep in _KEEPS if keep is None or (many and keep < predictors)]
    if learner == "boosted":
        chosen = keeps[-1] if many else None
        return tuple(
            Setting("boosted", keep=chosen, trees=trees, leaves=leaves) for leaves in _LEAVES for trees in _TREES
        )
    most = max(1.0, min(truth.events / 3, float((~truth.event & (truth.weight > 0)).sum()) / 3))
    if truth.years is not None:
        most = max(1.0, truth.events / 3)
    freedoms = [freedom for freedom in _FREEDOMS if freedom <= most]
    # 0 asks for almost all that there is: the plain fit, held by a hair of a penalty
    plain = [] if many else [0.0]
    return tuple(
        Setting(learner, freedom=freedom, keep=keep) for keep in reversed(keeps) for freedom in [*freedoms, *plain]
    )


def fit_parts(
    columns: Mapping[str, Column],
    predictors: Sequence[str],
    truth: Truth,
    settings: Sequence[Setting],
    *,
    splines: Sequence[str] = (),
    seed: int = 1,
) -> list[Part]:
    """Fit one part for each setting.

    Parameters
    ----------
    columns : mapping of str to ndarray, each of shape (rows,)
    predictors : sequence of str
    truth : Truth
    settings : sequence of Setting
    splines : sequence of str
        Predictors whose effect may bend, in linear learners.
    seed : int

    Returns
    -------
    list of Part
        In the order of the settings.
    """
    found: dict[Setting, Part] = {}
    linear = [setting for setting in settings if setting.learner != "boosted"]
    boosted = [setting for setting in settings if setting.learner == "boosted"]
    if linear:
        found.update(_linear_parts(prepare(columns, predictors, splines=splines), columns, truth, linear))
    if boosted:
        found.update(_boosted_parts(prepare(columns, predictors, for_trees=True), columns, truth, boosted, seed))
    return [found[setting] for setting in settings]


def _linear_parts(
    preparation: Preparation, columns: Mapping[str, Column], truth: Truth, settings: Sequence[Setting]
) -> dict[Setting, Part]:
    found: dict[Setting, Part] = {}
    whole = preparation.design(columns)
    for keep in dict.fromkeys(setting.keep for setting in settings):
        kept, design = _screened(preparation, whole, truth, keep)
        mean, spread = _moments(design, truth.weight)
        standard = (design - mean) / spread
        asked = [setting for setting in settings if setting.keep == keep]
        for learner in dict.fromkeys(setting.learner for setting in asked):
            mine = [setting for setting in asked if setting.learner == learner]
            fits = _cox(standard, truth, mine) if learner == "cox" else _logistic(standard, truth, mine)
            for setting, (intercept, weights) in zip(mine, fits, strict=True):
                found[setting] = Part(kept, LinearScore(weights, mean, spread, intercept), setting)
    return found


def _screened(preparation: Preparation, whole: Floats, truth: Truth, keep: int | None) -> tuple[Preparation, Floats]:
    """Return the preparation and design of the predictors whose best column says most alone."""
    if keep is None or keep >= len(preparation.predictors):
        return preparation, whole
    filled = np.where(np.isnan(whole), _middles(preparation, whole), whole)
    statistic = score_tests(filled, truth)
    best: dict[str, float] = {}
    for name, value in zip(preparation.owner, statistic.tolist(), strict=True):
        best[name] = max(best.get(name, 0.0), value)
    chosen = set(sorted(best, key=lambda name: (-best[name], name))[:keep])
    places = np.flatnonzero(np.array([name in chosen for name in preparation.owner]))
    return preparation.keep(places), whole[:, places]


def _middles(preparation: Preparation, whole: Floats) -> Floats:
    """Return the number that stands for a missing value in each column of a design, shape (columns,)."""
    middles = np.zeros(whole.shape[1])
    middles[: len(preparation.numbers)] = preparation.middle
    return middles


def _moments(design: Floats, weight: Floats) -> tuple[Floats, Floats]:
    mean = (weight @ design) / weight.sum()
    spread = np.sqrt(np.maximum((weight @ (design - mean) ** 2) / weight.sum(), 0.0))
    spread[spread < 1e-9] = 1.0
    return mean, spread


def _penalties(places: Floats, information: float, settings: Sequence[Setting]) -> list[float]:
    """Return the penalty of each setting: where the effective degrees of freedom are what it asks for.

    Parameters
    ----------
    places : ndarray of float64, shape (rows, directions)
        Rows in their principal directions.
    information : float
        That of a row about its score.
    settings : sequence of Setting
    """
    sizes = (places**2).sum(axis=0) * information
    return [_penalty(sizes, setting.freedom or 0.0) for setting in settings]


def _penalty(sizes: Floats, freedom: float) -> float:
    most = _ALMOST_ALL * len(sizes)
    wanted = most if freedom <= 0 else min(freedom, most)
    low, high = -20.0, 25.0
    for _ in range(60):
        middle = (low + high) / 2
        free = float((sizes / (sizes + np.exp(middle))).sum())
        low, high = (low, middle) if free < wanted else (middle, high)
    return float(np.exp((low + high) / 2))


def _cox(standard: Floats, truth: Truth, settings: Sequence[Setting]) -> list[tuple[float, Floats]]:
    if truth.years is None:
        raise TypeError("a Cox regression needs times")
    # Among the principal directions no column says only what others say, and a ridge means the same.
    places, back = principal_directions(standard)
    penalties = _penalties(places, truth.events / len(truth.event), settings)
    if places.shape[1] > _MOST_DIRECTIONS:
        fits = fit_kernel_cox(places, truth.years, truth.event, penalties)
        return [(0.0, back @ weights) for weights in fits]
    from fyr.learn.survival.cox import fit_cox

    exact = [fit_cox(places, truth.years, truth.event, ridge=ridge, ridge_on="raw") for ridge in penalties]
    return [(0.0, back @ fit.coefficients) for fit in exact]


def _logistic(standard: Floats, truth: Truth, settings: Sequence[Setting]) -> list[tuple[float, Floats]]:
    from fyr.learn.signed_logistic import fit_signed_logistic

    counted = truth.weight > 0
    share = float((truth.weight * truth.event).sum() / truth.weight.sum())
    rows, weight = standard[counted], truth.weight[counted]
    places, back = principal_directions(rows)
    penalties = _penalties(places * np.sqrt(weight)[:, None], share * (1 - share), settings)
    free = np.zeros(places.shape[1])
    fits = [fit_signed_logistic(places, truth.event[counted], free, ridge=ridge, weight=weight) for ridge in penalties]
    return [(intercept, back @ weights) for intercept, weights in fits]


def _boosted_parts(
    preparation: Preparation, columns: Mapping[str, Column], truth: Truth, settings: Sequence[Setting], seed: int
) -> dict[Setting, Part]:
    found: dict[Setting, Part] = {}
    whole = preparation.design(columns)
    for keep in dict.fromkeys(setting.keep for setting in settings):
        kept, design = _screened(preparation, whole, truth, keep)
        for leaves in dict.fromkeys(setting.leaves for setting in settings if setting.keep == keep):
            mine = [setting for setting in settings if (setting.keep, setting.leaves) == (keep, leaves)]
            most = max(int(setting.trees or 0) for setting in mine)
            text, shift = grow(design, truth, trees=most, leaves=int(leaves or 0), seed=seed)
            for setting in mine:
                found[setting] = Part(kept, TreeScore(text, int(setting.trees or 0), shift), setting)
    return found
