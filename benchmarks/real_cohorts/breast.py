"""Breast cancer: METABRIC in DeepSurv's split, Rotterdam to the German trial, and PREDICT on METABRIC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.real_cohorts.choosing import REPEATS, chosen_and_judged, concordance_with_interval, said
from benchmarks.real_cohorts.learners import CANDIDATES, Flags, Floats

Split = tuple[Floats, Floats, Flags]

_DAYS_A_MONTH = 365.25 / 12
_SEVEN_YEARS = 84.0


def deepsurv_split(folder: Path) -> tuple[Split, Split]:
    """Return METABRIC's training and test part as DeepSurv published them (Katzman 2018): four genes and five facts."""
    import h5py

    with h5py.File(folder / "survival_h5/metabric_IHC4_clinical_train_test.h5") as file:
        train, test = (
            (
                file[part]["x"][:].astype(np.float64),
                file[part]["t"][:].astype(np.float64),
                file[part]["e"][:].astype(np.bool_),
            )
            for part in ("train", "test")
        )
    return train, test


def metabric(folder: Path) -> dict[str, Any]:
    """Train on 1,523 patients, judge on the 381 that DeepSurv was judged on."""
    train, test = deepsurv_split(folder)
    return chosen_and_judged(CANDIDATES, train, test, goal=0.66, horizon_months=120.0)


def rotterdam_to_gbsg(folder: Path, *, with_grade: bool) -> dict[str, Any]:
    """Train on Rotterdam's 1,546 node-positive patients, judge on the 686 of the German Breast Cancer Study Group.

    The patients and times are those of DeepSurv's file (recurrence or death, Rotterdam followed for seven years); the
    tables of R's survival package have the tumour's grade besides, in both cohorts. Nodes and receptors as
    logarithms.
    """
    tumour = {"<=20": 0, "20-50": 1, ">50": 2}
    rotterdam = pl.read_csv(folder / "survival_h5/rotterdam.csv").filter(pl.col("nodes") > 0)
    rotterdam = rotterdam.with_columns(
        size=pl.col("size").replace_strict(tumour, return_dtype=pl.Float64),
        event=(pl.col("recur") == 1) | (pl.col("death") == 1),
        months=pl.when(pl.col("recur") == 1).then("rtime").otherwise("dtime") / _DAYS_A_MONTH,
    )
    trial = pl.read_csv(folder / "survival_h5/gbsg.csv").with_columns(
        size=pl.when(pl.col("size") <= 20).then(0.0).when(pl.col("size") <= 50).then(1.0).otherwise(2.0),
        event=pl.col("status") == 1,
        months=pl.col("rfstime") / _DAYS_A_MONTH,
    )
    names = ["hormon", "size", "meno", "age", "nodes", "pgr", "er"] + (["grade"] if with_grade else [])

    def part(frame: pl.DataFrame, until: float) -> Split:
        table = frame.select(
            [
                pl.col(name).log1p() if name in {"nodes", "pgr", "er"} else pl.col(name).cast(pl.Float64)
                for name in names
            ]
        ).to_numpy()
        months, event = frame["months"].to_numpy(), frame["event"].to_numpy()
        return table, np.minimum(months, until), event & (months <= until)

    return chosen_and_judged(
        CANDIDATES, part(rotterdam, _SEVEN_YEARS), part(trial, np.inf), goal=0.69, horizon_months=60.0
    )


def predict(folder: Path) -> dict[str, Any]:
    """PREDICT Breast 3.2 on METABRIC: overall survival within ten years, as it is and recalibrated, held out by folds.

    What the table does not say is assumed as in ``benchmarks/recalibrate.py``.
    """
    from benchmarks.recalibrate import metabric as answered

    from fyr.learn.recalibration.run import Settings, recalibrate

    ground = answered(folder.parent)
    frame = pl.read_csv(
        folder / "breast_metabric/brca_metabric_clinical_data.tsv",
        separator="\t",
        null_values=["NA", ""],
        infer_schema=False,
    )
    graded = set(frame.drop_nulls("Neoplasm Histologic Grade")["Patient ID"].to_list())
    known = np.array([str(one).split("/")[-1] in graded for one in ground.patient])
    event, years = ground.outcome.event, ground.outcome.years
    assert years is not None
    ranked = {
        name: concordance_with_interval(years[some], event[some], ground.risk[some])
        for name, some in (("all answered", np.ones(len(event), np.bool_)), ("grade known", known))
    }
    found = recalibrate(ground, Settings(repeats=REPEATS, resamples=500)).promise
    lines = [f"{name}: concordance {said(one)}" for name, one in ranked.items()]
    lines += [f"{int(known.sum())} of {len(known)} with a grade, {int(event[known].sum())} deaths among them"]
    for when in ("before", "after"):
        for name in ("ici", "e_over_o", "slope", "c_index"):
            one = found[when][name]
            lines.append(f"{when} {name}: {said((one['estimate'], one['low'], one['high']))}")
    ici = found["after"]["ici"]["estimate"]
    lines.append(f"goal: an ICI of 2 % after recalibration: {'met' if ici <= 0.02 else 'MISSED'}")
    return {"concordance": ranked, "before": found["before"], "after": found["after"], "lines": lines}
