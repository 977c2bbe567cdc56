"""Second cancers: the table of BEIR VII by hand, and the limits that tie Schneider's responses together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fyr.models import Prediction
from fyr.record.finding import Refusal
from fyr.treat.outcome.organ_equivalent_dose import (
    BREAST_OED,
    LINEAR_EXPONENTIAL_OED,
    linear_exponential_response,
    mechanistic_response,
    organ_equivalent_dose,
    plateau_response,
)
from fyr.treat.outcome.second_cancer import BEIR7_EXCESS_ABSOLUTE, BEIR7_EXCESS_RELATIVE

WOMAN = {"site": "lung", "sex": "female", "age_at_exposure": 20, "attained_age": 60, "mean_dose_gy": 0.5}


def test_the_lung_of_a_woman_by_hand() -> None:
    relative, absolute = BEIR7_EXCESS_RELATIVE.predict(WOMAN), BEIR7_EXCESS_ABSOLUTE.predict(WOMAN)
    assert isinstance(relative, Prediction)
    assert isinstance(absolute, Prediction)
    err, ear = relative.estimates["err"], absolute.estimates["ear"]
    assert (err.value, err.low, err.high) == pytest.approx([0.5 * b * math.exp(0.3) for b in (1.4, 0.94, 2.1)])
    assert (ear.value, ear.low, ear.high) == pytest.approx([0.5 * b * math.exp(0.41) for b in (3.4, 2.3, 4.9)])


def test_beyond_thirty_the_age_at_exposure_does_not_matter_and_attained_age_does() -> None:
    rows = [{**WOMAN, "age_at_exposure": at} for at in (30, 45, 55)]
    found = [BEIR7_EXCESS_RELATIVE.predict(row) for row in rows]
    assert [one.estimates["err"].value for one in found if isinstance(one, Prediction)] == pytest.approx([0.7] * 3)
    older = BEIR7_EXCESS_ABSOLUTE.predict({**WOMAN, "age_at_exposure": 30, "attained_age": 70})
    assert isinstance(older, Prediction)
    assert older.estimates["ear"].value == pytest.approx(0.5 * 3.4 * (70 / 60) ** 5.2)


TABLE_1 = {
    # PMC3816370, table 1: ERR of men and women for 1 Sv with the intervals, then EAR for 10,000 person-years.
    "rectum": ((0.12, 0, 0.38), (0.12, 0, 0.38), (0.34, 0.09, 1.1), (0.34, 0.09, 1.1)),
    "pancreas": ((0.36, 0, 0.88), (0.36, 0, 0.88), (0.49, 0.09, 1.1), (0.49, 0.09, 1.1)),
    "kidney": ((0.34, 0, 1.0), (0.34, 0, 1.0), (0.31, 0.08, 0.68), (0.31, 0.08, 0.68)),
    "brain": ((0.71, 0.26, 1.34), (0.24, 0.09, 0.47), None, None),
}


@pytest.mark.parametrize("site", TABLE_1)
def test_the_betas_are_those_of_the_table_at_sixty_after_thirty(site: str) -> None:
    person = {"site": site, "age_at_exposure": 30, "attained_age": 60, "mean_dose_gy": 1}
    models = (BEIR7_EXCESS_RELATIVE, BEIR7_EXCESS_RELATIVE, BEIR7_EXCESS_ABSOLUTE, BEIR7_EXCESS_ABSOLUTE)
    for model, sex, row in zip(models, ("male", "female") * 2, TABLE_1[site], strict=True):
        answer = model.predict({**person, "sex": sex})
        if row is None:
            assert isinstance(answer, Refusal)
            assert "'brain', not one of" in answer.reason or "not a known category" in answer.reason
            continue
        assert isinstance(answer, Prediction)
        (found,) = answer.estimates.values()
        assert (found.value, found.low, found.high) == pytest.approx(row)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sex": "female", "site": "prostate"}, "no such site for that sex"),
        ({"attained_age": 24}, "5 years after exposure"),
        ({"mean_dose_gy": 2.5}, "out of range"),
        ({"site": "breast"}, "not a known category"),
    ],
)
def test_what_the_table_does_not_hold_is_refused(change: dict[str, object], reason: str) -> None:
    answer = BEIR7_EXCESS_RELATIVE.predict({**WOMAN, **change})
    assert isinstance(answer, Refusal)
    assert reason in answer.reason


DOSES = np.linspace(0.01, 45, 200)


def test_without_repopulation_the_response_is_linear_exponential_and_with_all_of_it_a_plateau() -> None:
    many = 1e9  # no quadratic term
    course = {"alpha": 0.08, "alpha_beta_gy": 3.0}
    none, full = (mechanistic_response(DOSES, many, repopulation=r, **course) for r in (1e-6, 1 - 1e-9))
    np.testing.assert_allclose(none, linear_exponential_response(DOSES, 0.08), rtol=1e-4)
    np.testing.assert_allclose(full, plateau_response(DOSES, 0.08), rtol=1e-6)


def test_every_response_begins_as_the_dose() -> None:
    small = np.array([1e-4])
    for found in (
        linear_exponential_response(small, 0.13),
        plateau_response(small, 0.13),
        mechanistic_response(small, 20, alpha=0.067, alpha_beta_gy=3, repopulation=0.62),
    ):
        assert found[0] == pytest.approx(1e-4, rel=1e-3)


def test_the_breast_has_its_greatest_risk_at_twenty_gray_and_falls_only_slightly() -> None:
    """In the words of the abstract of Schneider 2011."""
    response = mechanistic_response(DOSES, 20, alpha=0.067, alpha_beta_gy=3, repopulation=0.62)
    assert DOSES[response.argmax()] == pytest.approx(20, abs=2)
    assert 0.7 < response[-1] / response.max() < 0.95


def test_organ_equivalent_dose_of_a_histogram() -> None:
    given = {"organ": "lungs", "dvh_dose_gy": [2, 20], "dvh_volume_cm3": [3000, 1000]}
    answer = LINEAR_EXPONENTIAL_OED.predict(given)
    assert isinstance(answer, Prediction)
    oed = answer.estimates["oed"]
    by_hand = [0.75 * 2 * math.exp(-2 * a) + 0.25 * 20 * math.exp(-20 * a) for a in (0.129, 0.145, 0.117)]
    assert (oed.value, oed.low, oed.high) == pytest.approx(by_hand)
    assert answer.estimates["oed_linear"].value == pytest.approx(6.5)
    assert organ_equivalent_dose([1, 3], [1, 1]) == 2


def test_the_breast_refuses_large_fractions() -> None:
    given = {"dvh_dose_gy": [2, 38], "dvh_volume_cm3": [500, 100], "fractions": 10}
    assert isinstance(BREAST_OED.predict(given), Prediction)
    refused = BREAST_OED.predict({**given, "fractions": 1})
    assert isinstance(refused, Refusal)
    assert "above 10 Gy per fraction" in refused.reason
