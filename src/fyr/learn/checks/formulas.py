"""Columns that are computed from others: body mass index, Nottingham index, sums, differences, products and ratios."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.names import has_word
from fyr.learn.checks.shape import factor_near, factor_words, step_of
from fyr.learn.checks.table import CheckedTable

__all__ = ["body_mass_index", "derived_columns", "nottingham_index"]

Numbers = NDArray[np.float64]

_NOTTINGHAM: Final = r"nottingham prognostic index|npi|nottingham index"
_GRADE: Final = r"grade|grad|nhg|histologic(?:al)? grade|malignitetsgrad|gradering"
_BMI_SCALES: Final = {1.0: "height in m", 1e4: "height in cm", 703.07: "pounds and inches", 1e6: "height in mm"}
"""What weight over height squared must be multiplied by, by the units of the two."""
_AGREES: Final = 0.03
"""A body mass index agrees with weight and height within this (natural logarithm): all three are rounded."""
_MOST_COLUMNS: Final = 24
_SAMPLE: Final = 60
_HOLDS: Final = 0.90
"""A relation that holds in this share of rows is how the column was made; in the others something is wrong."""
_FEWEST: Final = 30
_FEWEST_DISTINCT: Final = 8


def body_mass_index(table: CheckedTable) -> Iterator[Finding]:
    """Compare the body mass index with weight and height."""
    index, weight, height = (table.of_quantity(name) for name in ("bmi", "weight", "height"))
    if index is None or weight is None or height is None:
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = index.number / (weight.number / height.number**2)
    known = np.isfinite(ratio) & (ratio > 0)
    if known.sum() < 5:
        return
    logs = np.where(known, np.log(np.where(known, ratio, 1.0)), np.nan)
    scale = min(_BMI_SCALES, key=lambda one: abs(float(np.nanmedian(logs)) - np.log(one)))
    off = logs - np.log(scale)
    columns = (index.name, weight.name, height.name)
    middle = float(np.nanmedian(off))
    if abs(middle) > 0.5:
        yield Finding(
            "derived_column",
            "error",
            columns,
            f"the body mass index is {np.exp(middle):.3g} times what weight and height give, in all rows",
            "see which of the three is in another unit",
            int(known.sum()),
            int(known.sum()),
            table.rows(known),
        )
        return
    wrong = known & (np.abs(off) > 0.10)
    agrees = (np.abs(off[known]) < _AGREES).mean()
    if agrees < 0.5 or not wrong.any():
        return
    factor = factor_near(float(np.exp(np.median(off[wrong]))), 0.2, least=1.8)
    words = f", by about {factor_words(factor)}" if factor else ""
    yield Finding(
        "derived_column",
        "error",
        columns,
        f"in {int(wrong.sum())} of {int(known.sum())} rows the body mass index is not weight over height "
        f"squared{words}",
        "see which of the three is in another unit or wrong in these rows",
        int(wrong.sum()),
        int(known.sum()),
        table.rows(wrong),
    )


def nottingham_index(table: CheckedTable) -> Iterator[Finding]:
    """Compare a Nottingham prognostic index with 0.2 x size in cm + node score + grade (Galea 1992)."""
    index = _only(table, _NOTTINGHAM)
    grade = _only(table, _GRADE)
    size = table.of_quantity("tumour size") or _only(table, r"size|storrelse|storlek|diameter")
    nodes = table.of_quantity("positive nodes") or _only(table, r"nodes?|lymph nodes?|lymfe\w*|lymfk\w*|noder")
    if index is None or grade is None or size is None or nodes is None:
        return
    staged = _stage_scores(nodes)
    rest = index.number - grade.number - staged
    per_unit = rest / (0.2 * size.number)
    known = np.isfinite(per_unit) & (size.number > 0)
    if known.sum() < 10:
        return
    expected = 0.1 if float(np.median(size.number[known])) > 6.5 else 1.0
    matches = {
        scale: known & (np.abs(rest - 0.2 * scale * size.number) <= 0.0051 + 0.01 * 0.2 * scale * size.number)
        for scale in (expected * 10.0**power for power in (-2, -1, 0, 1, 2))
    }
    right = matches.pop(expected)
    columns = (index.name, size.name, nodes.name, grade.name)
    for scale, rows in matches.items():
        clear = rows & ~right
        if clear.sum() < max(2, 0.01 * known.sum()) or clear.sum() < 0.1 * (known & ~right).sum():
            continue
        ratio = expected / scale
        words = f"{ratio:g} times too small" if ratio > 1 else f"{1 / ratio:g} times too large"
        yield Finding(
            "derived_column",
            "error",
            columns,
            f"in {int(clear.sum())} of {int(known.sum())} rows '{index.name}' is 0.2 x size + nodes + "
            f"grade with a size {words} "
            f"(in the right unit it fits {int(right.sum())} rows)",
            "compute the index again from size in cm, node score and grade; see which size is the right one",
            int(clear.sum()),
            int(known.sum()),
            table.rows(clear),
        )


def derived_columns(table: CheckedTable) -> Iterator[Finding]:
    """Find columns that are the sum, product or ratio of two others in nearly all rows, and the rows that break it."""
    columns = [
        column
        for column in table.numbers(_FEWEST)
        if len(column.distinct) >= _FEWEST_DISTINCT and _mode_share(column) < 0.5
    ][:_MOST_COLUMNS]
    if len(columns) < 3:
        return
    pick = np.random.default_rng(0).permutation(len(table))[:_SAMPLE]
    sample = np.stack([column.number[pick] for column in columns])
    firsts, seconds = (np.array(side) for side in zip(*combinations(range(len(columns)), 2), strict=True))
    made = dict(_made(sample[firsts], sample[seconds]))
    for place, target in enumerate(columns):
        slack = 0.51 * step_of(target.values)
        for sign, values in made.items():
            known = np.isfinite(values) & np.isfinite(sample[place])
            with np.errstate(invalid="ignore"):
                fits = known & (np.abs(values - sample[place]) <= slack + 1e-3 * np.abs(values))
            likely = fits.sum(axis=1) >= 0.8 * np.maximum(known.sum(axis=1), 5)
            for pair in np.flatnonzero(likely & (firsts != place) & (seconds != place)):
                yield from _broken(table, target, columns[firsts[pair]], columns[seconds[pair]], sign)


def _made(first: Numbers, second: Numbers) -> Iterator[tuple[str, Numbers]]:
    yield "+", first + second
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        yield "x", first * second
        yield "/", first / second
        yield "\\", second / first


def _share(target: Numbers, made: Numbers, column: Column) -> tuple[float, NDArray[np.bool_], NDArray[np.bool_]]:
    known = np.isfinite(target) & np.isfinite(made)
    step = step_of(column.values)
    with np.errstate(invalid="ignore"):
        fits = known & (np.abs(target - made) <= 0.51 * step + 1e-3 * np.abs(made))
    if known.sum() < _FEWEST:
        return 0.0, fits, known
    return float(fits.sum() / known.sum()), fits, known


def _broken(table: CheckedTable, target: Column, first: Column, second: Column, sign: str) -> Iterator[Finding]:
    made = dict(_made(first.number, second.number))[sign]
    share, fits, known = _share(target.number, made, target)
    spread = float(np.nanstd(made[known])) if known.any() else 0.0
    slack = 0.51 * step_of(target.values) + 1e-3 * float(np.nanmedian(np.abs(made[known])))
    if share < _HOLDS or share == 1.0 or spread < 20 * slack:
        return  # always so: nothing is wrong; or so coarse that chance would agree too
    wrong = known & ~fits & (np.abs(target.number - made) > 3 * slack + 0.02 * np.abs(made))
    if not wrong.any():
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = target.number[wrong] / made[wrong]
    middle = float(np.median(ratio[np.isfinite(ratio)])) if np.isfinite(ratio).any() else 1.0
    factor = factor_near(middle, 0.1, least=1.8)
    words = f", off by about {factor_words(factor)}" if factor else ""
    shown = {"+": f"{first.name} + {second.name}", "x": f"{first.name} x {second.name}"}.get(
        sign, f"{first.name} / {second.name}" if sign == "/" else f"{second.name} / {first.name}"
    )
    yield Finding(
        "derived_column",
        "error",
        (target.name, first.name, second.name),
        f"'{target.name}' is {shown} in {share:.1%} of rows, but not in {int(wrong.sum())}{words}",
        "see which of the three is wrong in these rows",
        int(wrong.sum()),
        int(known.sum()),
        table.rows(wrong),
    )


def _mode_share(column: Column) -> float:
    _, counts = np.unique(column.values, return_counts=True)
    return float(counts.max() / counts.sum())


def _only(table: CheckedTable, pattern: str) -> Column | None:
    found = [column for column in table.numbers() if has_word(column.name, pattern)]
    return found[0] if len(found) == 1 else None


def _stage_scores(nodes: Column) -> Numbers:
    """Return 1 without positive nodes, 2 with 1 to 3, 3 with more (Galea 1992)."""
    return np.where(nodes.valid, 1.0 + (nodes.number >= 1) + (nodes.number >= 4), np.nan)
