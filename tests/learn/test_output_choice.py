"""Which output speaks of an outcome: by its horizon, which death is meant, with treatment; refused where in doubt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fyr.diagnose.blood.scores import ALBI
from fyr.diagnose.breast.nottingham import NPI
from fyr.diagnose.breast.predict import PREDICT_32
from fyr.diagnose.lung.llp import LLP_V2
from fyr.diagnose.lung.loris import LORIS_NSCLC
from fyr.errors import BadInput
from fyr.learn.output_choice import choose_output, horizon_of
from fyr.models import Model


def chosen(model: Model, horizon: float | None, title: str = "event", *, competing: bool = False, **more: Any) -> Any:
    return choose_output(model.card, horizon_years=horizon, title=title, competing=competing, **more)


@pytest.mark.parametrize(
    ("title", "competing", "name", "reading"),
    [
        ("death of any cause", False, "overall_survival_10y_treated", "survival"),
        ("OS_STATUS", False, "overall_survival_10y_treated", "survival"),
        ("death of breast cancer", True, "breast_cancer_death_10y_treated", "risk"),
        ("death of breast cancer", False, "breast_cancer_death_10y_treated", "risk"),
        ("event", True, "breast_cancer_death_10y_treated", "risk"),
        ("death of other causes", True, "other_death_10y_treated", "risk"),
    ],
)
def test_the_death_that_is_meant_is_chosen(title: str, competing: bool, name: str, reading: str) -> None:
    found = chosen(PREDICT_32, 10, title, competing=competing)
    assert (found.name, found.reading, found.per) == (name, reading, 100)
    assert any("with and without treatment" in note for note in found.notes)


def test_percent_of_survival_becomes_the_probability_of_death() -> None:
    found = chosen(PREDICT_32, 5)
    np.testing.assert_allclose(found.risk([100, 74.6, 0]), [0, 0.254, 1])
    assert found.rank([1.0]) is None


def test_a_score_ranks_by_the_direction_of_its_card_or_of_who_asks() -> None:
    assert chosen(NPI, 10).rank([2.4, 5.4]).tolist() == [2.4, 5.4]
    assert chosen(NPI, 10, higher_is="better").rank([2.4, 5.4]).tolist() == [-2.4, -5.4]
    assert chosen(NPI, 10).risk([2.4]) is None


def test_a_probability_without_a_time_is_a_risk_only_where_the_outcome_has_none_either() -> None:
    assert chosen(LORIS_NSCLC, None).reading == "risk"
    timed = chosen(LORIS_NSCLC, 2)
    assert (timed.reading, timed.higher_is) == ("rank", "better")
    assert "names no time" in timed.notes[0]
    said = chosen(LORIS_NSCLC, 2, name="loris", higher_is="better")
    np.testing.assert_allclose(said.risk([0.7]), [0.3])


def test_a_five_year_risk_may_be_judged_on_an_outcome_without_times() -> None:
    assert chosen(LLP_V2, None).name == "lung_cancer_risk_5y"


@pytest.mark.parametrize(
    ("model", "horizon", "more", "complaint"),
    [
        (PREDICT_32, 7, {}, "gives no probability at 7 years; it gives 5, 10, 15; take --horizon 5y"),
        (PREDICT_32, 10, {"name": "overal_survival_10y_treated"}, "did you mean overall_survival_10y_treated"),
        (PREDICT_32, 10, {"name": "overall_survival_5y_treated"}, "speaks of 5 years, and 10 years are asked for"),
        (PREDICT_32, 10, {"name": "total_benefit_10y"}, "whether a higher total_benefit_10y is worse or better"),
        (ALBI, 1, {}, "2 outputs of albi may be meant: albi_score, albi_grade; name one with --output"),
    ],
)
def test_doubt_is_refused_with_what_there_is(model: Model, horizon: float, more: Any, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        chosen(model, horizon, **more)


def test_horizons_are_read_from_names() -> None:
    assert [horizon_of(name) for name in ("risk_60mo", "risk_365d", "x_2y_treated", "risk", "cts5")] == [
        5,
        pytest.approx(365 / 365.25, abs=1e-6),
        2,
        None,
        None,
    ]
