"""Defects for ``checks.py``, planted by code into clean tables: each returns the table and what a finding must name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from benchmarks.check_tables import Table

__all__ = ["PLANTS", "Planted"]


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


def colliding_ids(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:  # noqa: ARG001
    """Row numbers from 1 in every hospital (mild: a tenth of one hospital's ids are another's)."""
    hospital = np.array(table["hospital"])
    if strong:
        ids = np.zeros(len(hospital), dtype=int)
        for name in np.unique(hospital):
            ids[hospital == name] = np.arange(1, (hospital == name).sum() + 1)
        return Planted({**table, "patient_id": [str(one) for one in ids]}, ("patient_id",), ("colliding_ids",))
    cells = list(table["patient_id"])
    north, south = np.flatnonzero(hospital == "North"), np.flatnonzero(hospital == "South")
    for one, other in zip(north[: max(4, len(north) // 10)], south, strict=False):
        cells[one] = cells[other]
    return Planted({**table, "patient_id": cells}, ("patient_id",), ("colliding_ids",))


def repeated_ids(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a few ids there twice."""
    rows = rng.permutation(_count(table))
    count = max(2, int(len(rows) * (0.05 if strong else 0.01)))
    cells = list(table["patient_id"])
    for one, other in zip(rows[:count], rows[count:], strict=False):
        cells[one] = cells[other]
    without = {name: column for name, column in table.items() if name != "hospital"}
    return Planted({**without, "patient_id": cells}, ("patient_id",), ("repeated_ids",))


