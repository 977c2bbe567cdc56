"""How fast the early-warning model scores 100,000 patients, beside lightgbm's own predict on the same rows.

Trees as large as those of the mortality model that Fyr trains (three members of 120 trees with seven leaves over 47
features) are grown on random rows with gaps; both sides score the same feature rows, and must agree to 1e-12. lightgbm
gets the same two threads. Making features from hourly values is timed too; it has no peer here.

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
from fyr.watch.risk.features import feature_table
from fyr.watch.risk.hours import Hours
from fyr.watch.risk.targets import TARGETS
from fyr.watch.risk.variables import VARIABLES

TARGET = TARGETS["mortality24"]
TREES = 3 * TARGET.rounds
HOURS = 25


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the median time of a piece of work, after one run that does not count."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
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


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=100_000)
    chosen = options.parse_args()
    generator = np.random.default_rng(1)
    seen = random_rows(generator, 20_000)
    event = np.nan_to_num(seen[:, 0]) + np.nan_to_num(seen[:, 1]) * np.nan_to_num(seen[:, 2]) > 1
    settings = {**TARGET.settings, "seed": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(seen, event.astype(float)), TREES)
    trees = BoostedTrees.of_lightgbm(booster.model_to_string())
    rows = random_rows(generator, chosen.patients)
    apart = np.abs(trees.score(rows) - booster.predict(rows, raw_score=True, num_threads=2)).max()
    assert apart <= 1e-12, apart
    ours = median_seconds(lambda: trees.score(rows))
    peer = median_seconds(lambda: booster.predict(rows, raw_score=True, num_threads=2))
    hours = random_hours(generator, 2_000)
    made = median_seconds(lambda: feature_table(hours, TARGET.features), repeats=3)
    each = made / len(hours.stay)
    print(f"{chosen.patients:,} patients, {trees.trees} trees; the scores differ by {apart:.1e} at most")
    print(f"fyr, trees as flat arrays          {ours:8.3f} s   {peer / ours:5.2f} x the peer")
    print(f"lightgbm {lightgbm.__version__}, predict            {peer:8.3f} s")
    print(f"features of one patient-hour, with 24 hours of history   {each * 1e6:8.1f} us")
    print(json.dumps({"patients": chosen.patients, "fyr_s": ours, "lightgbm_s": peer, "feature_row_s": each}))


if __name__ == "__main__":
    main()
