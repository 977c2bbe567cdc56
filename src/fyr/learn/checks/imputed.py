"""Values that nobody measured: a column constant in one hospital, or one value far too frequent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.names import has_word
from fyr.learn.checks.roles import is_outcome_like
from fyr.learn.checks.table import CheckedTable

__all__ = ["constant_columns", "frequent_value"]

_FEWEST_DISTINCT: Final = 12
"""With fewer different values elsewhere a column is a code, and one value can be all of a hospital's patients."""
_OF_HOSPITALS: Final = (
    r"sex|gender|kon|kjonn|arms?|drugs?|treat\w*|therapy|behandl\w*|regimen|trial|study|studie|cohort|type|sub ?type|"
    r"site|cancer\w*|tumou?r|histolog\w*|diagnos\w*|stage|country|land|region|race|ethnic\w*|years?|ar|aar|platform|"
    r"assay|method|metode|scanner|vendor|center|centre|hospital|dx|chemo\w*|surg\w*|operat\w*|program\w*|version|system"
)
"""What whole hospitals have in common: whom they treat, how, and with which device."""
_USUAL_CATEGORY: Final = 0.8
_USUAL: Final = 0.5
"""A value that most have elsewhere too is no surprise where all have it."""
_IMPLAUSIBLE: Final = 1e-4
"""Chance of so many equal values in a hospital, if patients were as elsewhere, below which they are not patients'."""
_FREQUENT: Final = 0.06
_TIMES_THE_NEXT: Final = 5.0
"""A value this often, and this many times as often as the next one, in the middle of the others, was filled in."""
_FEWEST_INSIDE: Final = 10
_FEWEST: Final = 40
_IN_HOSPITAL: Final = 0.30
_NEARLY_ALL: Final = 0.8
"""A measurement of which a hospital has one value in this share of patients was filled in there."""
_TIMES_ELSEWHERE: Final = 6.0


def constant_columns(table: CheckedTable) -> Iterator[Finding]:
    """Find columns that are constant in one hospital only, and say which are constant everywhere."""
    everywhere = [
        column.name
        for column in table.columns
        if column.kind != "empty" and len(column.levels) == 1 and sum(column.levels.values()) > 1
    ]
    if everywhere:
        yield Finding(
            "constant_column",
            "note",
            tuple(everywhere),
            f"{len(everywhere)} columns hold one value only",
            "leave them out of models",
            len(table),
            len(table),
        )
    for column in table.columns:
        if len(column.levels) < 2 or column.name == table.roles.hospital:
            continue
        filled = {name: rows & ~column.missing for name, rows in table.hospitals.items()}
        filled = {name: rows for name, rows in filled.items() if rows.sum() >= _FEWEST_INSIDE}
        constant = [name for name, rows in filled.items() if (column.code[rows] == column.code[rows][0]).all()]
        if len(constant) > 0.5 * len(filled):
            continue  # a property of hospitals: their kind, their country, their first year
        for hospital in constant:
            others = ~table.hospitals[hospital] & ~column.missing
            if others.sum() >= _FEWEST_INSIDE:
                yield from _constant(table, column, hospital, filled[hospital], others)


def _constant(
    table: CheckedTable, column: Column, hospital: str, inside: NDArray[np.bool_], others: NDArray[np.bool_]
) -> Iterator[Finding]:
    value = column.show(int(np.flatnonzero(inside)[0]))
    share = float((column.code[others] == column.code[inside][0]).mean())
    distinct = len(np.unique(column.code[others]))
    measured = column.kind == "number" and distinct >= _FEWEST_DISTINCT
    graded = column.kind == "number" and distinct >= 3
    kinds = has_word(column.name, _OF_HOSPITALS) or is_outcome_like(column, table.roles)
    usual = _USUAL if measured or graded or kinds else _USUAL_CATEGORY
    if share > usual or max(share, 1 / (others.sum() + 1)) ** float(inside.sum()) > _IMPLAUSIBLE:
        return
    varied = 2 <= distinct <= _FEWEST_DISTINCT and not kinds and inside.sum() >= _FEWEST
    yield Finding(
        "constant_in_hospital",
        "error" if measured else "warning" if graded or varied else "note",
        (column.name,),
        f"all {int(inside.sum())} values in {hospital} are {value}; elsewhere {share:.1%} are, of "
        f"{distinct} different ones",
        "ask the hospital: a value filled in for all patients must be read as missing"
        if measured
        else "see whether it is so",
        int(inside.sum()),
        int(inside.sum()),
        table.rows(inside),
        hospital,
    )