def negative_time(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant some times below zero."""
    names = times(table)
    if not names:
        return None
    rows = rng.permutation(_count(table))[: (10 if strong else 1)]
    return Planted(
        changed(table, names[0], rows, lambda cell: shown(-abs(float(cell)) - 3.5)),
        (names[0],),
        ("negative_time", "sentinel"),
    )


def death_before_diagnosis(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Dates of diagnosis and of death (for half the rows), some in the wrong order; Danish names if mild."""
    rows = _count(table)
    names = ("date_of_diagnosis", "date_of_death") if strong else ("diagnosedato", "dødsdato")
    start = np.datetime64("2010-01-01") + rng.integers(0, 3000, rows)
    end = start + rng.integers(5, 2500, rows)
    for row in rng.permutation(rows)[: (rows // 10 + 1 if strong else 2)]:
        end[row] = start[row] - 40
    died = rng.random(rows) < 0.5 if rows > 40 else np.ones(rows, dtype=bool)
    died |= end < start
    dates = {names[0]: start.astype(str).tolist(), names[1]: np.where(died, end.astype(str), "").tolist()}
    return Planted({**table, **dates}, names, ("date_order",))


def leak_number(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a score that is the event with noise."""
    names = events(table)
    if not names:
        return None
    first = sorted(set(table[names[0]]))[0]
    event = np.array([cell != first for cell in table[names[0]]])
    score = event + rng.normal(0, 0.12 if strong else 0.28, len(event))
    return Planted({"marker_x": [shown(value) for value in score], **table}, ("marker_x",), ("leakage",))


def leak_category(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a category that is the event, but for two per cent of rows if mild."""
    names = events(table)
    if not names:
        return None
    first = sorted(set(table[names[0]]))[0]
    event = np.array([cell != first for cell in table[names[0]]])
    if not strong:
        event = event ^ (rng.random(len(event)) < 0.02)
    words = np.where(event, "group B", "group A").tolist()
    return Planted({"arm_code": words, **table}, ("arm_code",), ("leakage",))


def leak_missing(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a column filled in for those with the event only (mild: and for three per cent of the others)."""
    names = events(table)
    if not names:
        return None
    first = sorted(set(table[names[0]]))[0]
    event = np.array([cell != first for cell in table[names[0]]])
    filled = event | (rng.random(len(event)) < (0.0 if strong else 0.03))
    sites = rng.choice(["bone", "liver", "lung", "brain"], len(event))
    return Planted(
        {"lesion_site": np.where(filled, sites, "").tolist(), **table},
        ("lesion_site",),
        ("leakage_by_missing", "leakage"),
    )


def leak_time(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant a count of visits that follows from the follow-up."""
    names = times(table)
    if not names:
        return None
    values = numbers(table, names[0])
    count = values / max(np.nanmedian(values), 1e-9) * 40 * rng.normal(1, 0.02 if strong else 0.08, len(values))
    return Planted({"visits": [shown(np.round(one)) for one in count], **table}, ("visits",), ("leakage_of_time",))


def leak_words(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Remarks that speak of death."""
    rows = _count(table)
    words = np.where(rng.random(rows) < (0.3 if strong else 0.05), "patient deceased at home", "control in 6 months")
    return Planted({"remarks": words.tolist(), **table}, ("remarks",), ("leakage_in_words", "leakage"))


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


def turned_event(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:  # noqa: ARG001
    """Survivors coded as events, in a table with an end of the study (mild: with a vital status that is right)."""
    names, lengths = events(table), times(table)
    if not names or not lengths or _count(table) < 100:
        return None
    codes = sorted(set(table[names[0]]))
    event = np.array([cell != codes[0] for cell in table[names[0]]])
    turned = [codes[0] if cell == codes[1] else codes[1] for cell in table[names[0]]]
    made = {**table, names[0]: turned}
    if not strong:
        made["vital_status"] = np.where(event, "dead", "alive").tolist()
        return Planted(made, (names[0], "vital_status"), ("contradicting_status", "turned_event"))
    values = numbers(table, lengths[0])
    end = np.quantile(values, 0.6)
    cut = values > end
    made[lengths[0]] = [shown(min(value, end)) for value in values]
    made[names[0]] = [codes[1] if late or not happened else codes[0] for late, happened in zip(cut, event, strict=True)]
    return Planted(made, (names[0],), ("turned_event",))


def exchanged_event(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:  # noqa: ARG001
    """Plant the codes of the event exchanged, and nothing else."""
    names, lengths = events(table), times(table)
    if not names or not lengths or strong:
        return None
    codes = sorted(set(table[names[0]]))
    turned = [codes[0] if cell == codes[1] else codes[1] for cell in table[names[0]]]
    return Planted({**table, names[0]: turned}, (names[0],), ("turned_event",))


def blurred_rows(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Plant patients in train and test of whom every measurement is blurred by a thousandth (mild: a hundredth)."""
    names = measured(table, 20)
    if _count(table) < 100 or len(names) < 6:
        return None
    rows = _count(table)
    copied = rng.permutation(rows)[:10]
    made = {name: [*cells, *(cells[row] for row in copied)] for name, cells in table.items()}
    for name in names:
        for row in range(rows, rows + 10):
            noise = rng.normal(1, 0.001 if strong else 0.01)
            made[name][row] = shown(float(made[name][row]) * noise) if _is_number(made[name][row]) else ""
    made["patient_id"] = [*table["patient_id"], *(f"Q{row:05d}" for row in copied)]
    made["split"] = [*["train"] * rows, *["test"] * 10]
    return Planted(made, ("split",), ("split_overlap", "blurred_overlap"))


def split_rows(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Patients in train and test under two ids (mild: one cell changed too)."""
    if _count(table) < 60 or len(measured(table, 20)) < 3:
        return None
    rows = _count(table)
    side = np.where(rng.random(rows) < 0.7, "train", "test")
    copied = rng.permutation(np.flatnonzero(side == "train"))[: max(3, rows // (20 if strong else 60))]
    made = {name: [*cells, *(cells[row] for row in copied)] for name, cells in table.items() if name != "hospital"}
    made["patient_id"] = [*table["patient_id"], *(f"Q{row:05d}" for row in copied)]
    made["split"] = [*side.tolist(), *(["test"] * len(copied))]
    if not strong:
        name = measured(table, 20)[0]
        made = scaled(made, name, np.arange(rows, rows + len(copied)), 1.03)
    return Planted(made, ("split",), ("split_overlap",))


def duplicated_rows(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Rows there twice (mild: under another id)."""
    if len(measured(table, 20)) < 3:
        return None
    rows = _count(table)
    copied = rng.permutation(rows)[: max(2, rows // 50)]
    made = {name: [*cells, *(cells[row] for row in copied)] for name, cells in table.items()}
    if not strong:
        made["patient_id"] = [*table["patient_id"], *(f"Q{row:05d}" for row in copied)]
    order = rng.permutation(rows + len(copied))
    made = {name: [cells[place] for place in order] for name, cells in made.items()}
    return Planted(made, tuple(made), ("duplicate_rows", "repeated_ids", "almost_duplicate_rows"))


def duplicated_column(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:  # noqa: ARG001
    """Plant a column under a second name."""
    names = measured(table, 5)
    if not names:
        return None
    name = str(rng.choice(names))
    return Planted({**table, "extra_value": list(table[name])}, ("extra_value",), ("duplicate_columns",))


def shifted(table: Table, rng: np.random.Generator, strong: bool) -> Planted | None:
    """Rows moved by one column from some column on."""
    names = list(table)
    if len(names) < 6 or _count(table) < 60:
        return None
    start = 1 if strong else 2
    made = {name: list(cells) for name, cells in table.items()}
    for row in rng.permutation(_count(table))[:3]:
        cells = [table[name][row] for name in names]
        moved = [*cells[:start], "", *cells[start:-1]]
        for name, cell in zip(names, moved, strict=True):
            made[name][row] = cell
    return Planted(made, tuple(names), ("shifted_rows",))


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


PLANTS: dict[str, Plant] = {
    "unit off in some rows (narrow measurement)": unit_in_rows,
    "unit off in one hospital": unit_in_hospital,
    "unit off in a whole column that its name explains": unit_of_column,
    "weight or height in another unit in some rows": body_mass,
    "constant in one hospital": constant_in_hospital,
    "imputed by the median": imputed,
    "days in one hospital, months elsewhere": days_in_hospital,
    "days under a name that says months": days_as_months,
    "ids collide between hospitals": colliding_ids,
    "ids repeat": repeated_ids,
    "time below zero": negative_time,
    "death before diagnosis": death_before_diagnosis,
    "leakage: a number": leak_number,
    "leakage: a category": leak_category,
    "leakage: what is missing": leak_missing,
    "leakage: a function of follow-up": leak_time,
    "leakage: words": leak_words,
    "code for missing among measurements": sentinel,
    "code for missing among codes": sentinel_in_codes,
    "mixed decimal signs": mixed_decimals,
    "thousands separated": thousands,
    "units in cells": units_in_cells,
    "bounds among numbers": text_numbers,
    "one category in several spellings": spellings,
    "two codings of sex": sexes,
    "codes 1, 2 in one hospital, 0, 1 elsewhere": coded_otherwise,
    "mixed order of day and month": date_orders,
    "survivors coded as events": turned_event,
    "codes of the event exchanged": exchanged_event,
    "patients in train and test": split_rows,
    "patients in train and test, blurred": blurred_rows,
    "rows twice": duplicated_rows,
    "a column twice": duplicated_column,
    "rows moved by one column": shifted,
    "a column empty in one hospital": empty_in_hospital,
    "more positive nodes than examined": nodes,
}
