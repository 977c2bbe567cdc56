"""What it costs to compute together, and whether the numbers are those of the pooled rows.

Real, open data whose hospitals are known: heart disease at four hospitals (logistic regression, 740 rows as FLamby
prepares them), breast cancer of TCGA in six regions (ridge Cox, regions as strata, FLamby's static split), and
lifelines' lung cancer at 18 institutions (Cox, institutions as strata). Every question and answer is an envelope of
bytes, signed and opened, between sites in this process; what a network adds is not measured here.

The peers fit the pooled rows: scikit-learn and lifelines. They do less (no messages, no agreement on
columns), so the ratio of times says what the privacy costs. Where the peer stops early, the difference is the peer's:
numpy's own Newton steps, run to the end, stand beside it.

Goals: coefficients within 1e-10 of the pooled fit, at most 10 rounds, below 100 kB a site, and a concordance of 0.842
of the pooled test patients of TCGA (FLamby's best strategy) with a penalty chosen by cross-validation in training.

Run: ``FYR_DATA=… python benchmarks/federated_statistics.py``
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lifelines import CoxPHFitter
from lifelines.datasets import load_lung
from lifelines.utils import concordance_index
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.recalibrate import heart

from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.site import Site
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study
from fyr.learn.survival.cox import fit_cox

REPEATS = 3
HEART_COLUMNS = (
    "age", "sex", "trestbps", "chol", "fbs", "thalach", "exang", "oldpeak",
    "pain 2", "pain 3", "pain 4", "resting 1", "resting 2",
)  # fmt: skip


def conducted(method: str, tables: Mapping[str, SiteTable], options: Mapping[str, Any]) -> tuple[Outcome, float]:
    """Return a study's outcome and the median seconds of the processor."""
    own = Ed25519PrivateKey.generate()
    keys = {name: Ed25519PrivateKey.generate() for name in tables}
    study = Study("benchmark", method, tuple(tables), dict(options))
    taken = []
    for _ in range(REPEATS + 1):  # the first one warms up
        begun = time.process_time()
        sites = {name: Site(table, study, keys[name], own.public_key()) for name, table in tables.items()}
        transport = InProcess({name: site.handle for name, site in sites.items()})
        outcome = conduct(study, transport, own, {name: key.public_key() for name, key in keys.items()})
        taken.append(time.process_time() - begun)
    return outcome, statistics.median(taken[1:])


def timed(work: Callable[[], Any]) -> float:
    """Return the median seconds of the processor, after a warm-up."""
    taken = []
    for _ in range(REPEATS + 1):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken[1:])


def split(columns: Mapping[str, Any], site: Any) -> dict[str, SiteTable]:
    """Return one table for each hospital."""
    return {
        str(name): SiteTable(
            str(name), {key: np.asarray(one, dtype=float)[site == name] for key, one in columns.items()}
        )
        for name in dict.fromkeys(site.tolist())
    }


def row(what: str, outcome: Outcome, seconds: float, apart: float, peer: str, peer_s: float) -> dict[str, Any]:
    """Print a line, and return it."""
    heaviest = max(sum(sizes) for sizes in outcome.bytes_per_round.values())
    print(f"{what:34} {outcome.rounds:6} {heaviest / 1000:9.1f} {seconds:8.3f} {apart:10.1e}  {peer} {peer_s:.3f} s")
    return {
        "what": what, "rounds": outcome.rounds, "kilobytes_a_site": heaviest / 1000, "s": seconds, "apart": apart,
        "peer": peer, "peer_s": peer_s,
    }  # fmt: skip


