"""A model that cannot be given says why, for every row."""

from __future__ import annotations

import pytest
from tests.models.conftest import card

from fyr.errors import BadInput
from fyr.models import UnavailableModel
from fyr.record.finding import Refusal


def test_every_row_is_refused_with_the_reason() -> None:
    model = UnavailableModel(card(not_available="its coefficients stand in one place only"))
    rows = {"age": [50, 61], "weight": [80, 70], "creatinine": [1, 1], "sex": ["f", "m"], "stable": [True, True]}
    answers = model.predict_columns(rows)
    assert answers.refusal_reasons() == ["not available, because its coefficients stand in one place only"] * 2
    answer = model.predict({name: column[0] for name, column in rows.items()})
    assert isinstance(answer, Refusal)
    assert model.card.as_dict()["available"] is False


def test_the_reason_is_the_same_where_inputs_are_missing_or_wrong() -> None:
    model = UnavailableModel(card(not_available="its coefficients stand in one place only"))
    answer = model.predict({"age": -3})
    assert isinstance(answer, Refusal)
    assert answer.reason == "not available, because its coefficients stand in one place only"
    assert model.predict_columns({"age": [1, 2]}).count_problems() == {answer.reason: 2}


def test_a_reason_is_needed() -> None:
    with pytest.raises(BadInput, match="why"):
        UnavailableModel(card())
