"""Cohorts that are drawn, with an effect that is known: nobody's patients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome


@pytest.fixture
def drawn() -> Callable[..., Cohort]:
    """Draw a cohort: `age` and `stage` matter, `noise_*` do not; exponential times, censored at random."""

    def draw(
        rows: int = 300,
        *,
        noise: int = 0,
        effect: float = 1.0,
        missing: float = 0.0,
        hospitals: int = 3,
        competing: bool = False,
        timed: bool = True,
        seed: int = 1,
    ) -> Cohort:
        generator = np.random.default_rng(seed)
        age = generator.normal(60, 10, rows)
        stage = generator.choice(np.array(["I", "II", "III"], dtype=object), rows)
        size = generator.gamma(4, 5, rows)
        score = effect * ((age - 60) / 10 + 0.8 * (stage == "III") + 0.03 * (size - 20))
        columns = {"age": age, "stage": stage, "size": size}
        columns |= {f"noise_{place}": generator.normal(size=rows) for place in range(noise)}
        patient = np.array([f"a/{number}" for number in range(rows)], dtype=object)
        hospital = np.array([f"hospital {number % hospitals}" for number in range(rows)], dtype=object)
        if timed:
            died = generator.exponential(6 * np.exp(-score))
            other = generator.exponential(8, rows) if competing else np.full(rows, np.inf)
            left = generator.uniform(1, 12, rows)
            years = np.minimum(np.minimum(died, other), left)
            event = (died <= other) & (died <= left)
            outcome = Outcome(event, years, (other < died) & (other <= left) if competing else None, "death")
        else:
            outcome = Outcome(generator.random(rows) < 1 / (1 + np.exp(1 - score)), None, None, "response")
        if missing:
            columns["size"] = np.where(generator.random(rows) < missing, np.nan, size)
        return Cohort("drawn", patient, hospital, columns, outcome)

    return draw