def newton(design: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Return the pooled maximum of a logistic likelihood."""
    beta = np.zeros(design.shape[1])
    for _ in range(40):
        chance = 1 / (1 + np.exp(-design @ beta))
        beta += np.linalg.solve((design * (chance * (1 - chance))[:, None]).T @ design, design.T @ (outcome - chance))
    return beta


def measure_heart(data: Path) -> list[dict[str, Any]]:
    """Compare logistic regressions, without and with a ridge penalty."""
    features, disease, hospital = heart(data)
    tables = split({**dict(zip(HEART_COLUMNS, features.T, strict=True)), "disease": disease}, hospital)
    ask = {"features": list(HEART_COLUMNS), "outcome": "disease"}
    found = []
    outcome, seconds = conducted("logistic", tables, ask)
    mean, spread = features.mean(axis=0), features.std(axis=0)
    pooled = newton(np.column_stack([np.ones(len(disease)), (features - mean) / spread]), disease.astype(float))
    ours = np.array(list(outcome.result["coefficients"].values()))[1:]
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, solver="newton-cholesky")
    peer_s = timed(lambda: peer.fit(features, disease))
    apart = float(np.abs(ours - pooled[1:] / spread).max())
    found.append(row("heart, logistic", outcome, seconds, apart, "scikit-learn", peer_s))
    outcome, seconds = conducted("logistic", tables, {**ask, "l2": 1.0})
    peer = LogisticRegression(C=1.0, tol=1e-14, max_iter=1000, solver="newton-cholesky")
    peer_s = timed(lambda: peer.fit(features, disease))
    ours = np.array(list(outcome.result["coefficients"].values()))[1:]
    found.append(row("heart, ridge logistic", outcome, seconds, float(np.abs(ours - peer.coef_[0]).max()),
                     "scikit-learn", peer_s))  # fmt: skip
    return found


def measure_lung() -> dict[str, Any]:
    """Compare a Cox regression with 18 institutions as strata."""
    frame = load_lung()
    frame = frame[frame["inst"].notna()][["age", "sex", "time", "status", "inst"]].reset_index(drop=True)
    tables = split(frame.drop(columns="inst"), frame["inst"].astype(int).astype(str).to_numpy(object))
    outcome, seconds = conducted("cox", tables, {"features": ["age", "sex"], "duration": "time", "event": "status"})
    peer = CoxPHFitter()
    peer_s = timed(lambda: peer.fit(frame, "time", "status", strata=["inst"], fit_options={"precision": 1e-12}))
    ours = np.array(list(outcome.result["coefficients"].values()))
    return row("lung, Cox by institution", outcome, seconds, float(np.abs(ours - peer.params_.to_numpy()).max()),
               "lifelines", peer_s)  # fmt: skip


def measure_breast(data: Path) -> list[dict[str, Any]]:
    """Compare a ridge Cox regression by region, then choose its penalty and rank the test patients."""
    folder = data / "learn" / "fed_tcga_brca"
    frame = pd.read_csv(folder / "brca.csv").merge(pd.read_csv(folder / "train_test_split.csv"), on="pid")
    centres = pd.read_csv(folder / "centers.csv", keep_default_na=False).set_index("TSS Code")["Region"]
    frame["region"] = frame["pid"].str[5:7].map(centres)
    features = [*frame.columns[1:40]]
    train, test = frame[frame["fold"] == "train"], frame[frame["fold"] == "test"]
    tables = split(train[[*features, "E", "T"]], train["region"].to_numpy(object))
    ask = {"features": features, "duration": "T", "event": "E"}
    # lifelines penalises columns whose spread was divided by n - 1, times n.
    rows, penalizer = len(train), 0.01
    outcome, seconds = conducted(
        "cox", tables, {**ask, "l2_on": "standardised", "l2": penalizer * rows**2 / (rows - 1)}
    )
    peer = CoxPHFitter(penalizer=penalizer)
    peer_s = timed(lambda: peer.fit(
        train[[*features, "E", "T", "region"]], "T", "E", strata=["region"], fit_options={"precision": 1e-12}
    ))  # fmt: skip
    ours = np.array(list(outcome.result["coefficients"].values()))
    pooled = fit_cox(
        train[features], train["T"], train["E"], strata=train["region"], ridge=penalizer * rows**2 / (rows - 1)
    )
    apart = float(np.abs(ours - pooled.coefficients).max())
    print(f"{'':34} from Fyr's own pooled fit {apart:.1e}; lifelines stops earlier:")
    found = [row("breast, ridge Cox by region", outcome, seconds, float(np.abs(ours - peer.params_.to_numpy()).max()),
                 "lifelines", peer_s)]  # fmt: skip
    outcome, seconds = conducted("cox", tables, {**ask, "l2_candidates": [0.3, 1.0, 3.0, 10.0, 30.0, 100.0]})
    ours = np.array(list(outcome.result["coefficients"].values()))
    ranked = concordance_index(test["T"], -(test[features].to_numpy(float) @ ours), test["E"])
    heaviest = max(sum(sizes) for sizes in outcome.bytes_per_round.values())
    print(
        f"{'breast, penalty of 6 by 5 folds':34} {outcome.rounds:6} {heaviest / 1000:9.1f} {seconds:8.3f}   "
        f"l2 {outcome.result['l2']:g}, concordance of the pooled test patients {ranked:.4f}"
    )
    found.append({
        "what": "breast, penalty chosen", "rounds": outcome.rounds, "kilobytes_a_site": heaviest / 1000, "s": seconds,
        "l2": outcome.result["l2"], "test_concordance": float(ranked),
    })  # fmt: skip
    return found


def main() -> None:
    """Measure all, and print a table and one JSON line."""
    warnings.filterwarnings("ignore", module="lifelines")
    data = Path(os.environ.get("FYR_DATA") or Path(__file__).parents[2] / "shared" / "data")
    print(f"{'':34} {'rounds':>6} {'kB a site':>9} {'s':>8} {'apart':>10}  peer on the pooled rows")
    found = [*measure_heart(data), measure_lung(), *measure_breast(data)]
    print(json.dumps({"measured": found}))


if __name__ == "__main__":
    main()
