from __future__ import annotations

import numpy as np
import pytest

from fyr.learn.outcome import Outcome
from fyr.learn.training.sample_size import patients_needed, sample_size_notes, share_explainable


def test_the_published_example_of_recurrent_thrombosis() -> None:
    """Riley 2019 (Stat Med 38:1276), section 5: 30 parameters, Cox-Snell R² 0.051, shrinkage 0.9: 5143 patients."""
    assert patients_needed(30, 0.051) == 5143


@pytest.mark.parametrize(("share", "greatest"), [(0.5, 0.75), (0.1, 0.48), (0.05, 0.33), (0.01, 0.11)])
def test_what_can_be_explained_at_most_is_as_published(share: float, greatest: float) -> None:
    """Riley 2020 (BMJ 368:m441): the greatest Cox-Snell R² for outcomes of 50, 10, 5 and 1 percent."""
    event = np.arange(1000) < 1000 * share

    assert share_explainable(Outcome(event)) == pytest.approx(greatest, abs=0.005)


def test_too_many_parameters_are_said() -> None:
    outcome = Outcome(np.arange(100) < 20, np.ones(100))

    few, many = sample_size_notes(outcome, 1), sample_size_notes(outcome, 40)

    assert few == []
    assert many[0].startswith("40 parameters and 20 events")
    assert "100 rows where" in many[1]
