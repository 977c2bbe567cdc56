"""Patients a second that each calculator of the diagnose room answers, beside the same model asked patient by patient.

Columns are drawn at random from what each card accepts, so a model that is added is measured without a change here.
Rows that a model declines for a reason of its own are drawn again from those that it answers. All rows are answered by
``predict_columns`` (what a table takes too); the peer is ``predict`` in a loop, as a page asks. Both must give the same
answers. Time is processor time, which other work on the machine disturbs least.

Goal: 5 M rows/s for every calculator but PREDICT, which computes fifteen years for each treatment and has a goal of its
own (``predict_breast.py``).

Run: ``python benchmarks/diagnose_calculators.py [--rows 1000000] [--model NAME]``
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
from numpy.typing import NDArray

from fyr.models import Answers, Categories, Model, ModelInput, Prediction, models

GOAL = 5e6
OWN_GOAL = "predict-breast"
ALONE_S = 0.4
FEW = 0.01
REPEATS = 5


def main() -> None:
    """Print rows a second of every calculator, columns beside rows, and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--model", help="only this one")
    arguments = parser.parse_args()
    print(f"{'model':38} {'answered':>9} {'M rows/s':>9} {'row by row /s':>14} {'ratio':>8}")
    found = {}
    for name, model in models().items():
        if not type(model).__module__.startswith("fyr.diagnose") or model.card.not_available:
            continue
        if arguments.model in (None, name):
            found[name] = measure(name, model, arguments.rows)
    slow = [name for name, speed in found.items() if speed < GOAL and not name.startswith(OWN_GOAL)]
    print(f"below {GOAL / 1e6:.0f} M rows/s: {', '.join(slow) or 'none'}")
    print(json.dumps({"rows": arguments.rows, "rows_a_second": found}))


def measure(name: str, model: Model, rows: int) -> float:
    """Print one line and return the rows a second."""
    columns, share = accepted(model, rows)
    best = min(timed(model, columns, rows) for _ in range(REPEATS))
    alone = row_by_row(model, columns)
    print(f"{name:38} {share:9.0%} {rows / best / 1e6:9.1f} {alone:14.0f} {rows / best / alone:8.0f}x", flush=True)
    return rows / best


def accepted(model: Model, rows: int) -> tuple[dict[str, NDArray], float]:
    """Return rows that the model answers, and the share of the drawn ones that it answered.

    Optional inputs that merely check the others (a stage as given beside T, N and M) leave hardly a random row: then
    those that are required are drawn alone.
    """
    for entries in (model.card.inputs, [entry for entry in model.card.inputs if entry.required]):
        rng = np.random.default_rng(7)
        columns = {entry.name: drawn(entry, rng, rows) for entry in entries}
        answers = model.predict_columns(columns, rows=rows)
        if answers.answered.mean() >= FEW:
            break
    assert answers.answered.any(), f"{model.card.name} answers none of the random rows"
    kept = np.flatnonzero(answers.answered)
    again = kept[np.arange(rows) % len(kept)]
    return {name: column[again] for name, column in columns.items()}, float(answers.answered.mean())


def timed(model: Model, columns: dict[str, NDArray], rows: int) -> float:
    """Return the processor seconds of one answer for all rows."""
    begun = time.process_time()
    answers = model.predict_columns(columns, rows=rows)
    seconds = time.process_time() - begun
    assert answers.answered.all()
    return seconds


def row_by_row(model: Model, columns: dict[str, NDArray]) -> float:
    """Return how many patients a second are answered one at a time; the answers must be those of the columns."""
    said = []
    begun = time.process_time()
    while (seconds := time.process_time() - begun) < ALONE_S:
        said.append(model.predict({name: column[len(said)] for name, column in columns.items()}))
    check(model.predict_columns({name: column[: len(said)] for name, column in columns.items()}), said)
    return len(said) / seconds


def check(answers: Answers, said: list[Prediction]) -> None:
    """Hold the answers for columns against those for single patients."""
    for output in answers.card.outputs:
        alone = [one.estimates[output.name].value for one in said]
        assert np.allclose(answers.value(output.name), alone, rtol=1e-12, atol=1e-12), output.name


def drawn(entry: ModelInput, rng: np.random.Generator, rows: int) -> NDArray:
    """Draw one column from what the card accepts."""
    if entry.kind == "category":
        return Categories.of(rng.integers(0, len(entry.categories), rows), entry.categories)
    if entry.kind == "boolean":
        return rng.integers(0, 2, rows).astype(np.bool_ if entry.required else np.float64)
    low, high = (0 if entry.low is None else entry.low), (100 if entry.high is None else entry.high)
    if entry.kind == "integer":
        return rng.integers(int(low), int(high) + 1, rows).astype(np.float64)
    return rng.uniform(low, high, rows)


if __name__ == "__main__":
    main()
