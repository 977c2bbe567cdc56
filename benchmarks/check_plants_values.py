"""Defects of values for ``checks.py``: units, constants, codes, forms of numbers, dates and categories."""

from __future__ import annotations

import numpy as np

from check_planting import (
    UNITS,
    Planted,
    _count,
    _is_number,
    changed,
    chosen,
    events,
    measured,
    narrow,
    numbers,
    scaled,
    shown,
    times,
)
from check_tables import Table


def unit_in_rows(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant some rows of a narrow measurement ten times too large or small."""
    names = [name for name in narrow(table) if name not in times(table)]
    if not names:
        return None
    name = str(rng.choice(names))
    factor = float(rng.choice([10, 0.1, 100 if strong else 10]))
    return Planted(scaled(table, name, chosen(rng, _count(table), strong), factor), (name,), (*UNITS, "sentinel"))


def unit_in_hospital(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a measurement of one hospital in another unit."""
    names = [name for name in measured(table, 15) if name not in times(table)]
    if not names or _count(table) < 80:
        return None
    name = str(rng.choice(names))
    rows = np.flatnonzero(np.array(table["hospital"]) == "South")
    return Planted(scaled(table, name, rows, 100.0 if strong else 10.0), (name,), UNITS)


def unit_of_column(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a whole column that is ten (or a hundred) times too large, of those whose name says what it is."""
    known = ("age", "bmi", "diasbp", "sysbp", "Age_in_years", "ph.karno", "creatinine")
    names = [name for name in measured(table, 10) if name in known]
    if not names:
        return None
    name = str(rng.choice(names))
    return Planted(scaled(table, name, np.arange(_count(table)), 100.0 if strong else 10.0), (name,), UNITS)


def constant_in_hospital(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a measurement filled in with one value in one hospital (mild: a measurement with few different values)."""
    names = measured(table, 40 if strong else 15)
    names = [name for name in names if name not in times(table)]
    if not names or _count(table) < 60:
        return None
    name = str(rng.choice(names))
    rows = np.flatnonzero(np.array(table["hospital"]) == "East")
    value = shown(float(np.nanmedian(numbers(table, name))))
    return Planted(changed(table, name, rows, lambda _: value), (name,), ("constant_in_hospital", "imputed_value"))


def imputed(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Fifteen or forty per cent of a measurement set to its median."""
    names = [name for name in measured(table, 40) if name not in times(table)]
    if not names or _count(table) < 100:
        return None
    name = str(rng.choice(names))
    value = shown(float(np.nanmedian(numbers(table, name))))
    rows = rng.permutation(_count(table))[: int(_count(table) * (0.4 if strong else 0.15))]
    return Planted(changed(table, name, rows, lambda _: value), (name,), ("imputed_value",))


def days_in_hospital(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:  # noqa: ARG001
    """Plant times of one hospital in days, the others' in months."""
    names = times(table)
    if not names or _count(table) < 60:
        return None
    name = names[0]
    months = {**table, name: [shown(float(cell) / 30.4375) for cell in table[name]]} if strong else table
    rows = np.flatnonzero(np.array(table["hospital"]) == "West")
    return Planted(scaled(months, name, rows, 30.4375), (name,), ("time_unit", "unit_in_hospital"))


def days_as_months(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:  # noqa: ARG001
    """Plant times in days under a name that says months (mild: years as months are not asked for)."""
    names = [name for name in times(table) if np.nanmax(numbers(table, name)) > 800]
    if not names:
        return None
    other = "os_months" if strong else "follow_up_mnd"
    renamed = {other if name == names[0] else name: cells for name, cells in table.items()}
    return Planted(renamed, ("os_months", "follow_up_mnd"), ("time_unit",))


def sentinel(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """999, -9 or -1 in some rows of a measurement."""
    names = [name for name in measured(table) if np.nanmax(numbers(table, name)) < (900 if strong else 500)]
    if not names:
        return None
    name = str(rng.choice(names))
    code = str(rng.choice(["999", "-99", "9999"] if strong else ["-1", "-9", "999"]))
    rows = chosen(rng, _count(table), strong, 0.02, 0.1)
    checks = ("sentinel", "impossible_values", "mixed_units", "negative_time", "unit_against_sibling")
    return Planted(changed(table, name, rows, lambda _: code), (name,), checks)


def sentinel_in_codes(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """9 (or 99) in a column of few codes."""
    names = []
    for name in table:
        values = numbers(table, name)
        codes = np.unique(values[np.isfinite(values)])
        if 2 <= len(codes) <= 5 and codes.max() <= 4 and codes.min() >= 0 and np.isfinite(values).mean() > 0.9:
            names.append(name)
    names = [name for name in names if name not in events(table)]
    if not names:
        return None
    name = str(rng.choice(names))
    rows = chosen(rng, _count(table), strong, 0.03, 0.12)
    made = changed(table, name, rows, lambda _: "99" if strong else "9")
    return Planted(made, (name,), ("sentinel", "impossible_values"))


def mixed_decimals(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a decimal comma in some rows."""
    names = [name for name in measured(table) if sum("." in cell for cell in table[name]) > 0.4 * _count(table)]
    if not names:
        return None
    name = str(rng.choice(names))
    rows = chosen(rng, _count(table), strong)
    return Planted(changed(table, name, rows, lambda cell: cell.replace(".", ",")), (name,), ("mixed_decimals",))


def thousands(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """1,234 (or 1 234) for numbers of four figures."""
    whole = [name for name in measured(table) if "." not in "".join(table[name])]
    names = [name for name in whole if (numbers(table, name) >= 1000).mean() > 0.05]
    if not names:
        return None
    name = str(rng.choice(names))
    sign = "," if strong else " "
    large = [_is_number(cell) and float(cell) >= 1000 for cell in table[name]]
    made = [
        f"{int(cell):,}".replace(",", sign) if is_large else cell
        for cell, is_large in zip(table[name], large, strict=True)
    ]
    return Planted({**table, name: made}, (name,), ("thousands_separators", "mixed_decimals"))


def units_in_cells(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Mm behind some numbers."""
    names = measured(table)
    if not names:
        return None
    name = str(rng.choice(names))
    rows = chosen(rng, _count(table), strong, 0.03, 0.5)
    made = changed(table, name, rows, lambda cell: f"{cell} mm" if cell else cell)
    return Planted(made, (name,), ("units_in_cells", "text_among_numbers"))


def text_numbers(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """<5 among numbers."""
    names = measured(table)
    if not names:
        return None
    name = str(rng.choice(names))
    rows = chosen(rng, _count(table), strong, 0.02, 0.1)
    return Planted(changed(table, name, rows, lambda cell: f"<{cell}"), (name,), ("text_among_numbers",))


def spellings(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a category in other case or with blanks."""
    names = [
        name
        for name, cells in table.items()
        if 2 <= len(set(cells)) <= 8 and name != "hospital" and any(cell.isalpha() and len(cell) > 1 for cell in cells)
    ]
    names = [name for name in names if not {"True", "False"} & set(table[name])]
    if not names:
        table = {**table, "surgery": rng.choice(["Lumpectomy", "Mastectomy"], _count(table)).tolist()}
        names = ["surgery"]
    name = str(rng.choice(names))
    rows = chosen(rng, _count(table), strong, 0.03, 0.3)
    made = changed(table, name, rows, str.swapcase if strong else " {}".format)
    return Planted(made, (name,), ("category_spellings",))


def sexes(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """M and F in one hospital, 1 and 2 in the others (mild: male and female)."""
    rows = _count(table)
    if rows < 80:
        return None
    male = rng.random(rows) < 0.55
    other = np.array(table["hospital"]) == "South"
    plain = np.where(male, "1" if strong else "M", "2" if strong else "F")
    words = np.where(male, "M" if strong else "male", "F" if strong else "female")
    made = {**table, "sex_code": np.where(other, words, plain).tolist()}
    return Planted(made, ("sex_code",), ("mixed_coding", "coding_by_hospital", "text_among_numbers"))


def coded_otherwise(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """0 and 1 in most hospitals, 1 and 2 in one."""
    rows = _count(table)
    if rows < 80:
        return None
    positive = rng.random(rows) < (0.5 if strong else 0.25)
    other = np.array(table["hospital"]) == "South"
    codes = positive.astype(int) + other
    return Planted({**table, "marker": codes.astype(str).tolist()}, ("marker",), ("coding_by_hospital",))


def date_orders(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Day first and month first in one column."""
    rows = _count(table)
    days = np.datetime64("2012-01-01") + rng.integers(0, 3000, rows)
    share = rng.random(rows) < (0.4 if strong else 0.08)
    cells = []
    for day, swapped in zip(days.astype(object), share, strict=True):
        cells.append(day.strftime("%m/%d/%Y" if swapped else "%d/%m/%Y"))
    if not any(swapped and day.day > 12 for day, swapped in zip(days.astype(object), share, strict=True)):
        return None
    return Planted({**table, "inclusion_date": cells}, ("inclusion_date",), ("mixed_date_order",))


def empty_in_hospital(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a column empty in one hospital."""
    names = [name for name in table if name not in ("hospital", "patient_id") and "" not in table[name]]
    if not names or _count(table) < 80:
        return None
    name = str(rng.choice(names))
    rows = np.flatnonzero(np.array(table["hospital"]) == "North")
    return Planted(changed(table, name, rows, lambda _: "" if strong else "NA"), (name,), ("empty_in_hospital",))


def nodes(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """More positive nodes than examined ones."""
    rows = _count(table)
    examined = rng.integers(4, 30, rows)
    positive = np.minimum(rng.poisson(2, rows), examined)
    for row in rng.permutation(rows)[: (rows // 20 + 1 if strong else 1)]:
        positive[row] = examined[row] + 2
    made = {**table, "nodes_examined": examined.astype(str).tolist(), "positive_nodes": positive.astype(str).tolist()}
    return Planted(made, ("positive_nodes",), ("impossible_combination",))


def body_mass(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Height in cm for some rows of metres, beside weight and body mass index."""
    rows = _count(table)
    height, weight = rng.normal(171, 9, rows).round(), rng.normal(76, 14, rows).clip(42).round(1)
    index = (weight / (height / 100) ** 2).round(1)
    body = {"højde_cm": height, "vekt": weight, "bmi": index}
    made = {**table, **{name: [shown(one) for one in column] for name, column in body.items()}}
    picked = chosen(rng, rows, strong)
    name, factor = ("højde_cm", 0.01) if strong else ("vekt", 2.2046)
    return Planted(scaled(made, name, picked, factor), (name,), UNITS)
