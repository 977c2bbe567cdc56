"""Rows that trees can learn from, whole and dealt to sites."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from fyr.learn.federation.site_table import SiteTable

FEATURES = ["age", "dose", "size", "ward"]
Columns = dict[str, NDArray[np.float64]]


def rows(several: int, seed: int = 5) -> Columns:
    """Return columns with whole numbers, gaps and bends, and outcomes `event`, `size_after`, `visits`, `years`."""
    draw = default_rng(seed)
    age = np.floor(draw.uniform(20, 90, several))
    dose, size = draw.normal(size=several), draw.lognormal(3, 1, several)
    ward = draw.integers(0, 3, several).astype(np.float64)
    index = np.sin(age / 12) + 0.8 * dose * (ward == 1) + 0.5 * np.log(size / 20)
    gaps = draw.random(several) < 0.2
    dose[gaps] = np.nan
    index += 0.7 * gaps
    years = draw.exponential(np.exp(-index))
    return {
        "age": age,
        "dose": dose,
        "size": size,
        "ward": ward,
        "event": (draw.random(several) < 1 / (1 + np.exp(-index))).astype(np.float64),
        "size_after": 40 + 9 * index + draw.normal(size=several),
        "visits": draw.poisson(np.exp(index - 1)).astype(np.float64),
        "years": np.minimum(years, 2.0),
        "dead": (years < 2.0).astype(np.float64),
    }


def dealt(columns: Columns, sizes: tuple[int, ...]) -> dict[str, SiteTable]:
    """Return tables of so many rows each, one after another."""
    ends = np.cumsum(sizes)
    assert ends[-1] == len(columns["age"])
    return {
        f"site {place}": SiteTable(f"site {place}", {k: v[end - size : end].copy() for k, v in columns.items()})
        for place, (end, size) in enumerate(zip(ends, sizes, strict=True))
    }
