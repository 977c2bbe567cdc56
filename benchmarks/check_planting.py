"""How a defect is planted for ``checks.py``: the planted table, and what is needed to make one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from check_tables import Table


@dataclass(frozen=True)
class Planted:
    """A table with a defect: the columns of which a finding must name one, and the checks that may find it."""

    table: Table
    columns: tuple[str, ...]
    checks: tuple[str, ...]


Plant = Callable[[Table, np.random.Generator, bool], Planted | None]
UNITS = (
    *("unit", "mixed_units", "impossible_values", "unit_in_hospital", "unit_against_sibling", "derived_column"),
    *("hospital_jump", "time_unit", "progression_after_end", "impossible_zero"),
)


def numbers(table: Table, name: str) -> np.ndarray:
    """Return a column as numbers, NaN where it holds none."""
    cells = []
    for cell in table[name]:
        try:
            cells.append(float(cell))
        except ValueError:
            cells.append(np.nan)
    return np.array(cells)


def measured(table: Table, least: int = 25) -> list[str]:
    """Return the columns of positive measurements with many different values."""
    found = []
    for name in table:
        if name in ("patient_id", "hospital", "split"):
            continue
        values = numbers(table, name)
        known = values[np.isfinite(values)]
        if len(known) > 0.7 * len(values) and len(np.unique(known)) >= least and (known > 0).mean() > 0.95:
            found.append(name)
    return found


def narrow(table: Table) -> list[str]:
    """Return those that people vary little in."""
    found = []
    for name in measured(table):
        values = numbers(table, name)
        logs = np.log(values[values > 0])
        if 1.4826 * np.median(np.abs(logs - np.median(logs))) < 0.3:
            found.append(name)
    return found


def times(table: Table) -> list[str]:
    """Return the columns of follow-up."""
    known = [
        "time",
        "T",
        "t",
        "week",
        "Week",
        "lenfol",
        "futime",
        "ftime",
        "rectime",
        "survtime",
        "rfstime",
        "dtime",
        "Survival_in_days",
        "duration",
        "Time",
    ]
    return [name for name in table if name in known and len(set(table[name])) > 20]


def events(table: Table) -> list[str]:
    """Return the columns of the event: two values, named as such."""
    known = ("status", "cens", "death", "E", "observed", "fstat", "Status", "event", "arrest", "censor", "Censor")
    return [name for name in table if name in known and len(set(table[name])) == 2]


def shown(value: float) -> str:
    """Write a number as a file would."""
    return f"{value:.6g}"


def chosen(rng: np.random.Generator, rows: int, strong: bool, mild: float = 0.04, hard: float = 0.25) -> np.ndarray:
    """Return some rows: a few, or many."""
    count = max(4, int(rows * (hard if strong else mild)))
    return rng.permutation(rows)[:count]


def changed(table: Table, name: str, rows: np.ndarray, make: Callable[[str], str]) -> Table:
    """Return the table with some cells of a column made anew."""
    cells = list(table[name])
    for row in rows:
        cells[row] = make(cells[row])
    return {**table, name: cells}


def scaled(table: Table, name: str, rows: np.ndarray, factor: float) -> Table:
    """Return the table with some cells of a column multiplied."""
    return changed(table, name, rows, lambda cell: shown(float(cell) * factor) if _is_number(cell) else cell)


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _count(table: Table) -> int:
    return len(next(iter(table.values())))