def frequent_value(table: CheckedTable) -> Iterator[Finding]:
    """Find a value in the middle of a measurement that is far too frequent: imputed by mode, mean or median."""
    for column in table.numbers(_FEWEST):
        if is_outcome_like(column, table.roles) or len(column.distinct) < _FEWEST_DISTINCT:
            continue
        measured = column.valid.copy()
        for rows in table.hospitals.values():
            if len(np.unique(column.number[rows & column.valid])) == 1:
                measured &= ~rows
        whole = _frequent(column, measured)
        if whole is not None and not _of_a_hospital(table, whole[1]):
            value, rows = whole
            yield _finding(
                table,
                column,
                value,
                rows,
                measured,
                None,
                f"of all values, and the next most frequent one in {_second_share(column.number[measured], value):.1%}",
            )
            continue
        for hospital, rows in table.hospitals.items():
            inside = rows & column.valid
            others = ~rows & column.valid
            if inside.sum() < 20 or others.sum() < 20 or len(np.unique(column.number[inside])) < 2:
                continue
            values, counts = np.unique(column.number[inside], return_counts=True)
            value, share = float(values[counts.argmax()]), float(counts.max() / inside.sum())
            elsewhere = float((column.number[others] == value).mean())
            in_the_middle = 0.1 < float((column.number[others] < value).mean()) < 0.9
            if (
                share > _IN_HOSPITAL
                and share > _TIMES_ELSEWHERE * max(elsewhere, 0.01)
                and in_the_middle
                and value != 0
            ):
                at = inside & (column.number == value)
                yield _finding(table, column, value, at, inside, hospital, f"of its values, elsewhere {elsewhere:.1%}")


def _of_a_hospital(table: CheckedTable, rows: NDArray[np.bool_]) -> bool:
    """Tell whether nearly all rows with a value are of one hospital."""
    return any(rows[inside].sum() >= 0.9 * rows.sum() for inside in table.hospitals.values())


def _frequent(column: Column, rows: NDArray[np.bool_]) -> tuple[float, NDArray[np.bool_]] | None:
    values, counts = np.unique(column.number[rows], return_counts=True)
    order = np.argsort(counts)[::-1]
    value, most = float(values[order[0]]), int(counts[order[0]])
    second = int(counts[order[1]]) if len(order) > 1 else 0
    rest = column.number[rows & (column.number != value)]
    below = float((rest < value).mean()) if len(rest) else 0.0
    if value == 0 or most < max(8, _FREQUENT * rows.sum()) or not 0.1 < below < 0.9:
        return None
    computed = _is_centre(value, rest, below)
    coarse = len(values) < 25
    needed = _TIMES_THE_NEXT * 0.6 if computed and not coarse else _TIMES_THE_NEXT
    round_number = column.whole and value % 10 == 0 and not computed
    if (
        most < needed * second
        or (coarse and not computed and most < 2 * needed * second)
        or (round_number and most < 2 * needed * second)
    ):
        return None
    return value, rows & (column.number == value)


def _is_centre(value: float, rest: NDArray[np.float64], below: float) -> bool:
    """Tell whether a value is the median of the others, or their mean to within rounding."""
    above = float((rest > value).mean())
    return (below <= 0.54 and above <= 0.54) or abs(value - float(rest.mean())) <= 0.02 * float(rest.std())


def _second_share(values: NDArray[np.float64], value: float) -> float:
    _, counts = np.unique(values[values != value], return_counts=True)
    return float(counts.max() / len(values)) if len(counts) else 0.0


def _finding(
    table: CheckedTable,
    column: Column,
    value: float,
    at: NDArray[np.bool_],
    among: NDArray[np.bool_],
    hospital: str | None,
    compared: str,
) -> Finding:
    share = at.sum() / max(1, among.sum())
    where = f" in {hospital}" if hospital else ""
    return Finding(
        "imputed_value",
        "error" if hospital and share >= _NEARLY_ALL else "warning",
        (column.name,),
        f"{value:g} is {share:.1%}{where} {compared}: filled in for patients who were not measured",
        "read it as missing where it was filled in",
        int(at.sum()),
        int(among.sum()),
        table.rows(at),
        hospital,
    )
