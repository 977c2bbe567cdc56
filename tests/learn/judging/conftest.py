"""Two real cohorts with a risk for each patient, as R's numbers beside them were computed with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fyr.learn.outcome import Outcome


@dataclass(frozen=True)
class Judged:
    """Risks by a horizon, and what happened."""

    risk: np.ndarray
    outcome: Outcome
    horizon: float


def restricted_cubic(x: np.ndarray, knots: tuple[float, float, float]) -> np.ndarray:
    """The curved column of ``Hmisc::rcspline.eval`` with three knots."""
    first, middle, last = knots
    cube = [np.clip(x - knot, 0, None) ** 3 for knot in knots]
    curved = cube[0] - cube[1] * (last - first) / (last - middle) + cube[2] * (middle - first) / (last - middle)
    return curved / (last - first) ** 2


@pytest.fixture(scope="session")
def gbsg(data_folder: Path) -> Judged:
    """Give 686 women of the German Breast Cancer Study Group the risk of McLernon 2023 (Ann Intern Med 176:105).

    Their model of recurrence or death within 5 years, from Rotterdam, as the supplement to the paper states it:
    baseline survival 0.804 and five coefficients.
    """
    table = pl.read_csv(data_folder / "diagnose" / "survival_h5" / "gbsg.csv")
    size, grade = table["size"].to_numpy(), table["grade"].to_numpy()
    nodes = np.minimum(table["nodes"].to_numpy().astype(float), 19)
    index = 0.342 * ((size > 20) & (size <= 50)) + 0.574 * (size > 50) + 0.362 * (grade == 3)
    index = index + 0.304 * nodes - 0.811 * restricted_cubic(nodes, (0, 1, 9))
    outcome = Outcome(
        table["status"].to_numpy() == 1, table["rfstime"].to_numpy() / 365.25, title="recurrence or death"
    )
    return Judged(1 - 0.804 ** np.exp(index), outcome, 5.0)


@pytest.fixture(scope="session")
def rotterdam(data_folder: Path) -> Judged:
    """2,982 women of Rotterdam: recurrence, competing with death before it; the risk is a poor one on purpose."""
    table = pl.read_csv(data_folder / "diagnose" / "survival_h5" / "rotterdam.csv")
    recurred, died = table["recur"].to_numpy() == 1, table["death"].to_numpy() == 1
    years = np.where(recurred, table["rtime"].to_numpy(), table["dtime"].to_numpy()) / 365.25
    score = 0.1 * np.minimum(table["nodes"].to_numpy(), 19) + 0.4 * (table["grade"].to_numpy() == 3)
    score = score + 0.3 * (table["size"].to_numpy() != "<=20")
    return Judged(1 - np.exp(-0.30 * np.exp(score - 0.8)), Outcome(recurred, years, died & ~recurred), 10.0)
