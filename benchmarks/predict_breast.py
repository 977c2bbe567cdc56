"""PREDICT Breast 3.2 for a million women, beside the same mathematics in plain Python, woman by woman, in the same run.

The table goes the whole way that ``fyr models run`` goes: units and ranges are checked, every output of the card is
answered (survival, both kinds of death and what each treatment adds, at 5, 10 and 15 years), and refusals are written
beside the row. The peer is the statement that the tests hold the columns against: overall survival and breast cancer
death after surgery and after all treatments, so about half of the outputs and no checks. Both must agree to 1e-6
percent points.

Run: ``python benchmarks/predict_breast.py [--rows 1000000] [--version 3.2] [--repeat 3]``
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from fyr.models import models

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.diagnose.breast.authors_program import rows_of
from tests.diagnose.breast.plain_predict import plain_predict

SOME = 5_000
AGREE_PERCENT = 1e-6


def main() -> None:
    """Print seconds a table and the ratio to the peer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--version", choices=["2.2", "3.0", "3.1", "3.2"], default="3.2")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    women = drawn(arguments.rows)
    model, table = models()[f"predict-breast-{arguments.version}"], rows_of(women)
    some = women.head(SOME).to_dicts()
    begun = time.perf_counter()
    expected = [plain_predict(arguments.version, patient) for patient in some]
    alone = (time.perf_counter() - begun) / len(some) * arguments.rows
    seconds = []
    for _ in range(arguments.repeat):
        clock, processor = time.perf_counter(), time.process_time()
        answers = model.predict_table(table)
        seconds.append((time.perf_counter() - clock, time.process_time() - processor))
    apart = max(
        abs(answers[name][row] - value) for row, answer in enumerate(expected) for name, value in answer.items()
    )
    if apart > AGREE_PERCENT or answers["refusal"].null_count() < arguments.rows:
        sys.exit(f"the two do not say the same: {apart} percent points apart")
    best, used = min(seconds)
    print(
        f"predict-breast-{arguments.version}, {arguments.rows:,} rows, {answers.width - table.width - 1} answers a row:"
    )
    print(
        f"  table           {best:6.2f} s ({used:.2f} s of processor time), {arguments.rows / best / 1e6:.2f} M rows/s"
    )
    print(f"  woman by woman  {alone:6.1f} s, from {len(some):,}; the table is faster by {alone / best:.0f} x")
    print(f"  largest difference of the two over {len(some):,} women: {apart:.1e} percent points")


def drawn(rows: int) -> pl.DataFrame:
    """Draw women with the names and codes of the authors' programs (9, or 2 for screening: unknown)."""
    rng = np.random.default_rng(11)
    return pl.DataFrame(
        {
            "age": rng.integers(25, 86, rows),
            "screen": rng.integers(0, 3, rows),
            "size": rng.integers(1, 120, rows),
            "grade": rng.choice([1, 2, 3, 9], rows),
            "nodes": rng.integers(0, 25, rows),
            "er": rng.integers(0, 2, rows),
            "her2": rng.choice([0, 1, 9], rows),
            "ki67": rng.choice([0, 1, 9], rows),
            "pr": rng.choice([0, 1, 9], rows),
            "gen": rng.choice([0, 2, 3], rows),
            "horm": rng.integers(0, 2, rows),
            "traz": rng.integers(0, 2, rows),
            "bis": rng.integers(0, 2, rows),
            "radio": rng.integers(0, 2, rows),
            "heart": rng.integers(0, 12, rows),
            "smoker": rng.integers(0, 2, rows),
        }
    )


if __name__ == "__main__":
    main()
