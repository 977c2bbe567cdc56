"""Clean tables for ``checks.py``: real, openly licensed, as columns of text."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

Table = dict[str, list[str]]


def clean_tables() -> dict[str, Table]:
    """Return every clean table by name; columns as a CSV file would hold them."""
    warnings.simplefilter("ignore")
    found: dict[str, Table] = {}
    for name, load in {**_lifelines(), **_sklearn(), **_sksurv()}.items():
        found[name] = _texts(load())
    return found


def with_hospitals(table: Table, rng: np.random.Generator, count: int = 4) -> Table:
    """Return the table with a column ``hospital`` that is drawn at random: nothing differs between hospitals."""
    rows = len(next(iter(table.values())))
    names = np.array(["North", "South", "East", "West", "Centre", "Coast"][:count])
    return {"hospital": names[rng.integers(0, count, rows)].tolist(), **table}


def with_ids(table: Table, rng: np.random.Generator) -> Table:
    """Return the table with an id a row, unique and in no order."""
    rows = len(next(iter(table.values())))
    return {"patient_id": [f"P{number:06d}" for number in rng.permutation(900_000)[:rows] + 100_000], **table}


def _texts(frame: Any) -> Table:
    table: Table = {}
    for name in frame.columns:
        cells = frame[name]
        if str(cells.dtype).startswith("float"):
            table[str(name)] = ["" if np.isnan(cell) else repr(float(cell)).removesuffix(".0") for cell in cells]
        else:
            table[str(name)] = [
                "" if cell is None or str(cell) in ("nan", "NaT") else str(cell) for cell in cells.tolist()
            ]
    return table


def _lifelines() -> dict[str, Callable[[], Any]]:
    from lifelines import datasets

    names = (
        "gbsg2 kidney_transplant larynx leukemia lung lupus lymphoma regression_dataset rossi waltons dd nh4 lymph_node"
    )
    return {f"lifelines {name}": getattr(datasets, f"load_{name}") for name in names.split()}


def _sklearn() -> dict[str, Callable[[], Any]]:
    from sklearn import datasets

    def load(name: str, **how: bool) -> Callable[[], Any]:
        return lambda: getattr(datasets, f"load_{name}")(as_frame=True, **how).frame

    return {
        "sklearn breast_cancer": load("breast_cancer"),
        "sklearn diabetes": load("diabetes"),
        "sklearn diabetes unscaled": load("diabetes", scaled=False),
        "sklearn wine": load("wine"),
    }


def _sksurv() -> dict[str, Callable[[], Any]]:
    from sksurv import datasets

    def load(name: str) -> Callable[[], Any]:
        def loaded() -> Any:
            frame, outcome = getattr(datasets, f"load_{name}")()
            frame = frame.copy()
            for field in outcome.dtype.names:
                frame[field] = outcome[field]
            for column in frame.columns:
                if str(frame[column].dtype) == "category":
                    frame[column] = frame[column].astype(object)
            return frame

        return loaded

    names = "veterans_lung_cancer whas500 flchain aids cgvhd"
    return {f"sksurv {name}": load(name) for name in names.split()}
