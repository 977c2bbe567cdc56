"""How fast a Cox regression is fitted, beside lifelines in the same process.

The work: made-up rows with 20 columns, some 55 % with an event, Efron ties. Times are continuous, or whole months (240
of them), which lifelines is fastest on. Fyr is measured on all rows: one Newton step (likelihood, slope and curvature)
and the whole fit (reading, sorting, some five steps, covariance, baseline). lifelines is measured on fewer rows, since
it would take minutes and gigabytes, and both on those same rows: the ratio is of one size, never of two. Their
coefficients must agree to 1e-5 before anything is timed. lifelines also computes a concordance when a fit is printed,
not when it is fitted, so that is not in its time.

Goal: a Newton step on 1 M rows x 20 columns in at most a second.

Run: ``python benchmarks/cox.py [--rows 1000000] [--peer-rows 50000]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

from fyr.learn.survival.cox import fit_cox
from fyr.learn.survival.risk_sets import RiskSets

COLUMNS = 20
REPEATS = 3


def made_up(rows: int, months: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return columns, times, events and the coefficients that made them."""
    generator = np.random.default_rng(11)
    table = generator.normal(size=(rows, COLUMNS))
    beta = generator.normal(size=COLUMNS) * 0.15
    fails, leaves = generator.exponential(8, rows) * np.exp(-table @ beta), generator.exponential(10, rows)
    years = np.minimum(np.minimum(fails, leaves), 20.0)
    return table, np.ceil(years * 12) / 12 if months else years, (fails <= leaves) & (fails < 20), beta


def timed(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median seconds by the clock and of the processor."""
    taken = []
    for _ in range(repeats):
        begun, processor = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - begun, time.process_time() - processor))
    return statistics.median(one for one, _ in taken), statistics.median(two for _, two in taken)


def measure(rows: int, peer_rows: int, months: bool) -> dict[str, float | int | str]:
    """Measure one kind of times, print a line, and return it."""
    table, years, event, beta = made_up(rows, months)
    some = slice(0, peer_rows)
    frame = pd.DataFrame(table[some]).assign(years=years[some], event=event[some])
    frame.columns = frame.columns.astype(str)
    ours = fit_cox(table[some], years[some], event[some])
    # Warmed up before it is timed, as ours is.
    peer = CoxPHFitter().fit(frame, "years", "event")
    apart = float(np.abs(ours.coefficients - peer.params_.to_numpy()).max())
    assert apart < 1e-5, apart
    sets = RiskSets.of(
        table, years, event, efron=True, stratum=np.zeros(rows, np.int64), weight=np.ones(rows), offset=np.zeros(rows)
    )
    step, step_cpu = timed(lambda: sets.derivatives(beta))
    whole, whole_cpu = timed(lambda: fit_cox(table, years, event), 1)
    small, small_cpu = timed(lambda: fit_cox(table[some], years[some], event[some]))
    theirs, theirs_cpu = timed(lambda: CoxPHFitter().fit(frame, "years", "event"), 1)
    kind = "whole months" if months else "continuous"
    print(
        f"{kind:12} {step:8.2f} {step_cpu:8.2f} {whole:8.2f} {whole_cpu:8.2f} {small:10.3f} {theirs:10.2f} "
        f"{theirs / small:7.0f}x {theirs_cpu / small_cpu:7.0f}x {apart:9.1e}"
    )
    return {
        "times": kind,
        "rows": rows,
        "step_s": step,
        "step_processor_s": step_cpu,
        "fit_s": whole,
        "fit_processor_s": whole_cpu,
        "peer_rows": peer_rows,
        "fit_small_s": small,
        "lifelines_s": theirs,
        "ratio": theirs / small,
        "ratio_processor": theirs_cpu / small_cpu,
        "coefficients_apart": apart,
    }


def main() -> None:
    """Measure both kinds of times and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--peer-rows", type=int, default=50_000)
    asked = options.parse_args()
    warnings.filterwarnings("ignore", module="lifelines")
    print(f"{asked.rows:,} rows x {COLUMNS} columns; lifelines and the last columns on {asked.peer_rows:,}")
    print(
        f"{'times':12} {'step s':>8} {'proc. s':>8} {'fit s':>8} {'proc. s':>8} {'small s':>10} {'lifelines':>10} "
        f"{'clock':>8} {'proc.':>8} {'apart':>9}"
    )
    print(json.dumps({"measured": [measure(asked.rows, asked.peer_rows, months) for months in (False, True)]}))


if __name__ == "__main__":
    main()
