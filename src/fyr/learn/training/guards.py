"""What must be seen before anything is trained: columns that cannot teach, and the outcome in disguise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.cohort import Cohort
from fyr.learn.discrimination import Ranking
from fyr.learn.spans import span_words
from fyr.learn.survival.concordance import concordance
from fyr.record.clinical_fact import folded_word

__all__ = ["check_cohort", "refuse_disguised_outcomes", "usable_predictors"]

Column = NDArray[Any]

_TOO_GOOD: Final = 0.98
_MOST_CATEGORIES: Final = 60
_SHOWN: Final = 5


def check_cohort(cohort: Cohort, horizons_years: Sequence[float]) -> None:
    """Refuse rows that nothing can be learned from.

    Raises
    ------
    BadInput
        If there is no event, nothing else, or follow-up ends before a horizon.
    """
    outcome = cohort.outcome
    events = int(outcome.event.sum())
    if not events:
        raise BadInput(
            f"none of {len(cohort)} rows has the event", where=cohort.source, mend="check how the outcome is coded"
        )
    if outcome.years is None:
        if events == len(cohort):
            raise BadInput(f"all {events} rows have the event", where=cohort.source, mend="add rows without it")
        return
    if not horizons_years:
        raise BadInput("the outcome has times, and there is no horizon", where=cohort.source, mend="add --horizon 5y")
    longest = float(outcome.years.max())
    for horizon in horizons_years:
        if horizon > longest:
            raise BadInput(
                f"nobody was followed for {span_words(horizon)}: the longest follow-up is {longest:.2f} years",
                where=cohort.source,
                mend="ask for an earlier horizon, or check the unit of the times (--time-unit)",
            )


def usable_predictors(
    cohort: Cohort, predictors: Sequence[str]
) -> tuple[dict[str, Column], tuple[str, ...], list[str]]:
    """Return the columns that can teach something, their names, and notes on those left out.

    Spellings of a category that differ in case or spaces alone become the most frequent of them.
    """
    columns: dict[str, Column] = dict(cohort.columns)
    kept, empty, constant, many = [], [], [], []
    for name in predictors:
        column = columns[name]
        if column.dtype.kind in "fiub":
            column = column.astype(np.float64)
            known = column[~np.isnan(column)]
            different = len(np.unique(known[: len(known)]))
            alone = different < 2 and len(known) == len(column)
        else:
            column = _one_spelling(column)
            known = column[column != ""]
            different = len(set(known.tolist()))
            alone = different < 2 and len(known) == len(column)
        columns[name] = column
        if not len(known):
            empty.append(name)
        elif alone or (different < 2 and column.dtype.kind in "fiub"):
            constant.append(name)
        elif column.dtype.kind not in "fiub" and different > _MOST_CATEGORIES:
            many.append(name)
        else:
            kept.append(name)
    notes = []
    for names, why in ((empty, "without any value"), (constant, "with one value alone"), (many, "")):
        if names:
            shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
            reason = why or f"of text with more than {_MOST_CATEGORIES} different values (a name, a number as text?)"
            notes.append(f"left out, {len(names)} {'column' if len(names) == 1 else 'columns'} {reason}: {shown}")
    if not kept:
        raise BadInput(
            "no predictor is left: " + ("; ".join(notes) or "none was named"),
            where=cohort.source,
            mend="name columns with --predictors, or map them",
        )
    return columns, tuple(kept), notes


def refuse_disguised_outcomes(
    cohort: Cohort, predictors: Sequence[str], *, outcome_columns: Collection[str], allowed: Collection[str]
) -> list[str]:
    """Refuse predictors that are the outcome, or that tell it alone.

    A column tells the outcome if its order (in either direction), its categories or its being missing rank patients
    with a C or an area under the curve above 0.98: what is known at baseline never does.

    Returns
    -------
    list of str
        Notes on columns that would have been refused and were allowed.

    Raises
    ------
    Refused
        Naming the column.
    """
    notes = []
    named = {folded_word(name) for name in outcome_columns}
    for name in predictors:
        if folded_word(name) in named:
            why = "is a column of the outcome"
        else:
            found = _tells(cohort, cohort.columns[name])
            if found is None:
                continue
            why = f"alone ranks the patients with {found}: it looks like the outcome in disguise"
        if name in allowed:
            notes.append(f"{name} {why}; it was allowed")
            continue
        raise Refused(
            f"the predictor '{name}' {why}",
            where=cohort.source,
            mend=f"leave it out, or add --allow {name} if it was known at baseline",
        )
    return notes


def _tells(cohort: Cohort, column: Column) -> str | None:
    outcome = cohort.outcome
    if column.dtype.kind in "fiub":
        missing, either_way = np.isnan(column), True
        score = np.where(missing, np.nan, column)
    else:
        # A share among the other rows is lower for a row with the event than for its neighbours without: categories
        # that say nothing rank the wrong way round. Only the right way round is news.
        missing, either_way = column == "", False
        score = _category_risk(column, outcome.event)
    readings = [(~missing, score, either_way)]
    if 0 < missing.sum() < len(missing):
        readings.append((np.ones(len(missing), dtype=np.bool_), missing.astype(np.float64), True))
    for rows, value, turned in readings:
        event = outcome.event[rows]
        if not event.any() or event.all() or len(event) < 20:
            continue
        area = Ranking.of(event, value[rows]).area_under_roc()
        area = max(area, 1 - area) if turned else area
        if area > _TOO_GOOD:
            return f"an AUC of {area:.3f}"
        if outcome.years is not None:
            rank = concordance(outcome.years[rows], event, value[rows])
            rank = max(rank, 1 - rank) if turned else rank
            if rank > _TOO_GOOD:
                return f"a C of {rank:.3f}"
    return None


def _category_risk(column: Column, event: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give each category the share of events among the *other* rows that have it, so that a rare one tells nothing."""
    _, place, counts = np.unique(column.astype(str), return_inverse=True, return_counts=True)
    events = np.bincount(place, weights=event)
    share = event.mean()
    risk: NDArray[np.float64] = (events[place] - event + share) / counts[place]
    return risk


def _one_spelling(column: Column) -> Column:
    words, counts = np.unique(column.astype(str), return_counts=True)
    best: dict[str, str] = {}
    for word, _ in sorted(zip(words.tolist(), counts.tolist(), strict=True), key=lambda one: (-one[1], one[0])):
        best.setdefault(folded_word(word), word)
    same: Mapping[str, str] = {word: best[folded_word(word)] for word in words.tolist()}
    spelled = np.empty(len(column), dtype=object)
    spelled[:] = [same[str(word)] for word in column.tolist()]
    return spelled
