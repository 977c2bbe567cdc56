"""A column of categories compares like text and turns into numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.models.conftest import card

from fyr.models import (
    Categories,
    Column,
    Model,
    ModelInput,
    ModelOutput,
    Prediction,
    RowRefusal,
    looked_up,
)
from fyr.models.reading import read_column
from fyr.record.finding import Refusal

GRADES = ("low", "intermediate", "high")


def test_it_compares_like_text() -> None:
    column = Categories.of([0, 1, 2, -1], GRADES)
    text = np.array(["low", "intermediate", "high", ""])
    for word in (*GRADES, "", "something else"):
        assert ((column == word) == (text == word)).all()
        assert ((column != word) == (text != word)).all()
    assert column.tolist() == text.tolist()
    assert column[column.missing].tolist() == [""]
    assert column[1] == "intermediate"
    assert column[1:3].tolist() == ["intermediate", "high"]


def test_it_turns_into_numbers() -> None:
    column = Categories.of([2, -1, 0], GRADES)
    assert looked_up(column, {"low": 1, "intermediate": 2, "high": 3}, missing=-9).tolist() == [3, -9, 1]
    with pytest.raises(KeyError):
        looked_up(column, {"low": 1})
    with pytest.raises(TypeError, match="no categories"):
        looked_up(np.zeros(3), {"low": 1})


def test_a_column_is_read_again_as_it_is() -> None:
    entry = ModelInput("grade", "Grade", "category", categories=GRADES, required=False, aliases={"g2": "intermediate"})
    read = read_column(entry, ["low", "G2", None], 3)
    assert read.values.tolist() == ["low", "intermediate", ""]
    assert read_column(entry, read.values, 3).values.tolist() == read.values.tolist()


class Staged(Model):
    """A stage from a number: below 1 there is none."""

    card = card(
        inputs=(ModelInput("size", "Size", "number", "mm", low=0, high=10),),
        outputs=(ModelOutput("stage", "Stage", "1", categories=GRADES),),
        parameters={},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        return {"stage": np.floor(columns["size"]).astype(np.int64) - 1}

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        return ()

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        return {"said": outputs["stage"]}


def test_an_answer_may_be_a_category() -> None:
    one = Staged().predict({"size": 2.5})
    assert isinstance(one, Prediction)
    assert one.estimates["stage"].category == one.estimates["stage"].text == one.explanation["said"] == "intermediate"
    assert isinstance(Staged().predict({"size": 0.5}), Refusal)
    table = Staged().predict_table(pl.DataFrame({"size": [3.0, 0.5, 1.0, None]}))
    assert table["stage"].to_list() == ["high", None, "low", None]
    assert table["refusal"].is_null().to_list() == [True, False, True, False]
    assert Staged().predict_columns({"size": [3.0, 0.5]}).value("stage").tolist()[0] == 2
