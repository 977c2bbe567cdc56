"""A column of categories compares like text and turns into numbers."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.models import Categories, ModelInput, looked_up
from fyr.models.reading import read_column

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
