"""Reference values of R, and the real tables that they were made from."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture(scope="session")
def of_r() -> dict[str, dict[str, list[float]]]:
    """What R's survival and cmprsk answer; made by r_survival.R beside it."""
    return json.loads((Path(__file__).parent / "r_survival.json").read_text())


@pytest.fixture(scope="session")
def lung() -> SimpleNamespace:
    """The NCCTG lung cancer trial, 227 patients whose institution is known (carried by lifelines)."""
    from lifelines.datasets import load_lung

    frame = load_lung()
    frame = frame[frame["inst"].notna()]
    years, place = frame["time"].to_numpy(np.float64), np.arange(len(frame)) + 1
    return SimpleNamespace(
        table=frame[["age", "sex"]].to_numpy(np.float64),
        years=years,
        event=frame["status"].to_numpy() == 1,
        inst=frame["inst"].to_numpy(),
        weight=(place % 3 + 1) / 2,
        entry=np.where(years > 60, place % 7 * 8.0, 0.0),
    )


@pytest.fixture(scope="session")
def rotterdam(data_folder):
    """The Rotterdam tumour bank, 2,982 patients (of R's survival package)."""
    import polars as pl

    frame = pl.read_csv(data_folder / "diagnose/survival_h5/rotterdam.csv")
    recurred, died = frame["recur"].to_numpy() == 1, frame["death"].to_numpy() == 1
    first = np.where(recurred, frame["rtime"].to_numpy(), frame["dtime"].to_numpy()) / 365.25
    return SimpleNamespace(frame=frame, years=first, cause=np.where(recurred, 1, np.where(died, 2, 0)))
