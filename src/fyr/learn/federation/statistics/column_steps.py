"""A hospital's side of the preparation: what its columns are, how often each category is there, sums and squares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.plan import CATEGORY, OTHER, Plan, Rows, labels, read_rows

__all__ = ["categories_step", "columns_step", "moments", "moments_step"]

Floats = NDArray[np.float64]

_RULES: Final[dict[str, tuple[str, Callable[[Floats], NDArray[np.bool_]]]]] = {
    "binary": ("is not 0 or 1", lambda v: np.isin(v, (0.0, 1.0))),
    "not_negative": ("is below 0", lambda v: v >= 0),
    "positive": ("is not above 0", lambda v: v > 0),
    "probability": ("is not within 0 and 1", lambda v: (v >= 0) & (v <= 1)),
    "number": ("is no number", lambda v: v == v),  # noqa: PLR0124  true of every number
}
"""What is said of a role's column, and which of its values are as they should be."""


def columns_step(table: SiteTable, values: Payload) -> Answer:
    """Say what the columns are (kinds, units, categories that enough rows have) and what is wrong; sum the numbers.

    Nothing here is of a patient: a category is named if at least ``minimum`` rows of this hospital have it.
    """
    plan, minimum = Plan.of(values["plan"]), int(values["minimum"])
    kinds = {name: _kind(table, name) for name in plan.needed}
    problems = _problems(table, plan, kinds, minimum)
    words: dict[str, list[str]] = {}
    for name in (*plan.features, *plan.categories):
        if kinds[name] == "text" or (name in plan.categories and kinds[name] == "number"):
            found, counts = np.unique(labels(table, name), return_counts=True)
            words[name] = [str(one) for one, n in zip(found, counts, strict=True) if one and n >= minimum]
    numeric = tuple(name for name in plan.features if kinds[name] == "number")
    sums = _nothing(len(plan.features))
    if not problems and len(numeric) == len(plan.features):
        rows = read_rows(
            table, Plan(plan.features, *_roles_of_numbers(plan), strata=plan.strata, log_odds=plan.log_odds)
        )
        sums = moments(rows, table.rows)
    return Answer(
        sums,
        {
            "kinds": kinds,
            "units": {name: table.units[name] for name in plan.needed if name in table.units},
            "categories": words,
            "problems": problems,
        },
    )


def categories_step(table: SiteTable, values: Payload) -> Answer:
    """Count the rows of each agreed category, and those of none of them, among complete rows."""
    plan = Plan.of(values["plan"])
    rows = read_rows(table, plan)
    here = table.taking(rows.kept)
    sums: dict[str, Floats] = {}
    cells: dict[str, NDArray[np.int64]] = {}
    for name, levels in plan.levels.items():
        words = labels(here, name)
        place = np.full(len(words), levels.index(OTHER), dtype=np.int64)
        for code, level in enumerate(levels):
            place[words == level] = code
        sums[f"levels of {name}"] = np.bincount(place, minlength=len(levels)).astype(np.float64)
        cells[name] = rows.cell(place)
    return Answer(sums, cells=cells)


def moments_step(table: SiteTable, values: Payload) -> Answer:
    """Add up the design's columns, and their squares, less an agreed middle."""
    return Answer(moments(read_rows(table, Plan.of(values["plan"])), table.rows))


def moments(rows: Rows, of: int) -> dict[str, Floats]:
    """Return weighted sums of the design's columns and their squares, and what belongs to them."""
    weight = rows.weight
    outcome = rows.role.get("outcome", np.zeros(rows.count))
    squared = outcome**2
    return {
        "rows": np.array([rows.count, of], dtype=np.float64),
        "weight": np.array([weight.sum(), np.log(weight).sum()]),
        "outcome": np.array([weight @ outcome, weight @ squared]),
        "exposure": np.array([weight @ rows.role["exposure"]]) if "exposure" in rows.role else np.zeros(1),
        "first": weight @ rows.design,
        "second": weight @ rows.design**2,
    }


def _nothing(width: int) -> dict[str, Floats]:
    return {
        "rows": np.zeros(2),
        "weight": np.zeros(2),
        "outcome": np.zeros(2),
        "exposure": np.zeros(1),
        "first": np.zeros(width),
        "second": np.zeros(width),
    }


def _roles_of_numbers(plan: Plan) -> tuple[dict[str, str], dict[str, str]]:
    """Return roles and kinds without the categories, which have no levels yet."""
    roles = {role: column for role, column in plan.roles.items() if plan.kinds.get(role) != CATEGORY}
    return roles, {role: plan.kinds[role] for role in roles}


def _kind(table: SiteTable, name: str) -> str:
    if name not in table.columns:
        return "absent"
    column = table.columns[name]
    if not bool(table.complete([name]).any()):
        return "empty"
    return "number" if column.dtype.kind in "fiub" else "text"


def _problems(table: SiteTable, plan: Plan, kinds: Mapping[str, str], minimum: int) -> list[str]:
    found = [f"there is no column '{name}'" for name in plan.needed if kinds[name] == "absent"]
    found += [
        f"column '{name}' has numbers that are not finite"
        for name in plan.needed
        if kinds[name] == "number" and bool(np.isinf(table.numbers(name)).any())
    ]
    for role, name in plan.roles.items():
        kind = plan.kinds[role]
        if kind == CATEGORY or kinds[name] in {"absent", "empty"}:
            continue
        if kinds[name] == "text":
            found.append(f"column '{name}' holds text, where numbers are needed")
            continue
        said, holds = _RULES[kind]
        column = table.numbers(name)
        wrong = int((~np.isnan(column) & ~holds(column)).sum())
        if wrong:
            found.append(f"column '{name}' {said} in {_about(wrong, minimum)} rows")
    return found + _order(table, plan, kinds, minimum)


def _about(count: int, minimum: int) -> str:
    """Say a count, unless it is of so few rows that it is not told."""
    return str(count) if count >= minimum else f"fewer than {minimum}"


def _order(table: SiteTable, plan: Plan, kinds: Mapping[str, str], minimum: int) -> list[str]:
    entry, duration = plan.roles.get("entry"), plan.roles.get("duration")
    if entry is None or duration is None or kinds[entry] != "number" or kinds[duration] != "number":
        return []
    wrong = int((table.numbers(entry) >= table.numbers(duration)).sum())
    if not wrong:
        return []
    return [f"{_about(wrong, minimum)} rows came under observation ('{entry}') at or after their end ('{duration}')"]
