"""Validations of openly simulated patients, made by the real judge: for tests of what shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome
from fyr.learn.output_choice import choose_output
from fyr.learn.predictions import predictions_of_column, predictions_of_model
from fyr.learn.validation import validate
from fyr.models import model

__all__ = ["npi_judged", "risk_judged"]


def npi_judged(source: str = "/srv/simulated.csv") -> dict[str, Any]:
    """The Nottingham index, which ranks and gives no risk, on sixty simulated rows."""
    cohort = _cohort(60, source)
    npi = model("npi")
    chosen = choose_output(npi.card, horizon_years=5.0, title="death", competing=False, name="npi")
    return validate(cohort, predictions_of_model(npi, cohort, chosen), horizon_years=5.0, resamples=10)


def risk_judged(source: str = "simulated.csv") -> dict[str, Any]:
    """A risk that is too high by a third, on six hundred simulated rows of two hospitals."""
    cohort = _cohort(600, source)
    return validate(cohort, predictions_of_column(cohort, "risk"), horizon_years=5.0, resamples=40)


def _cohort(rows: int, source: str) -> Cohort:
    generator = np.random.default_rng(1)
    size = generator.uniform(5, 60, rows)
    risk = size / 80
    event = generator.random(rows) < risk
    years = np.where(event, generator.uniform(0.1, 5, rows), generator.uniform(4.5, 9, rows))
    columns = {
        "tumour_size_mm": size,
        "grade": np.resize([1.0, 2.0, 3.0], rows),
        "positive_nodes": np.resize([0.0, 4.0], rows),
        "risk": np.minimum(1, risk * 4 / 3),
    }
    hospital = np.resize(np.array(["North", "South"], dtype=object), rows)
    people = np.array([f"{where}/{row}" for row, where in enumerate(hospital.tolist())], dtype=object)
    groups = {"grade": np.resize(np.array(["1", "2", "3"], dtype=object), rows)}
    return Cohort(source, people, hospital, columns, Outcome(event, years, title="death"), groups)
