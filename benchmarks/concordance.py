"""How long Harrell's concordance of 1 M patients takes, beside lifelines on the same rows in the same run.

Times in whole days, so with many ties; half are censored; no two risks are the same, as a model gives them. Both
sides start from arrays and must agree to 1e-12. lifelines walks through rows in Python with a balanced tree; Fyr sorts
once and walks through them in a compiled kernel, so a bootstrap pays for the walk alone: that is timed too.
scikit-survival compares every pair and is timed on fewer rows (``--few``), with Fyr beside it on the same ones. Uno's
concordance is timed without a peer.

Run: ``python benchmarks/concordance.py [--rows 1000000] [--few 5000]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import lifelines
import numpy as np
import sksurv
from lifelines.utils import concordance_index
from sksurv.metrics import concordance_index_censored

from fyr.learn.survival.concordance import Pairs, concordance, uno_concordance

Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


def seconds(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the median time by the clock and of the processor."""
    taken = []
    for _ in range(repeats):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - clock, time.process_time() - processor))
    by_clock, of_processor = zip(*taken, strict=True)
    return statistics.median(by_clock), statistics.median(of_processor)


def registry(rows: int) -> Columns:
    """Return times in years (whole days), events and risks."""
    generator = np.random.default_rng(1982)
    index = generator.normal(size=rows)
    latent, censored = generator.exponential(8 * np.exp(-index)), generator.uniform(0, 12, rows)
    years = np.ceil(np.minimum(latent, censored) * 365.25) / 365.25
    return years, latent <= censored, index


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--few", type=int, default=5_000)
    options.add_argument("--repeat", type=int, default=5)
    chosen = options.parse_args()
    concordance(*registry(100))
    uno_concordance(*registry(100), 5.0)
    years, event, risk = registry(chosen.rows)
    pairs, counts = Pairs.of(years, event, risk), np.ones(chosen.rows)
    fyr = seconds(lambda: concordance(years, event, risk), chosen.repeat)
    again = seconds(lambda: pairs.harrell_ordered(counts), chosen.repeat)
    uno = seconds(lambda: uno_concordance(years, event, risk, 5.0), chosen.repeat)
    found: list[float] = []
    peer = seconds(lambda: found.append(float(concordance_index(years, -risk, event))), 1)
    assert abs(found[0] - concordance(years, event, risk)) <= 1e-12
    few = registry(chosen.few)
    by_pairs = float(concordance_index_censored(few[1], few[0], few[2])[0])
    assert abs(by_pairs - concordance(*few)) < 0.01  # its ties in time are not R's
    many = seconds(lambda: concordance_index_censored(few[1], few[0], few[2]), 1)
    short = seconds(lambda: concordance(*few), chosen.repeat)
    print(f"{chosen.rows:,} rows, concordance {found[0]:.6f}, the same as lifelines'")
    lines = {
        "fyr, from arrays": fyr,
        "fyr, a resample of sorted rows": again,
        "fyr, Uno's": uno,
        f"lifelines {lifelines.__version__}": peer,
        f"fyr, {chosen.few:,} rows": short,
        f"scikit-survival {sksurv.__version__}, {chosen.few:,} rows": many,
    }
    for name, (by_clock, of_processor) in lines.items():
        print(f"{name:<40}{by_clock:10.4f} s by the clock {of_processor:10.4f} s of processor time")
    print(f"lifelines takes {peer[1] / fyr[1]:.0f} x the processor time, scikit-survival {many[1] / short[1]:.0f} x")
    document = {
        "rows": chosen.rows,
        "fyr_s": fyr[0],
        "fyr_processor_s": fyr[1],
        "resample_processor_s": again[1],
        "uno_processor_s": uno[1],
        "lifelines_processor_s": peer[1],
        "faster_than_lifelines": peer[1] / fyr[1],
        "faster_than_scikit_survival": many[1] / short[1],
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
