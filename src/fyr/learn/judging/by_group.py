"""The whole judgement again for each hospital and each level of a subgroup: one figure for all hides who is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.judging.incidence_kernels import incidence_at
from fyr.learn.judging.judgement import Judgement, judge
from fyr.learn.judging.net_benefit import DEFAULT_THRESHOLDS, usual_threshold
from fyr.learn.judging.sample import Sample
from fyr.learn.outcome import Outcome

__all__ = ["UNKNOWN", "judge_by"]

UNKNOWN = "unknown"
"""The level of rows whose group is not known: shown, not dropped."""


def judge_by(
    risk: ArrayLike | None,
    outcome: Outcome,
    groups: Mapping[str, NDArray[Any]],
    *,
    horizon_years: float | None,
    patient: ArrayLike,
    generator: np.random.Generator,
    resamples: int = 1000,
    thresholds: Sequence[float] | None = None,
    rank: ArrayLike | None = None,
    level: float = 0.95,
) -> dict[str, dict[str, Judgement]]:
    """Judge every level of every grouping on its own.

    Small groups are judged too, and say so (``Judgement.small``): a figure that is left out looks like one that is
    fine. Without `thresholds` every level is judged at the observed risk of all rows, so that net benefits compare.
    Each level draws from a stream of its own: one more group changes no figure of the others.

    Parameters
    ----------
    risk, outcome, horizon_years, patient, generator, resamples, thresholds, rank, level
        As in :func:`~fyr.learn.judging.judgement.judge`.
    groups : mapping of str to array of str, each of shape (rows,)
        ``""`` where the group of a row is not known.

    Returns
    -------
    dict of str to dict of str to Judgement
        By grouping, then by level in alphabetical order, ``unknown`` last.

    Raises
    ------
    BadInput
        If a grouping differs in length, and as in :func:`~fyr.learn.judging.judgement.judge`.
    """
    people = np.asarray(patient)
    columns = [None if one is None else np.asarray(one, dtype=np.float64) for one in (risk, rank)]
    seed = int(generator.integers(2**62))
    same = thresholds if thresholds is not None else _thresholds_of_all(Sample.of(risk, rank, outcome, horizon_years))
    judged: dict[str, dict[str, Judgement]] = {}
    for name, values in groups.items():
        if len(values) != len(outcome):
            raise BadInput(f"'{name}' has {len(values)} rows, the outcome {len(outcome)}")
        spelled = np.array([str(one) or UNKNOWN for one in values], dtype=object)
        judged[name] = {}
        for one in sorted(set(spelled.tolist()), key=lambda text: (text == UNKNOWN, text)):
            rows = spelled == one
            part = [None if column is None else column[rows] for column in columns]
            judged[name][one] = judge(
                part[0],
                outcome.take(rows),
                horizon_years=horizon_years,
                patient=people[rows],
                generator=np.random.default_rng([seed, *f"{name}={one}".encode()]),
                resamples=resamples,
                thresholds=same,
                rank=part[1],
                level=level,
            )
    return judged


def _thresholds_of_all(sample: Sample) -> tuple[float, ...] | None:
    """Return the observed risk of all rows and the usual curve; ``None`` where follow-up does not tell that risk."""
    observed = incidence_at(sample.years, sample.cause, np.ones(len(sample)), sample.horizon)
    return (usual_threshold(observed), *DEFAULT_THRESHOLDS) if np.isfinite(observed) else None
