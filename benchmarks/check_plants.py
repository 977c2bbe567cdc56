"""Defects for ``checks.py``, planted by code into clean tables: each returns the table and what a finding must name."""

from __future__ import annotations

import numpy as np

import check_plants_values as values
from check_planting import (
    Plant,
    Planted,
    _count,
    _is_number,
    changed,
    events,
    measured,
    numbers,
    scaled,
    shown,
    times,
)
from check_tables import Table

__all__ = ["PLANTS"]


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


PLANTS: dict[str, Plant] = {
    "unit off in some rows (narrow measurement)": values.unit_in_rows,
    "unit off in one hospital": values.unit_in_hospital,
    "unit off in a whole column that its name explains": values.unit_of_column,
    "weight or height in another unit in some rows": values.body_mass,
    "constant in one hospital": values.constant_in_hospital,
    "imputed by the median": values.imputed,
    "days in one hospital, months elsewhere": values.days_in_hospital,
    "days under a name that says months": values.days_as_months,
    "ids collide between hospitals": colliding_ids,
    "ids repeat": repeated_ids,
    "time below zero": negative_time,
    "death before diagnosis": death_before_diagnosis,
    "leakage: a number": leak_number,
    "leakage: a category": leak_category,
    "leakage: what is missing": leak_missing,
    "leakage: a function of follow-up": leak_time,
    "leakage: words": leak_words,
    "code for missing among measurements": values.sentinel,
    "code for missing among codes": values.sentinel_in_codes,
    "mixed decimal signs": values.mixed_decimals,
    "thousands separated": values.thousands,
    "units in cells": values.units_in_cells,
    "bounds among numbers": values.text_numbers,
    "one category in several spellings": values.spellings,
    "two codings of sex": values.sexes,
    "codes 1, 2 in one hospital, 0, 1 elsewhere": values.coded_otherwise,
    "mixed order of day and month": values.date_orders,
    "survivors coded as events": turned_event,
    "codes of the event exchanged": exchanged_event,
    "patients in train and test": split_rows,
    "patients in train and test, blurred": blurred_rows,
    "rows twice": duplicated_rows,
    "a column twice": duplicated_column,
    "rows moved by one column": shifted,
    "a column empty in one hospital": values.empty_in_hospital,
    "more positive nodes than examined": values.nodes,
}
