"""How well and how fast averaging over hospitals learns on Fed-TCGA-BRCA, beside the figures that FLamby published.

Real patients: 866 of six regions to train on, 222 to test on (FYR_DATA/learn/fed_tcga_brca). The same linear Cox
model, batches of 8, 100 batches a round, five rounds and learning rates as in FLamby (Ogier du Terrail et al. 2022).
The mean concordance over some seeds stands beside the mean of FLamby's results files (five seeds), which lie with the
data. Batches are drawn by another generator, so single seeds differ.

Run: ``FYR_DATA=… python benchmarks/federated_neural.py [--seeds 20]``
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.neural.network import Network
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study
from fyr.learn.survival.concordance import concordance

FLAMBY = {"rounds": 5, "steps": 100, "batch": 8, "standardise": False, "clip": 0}
ADAPTIVE = {**FLAMBY, "learning_rate": 0.01, "server_learning_rate": 0.1, "beta2": 0.999, "tau": 1e-8}
RUNS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "FedAdam": ("fedadam", "FedAdam100", ADAPTIVE),
    "FedYogi": ("fedyogi", "FedYogi100", ADAPTIVE),
    "FedAdagrad": ("fedadagrad", "FedAdagrad100", {**ADAPTIVE, "server_learning_rate": 1.0}),
    "FedAvg": ("fedavg", "FedAvg100", {**FLAMBY, "learning_rate": 0.1}),
    "FedProx": ("fedprox", "FedProx100", {**FLAMBY, "learning_rate": 0.1, "mu": 0.1}),
    "FedAvg, standardised": ("fedavg", "", {"rounds": 5, "steps": 100, "batch": 8, "learning_rate": 0.1}),
}


def patients(folder: Path) -> tuple[list[str], dict[str, SiteTable], SiteTable]:
    """Return features, the regions' training tables and the test table."""
    with (folder / "brca.csv").open() as file:
        known = {row["pid"]: row for row in csv.DictReader(file)}
    folds: dict[str, list[str]] = defaultdict(list)
    with (folder / "train_test_split.csv").open() as file:
        for row in csv.DictReader(file):
            folds[row["fold2"]].append(row["pid"])
    columns = [name for name in next(iter(known.values())) if name != "pid"]

    def table(name: str, some: list[str]) -> SiteTable:
        return SiteTable(name, {one: np.array([float(known[pid][one]) for pid in some]) for one in columns})

    train = {f"region {one}": table(f"region {one}", folds[f"train_{one}"]) for one in range(6)}
    test = table("test", [pid for one in range(6) for pid in folds[f"test_{one}"]])
    return [name for name in columns if name not in ("E", "T")], train, test


def published(folder: Path, method: str) -> float | None:
    """Return FLamby's mean concordance on the pooled test patients."""
    found = []
    for file in sorted(folder.glob("flamby_results_seed*.csv")):
        with file.open() as lines:
            found += [
                float(row["Metric"])
                for row in csv.DictReader(lines)
                if row["Method"] == method and row["Test"] == "Pooled Test"
            ]
    return statistics.mean(found) if found else None


def conducted(method: str, tables: dict[str, SiteTable], options: dict[str, Any]) -> Outcome:
    """Run the study."""
    study = Study("benchmark", method, tuple(tables), options)
    own = Ed25519PrivateKey.generate()
    keys = {name: Ed25519PrivateKey.generate() for name in tables}
    sites = {name: Site(table, study, keys[name], own.public_key()) for name, table in tables.items()}
    transport = InProcess({name: site.handle for name, site in sites.items()})
    return conduct(study, transport, own, {name: key.public_key() for name, key in keys.items()})


def main() -> None:
    """Measure and print a table and one JSON line."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--seeds", type=int, default=20)
    chosen = given.parse_args()
    data = Path(os.environ.get("FYR_DATA") or Path(__file__).parents[2] / "shared" / "data")
    folder = data / "learn" / "fed_tcga_brca"
    if not folder.is_dir():
        print(f"nothing is measured: there is no {folder}; set FYR_DATA to the folder of real data")
        return
    features, train, test = patients(folder)
    table = np.column_stack([test.numbers(name) for name in features])
    document: dict[str, Any] = {}
    print(f"{'':<22}{'mean C':>8}{'median':>8}{'range':>16}{'FLamby':>9}{'s a round':>11}{'bytes a round':>15}")
    for name, (method, peer, options) in RUNS.items():
        found: list[float] = []
        begun = time.process_time()
        for seed in range(42, 42 + chosen.seeds):
            outcome = conducted(
                method, train, {**options, "features": features, "outcome": "E", "time": "T", "seed": seed}
            )
            score = Network.from_dict(outcome.result["model"]).score(table)
            found.append(concordance(test.numbers("T"), test.numbers("E") > 0, score))
        taken = (time.process_time() - begun) / chosen.seeds / outcome.rounds
        theirs = published(folder, peer)
        sent = max(max(sizes) for sizes in outcome.bytes_per_round.values())
        mean = statistics.mean(found)
        print(
            f"{name:<22}{mean:8.3f}{statistics.median(found):8.3f}{min(found):9.3f}-{max(found):.3f} "
            f"{'' if theirs is None else format(theirs, '.3f'):>8}{taken:11.4f}{sent:15,}",
            flush=True,
        )
        document[name] = {
            "concordance": mean,
            "median": statistics.median(found),
            "flamby": theirs,
            "processor_s_a_round": taken,
            "bytes": sent,
        }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
