"""A model that takes several numbers in one cell: the columns of a histogram."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
from tests.models.conftest import card

from fyr.errors import BadInput
from fyr.models import Column, Model, ModelInput, ModelOutput, Prediction
from fyr.record.finding import Refusal

DOSES = ModelInput("doses", "Doses", "numbers", "Gy", low=0, high=100)


class Total(Model):
    """The sum: the smallest model of several numbers."""

    card = card(inputs=(DOSES,), outputs=(ModelOutput("total", "Total", "Gy"),))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        return {"total": np.array([one.sum() for one in columns["doses"]])}


@pytest.mark.parametrize(
    "given", [[1, 2.5, 3], (1, 2.5, 3), np.array([1, 2.5, 3]), "1;2.5;3", " 1 2.5 3 ", "1; 2.5 ;3;", "[1, 2.5, 3]"]
)
def test_every_way_of_writing_a_list_is_the_same(given: object) -> None:
    answer = Total().predict({"doses": given})
    assert isinstance(answer, Prediction)
    assert answer.estimates["total"].value == 6.5
    assert json.loads(json.dumps(answer.inputs)) == {"doses": [1, 2.5, 3]}


def test_one_number_is_a_list_of_one() -> None:
    assert Total().predict_table(pl.DataFrame({"doses": [4.0, 5.0]}))["total"].to_list() == [4, 5]


def test_a_table_holds_lists_as_lists_and_as_text() -> None:
    for column in ([[1.0, 2.0], [3.0]], ["1;2", "3"], ["[1, 2]", "[3]"]):
        assert Total().predict_table(pl.DataFrame({"doses": column}))["total"].to_list() == [3, 3]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("1;x;3", "doses is '1;x;3', not a list of numbers (accepted: a list such as 0;1.5;3, each 0 to 100 Gy)"),
        ("1,5;2", "with a comma"),
        ([1, 200], "out of range"),
        ([1, None], "not a list of numbers"),
        (["1", True], "not a list of numbers"),
        ([], "doses is missing"),
        ("", "doses is missing"),
        ("[1, 2", "not a list of numbers"),
        ('{"a": 1}', "not a list of numbers"),
        (True, "not a list of numbers"),
        ("1;1e999", "not a finite number"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(given: object, reason: str) -> None:
    refused = Total().predict({"doses": given})
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def test_several_numbers_have_a_unit_and_no_median() -> None:
    with pytest.raises(BadInput, match="needs a UCUM unit"):
        ModelInput("doses", "Doses", "numbers")
    with pytest.raises(BadInput, match="has no median"):
        ModelInput("doses", "Doses", "numbers", "Gy", usual_median=(1, 2))
