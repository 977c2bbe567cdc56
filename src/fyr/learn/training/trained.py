"""What training leaves: scores of modalities, their combiners, and the risk at a horizon that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.logistic import probability
from fyr.learn.training.fusion import Combiner
from fyr.learn.training.hazards import incidence
from fyr.learn.training.scores import LinearScore
from fyr.learn.training.stacking import AnyPart, part_from_dict

__all__ = ["TrainedRisk", "TrainedScore", "present_rows"]

Column = NDArray[Any]
Floats = NDArray[np.float64]


def present_rows(columns: Mapping[str, Column], predictors: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows know anything of some predictors, shape (rows,)."""
    known = [
        ~np.isnan(columns[name]) if columns[name].dtype.kind in "fiub" else columns[name].astype(str) != ""
        for name in predictors
    ]
    some: NDArray[np.bool_] = np.logical_or.reduce(known)
    return some


@dataclass(frozen=True, slots=True, eq=False)
class TrainedScore:
    """The score of one cause.

    Parameters
    ----------
    modalities : mapping of str to tuple of str
        The predictors that each was trained on.
    parts : mapping of str to Part or StackedPart
    combiners : tuple of Combiner
        The largest sets first.

    Raises
    ------
    BadInput
        If they do not belong together.
    """

    modalities: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, AnyPart]
    combiners: tuple[Combiner, ...]

    def __post_init__(self) -> None:
        sound = bool(self.combiners) and set(self.modalities) == set(self.parts)
        for combiner in self.combiners:
            several = len(combiner.modalities)
            sound = sound and several > 0 and set(combiner.modalities) <= set(self.parts)
            sound = sound and len(combiner.weights) == several == len(combiner.centre)
            sound = sound and (combiner.steps is None) == (self.combiners[0].steps is None)
        for whole in self.parts.values():
            sound = sound and len(whole.plain) > 0
            for part in whole.plain:
                score, columns = part.score, len(part.preparation.names)
                sound = sound and (not isinstance(score, LinearScore) or len(score.weights) == columns)
        if not sound:
            raise BadInput("modalities, their scores and their weights do not belong together", where="trained score")

    def present(self, columns: Mapping[str, Column]) -> dict[str, NDArray[np.bool_]]:
        """Return which rows have each modality; a model of one modality has it always."""
        if len(self.modalities) == 1:
            rows = len(next(iter(columns.values())))
            return {name: np.ones(rows, dtype=np.bool_) for name in self.modalities}
        return {name: present_rows(columns, self.parts[name].predictors) for name in self.modalities}

    def scores(self, columns: Mapping[str, Column]) -> dict[str, Floats]:
        """Return the score of each modality, each of shape (rows,)."""
        return {name: part.of(columns) for name, part in self.parts.items()}

    def chosen(self, columns: Mapping[str, Column]) -> NDArray[np.int64]:
        """Return the place of each row's combiner, shape (rows,): the most events among the largest sets that it has.

        -1 where no modality is there.
        """
        present = self.present(columns)
        rows = len(next(iter(present.values())))
        best = np.full(rows, -1, dtype=np.int64)
        order = sorted(
            range(len(self.combiners)),
            key=lambda place: (-len(self.combiners[place].modalities), -self.combiners[place].events, place),
        )
        for place in order:
            has = np.logical_and.reduce([present[name] for name in self.combiners[place].modalities])
            best[has & (best < 0)] = place
        return best

    def of(self, columns: Mapping[str, Column]) -> tuple[Floats, NDArray[np.int64]]:
        """Return the combined score of each row, NaN where there is none, and its combiner."""
        scores, chosen = self.scores(columns), self.chosen(columns)
        total = np.full(len(chosen), np.nan)
        for place in np.unique(chosen[chosen >= 0]).tolist():
            rows = chosen == place
            total[rows] = self.combiners[place].of({name: score[rows] for name, score in scores.items()})
        return total, chosen

    def as_dict(self) -> dict[str, Any]:
        """Return the score as JSON-able values."""
        return {
            "modalities": {name: list(several) for name, several in self.modalities.items()},
            "parts": {name: part.as_dict() for name, part in self.parts.items()},
            "combiners": [combiner.as_dict() for combiner in self.combiners],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TrainedScore:
        """Return the score that :meth:`as_dict` described."""
        return cls(
            {name: tuple(several) for name, several in document["modalities"].items()},
            {name: part_from_dict(part) for name, part in document["parts"].items()},
            tuple(Combiner.from_dict(combiner) for combiner in document["combiners"]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrainedRisk:
    """The risk of an event, by horizons or at all.

    Parameters
    ----------
    event : TrainedScore
    other : TrainedScore or None
        Of the competing cause.
    """

    event: TrainedScore
    other: TrainedScore | None = None

    @property
    def hazards(self) -> bool:
        """Whether scores are log hazard ratios, so that there is a risk for every horizon; else they are log odds."""
        return self.event.combiners[0].steps is not None

    def risk(self, columns: Mapping[str, Column], horizon_years: float | None) -> Floats:
        """Return each row's risk, shape (rows,); NaN where nothing is known of the patient.

        Parameters
        ----------
        columns : mapping of str to ndarray, each of shape (rows,)
        horizon_years : float or None
            Of hazards.
        """
        score, chosen = self.event.of(columns)
        if not self.hazards:
            return np.where(chosen < 0, np.nan, probability(score))
        if horizon_years is None:
            raise BadInput("a risk of hazards needs a horizon")
        risk = np.full(len(score), np.nan)
        other = None if self.other is None else self.other.of(columns)
        for place in np.unique(chosen[chosen >= 0]).tolist():
            rows = np.flatnonzero(chosen == place)
            steps = self.event.combiners[place].steps
            if steps is None:
                raise BadInput("a combiner of hazards has no baseline")
            if other is None or self.other is None:
                risk[rows] = incidence(horizon_years, steps, score[rows])
                continue
            for second in np.unique(other[1][rows]).tolist():
                both = rows[other[1][rows] == second]
                competing = self.other.combiners[second].steps if second >= 0 else None
                risk[both] = incidence(horizon_years, steps, score[both], competing, other[0][both])
        return risk

    def added(self, columns: Mapping[str, Column]) -> tuple[dict[str, Floats], Floats]:
        """Return what each predictor added to each row's score (Shapley values), and each row's base.

        The weighted sum of a combiner is linear, so the values of a modality's score are weighed as the score is. A
        modality that a row lacks adds nothing.
        """
        chosen = self.event.chosen(columns)
        parts = {name: part.added(columns) for name, part in self.event.parts.items()}
        rows = len(chosen)
        base = np.zeros(rows)
        added: dict[str, Floats] = {}
        for place, combiner in enumerate(self.event.combiners):
            mine = chosen == place
            base[mine] += combiner.intercept
            for name, weight, centre in zip(
                combiner.modalities, combiner.weights.tolist(), combiner.centre.tolist(), strict=True
            ):
                by_predictor, part_base = parts[name]
                base[mine] += weight * (part_base - centre)
                for predictor, values in by_predictor.items():
                    column = added.setdefault(predictor, np.zeros(rows))
                    column[mine] += weight * values[mine]
        return added, base

    def as_dict(self) -> dict[str, Any]:
        """Return the whole as JSON-able values."""
        return {"event": self.event.as_dict(), "other": None if self.other is None else self.other.as_dict()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TrainedRisk:
        """Return the risk that :meth:`as_dict` described.

        Raises
        ------
        BadInput, KeyError, TypeError, ValueError
            If the document does not describe one.
        """
        other = document["other"]
        return cls(TrainedScore.from_dict(document["event"]), None if other is None else TrainedScore.from_dict(other))
