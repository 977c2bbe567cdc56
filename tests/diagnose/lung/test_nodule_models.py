"""Brock, Mayo and Herder against independent statements, published odds ratios and worked values."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from fyr.diagnose.lung.brock import BROCK, BROCK_WITHOUT_SPICULATION
from fyr.diagnose.lung.herder import HERDER
from fyr.diagnose.lung.mayo import MAYO
from fyr.models import Model
from fyr.record.finding import Refusal

BASE: dict[str, Any] = {
    "age": 62,
    "sex": "male",
    "family_history_lung_cancer": False,
    "emphysema": False,
    "nodule_diameter_mm": 8,
    "nodule_type": "solid",
    "upper_lobe": False,
    "nodule_count": 4,
    "spiculation": False,
    "smoking_status": "never",
    "extrathoracic_cancer_history": False,
    "fdg_avidity": "none",
}


def answer(model: Model, **changes: Any) -> float:
    """One patient's probability."""
    prediction = model.predict({**BASE, **changes})
    assert not isinstance(prediction, Refusal), prediction
    return prediction.estimates["cancer_probability"].value


def odds(probability: float) -> float:
    """From a probability."""
    return probability / (1 - probability)


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"age": 55, "nodule_diameter_mm": 4, "nodule_count": 1}, 0.0011778335),
        (
            {
                "sex": "f",
                "family_history_lung_cancer": 1,
                "emphysema": 1,
                "nodule_diameter_mm": 12,
                "nodule_type": "part-solid",
                "upper_lobe": 1,
                "nodule_count": 2,
                "spiculation": 1,
            },
            0.4937478142,
        ),
        (
            {"age": 75, "sex": "f", "nodule_diameter_mm": 6, "nodule_type": "non-solid", "nodule_count": 8},
            0.0089274543,
        ),
    ],
)
def test_brock_worked_values(changes: dict[str, Any], value: float) -> None:
    assert answer(BROCK, **changes) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("model", "changes", "odds_ratio"),
    [
        (BROCK, {"sex": "female"}, 1.82),
        (BROCK, {"family_history_lung_cancer": True}, 1.34),
        (BROCK, {"emphysema": True}, 1.34),
        (BROCK, {"upper_lobe": True}, 1.93),
        (BROCK, {"spiculation": True}, 2.17),
        (BROCK, {"nodule_type": "part-solid"}, 1.46),
        (BROCK, {"nodule_type": "non-solid"}, 0.88),
        (BROCK, {"nodule_count": 5}, 0.92),
        (MAYO, {"smoking_status": "current"}, 2.21),
        (MAYO, {"extrathoracic_cancer_history": True}, 3.81),
        (MAYO, {"spiculation": True}, 2.83),
        (MAYO, {"upper_lobe": True}, 2.19),
        (MAYO, {"age": 63}, 1.04),
        (MAYO, {"nodule_diameter_mm": 9}, 1.14),
    ],
)
def test_odds_ratios_are_those_that_the_papers_print(model: Model, changes: dict[str, Any], odds_ratio: float) -> None:
    assert odds(answer(model, **changes)) / odds(answer(model)) == pytest.approx(odds_ratio, abs=0.01)


def test_the_size_term_of_brock_vanishes_at_4_mm() -> None:
    assert answer(BROCK, nodule_diameter_mm=4) == pytest.approx(1 / (1 + math.exp(6.7892)), rel=1e-7)


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"age": 68, "smoking_status": "former", "nodule_diameter_mm": 15, "spiculation": 1, "upper_lobe": 1}, 0.58875),
        ({"age": 45, "nodule_diameter_mm": 5}, 0.0117660639),
    ],
)
def test_mayo_worked_values(changes: dict[str, Any], value: float) -> None:
    assert answer(MAYO, **changes) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("uptake", "coefficient"), [("none", 0), ("faint", 2.322), ("moderate", 4.617), ("intense", 4.771)]
)
def test_herder_is_the_logistic_model_on_the_mayo_probability(uptake: str, coefficient: float) -> None:
    for age, size in product((40, 60, 80), (5, 12, 30)):
        before = answer(MAYO, age=age, nodule_diameter_mm=size)
        expected = 1 / (1 + math.exp(-(-4.739 + 3.691 * before + coefficient)))
        assert answer(HERDER, age=age, nodule_diameter_mm=size, fdg_avidity=uptake) == pytest.approx(
            expected, rel=1e-12
        )


def test_the_contributions_add_up_to_the_answer() -> None:
    for model in (BROCK, MAYO):
        prediction = model.predict({**BASE, "age": 71, "upper_lobe": True})
        assert not isinstance(prediction, Refusal)
        total = prediction.explanation["constant"] + sum(prediction.explanation["log_odds"].values())
        assert prediction.estimates["cancer_probability"].value == pytest.approx(1 / (1 + math.exp(-total)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nodule_diameter_mm": 0.8}, "out of range"),
        ({"nodule_diameter_mm": 31}, "out of range"),
        ({"nodule_type": "calcified"}, "not a known category"),
        ({"nodule_count": 0}, "out of range"),
        ({"spiculation": None}, "spiculation is missing"),
        ({"age": 230}, "out of range"),
    ],
)
def test_brock_refuses(changes: dict[str, Any], reason: str) -> None:
    refused = BROCK.predict({**BASE, **changes})
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def test_the_model_without_spiculation_says_why_it_is_not_given() -> None:
    refused = BROCK_WITHOUT_SPICULATION.predict(BASE)
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("not available, because")
    assert BROCK_WITHOUT_SPICULATION.card.as_dict()["available"] is False


def test_a_table_is_as_many_patients() -> None:
    rng = np.random.default_rng(5)
    rows = {
        "age": rng.uniform(40, 90, 50),
        "sex": rng.choice(["female", "male"], 50),
        "family_history_lung_cancer": rng.integers(0, 2, 50),
        "emphysema": rng.integers(0, 2, 50),
        "nodule_diameter_mm": rng.uniform(1, 30, 50),
        "nodule_type": rng.choice(["solid", "part-solid", "non-solid"], 50),
        "upper_lobe": rng.integers(0, 2, 50),
        "nodule_count": rng.integers(1, 20, 50),
        "spiculation": rng.integers(0, 2, 50),
    }
    together = BROCK.predict_columns(rows).value("cancer_probability")
    alone = [answer(BROCK, **{name: column[row] for name, column in rows.items()}) for row in range(50)]
    assert together.tolist() == pytest.approx(alone, rel=1e-12)
