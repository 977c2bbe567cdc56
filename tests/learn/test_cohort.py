"""A cohort keeps its columns together, and refuses what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome


def _cohort() -> Cohort:
    outcome = Outcome(np.array([True, False, False]), np.array([1.0, 2.0, 3.0]), np.array([False, True, False]))
    patient = np.array(["a/1", "a/2", "b/1"], dtype=object)
    hospital = np.array(["a", "a", "b"], dtype=object)
    grade = np.array(["1", "", "3"], dtype=object)
    return Cohort("here", patient, hospital, {"age": np.array([50.0, np.nan, 70.0])}, outcome, {"grade": grade})


def test_some_rows_keep_everything_that_belongs_to_them() -> None:
    some = _cohort().take(np.array([2, 1]))
    assert some.patient.tolist() == ["b/1", "a/2"]
    assert some.columns["age"][0] == 70
    assert some.outcome.cause.tolist() == [0, 2]
    assert some.groups["grade"].tolist() == ["3", ""]
    assert some.hospitals == ("a", "b")


def test_columns_of_another_length_are_refused() -> None:
    whole = _cohort()
    with pytest.raises(BadInput, match="'age' has 2 rows, the patients 3"):
        Cohort("here", whole.patient, whole.hospital, {"age": np.zeros(2)}, whole.outcome)


@pytest.mark.parametrize("years", [[-1.0, 2.0], [np.nan, 2.0], [np.inf, 1.0]])
def test_impossible_times_are_refused(years: list[float]) -> None:
    with pytest.raises(BadInput, match="below 0 or is no number"):
        Outcome(np.array([True, False]), np.array(years))


def test_two_events_in_one_row_are_refused() -> None:
    with pytest.raises(BadInput, match="both the event and its competing event"):
        Outcome(np.array([True]), np.array([1.0]), np.array([True]))
