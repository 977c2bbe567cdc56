"""PLCOm2012 and LLPv2 against their papers' own numbers and row-by-row statements."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fyr.diagnose.lung.llp import LLP_V2, LLP_V3
from fyr.diagnose.lung.plcom2012 import PLCOM2012
from fyr.models import Model
from fyr.record.finding import Refusal

SMOKER: dict[str, Any] = {
    "age": 62,
    "education_level": 4,
    "body_mass_index": 27,
    "copd": False,
    "personal_history_cancer": False,
    "family_history_lung_cancer": False,
    "race_ethnicity": "white",
    "smoking_status": "former",
    "cigarettes_per_day": 10 / 0.4021541613,
    "smoking_duration_years": 27,
    "years_since_quit": 10,
}
PERSON: dict[str, Any] = {
    "age": 51,
    "sex": "male",
    "smoking_duration_years": 25,
    "pneumonia_history": False,
    "asbestos_exposure": False,
    "personal_history_cancer": False,
    "family_history_onset": "none",
}


def risk(model: Model, evidence: dict[str, Any]) -> float:
    """One person's risk."""
    prediction = model.predict(evidence)
    assert not isinstance(prediction, Refusal), prediction
    return next(iter(prediction.estimates.values())).value


def log_odds(probability: float) -> float:
    """From a probability."""
    return math.log(probability / (1 - probability))


def test_at_the_centre_of_every_input_only_the_constant_remains() -> None:
    assert log_odds(risk(PLCOM2012, SMOKER)) == pytest.approx(-4.532506, abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "odds_ratio"),
    [
        ({"age": 63}, 1.081),
        ({"race_ethnicity": "black"}, 1.484),
        ({"race_ethnicity": "hispanic"}, 0.475),
        ({"race_ethnicity": "asian"}, 0.627),
        ({"race_ethnicity": "american indian"}, 1.0),
        ({"race_ethnicity": "native hawaiian"}, 2.793),
        ({"education_level": 5}, 0.922),
        ({"body_mass_index": 28}, 0.973),
        ({"copd": True}, 1.427),
        ({"personal_history_cancer": True}, 1.582),
        ({"family_history_lung_cancer": True}, 1.799),
        ({"smoking_duration_years": 28}, 1.032),
        ({"years_since_quit": 11}, 0.970),
    ],
)
def test_plcom2012_has_the_odds_ratios_of_its_table_2(changes: dict[str, Any], odds_ratio: float) -> None:
    moved = log_odds(risk(PLCOM2012, {**SMOKER, **changes})) - log_odds(risk(PLCOM2012, SMOKER))
    assert math.exp(moved) == pytest.approx(odds_ratio, abs=0.0006)


@pytest.mark.parametrize(
    ("person", "value"),
    [
        ((62, 4, 27, 0, 0, 0, "white", "current", 20, 40, 0), 0.0234304843),
        ((58, 6, 31, 0, 0, 0, "asian", "former", 15, 20, 12), 0.0017457813),
    ],
)
def test_plcom2012_worked_values(person: tuple[Any, ...], value: float) -> None:
    names = (
        "age",
        "education_level",
        "body_mass_index",
        "copd",
        "personal_history_cancer",
        "family_history_lung_cancer",
        "race_ethnicity",
        "smoking_status",
        "cigarettes_per_day",
        "smoking_duration_years",
        "years_since_quit",
    )
    assert risk(PLCOM2012, dict(zip(names, person, strict=True))) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"smoking_status": "never"}, "not for never"),
        ({"smoking_status": "current"}, "has not quit"),
        ({"smoking_duration_years": 60}, "more than the age"),
        ({"cigarettes_per_day": 0}, "out of range"),
        ({"education_level": 7}, "out of range"),
        ({"race_ethnicity": "other"}, "not a known category"),
    ],
)
def test_plcom2012_refuses(changes: dict[str, Any], reason: str) -> None:
    refused = PLCOM2012.predict({**SMOKER, **changes})
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def test_llp_gives_the_worked_example_of_its_paper() -> None:
    """Cassidy 2008, p. 276: intercept -7.106, risk 0.00349 with the log odds ratio rounded to 1.49."""
    prediction = LLP_V2.predict(PERSON)
    assert not isinstance(prediction, Refusal)
    assert prediction.explanation["intercept"] == pytest.approx(-7.106)
    assert prediction.estimates["lung_cancer_risk_5y"].value == pytest.approx(1 / (1 + math.exp(7.106 - 1.4516)))


@pytest.mark.parametrize(
    ("sex", "age", "years", "family", "malignancy", "pneumonia", "asbestos", "percent"),
    [
        ("female", 65, 37, "late", 0, 1, 0, 2.37),
        ("female", 68, 26, "none", 0, 0, 0, 1.50),
        ("female", 69, 50, "none", 0, 0, 0, 4.60),
        ("male", 64, 42, "late", 1, 0, 0, 9.53),
        ("male", 66, 53, "none", 0, 0, 1, 8.75),
        ("male", 66, 48, "none", 0, 1, 1, 14.91),
        ("male", 67, 0, "early", 1, 0, 1, 3.16),
        ("male", 73, 59, "late", 1, 0, 1, 27.09),
        ("male", 77, 0, "early", 0, 0, 1, 3.17),
        ("male", 77, 45, "early", 0, 0, 1, 28.68),
    ],
)
def test_llp_gives_table_3_of_its_paper(
    sex: str, age: int, years: int, family: str, malignancy: int, pneumonia: int, asbestos: int, percent: float
) -> None:
    person = {
        "age": age,
        "sex": sex,
        "smoking_duration_years": years,
        "pneumonia_history": pneumonia,
        "asbestos_exposure": asbestos,
        "personal_history_cancer": malignancy,
        "family_history_onset": family,
    }
    # The paper prints intercepts to two decimals (± 0.005 in log-odds) and risks to two decimals of a percent.
    assert 100 * risk(LLP_V2, person) == pytest.approx(percent, rel=0.005, abs=0.006)


def test_llp_has_no_fourth_class_of_duration_before_60_years() -> None:
    steps = [
        log_odds(risk(LLP_V2, {**PERSON, "age": 80, "smoking_duration_years": y}))
        for y in (0, 1, 19, 20, 39, 40, 59, 60)
    ]
    assert [step - steps[0] for step in steps] == pytest.approx(
        [0, 0.7692, 0.7692, 1.4516, 1.4516, 2.5072, 2.5072, 2.7243]
    )


@pytest.mark.parametrize("changes", [{"age": 39}, {"age": 85}, {"smoking_duration_years": 52}, {"sex": None}])
def test_llp_refuses(changes: dict[str, Any]) -> None:
    assert isinstance(LLP_V2.predict({**PERSON, **changes}), Refusal)


def test_version_3_says_why_it_is_not_given() -> None:
    refused = LLP_V3.predict(PERSON)
    assert isinstance(refused, Refusal)
    assert "one public place only" in refused.reason
