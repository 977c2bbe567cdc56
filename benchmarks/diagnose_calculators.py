"""Patients a second that each calculator of the diagnose room answers, beside the same model asked patient by patient.

Valid columns are drawn at random from what each card accepts. The rows are answered by ``predict_columns`` (what a
table takes too); the peer is ``predict`` in a loop, as a web page would ask, over as many rows as fit into a second.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from fyr.models import Categories, Model, ModelInput, models

ROWS = 1_000_000


def main() -> None:
    """Print rows a second of every calculator, columns beside rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--model", help="only this one")
    arguments = parser.parse_args()
    print(f"{'model':38} {'answered':>9} {'M rows/s':>9} {'row by row /s':>14} {'ratio':>8}")
    for name, model in models().items():
        if not type(model).__module__.startswith("fyr.diagnose") or model.card.not_available:
            continue
        if arguments.model in (None, name):
            measure(name, model, arguments.rows)


def measure(name: str, model: Model, rows: int) -> None:
    """Print one line."""
    columns = drawn(model, rows)
    answers = model.predict_columns(columns, rows=rows)
    kept = {entry: column[answers.answered] for entry, column in columns.items()}
    count = int(answers.answered.sum())
    while 0 < count < rows:  # rows that the model declines are drawn again from those that it answers
        kept = {entry: column[np.arange(rows) % count] for entry, column in kept.items()}
        count = rows
    best = min(timed(model, kept, rows) for _ in range(3))
    alone = row_by_row(model, kept)
    print(
        f"{name:38} {answers.answered.mean():9.0%} {rows / best / 1e6:9.1f} {alone:14.0f} {rows / best / alone:8.0f}x"
    )


def timed(model: Model, columns: dict[str, NDArray], rows: int) -> float:
    """Return the seconds of one answer for all rows."""
    begun = time.perf_counter()
    answers = model.predict_columns(columns, rows=rows)
    seconds = time.perf_counter() - begun
    assert answers.answered.all()
    return seconds


def row_by_row(model: Model, columns: dict[str, NDArray]) -> float:
    """Return how many patients a second are answered one at a time."""
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < 1.0:
        evidence = {name: column[done] for name, column in columns.items()}
        model.predict(evidence)
        done += 1
    return done / (time.perf_counter() - begun)


def drawn(model: Model, rows: int) -> dict[str, NDArray]:
    """Draw a valid column for every input; an optional one that only checks another is left out."""
    rng = np.random.default_rng(7)
    left_out = {"stage_group", "known_cancer_or_immunosuppression", "micrometastases", "ki67_percent"}
    entries = [entry for entry in model.card.inputs if entry.required or entry.name not in left_out]
    return {entry.name: column(entry, rng, rows) for entry in entries}


def column(entry: ModelInput, rng: np.random.Generator, rows: int) -> NDArray:
    """Draw one column from what the card accepts."""
    if entry.kind == "category":
        return Categories.of(rng.integers(0, len(entry.categories), rows), entry.categories)
    if entry.kind == "boolean":
        return rng.integers(0, 2, rows).astype(np.bool_ if entry.required else np.float64)
    low, high = float(entry.low or 0), float(entry.high or 100)
    if entry.kind == "integer":
        return rng.integers(int(low), int(high) + 1, rows).astype(np.float64)
    return rng.uniform(low, high, rows)


if __name__ == "__main__":
    main()
