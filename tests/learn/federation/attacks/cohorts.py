"""The real cohorts that are attacked, as tables of their hospitals."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl

from fyr.learn.federation.site_table import SiteTable

_HEART = [
    *("age", "sex", "cp", "trestbps", "chol", "fbs", "restecg"),
    *("thalach", "exang", "oldpeak", "slope", "ca", "thal", "num"),
]
_KEPT = ("age", "sex", "trestbps", "chol", "fbs", "thalach", "exang", "oldpeak")


def _learn() -> Path:
    return Path(os.environ.get("FYR_DATA", "../shared/data")) / "learn"


def heart() -> dict[str, SiteTable]:
    """Four hospitals (UCI heart disease, CC BY 4.0): complete rows, ``cp`` as columns of zeros and ones."""
    found = {}
    for site in ("cleveland", "hungarian", "switzerland", "va"):
        path = _learn() / "fed_heart_disease" / f"processed.{site}.data"
        frame = pl.read_csv(path, has_header=False, new_columns=_HEART, null_values="?", infer_schema_length=10_000)
        frame = frame.drop_nulls([*_KEPT, "restecg", "cp"])
        columns = {name: frame[name].to_numpy().astype(np.float64) for name in _KEPT}
        for code in (2, 3, 4):
            columns[f"cp{code}"] = (frame["cp"].to_numpy() == code).astype(np.float64)
        columns["st"] = (frame["restecg"].to_numpy() == 1).astype(np.float64)
        columns["disease"] = (frame["num"].to_numpy() > 0).astype(np.float64)
        found[site] = SiteTable(site, columns)
    return found


def breast() -> dict[str, SiteTable]:
    """Six regions of TCGA-BRCA as FLamby split them: 866 patients for training, 39 columns."""
    folder = _learn() / "fed_tcga_brca"
    rows = pl.read_csv(folder / "brca.csv").join(pl.read_csv(folder / "train_test_split.csv"), on="pid")
    rows = rows.filter(pl.col("fold") == "train")
    names = [name for name in rows.columns if name not in {"pid", "E", "T", "fold", "fold2"}]
    found = {}
    for site in sorted(rows["fold2"].unique().to_list()):
        own = rows.filter(pl.col("fold2") == site)
        columns = {name: own[name].to_numpy().astype(np.float64) for name in names}
        columns |= {"time": own["T"].to_numpy().astype(np.float64), "event": own["E"].to_numpy().astype(np.float64)}
        found[site] = SiteTable(site, columns)
    return found


def lung() -> dict[str, SiteTable]:
    """The hospitals of lifelines' lung cancer cohort that have ten complete rows or more."""
    from lifelines.datasets import load_lung

    frame = load_lung()[["inst", "time", "status", "age", "sex", "ph.ecog"]].dropna()
    found = {}
    for code in sorted(frame["inst"].unique()):
        own = frame[frame["inst"] == code]
        if len(own) >= 10:
            columns = {name: own[name].to_numpy(dtype=np.float64) for name in ("time", "age", "sex", "ph.ecog")}
            columns["event"] = own["status"].to_numpy(dtype=np.float64)
            found[f"inst{int(code)}"] = SiteTable(f"inst{int(code)}", columns)
    return found
