"""How many patients a federated study gives away, and what hiding them costs.

The peer is the form of WebDISCO (Lu 2015): each hospital sends sums over its patients at risk at every event time. On
the same cohort Fyr's Cox regression, hospitals as strata, is run at its default settings, and a logistic regression
over four hospitals with masks and without.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.learn.federation.attacks.cohorts import breast, heart

from fyr.learn.federation.disclosure.experiment import Controls
from fyr.learn.federation.disclosure.fixed_point import from_fixed, to_fixed
from fyr.learn.federation.disclosure.leak import isolable_by_cell
from fyr.learn.federation.disclosure.masks import derive, masked
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.in_process_study import conduct_in_process
from fyr.learn.federation.statistics.cox import OPTIONS
from fyr.learn.federation.study import Study


def isolated() -> dict[str, int | float]:
    """Count patients who stand alone, by the peer's sums and by Fyr's."""
    tables = breast()
    times = np.unique(np.concatenate([t.numbers("time")[t.numbers("event") == 1] for t in tables.values()]))
    cells = [np.searchsorted(times, t.numbers("time"), side="right").astype(np.int64) for t in tables.values()]
    names = [name for name in next(iter(tables.values())).columns if name not in {"time", "event"}]
    follow_up = {"duration" if "duration" in OPTIONS else "time": "time", "event": "event"}
    controls = Controls()
    begun = time.perf_counter()
    outcome = conduct_in_process(
        Study("cox", "cox", tuple(tables), {"features": names, "l2": 1.0, **follow_up}), tables,
        gate_of=controls.gate_of,
    )  # fmt: skip
    return {
        "rows": sum(map(len, cells)),
        "peer_by_site": sum(map(isolable_by_cell, cells)),
        "peer_in_total": isolable_by_cell(np.concatenate(cells)),
        "fyr": controls.rows_isolable(),
        "fyr_rounds": outcome.rounds,
        "fyr_most_bytes": max(max(sizes) for sizes in outcome.bytes_per_round.values()),
        "fyr_s": time.perf_counter() - begun,
    }


def masks(repeat: int) -> dict[str, float]:
    """Time a logistic regression over four hospitals without gates, with them, and with masks."""
    tables = heart()
    options = {"features": ["age", "sex", "trestbps", "chol", "thalach", "oldpeak"], "outcome": "disease"}
    found: dict[str, list[float]] = {"open": [], "gates": [], "masks": []}
    sizes = {}
    results = {}
    for _ in range(repeat):
        for name, times in found.items():
            rules = {} if name == "masks" else {"masked": "never", "meter": False}
            controls = None if name == "open" else Controls(Rules.read(rules))
            study = Study("heart", "logistic", tuple(tables), options, rules=rules)
            begun = time.perf_counter()
            outcome = conduct_in_process(study, tables, gate_of=None if controls is None else controls.gate_of)
            times.append(time.perf_counter() - begun)
            sizes[name] = max(max(one) for one in outcome.bytes_per_round.values())
            results[name] = np.array(list(outcome.result["coefficients"].values()))
            rounds = outcome.rounds
    return {
        **{f"{name}_ms_a_round": 1e3 * median(times) / rounds for name, times in found.items()},
        **{f"{name}_most_bytes": size for name, size in sizes.items()},
        "largest_difference": float(np.abs(results["masks"] - results["open"]).max()),
    }


def numbers() -> dict[str, float]:
    """Time the masks alone, on a hundred thousand sums among ten sites."""
    values = np.random.default_rng(0).normal(size=100_000)
    pairs = {f"site{at}": derive(b"pair", str(at)) for at in range(9)}
    begun = time.perf_counter()
    veiled = masked(to_fixed(values, 10), "site5a", derive(b"own"), pairs)
    mask_s = time.perf_counter() - begun
    begun = time.perf_counter()
    from_fixed(veiled)
    return {
        "mask_us_a_number": 1e6 * mask_s / len(values),
        "read_us_a_number": 1e6 * (time.perf_counter() - begun) / 1e5,
    }


def main() -> None:
    """Print every figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    found = {"isolated": isolated(), "masks": masks(asked.repeat), "numbers": numbers()}
    if asked.json:
        print(json.dumps(found))
        return
    for part, figures in found.items():
        print(part)
        for name, value in figures.items():
            print(f"  {name.replace('_', ' '):24} {value:.4g}")


if __name__ == "__main__":
    main()
