"""The outcome in a predictor: a column that tells it by its values, by what is missing, or by its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.names import has_word
from fyr.learn.checks.roles import is_outcome_like
from fyr.learn.checks.shape import auc, ranked
from fyr.learn.checks.table import CheckedTable

__all__ = ["leaking_missingness", "leaking_names", "leaking_time", "leaking_values", "leaking_words"]

_MEND: Final = "leave the column out of every model: it is known only after the outcome"
_TELLS: Final = 0.985
"""No single measurement of medicine ranks patients with and without an outcome this well; the outcome does."""
_TELLS_BY_LEVEL: Final = 0.94
"""The same for a column of few categories, whose rank has fewer steps to err in."""
_TELLS_THE_FUTURE: Final = 0.95
"""The same for an event that comes later: what was known before ranks it worse than a diagnosis."""
_TELLS_BY_ABSENCE: Final = 0.90
_SAYS_BY_ABSENCE: Final = 0.75
_FEWEST_EACH: Final = 5
_FOLLOWS_TIME: Final = 0.93
"""Rank correlation with the follow-up from which a column was computed from it."""
_MOST_LEVELS: Final = 12
_PROSE: Final = 80
"""Longer texts are prose, which speaks of much."""
_FEW_LEVELS: Final = 4
_AFTERWARDS: Final = (
    r"death|dead|died|deceased|relapse\w*|recurr\w*|progression|autopsy|vital|salvage|second line|post ?relapse|"
    r"dod|dods\w*|dodsarsak|dodsaarsag|re[cs]idiv\w*|tilbagefald|tilbakefall|aterfall|obduktion|"
    r"obduksjon|cause of death"
)
_AFTER_WORDS: Final = (
    r"(?i)\b(?:deceased|dead|died|death|relapsed?|recurrence|recurred|progressive disease|autopsy|hospice|"
    r"død|døde|avliden|avled|avdød|re[cs]idiv|tilbakefall|tilbagefald|återfall|obduksjon|obduktion)\b"
)
_NOT_AFTER: Final = (
    r"(?i)(?:no|non|without|ingen|ikke|inget|family|famil|mother|father|near|previous)\w*\W+(?:\w+\W+)?"
    r"(?:death|dead|relapse|recurrence|recidiv)"
)


def leaking_values(table: CheckedTable) -> Iterator[Finding]:
    """Find a column that ranks, or tells apart, patients with and without the event."""
    for name, event, known in _events(table):
        for column in _not_the_outcome(table):
            both = known & ~column.missing
            happened = event[both] > 0
            if min(happened.sum(), (~happened).sum()) < _FEWEST_EACH or _is_row_order(column):
                continue
            rank = _rank(column, both, happened)
            least = _TELLS if len(column.levels) > _FEW_LEVELS else _TELLS_BY_LEVEL
            severity: Severity = "warning" if is_outcome_like(column, table.roles) else "error"
            if rank is not None and rank < least and table.roles.times and rank >= _TELLS_THE_FUTURE:
                least, severity = _TELLS_THE_FUTURE, "warning"
            if rank is not None and rank >= least:
                yield Finding(
                    "leakage",
                    severity,
                    (column.name, name),
                    f"alone it ranks those with and without '{name}' with an area under the curve of {rank:.3f}",
                    _MEND,
                    int(both.sum()),
                    len(table),
                    table.rows(both),
                )


def leaking_missingness(table: CheckedTable) -> Iterator[Finding]:
    """Find a column that is filled in for those with the event only, or for the others only."""
    for name, event, known in _events(table):
        happened = event[known] > 0
        for column in _not_the_outcome(table):
            filled = ~column.missing[known]
            if min(filled.sum(), (~filled).sum()) < _FEWEST_EACH:
                continue
            shares = float(filled[happened].mean()), float(filled[~happened].mean())
            rank = 0.5 + abs(shares[0] - shares[1]) / 2
            only = min(shares) <= 0.01 and max(shares) >= 0.2 and filled.sum() >= 15
            sure = (rank >= _TELLS_BY_ABSENCE or only) and not is_outcome_like(column, table.roles)
            if rank >= _SAYS_BY_ABSENCE or only:
                yield Finding(
                    "leakage_by_missing",
                    "error" if sure else "warning",
                    (column.name, name),
                    f"it is filled in for {shares[0]:.0%} of those with '{name}' and {shares[1]:.0%} of those without: "
                    "that it is there tells the outcome",
                    _MEND,
                    int(filled.sum()),
                    int(known.sum()),
                    table.rows(np.flatnonzero(known)[filled]),
                )


def leaking_time(table: CheckedTable) -> Iterator[Finding]:
    """Find a column that is a function of the follow-up."""
    for time_name in table.roles.times[:2] if table.roles.events else ():
        time = table.column(time_name)
        for column in table.predictors():
            if column.kind != "number" or len(column.distinct) < 8 or column.name in table.roles.times:
                continue
            both = time.valid & column.valid
            if both.sum() < 30 or _is_row_order(column):
                continue
            first, second = ranked(time.number[both]), ranked(column.number[both])
            rank = float(np.corrcoef(first, second)[0, 1])
            plain = float(np.corrcoef(time.number[both], column.number[both])[0, 1])
            rank = plain if abs(plain) > abs(rank) else rank
            if abs(rank) >= _FOLLOWS_TIME:
                yield Finding(
                    "leakage_of_time",
                    "error",
                    (column.name, time_name),
                    f"it goes with '{time_name}' (correlation {rank:.3f}): it was computed from the follow-up",
                    _MEND,
                    int(both.sum()),
                    len(table),
                    table.rows(both),
                )


def leaking_words(table: CheckedTable) -> Iterator[Finding]:
    """Find words of the outcome in the text of a column that is not of the outcome."""
    for column in table.predictors():
        if column.typed or column.kind not in ("category", "text"):
            continue
        said = np.asarray(column.text.str.contains(_AFTER_WORDS).to_numpy()) & ~column.missing
        said &= ~np.asarray(column.text.str.contains(_NOT_AFTER).to_numpy())
        if said.sum() < 2 or float(np.median(column.text.str.len_chars().filter(~column.missing))) > _PROSE:
            continue
        place = int(np.flatnonzero(said)[0])
        yield Finding(
            "leakage_in_words",
            "warning",
            (column.name,),
            f"{int(said.sum())} of {int((~column.missing).sum())} cells speak of the outcome, such as "
            f"'{column.show(place)[:40]}'",
            _MEND,
            int(said.sum()),
            int((~column.missing).sum()),
            table.rows(said),
        )


def leaking_names(table: CheckedTable) -> Iterator[Finding]:
    """Say which columns are known only after the outcome, by their names."""
    roles = {*table.roles.times, *table.roles.events}
    afterwards = [
        column.name
        for column in table.columns
        if column.name not in roles and column.kind != "empty" and has_word(column.name, _AFTERWARDS)
    ]
    outcome = [
        column.name for column in table.columns if column.name not in roles and is_outcome_like(column, table.roles)
    ]
    named = list(dict.fromkeys([*afterwards, *(outcome if roles else [])]))
    if named:
        yield Finding(
            "known_afterwards",
            "note",
            tuple(named),
            f"{len(named)} columns are known only after the outcome, by their names",
            "they belong to the outcome: leave them out of the predictors",
            len(table),
            len(table),
        )


def _not_the_outcome(table: CheckedTable) -> list[Column]:
    """Return every column but ids and those that are the outcome's own time, event and dates."""
    roles = table.roles
    apart = {roles.patient, roles.hospital, roles.split, *roles.times, *roles.events, *roles.dates.values()}
    return [column for column in table.columns if column.name not in apart and column.kind != "date"]


