"""A model judged on a cohort: one document that holds every figure, by hospital and subgroup, with every refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.cohort import Cohort
from fyr.learn.cohort_doubts import disguised_outcomes, follow_up_doubts
from fyr.learn.judging.judgement import judge
from fyr.learn.judging.net_benefit import DEFAULT_THRESHOLDS
from fyr.learn.missing_values import missing_table, refused_compared
from fyr.learn.predictions import Predictions
from fyr.learn.risk_groups import risk_groups
from fyr.learn.tripod import tripod_items

__all__ = ["validate"]

_FEW_ANSWERED: Final = 0.5
_MOST_GROUPS: Final = 200
_UNKNOWN: Final = "unknown"


def validate(
    cohort: Cohort,
    predictions: Predictions,
    *,
    horizon_years: float | None,
    resamples: int = 1000,
    seed: int = 1,
    thresholds: Sequence[float] | None = None,
    level: float = 0.95,
    sha256: str = "",
    by: Sequence[str] | None = None,
    done: Callable[[int, int], None] = lambda _part, _parts: None,
) -> dict[str, Any]:
    """Judge predictions on a cohort.

    Parameters
    ----------
    cohort : Cohort
    predictions : Predictions
        For its rows.
    horizon_years : float or None
        ``None`` for an outcome without times.
    resamples, seed : int
        Of the intervals. Each group is resampled by a stream of its own, so that one more group changes no figure of
        the others.
    thresholds : sequence of float, optional
        Of the decision curve; the first is reported on its own.
    level : float
    sha256 : str
        Of the table.
    by : sequence of str, optional
        The groups; ``hospital`` and every group of the cohort where nothing is said.
    done : callable, optional
        Is told how many of how many parts are judged.

    Returns
    -------
    dict
        As ``fyr learn validate --json`` prints it. What could not be computed is ``None``, with its reason under
        ``not_assessable`` of the same object.

    Raises
    ------
    Refused
        If the model answered no row.
    BadInput
        If the outcome has times and there is no horizon.
    """
    answered = predictions.answered
    if not answered.any():
        reasons = "; ".join(f"{reason} ({rows} rows)" for reason, rows in list(predictions.refusal_reasons.items())[:3])
        raise Refused(
            f"{predictions.model['name']} answered none of {len(cohort)} rows: {reasons}",
            where=cohort.source,
            mend="map the columns that it needs, or correct their units",
        )
    if cohort.outcome.years is not None and horizon_years is None:
        raise BadInput("the outcome has times, and no horizon is given", mend="add --horizon 5y")
    groups = _groups(cohort, answered, by)
    parts = 1 + sum(len(values) for values in groups.values())
    whole = _judged(cohort, predictions, answered, horizon_years, resamples, (seed,), thresholds, level)
    same = _same_thresholds(whole, thresholds)
    done(1, parts)
    found: dict[str, dict[str, Any]] = {}
    for name, values in groups.items():
        found[name] = {}
        for value, rows in values.items():
            stream = (seed, *f"{name}={value}".encode())
            found[name][value] = _judged(cohort, predictions, rows, horizon_years, resamples, stream, same, level)
            done(1 + sum(map(len, found.values())), parts)
    judged = cohort.take(answered)
    document = {
        "model": dict(predictions.model),
        "cohort": _cohort(cohort, predictions, sha256, whole["follow_up_years"]),
        **whole,
        "risk_groups": risk_groups(predictions.score, predictions.risk, judged.outcome, horizon_years, level),
        "missing": missing_table(cohort, predictions),
        "refused_compared": refused_compared(cohort, answered),
        "by": found,
        "seed": seed,
        "warnings": [*whole.get("warnings", ()), *_doubts(cohort, judged, predictions, horizon_years)],
        "refusals": [{"reason": reason, "rows": rows} for reason, rows in predictions.refusal_reasons.items()],
        "research_use_only": True,
    }
    document["tripod_ai"] = tripod_items(document)
    return document


def _judged(
    cohort: Cohort,
    predictions: Predictions,
    rows: NDArray[np.bool_],
    horizon_years: float | None,
    resamples: int,
    stream: Sequence[int],
    thresholds: Sequence[float] | None,
    level: float,
) -> dict[str, Any]:
    here = cohort.take(rows)
    within = rows[predictions.answered]
    risk = None if predictions.risk is None else predictions.risk[within]
    rank = None if predictions.rank is None else predictions.rank[within]
    return judge(
        risk,
        here.outcome,
        horizon_years=horizon_years,
        patient=here.patient,
        generator=np.random.default_rng(list(stream)),
        resamples=resamples,
        thresholds=thresholds,
        rank=rank,
        level=level,
    ).as_dict()


def _same_thresholds(whole: dict[str, Any], thresholds: Sequence[float] | None) -> Sequence[float] | None:
    """Return the thresholds for the groups: the one that the whole cohort is judged by, so that they compare."""
    headline = whole["net_benefit"].get("threshold")
    return thresholds if thresholds is not None or headline is None else (headline, *DEFAULT_THRESHOLDS)


def _groups(
    cohort: Cohort, answered: NDArray[np.bool_], by: Sequence[str] | None
) -> dict[str, dict[str, NDArray[np.bool_]]]:
    """Return the answered rows of each value of each group; a group of one value only where it was asked for."""
    columns: dict[str, NDArray[Any]] = {"hospital": cohort.hospital, **cohort.groups}
    names = [name for name in columns if len(set(columns[name].tolist())) > 1] if by is None else list(by)
    found: dict[str, dict[str, NDArray[np.bool_]]] = {}
    for name in names:
        if name not in columns:
            raise BadInput(f"the cohort has no group '{name}'", mend=f"it has {', '.join(columns)}")
        values = sorted(set(columns[name].tolist()), key=_band_order)
        if len(values) > _MOST_GROUPS:
            raise BadInput(
                f"'{name}' has {len(values)} values, and {_MOST_GROUPS} is the most", mend="give by something coarser"
            )
        found[name] = {value or _UNKNOWN: (columns[name] == value) & answered for value in values}
    return found


def _band_order(value: str) -> tuple[float, str]:
    """Order bands by their numbers (``<50``, ``50 to <70``, ``≥70``), words by the alphabet, the unknown last."""
    found = re.match(r"(<|≥)?(-?\d+(?:\.\d+)?)(?: to <|$)", value)
    if value in ("", _UNKNOWN):
        return np.inf, value
    if not found:
        return 0.0, value
    return float(found[2]) - (1e-9 if found[1] == "<" else 0.0), value


def _cohort(cohort: Cohort, predictions: Predictions, sha256: str, follow_up: dict[str, Any]) -> dict[str, Any]:
    answered = int(predictions.answered.sum())
    return {
        "source": Path(cohort.source).name,
        "sha256": sha256,
        "outcome": cohort.outcome.title,
        "rows": len(cohort),
        "patients": len(set(cohort.patient.tolist())),
        "hospitals": list(cohort.hospitals),
        "events": int(cohort.outcome.event.sum()),
        "competing": _competing(cohort),
        "answered": answered,
        "refused": len(cohort) - answered,
        "refusal_reasons": dict(predictions.refusal_reasons),
        "follow_up_years": follow_up,
        "notes": list(cohort.notes),
    }


def _competing(cohort: Cohort) -> int:
    return 0 if cohort.outcome.competing is None else int(cohort.outcome.competing.sum())


def _doubts(cohort: Cohort, judged: Cohort, predictions: Predictions, horizon_years: float | None) -> list[str]:
    doubts = [*cohort.notes, *predictions.notes]
    share = len(judged) / len(cohort)
    if share < _FEW_ANSWERED:
        doubts.append(f"only {share:.0%} of the rows have an answer: what follows speaks of those alone")
    if horizon_years is not None:
        doubts += follow_up_doubts(judged, horizon_years)
    return doubts + disguised_outcomes(judged, list(judged.columns))
