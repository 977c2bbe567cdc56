from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.training.folds import hospital_folds, patient_folds


def test_a_patient_lies_in_one_fold_and_events_are_dealt_evenly() -> None:
    generator = np.random.default_rng(3)
    patient = generator.integers(0, 120, 400)
    event = (patient % 4) == 0

    fold = patient_folds(patient, event, 5, np.random.default_rng(1))

    assert all(len(set(fold[patient == one].tolist())) == 1 for one in set(patient.tolist()))
    with_event = [len(set(patient[event & (fold == one)].tolist())) for one in range(5)]
    whole = [len(set(patient[fold == one].tolist())) for one in range(5)]
    assert max(with_event) - min(with_event) <= 1
    assert max(whole) - min(whole) <= 1


def test_folds_follow_from_the_seed() -> None:
    patient, event = np.arange(60), np.arange(60) % 3 == 0

    first, again, other = (patient_folds(patient, event, 4, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_too_few_patients_with_the_event_are_refused() -> None:
    with pytest.raises(BadInput, match="3 patients with the event cannot be dealt into 5 folds"):
        patient_folds(np.arange(30), np.arange(30) < 3, 5, np.random.default_rng(1))


def test_each_hospital_is_a_fold() -> None:
    fold, names = hospital_folds(np.array(["b", "a", "b", "a"]), np.array([True, True, False, False]))

    assert names == ("a", "b")
    assert fold.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("hospital", "event", "said"),
    [
        (["a", "a"], [True, False], "one hospital alone"),
        (["a", "a", "b"], [True, False, False], "without hospital a there is no event"),
        (["a", "b", "b"], [False, True, True], "without hospital a there is nothing but events"),
    ],
)
def test_hospitals_that_cannot_be_left_out_are_refused(hospital: list[str], event: list[bool], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        hospital_folds(np.array(hospital), np.array(event))