def _events(table: CheckedTable) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.bool_]]]:
    for name in table.roles.events[:3]:
        event = table.event_of(name)
        known = np.isfinite(event)
        if known.sum() >= 20 and _FEWEST_EACH <= (event[known] > 0).sum() <= known.sum() - _FEWEST_EACH:
            yield name, event, known


def _rank(column: Column, both: NDArray[np.bool_], happened: NDArray[np.bool_]) -> float | None:
    """Return how well a column tells the event, 0.5 to 1: by its order, or by its categories in the best order."""
    if column.kind == "number" and len(column.distinct) > _MOST_LEVELS:
        if not column.valid[both].all():
            both_valid = column.valid[both]
            rank = auc(column.number[both][both_valid], happened[both_valid])
        else:
            rank = auc(column.number[both], happened)
        return max(rank, 1 - rank)
    if len(column.levels) > max(2, min(_MOST_LEVELS, both.sum() // 8)):
        return None
    codes = column.code[both]
    values, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if len(values) < 2:
        return None
    rates = np.bincount(inverse, weights=happened.astype(float)) / counts
    return auc(rates[inverse], happened)


def _is_row_order(column: Column) -> bool:
    steps = np.diff(column.values) if column.kind == "number" else np.empty(0)
    return len(steps) > 5 and bool((steps == 1).mean() > 0.98)
