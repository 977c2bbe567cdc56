"""How fast the early-warning model scores 100,000 patients, beside lightgbm's own predict on the same rows.

Trees as large as those of the mortality model that Fyr trains (480 of seven leaves) are grown on random rows with gaps;
both sides score the same feature rows, and must agree to 1e-12. lightgbm gets the same two threads. Fyr is timed with
the trees alone, as its peer is, and with the lines that its model adds to them. Making features from hourly values is
timed too; it has no peer here.

Run: ``python benchmarks/risk_score.py [--patients 100000]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import lightgbm
import numpy as np

from fyr.watch.risk.boosted_trees import BoostedTrees
from fyr.watch.risk.clipped_lines import ClippedLines
from fyr.watch.risk.ensemble import Ensemble
from fyr.watch.risk.features import feature_table
from fyr.watch.risk.hours import Hours
from fyr.watch.risk.targets import TARGETS
from fyr.watch.risk.variables import VARIABLES

TARGET = TARGETS["mortality24"]
TREES = sum(part.rounds * part.members for part in TARGET.trees)
HOURS = 25


def median_seconds(work: Callable[[], object], clock: Callable[[], float], repeats: int = 5) -> float:
    """Return the median time of a piece of work, after one run that does not count."""
    work()
    times = []
    for _ in range(repeats):
        start = clock()
        work()
        times.append(clock() - start)
    return statistics.median(times)


def random_rows(generator: np.random.Generator, count: int) -> np.ndarray:
    """Return rows of features with a third of the values missing."""
    rows = generator.normal(size=(count, len(TARGET.features)))
    rows[generator.random(rows.shape) < 1 / 3] = np.nan
    return rows


def random_hours(generator: np.random.Generator, stays: int) -> Hours:
    """Return stays of 25 hours in which a third of the values are measured."""
    count = stays * HOURS
    columns = {}
    for entry in VARIABLES:
        values = generator.uniform(entry.low or 0, entry.high or 1, count)
        columns[entry.name] = np.where(generator.random(count) < 1 / 3, values, np.nan)
    stay = np.repeat(np.arange(stays), HOURS)
    return Hours(stay, np.tile(np.arange(HOURS, dtype=float), stays), columns)


def lines_through_all(generator: np.random.Generator) -> ClippedLines:
    """Return a line through every feature, as many as the trained model can have."""
    count = len(TARGET.features)
    return ClippedLines(
        count,
        -3.0,
        feature=np.arange(count, dtype=np.int32),
        logarithm=generator.random(count) < 1 / 3,
        low=np.full(count, -1.0),
        high=np.full(count, 2.0),
        centre=np.zeros(count),
        weight=generator.random(count),
    )


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=100_000)
    chosen = options.parse_args()
    generator = np.random.default_rng(1)
    seen = random_rows(generator, 20_000)
    event = np.nan_to_num(seen[:, 0]) + np.nan_to_num(seen[:, 1]) * np.nan_to_num(seen[:, 2]) > 1
    settings = {**TARGET.trees[0].settings, "seed": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(seen, event.astype(float)), TREES)
    trees = BoostedTrees.of_lightgbm(booster.model_to_string())
    ensemble = Ensemble(trees, lines_through_all(generator))
    rows = random_rows(generator, chosen.patients)
    apart = np.abs(trees.score(rows) - booster.predict(rows, raw_score=True, num_threads=2)).max()
    assert apart <= 1e-12, apart
    work: dict[str, Callable[[], object]] = {
        "fyr, trees and lines": lambda: ensemble.score(rows),
        "fyr, trees alone": lambda: trees.score(rows),
        f"lightgbm {lightgbm.__version__}, predict": lambda: booster.predict(rows, raw_score=True, num_threads=2),
    }
    taken = {
        name: (median_seconds(one, time.perf_counter), median_seconds(one, time.process_time))
        for name, one in work.items()
    }
    whole, alone, peer = taken.values()
    hours = random_hours(generator, 2_000)
    made = median_seconds(lambda: feature_table(hours, TARGET.features), time.process_time, repeats=3)
    each = made / len(hours.stay)
    print(f"{chosen.patients:,} patients, {trees.trees} trees; the trees' scores differ by {apart:.1e} at most")
    for name, (by_the_clock, of_processor) in taken.items():
        print(f"{name:<34}{by_the_clock:8.3f} s by the clock {of_processor:8.3f} s of processor time")
    print(
        f"the peer takes {peer[0] / alone[0]:.2f} x the time of the trees, {peer[0] / whole[0]:.2f} x that of the whole"
    )
    print(f"features of one patient-hour, with 24 hours of history   {each * 1e6:8.1f} us of processor time")
    document = {
        "patients": chosen.patients,
        "fyr_s": whole[0],
        "fyr_processor_s": whole[1],
        "fyr_trees_s": alone[0],
        "lightgbm_s": peer[0],
        "lightgbm_processor_s": peer[1],
        "feature_row_s": each,
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
