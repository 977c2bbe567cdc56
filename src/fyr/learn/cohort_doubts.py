"""What is doubtful about a cohort as a whole, before any figure about it is believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.cohort import Cohort
from fyr.learn.discrimination import area_under_roc
from fyr.learn.spans import span_words
from fyr.models.card import ModelCard

__all__ = ["disguised_outcomes", "follow_up_doubts", "unit_doubts"]

_DISGUISED: Final = 0.97
_ENOUGH: Final = 20
_MOST_WORDS: Final = 20
_FEW_AT_RISK: Final = 10


def disguised_outcomes(cohort: Cohort, names: Sequence[str]) -> list[str]:
    """Say which columns tell the outcome so well that they must have been written down after it.

    A column alone that parts those with the event from the rest with an area under the curve of 0.97 or more, or that
    follows the time of the event with a rank correlation of 0.97 or more among those who had it, is named.

    Parameters
    ----------
    cohort : Cohort
    names : sequence of str
        Which columns to look at.
    """
    event, years = cohort.outcome.event, cohort.outcome.years
    found = []
    for name in names:
        codes = _ordered(cohort.columns[name], event)
        there = np.isfinite(codes)
        with_event, without = int(event[there].sum()), int((~event[there]).sum())
        if min(with_event, without) < _ENOUGH:
            continue
        area = area_under_roc(event[there], codes[there])
        if max(area, 1 - area) >= _DISGUISED:
            found.append(
                f"'{name}' alone tells who has the event (area under the curve {max(area, 1 - area):.3f}): is it the "
                "outcome in disguise, known only afterwards?"
            )
        elif years is not None and abs(_rank_correlation(codes[there & event], years[there & event])) >= _DISGUISED:
            found.append(f"'{name}' follows the time of the event almost exactly: is it the outcome in disguise?")
    return found


def _ordered(column: NDArray[Any], event: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return numbers as they are, and each word as the share of its rows with the event (few words only)."""
    if column.dtype.kind == "f":
        return np.asarray(column, dtype=np.float64)
    words, codes = np.unique(column.astype(str), return_inverse=True)
    if len(words) > _MOST_WORDS:
        return np.full(len(column), np.nan)
    rows = np.bincount(codes)
    share = np.bincount(codes, weights=event.astype(np.float64)) / rows
    share[words == ""] = np.nan
    return np.asarray(share[codes], dtype=np.float64)


def _rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return Spearman's correlation; 0 where a side is constant. Ties take the order they come in, good enough here."""
    if len(one) < _ENOUGH or one.min() == one.max() or other.min() == other.max():
        return 0.0
    if len(np.unique(one)) < len(one) / 4:
        return 0.0
    ranks = [np.argsort(np.argsort(side)).astype(np.float64) for side in (one, other)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def unit_doubts(card: ModelCard, cohort: Cohort) -> list[str]:
    """Say which columns have a median that no sensible group of patients has, as those in another unit do."""
    import polars as pl

    from fyr.models.unit_check import unit_warnings

    numbers = {name: column for name, column in cohort.columns.items() if column.dtype.kind == "f"}
    return list(unit_warnings(card, pl.DataFrame(numbers)))


def follow_up_doubts(cohort: Cohort, horizon_years: float) -> list[str]:
    """Explain a horizon that the follow-up does not reach."""
    years = cohort.outcome.years
    if years is None or not len(years):
        return []
    longest = float(years.max())
    ended_censored = bool((cohort.outcome.cause[years == longest] == 0).any())
    if longest < horizon_years and ended_censored:
        nearest = _reached(years)
        shorter = f"; take a shorter one, up to {nearest:.1f} years" if nearest else ""
        return [
            f"the horizon of {span_words(horizon_years)} lies beyond the follow-up, "
            f"which ends after {longest:.1f} years: nobody can say what happened then{shorter}"
        ]
    return []


def _reached(years: NDArray[np.float64]) -> float | None:
    """Return the longest time to which at least ten rows, or a tenth of them, are followed."""
    few = max(_FEW_AT_RISK, len(years) // 10)
    return float(np.sort(years)[-few]) if len(years) > few else None
