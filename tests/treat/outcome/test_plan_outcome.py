"""A plan's structures against all models: the same answers as the models give, and refusals with reasons."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.models import Prediction, models
from fyr.record.finding import Refusal
from fyr.treat.dvh import Dvh, Sampling
from fyr.treat.outcome import (
    COMPLICATIONS,
    ORGANS,
    Course,
    StructureDose,
    models_of,
    organ_of,
    outcome_of_plan,
)
from fyr.treat.outcome.combined import (
    complication_free_control,
    injury,
    probability_lower,
    uncomplicated_control,
)
from fyr.treat.outcome.modifiers import absolute_risk, with_odds_ratio

COURSE = Course(35, 2.0)


def test_every_structure_is_answered_by_every_model_of_its_organ() -> None:
    structures = [
        StructureDose("Rectum", "rectum", [20, 60, 75], [40, 20, 5]),
        StructureDose("Heart", "heart", [1, 10], [400, 100]),
        StructureDose("PTV", None, [70], [100]),
    ]
    found = outcome_of_plan(structures, COURSE)
    assert [one.structure for one in found] == ["Rectum", "Heart", "Heart", "PTV"]
    rectum, coronary, mortality, target = found
    assert isinstance(rectum.answer, Prediction)
    assert rectum.answer == rectum.model.predict(rectum.evidence)  # type: ignore[union-attr]
    assert isinstance(coronary.answer, Prediction)
    assert coronary.answer.estimates["relative_rate"].value == pytest.approx(1 + 0.074 * 2.8)
    assert isinstance(mortality.answer, Refusal)
    assert mortality.answer.reason.startswith("not available, because")
    assert target.model is None
    assert isinstance(target.answer, Refusal)


def test_alpha_beta_and_factors_reach_the_models_that_need_them() -> None:
    lungs = [StructureDose("Lungs-GTV", "lungs", [2, 30], [3000, 800])]
    without = outcome_of_plan(lungs, COURSE)
    answered = {one.model.card.name for one in without if one.model and isinstance(one.answer, Prediction)}
    assert answered == {"ntcp-lung-pneumonitis-quantec"}, "it alone takes the mean dose and nothing else"
    factors = {
        "age_above_63": True,
        "pulmonary_comorbidity": False,
        "lower_or_middle_lobe": False,
        "sequential_chemotherapy": False,
        "smoking_status": "former",
    }
    given = outcome_of_plan(lungs, Course(35, 2.0, {"lungs": 3.0}), factors)
    assert [isinstance(one.answer, Prediction) for one in given] == [True, True, True]


def test_a_structure_that_the_dose_does_not_cover_is_refused() -> None:
    (one,) = outcome_of_plan([StructureDose("Rectum", "rectum", [60], [10], complete=False)], COURSE)
    assert isinstance(one.answer, Refusal)
    assert "does not cover" in one.answer.reason


def test_a_histogram_of_a_structure_gives_the_mean_that_it_has() -> None:
    bins = np.zeros(100)
    bins[[10, 50]] = [30.0, 10.0]
    dvh = Dvh("Parotid_L", 40, 0, 5.0, 10.0, 25.5, 0.5, bins, Sampling(1000, 1, 0.1))
    structure = StructureDose.of_dvh(dvh, organ_of(dvh.name))
    (one,) = outcome_of_plan([structure], COURSE)
    assert isinstance(one.answer, Prediction)
    mean = (30 * 5.25 + 10 * 25.25) / 40
    direct = COMPLICATIONS["ntcp-parotid-flow-dijkema"].predict({"mean_dose_gy": mean, "dose_per_fraction_gy": 2})
    assert isinstance(direct, Prediction)
    assert one.answer.estimates["ntcp"].value == pytest.approx(direct.estimates["ntcp"].value)


def test_two_plans_are_compared_draw_by_draw() -> None:
    plans = [[StructureDose("Rectum", "rectum", [20, dose], [40, 10])] for dose in (70, 74)]
    first, second = (outcome_of_plan(plan, COURSE)[0].draws() for plan in plans)
    assert probability_lower(first, second) == 1  # more dose is more risk under every draw
    assert probability_lower(first, first) == 0.5
    with pytest.raises(BadInput, match="cannot be compared"):
        probability_lower(first, second[:1])


def test_organs_are_exact_names() -> None:
    assert organ_of(" rectum ") == "rectum"
    assert organ_of("Rectum_PRV05") is None
    for organ in ORGANS:
        assert models_of(organ)
    with pytest.raises(BadInput, match="no organ"):
        models_of("liver")


def test_every_outcome_model_is_registered_by_its_name() -> None:
    registered = set(models())
    expected = {model.card.name for organ in ORGANS for model in models_of(organ)}
    if "ntcp-rectum-bleeding-quantec" not in registered:
        pytest.skip("the installed package is older than its entry points")
    assert expected <= registered


def test_control_without_injury() -> None:
    any_injury = injury([0.1, 0.2])
    assert any_injury == pytest.approx(0.28)
    assert complication_free_control(0.8, any_injury) == pytest.approx(0.8 * 0.72)
    assert uncomplicated_control(0.8, [0.1, 0.2]) == pytest.approx(0.8 * 0.72)
    assert uncomplicated_control(0.8, [0.1, 0.2], [1, 0]) == pytest.approx(0.72)
    assert complication_free_control(0.8, 0.28, delta=0) == pytest.approx(0.52)
    assert complication_free_control(0.2, 0.9, delta=0) == 0
    with pytest.raises(BadInput):
        complication_free_control(1.2, 0.1)
    with pytest.raises(BadInput):
        complication_free_control(0.8, 0.1, delta=2)


def test_modifiers_leave_what_they_do_not_change() -> None:
    assert with_odds_ratio([0, 0.3, 1], 1) == pytest.approx([0, 0.3, 1])
    assert with_odds_ratio(0.5, 3) == pytest.approx(0.75)
    assert absolute_risk(0.1, 1) == pytest.approx(0.1)
    assert absolute_risk(0.1, 2) == pytest.approx(1 - 0.9**2)
