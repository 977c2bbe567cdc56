"""What the columns of all hospitals hold: counts, means, standard deviations, categories, and quantiles within bounds.

Each column is described by the rows that have a value in it. The standard deviation divides by one less than their
number. Smallest and largest values are single patients, so they are not asked for.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Doubted, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import OTHER, Plan, labels
from fyr.learn.federation.statistics.preparation import differing, named_categories
from fyr.learn.federation.statistics.quantiles import find_quantiles
from fyr.learn.federation.study import Study

__all__ = ["OPTIONS", "describe_step", "descriptive"]

Floats = NDArray[np.float64]

OPTIONS: Final = ("columns", "units", "on_mismatch", "quantiles", "accuracy", "minimum_count")


def descriptive(study: Study) -> Rounds:
    """Return the rounds of a description; the options are :data:`OPTIONS`.

    ``quantiles`` are shares between 0 and 1; each is found to within ``accuracy`` standard deviations (0.02 by
    default), or as near as counts of at least ``minimum_count`` rows let it.
    """
    options = Options(study, OPTIONS)
    draft = Plan(tuple(options.texts("columns")))
    shares = options.numbers("quantiles", [0.25, 0.5, 0.75]) if study.options.get("quantiles") != [] else []
    if any(not 0 < one < 1 for one in shares):
        raise BadInput("a quantile is not between 0 and 1", where=study.name)
    accuracy = options.number("accuracy", 0.02, 1e-6, 1.0)
    answers = yield Question("columns", {"plan": draft.payload(), "minimum": options.minimum})
    wrong = differing(answers, draft, options.mapping("units"))
    rule = options.choice("on_mismatch", ("refuse", "leave_out"))
    if wrong and (rule == "refuse" or len(wrong) == len(answers.sites)):
        raise Doubted(wrong)
    words = named_categories(answers, Plan(draft.features, left_out=tuple(wrong)))
    numbers = [name for name in draft.features if name not in words]
    ask: dict[str, Any] = {
        "numbers": numbers, "levels": {name: list(one) for name, one in words.items()}, "left_out": list(wrong),
    }  # fmt: skip
    answers = yield Question("describe", {**ask, "centre": np.zeros(len(numbers))})
    rows = round(float(answers.total("rows")[0]))
    present = answers.total("present")
    mean: Floats = answers.total("first") / np.maximum(present, 1.0)
    if numbers:
        answers = yield Question("describe", {**ask, "centre": mean})
    rest: Floats = answers.total("first") / np.maximum(present, 1.0)
    squares = np.maximum(answers.total("second") - present * rest**2, 0.0)
    spread: Floats = np.sqrt(squares / np.maximum(present - 1, 1.0))
    mean = mean + rest if numbers else mean
    found: dict[str, Any] = {}
    for place, name in enumerate(numbers):
        count = round(float(present[place]))
        found[name] = {
            "kind": "number",
            "present": count,
            "missing": rows - count,
            "mean": float(mean[place]) if count else None,
            "standard_deviation": float(spread[place]) if count > 1 else None,
        }
    for name, several in words.items():
        counts = answers.total(f"levels of {name}")
        count = round(float(counts.sum()))
        found[name] = {
            "kind": "category",
            "present": count,
            "missing": rows - count,
            "counts": {level: round(float(one)) for level, one in zip(several, counts, strict=True) if one > 0},
        }
    if shares and numbers:
        told = yield from find_quantiles(
            study, numbers, list(wrong), present, mean, np.sqrt(squares / np.maximum(present, 1.0)), shares, accuracy,
            options.minimum,
        )  # fmt: skip
        for name, quantiles in told.items():
            found[name]["quantiles"] = quantiles
    return {"method": study.method, "rows": rows, "columns": found, "sites_left_out": wrong}


def describe_step(table: SiteTable, values: Payload) -> Answer:
    """Add up each column about a centre, and count its categories."""
    here = table.taking(np.full(table.rows, table.site not in values["left_out"]))
    numbers, centre = list(values["numbers"]), np.asarray(values["centre"], dtype=np.float64)
    present, first, second = np.zeros((3, len(numbers)))
    for place, name in enumerate(numbers):
        if not here.rows:
            continue
        column = here.numbers(name)
        away = column[~np.isnan(column)] - centre[place]
        present[place], first[place], second[place] = len(away), away.sum(), away @ away
    sums = {"rows": np.array([float(here.rows)]), "present": present, "first": first, "second": second}
    # Each column is summed over rows of its own: those that have a value in it.
    cells: dict[str, NDArray[np.int64]] = {
        name: np.where(np.isnan(table.numbers(name)), -1, 0).astype(np.int64) if here.rows else np.full(table.rows, -1)
        for name in numbers
    }
    for name, several in values["levels"].items():
        words = labels(table, name) if here.rows else np.full(table.rows, "")
        place_of = np.where(words == "", -1, several.index(OTHER)).astype(np.int64)
        for code, level in enumerate(several):
            place_of[words == level] = code
        sums[f"levels of {name}"] = np.bincount(place_of[place_of >= 0], minlength=len(several)).astype(np.float64)
        cells[name] = place_of
    return Answer(sums, cells=cells)
