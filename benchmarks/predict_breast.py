"""How long PREDICT Breast takes for a million women as a table, beside the same mathematics one woman after the other.

The table goes through ``predict_table`` whole: read, checked, answered, with a column of refusals. The peer is the
statement of the authors' program that the tests hold the model against: plain Python, year by year. It does less: no
reading, no refusals, no benefit of each treatment by itself. Where both say something they must agree
to 1e-9 points. Goal: a million rows of version 3.2 in 3 s on two cores.

Run: ``python benchmarks/predict_breast.py [--rows 1000000]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from fyr.diagnose.breast.predict import PREDICT_22, PREDICT_30, PREDICT_31, PREDICT_32, Predict

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.diagnose.breast.authors_program import rows_of
from tests.diagnose.breast.plain_predict import plain_predict

ALONE = 5_000
REPEATS = 5
UNKNOWN = 9


def random_women(rows: int) -> pl.DataFrame:
    """Draw women with the names and codes of the authors' program, a tenth of what may be unknown unknown."""
    rng = np.random.default_rng(20)

    def two(name: str, unknown: int | None = None) -> pl.Series:
        codes = rng.integers(0, 2, rows)
        return pl.Series(name, codes if unknown is None else np.where(rng.random(rows) < 0.1, unknown, codes))

    grade = np.where(rng.random(rows) < 0.1, UNKNOWN, rng.integers(1, 4, rows))
    return pl.DataFrame(
        [
            pl.Series("age", rng.integers(25, 86, rows)),
            two("screen", 2),
            pl.Series("size", rng.integers(1, 120, rows)),
            pl.Series("grade", grade),
            pl.Series("nodes", rng.integers(0, 25, rows)),
            two("er"),
            two("her2", UNKNOWN),
            two("ki67", UNKNOWN),
            two("pr", UNKNOWN),
            pl.Series("gen", rng.choice([0, 2, 3], rows)),
            *(two(name) for name in ("horm", "traz", "bis", "radio", "smoker")),
            pl.Series("heart", rng.integers(0, 12, rows)),
        ]
    )


def measure(model: Predict, women: pl.DataFrame) -> dict[str, float | str]:
    """Answer for all in a table and for some one by one, which must agree; the ratio is that of processor time."""
    version, table = model.card.version, rows_of(women)
    some = women.head(ALONE).to_dicts()
    begun = time.process_time()
    alone = [plain_predict(version, woman) for woman in some]
    each = (time.process_time() - begun) / len(some)
    answers = model.predict_table(table)
    assert answers["refusal"].null_count() == table.height
    for name in alone[0]:
        apart = np.abs(answers[name][: len(some)].to_numpy() - [said[name] for said in alone]).max()
        assert apart < 1e-9, (version, name, apart)
    taken = []
    for _ in range(REPEATS):
        begun, of_processor = time.perf_counter(), time.process_time()
        model.predict_table(table)
        taken.append((time.perf_counter() - begun, time.process_time() - of_processor))
    seconds, processor = (statistics.median(times) for times in zip(*taken, strict=True))
    peer = each * table.height
    print(f"{version:8} {seconds:8.2f} {processor:12.2f} {peer:14.0f} {peer / processor:7.0f}x")
    return {"version": version, "seconds": seconds, "processor_s": processor, "row_by_row_s": peer}


def main() -> None:
    """Measure the four versions and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    women = random_women(options.parse_args().rows)
    print(f"{women.height:,} women; the peer was timed on {min(ALONE, women.height):,}")
    print(f"{'version':8} {'s':>8} {'processor s':>12} {'row by row s':>14} {'ratio':>8}")
    measured = [measure(model, women) for model in (PREDICT_22, PREDICT_30, PREDICT_31, PREDICT_32)]
    print(json.dumps({"rows": women.height, "versions": measured}))


if __name__ == "__main__":
    main()
