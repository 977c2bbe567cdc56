"""How long trees take that four sites grow together, beside LightGBM on the pooled rows in the same run.

Both grow as many trees, with as many leaves and bins, from the same million rows of 50 numbers (made up: whole numbers
and continuous ones, a fifth of one column missing) on two threads, and both times begin with plain columns: bins are
part of them. The sites lie in this process and answer one after another; every question and answer is encoded, signed
and checked as between hospitals. Fyr splits up to eight leaves in a round, LightGBM one leaf after another, so the
trees are not the same; the area under the curve on 100,000 fresh rows must not be lower by more than 0.002. LightGBM is
timed on one thread as well: on a machine with other work its two threads burn time while they wait for each other. With
``--pooled`` the same trees are grown from one site with all rows, and must be the same to the last bit.

Run: ``python benchmarks/federated_boosting.py [--rows 1000000] [--trees 20] [--bins 63] [--pooled]``
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import lightgbm
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fyr.learn.discrimination import area_under_roc
from fyr.learn.federation.boosting.trees import Trees
from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

SITES, COLUMNS, LEAVES, THREADS = 4, 50, 31, 2
NAMES = [f"x{place}" for place in range(COLUMNS)]


def rows(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return made-up columns and outcomes."""
    draw = np.random.default_rng(seed)
    table = draw.normal(size=(count, COLUMNS))
    table[:, ::7] = np.round(table[:, ::7] * 2)
    table[draw.random(count) < 0.2, 3] = np.nan
    index = 0.3 * table[:, 0] + 0.5 * table[:, 1] * table[:, 2] + np.sin(2 * table[:, 4])
    index += 0.4 * np.nan_to_num(table[:, 3], nan=1.0) - 1
    return table, (draw.random(count) < 1 / (1 + np.exp(-index))).astype(np.float64)


def dealt(table: np.ndarray, outcome: np.ndarray, sites: int) -> dict[str, SiteTable]:
    """Return equal parts."""
    ends = np.linspace(0, len(outcome), sites + 1).astype(int)
    return {
        f"site {place}": SiteTable(
            f"site {place}",
            {**{name: table[a:b, at].copy() for at, name in enumerate(NAMES)}, "outcome": outcome[a:b].copy()},
        )
        for place, (a, b) in enumerate(pairwise(ends))
    }


def grown(tables: dict[str, SiteTable], options: dict[str, Any]) -> Outcome:
    """Run the study."""
    study = Study("benchmark", "boosting", tuple(tables), options)
    own = Ed25519PrivateKey.generate()
    keys = {name: Ed25519PrivateKey.generate() for name in tables}
    sites = {name: Site(table, study, keys[name], own.public_key()) for name, table in tables.items()}
    transport = InProcess({name: site.handle for name, site in sites.items()})
    return conduct(study, transport, own, {name: key.public_key() for name, key in keys.items()})


def seconds(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what came out, and the time by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    """Measure and print a table and one JSON line."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rows", type=int, default=1_000_000)
    given.add_argument("--trees", type=int, default=20)
    given.add_argument("--bins", type=int, default=63)
    given.add_argument("--least-cell", type=int, default=3)
    given.add_argument("--pooled", action="store_true")
    chosen = given.parse_args()
    if len(os.sched_getaffinity(0)) > THREADS:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    options = {
        "features": NAMES,
        "outcome": "outcome",
        "trees": chosen.trees,
        "leaves": LEAVES,
        "bins": chosen.bins,
        "least_cell": chosen.least_cell,
    }
    grown(dealt(*rows(8000, 1), SITES), {**options, "trees": 2})
    table, outcome = rows(chosen.rows, 2)
    fresh, truth = rows(100_000, 3)
    tables = dealt(table, outcome, SITES)
    found, clock, processor = seconds(lambda: grown(tables, options))
    score = Trees.from_dict(found.result["model"]).score(fresh)
    parameters = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": 0.1,
        "max_bin": chosen.bins,
        "min_data_in_leaf": 20,
        "lambda_l2": 1.0,
        "verbosity": -1,
    }

    def train(threads: int) -> tuple[Any, float, float]:
        data = lightgbm.Dataset(table, outcome, params={"num_threads": threads, "max_bin": chosen.bins})
        return seconds(
            lambda: lightgbm.train({**parameters, "num_threads": threads}, data, num_boost_round=chosen.trees)
        )

    peer, peer_clock, peer_processor = train(THREADS)
    _, alone_clock, alone_processor = train(1)
    ours, theirs = area_under_roc(truth > 0, score), area_under_roc(truth > 0, peer.predict(fresh))
    assert ours > theirs - 0.002, (ours, theirs)
    sizes = found.bytes_per_round["site 0"]
    print(f"{chosen.rows:,} x {COLUMNS} at {SITES} sites, {chosen.trees} trees of {LEAVES} leaves, {chosen.bins} bins")
    print(f"{'fyr, four sites':<24}{clock:8.2f} s by the clock {processor:8.2f} s of the processor, area {ours:.4f}")
    name = f"lightgbm {lightgbm.__version__}"
    print(f"{name:<24}{peer_clock:8.2f} s by the clock {peer_processor:8.2f} s of the processor, area {theirs:.4f}")
    name = f"{name}, 1 thread"
    print(f"{name:<24}{alone_clock:8.2f} s by the clock {alone_processor:8.2f} s of the processor")
    print(
        f"ratio {clock / peer_clock:.2f} by the clock, {processor / peer_processor:.2f} of the processor "
        f"({processor / alone_processor:.2f} to one thread, which never waits for another)"
    )
    print(
        f"{found.rounds} rounds; a site sends {np.mean(sizes) / 1e3:,.0f} kB a round, {max(sizes) / 1e3:,.0f} at most, "
        f"{sum(sizes) / 1e6:,.1f} MB in all"
    )
    if chosen.pooled:
        whole = grown(dealt(table, outcome, 1), {**options, "least_cell": 1})
        again = grown(tables, {**options, "least_cell": 1}) if chosen.least_cell > 1 else found
        assert whole.result["model"] == again.result["model"]
        print("the same trees, to the last bit, as from one site with all rows")
    document = {
        "rows": chosen.rows,
        "trees": chosen.trees,
        "bins": chosen.bins,
        "clock_s": clock,
        "processor_s": processor,
        "times_lightgbm_clock": clock / peer_clock,
        "times_lightgbm_processor": processor / peer_processor,
        "times_lightgbm_processor_one_thread": processor / alone_processor,
        "auc": ours,
        "lightgbm_auc": theirs,
        "rounds": found.rounds,
        "mean_bytes_a_round": float(np.mean(sizes)),
        "most_bytes_a_round": max(sizes),
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
