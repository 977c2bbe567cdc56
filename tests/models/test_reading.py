"""Reading raw values: strictly, and the same whatever the form of the column."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.models import ModelInput
from fyr.models.reading import Encoded, Problem, describe_problem, read_column, read_value

NUMBER = ModelInput("temperature", "Temperature", "number", "Cel", low=20, high=45)
INTEGER = ModelInput("age", "Age", "integer", "a", low=0, high=120)
BOOLEAN = ModelInput("oxygen", "Oxygen", "boolean", aliases={"air": "false", "oxygen": "true"})
OPTIONAL_BOOLEAN = ModelInput("smoker", "Smoker", "boolean", required=False, missing="unknown")
OPTIONAL_NUMBER = ModelInput("size", "Size", "number", "mm", low=0, high=500, required=False, missing="not used")
CATEGORY = ModelInput("level", "Level", "category", categories=("A", "C", "None"), aliases={"New Confusion": "C"})
DIGITS = ModelInput("grade", "Grade", "category", categories=("1", "2", "3"), required=False, missing="unknown")
EVERY_KIND = (NUMBER, INTEGER, BOOLEAN, OPTIONAL_BOOLEAN, OPTIONAL_NUMBER, CATEGORY, DIGITS)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (38.5, 38.5),
        ("38.5", 38.5),
        (" 38.50 ", 38.5),
        ("+3.85e1", 38.5),
        ("38.", 38.0),
        (38, 38.0),
        (Decimal("38.5"), 38.5),
        (np.float32(38.5), 38.5),
        (np.int16(38), 38.0),
        (20, 20.0),
        (45, 45.0),
    ],
)
def test_numbers_that_are_read(raw: object, value: float) -> None:
    assert read_value(NUMBER, raw) == (value, Problem.NONE)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("36,6", Problem.DECIMAL_COMMA),
        ("36.6 C", Problem.NOT_A_NUMBER),
        ("36.6°", Problem.NOT_A_NUMBER),
        (">38", Problem.NOT_A_NUMBER),
        ("3 6", Problem.NOT_A_NUMBER),
        ("3_6", Problem.NOT_A_NUMBER),
        ("1,036.6", Problem.NOT_A_NUMBER),
        ("٣٦", Problem.NOT_A_NUMBER),
        ("0x24", Problem.NOT_A_NUMBER),
        ("-", Problem.NOT_A_NUMBER),
        (".", Problem.NOT_A_NUMBER),
        ("inf", Problem.NOT_A_NUMBER),
        (True, Problem.NOT_A_NUMBER),
        (b"36.6", Problem.NOT_A_NUMBER),
        ([36.6], Problem.NOT_A_NUMBER),
        (Fraction(73, 2), Problem.NOT_A_NUMBER),
        (36.6 + 0j, Problem.NOT_A_NUMBER),
        (math.inf, Problem.NOT_FINITE),
        ("1e999", Problem.NOT_FINITE),
        (10**400, Problem.NOT_FINITE),
        (19.99, Problem.OUT_OF_RANGE),
        ("45.01", Problem.OUT_OF_RANGE),
        (-38, Problem.OUT_OF_RANGE),
    ],
)
def test_numbers_that_are_not_guessed(raw: object, problem: Problem) -> None:
    assert read_value(NUMBER, raw)[1] is problem


@pytest.mark.parametrize(
    "raw", [None, "", "   ", "NA", "n/a", "NaN", "null", "NULL", "None", "<NA>", math.nan, Decimal("nan")]
)
def test_missing_is_missing_in_every_spelling(raw: object) -> None:
    for entry in (NUMBER, INTEGER, BOOLEAN):
        assert read_value(entry, raw)[1] is Problem.MISSING, entry.kind
    value, problem = read_value(OPTIONAL_NUMBER, raw)
    assert problem is Problem.NONE
    assert math.isnan(value)


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert read_value(INTEGER, "64.0") == (64.0, Problem.NONE)
    assert read_value(INTEGER, "64.5")[1] is Problem.NOT_WHOLE
    assert read_value(INTEGER, 64.5)[1] is Problem.NOT_WHOLE


@pytest.mark.parametrize("raw", [True, "true", "TRUE", "yes", "Yes", "1", 1, 1.0, "1.0", "oxygen", " Oxygen "])
def test_true(raw: object) -> None:
    assert read_value(BOOLEAN, raw) == (True, Problem.NONE)


@pytest.mark.parametrize("raw", [False, "false", "no", "NO", "0", 0, 0.0, "air"])
def test_false(raw: object) -> None:
    assert read_value(BOOLEAN, raw) == (False, Problem.NONE)


@pytest.mark.parametrize("raw", ["y", "2", 2, -1, 0.5, "on", "maybe", [], math.inf])
def test_neither_true_nor_false(raw: object) -> None:
    assert read_value(BOOLEAN, raw)[1] is Problem.NOT_TRUE_OR_FALSE


@pytest.mark.parametrize(("raw", "category"), [("a", "A"), (" A ", "A"), ("new  CONFUSION", "C"), ("none", "None")])
def test_categories_in_any_case(raw: object, category: str) -> None:
    assert read_value(CATEGORY, raw) == (category, Problem.NONE)


def test_categories_that_are_digits_may_come_as_numbers() -> None:
    assert read_value(DIGITS, 2) == ("2", Problem.NONE)
    assert read_value(DIGITS, 2.0) == ("2", Problem.NONE)
    assert read_value(DIGITS, 2.5)[1] is Problem.UNKNOWN_CATEGORY
    assert read_value(DIGITS, 4)[1] is Problem.UNKNOWN_CATEGORY
    assert read_value(DIGITS, None) == ("", Problem.NONE)


@pytest.mark.parametrize("raw", ["drowsy", "AA", 7, ["A"], True])
def test_categories_that_are_not_known(raw: object) -> None:
    assert read_value(CATEGORY, raw)[1] is Problem.UNKNOWN_CATEGORY


def test_a_problem_says_which_input_what_was_found_and_what_is_accepted() -> None:
    assert describe_problem(NUMBER, Problem.OUT_OF_RANGE, 46) == (
        "temperature is 46 Cel, out of range (accepted: 20 to 45 Cel)"
    )
    comma = describe_problem(NUMBER, Problem.DECIMAL_COMMA, "36,6")
    assert "'36,6'" in comma
    assert "write 36.6" in comma
    with_unit = describe_problem(NUMBER, Problem.NOT_A_NUMBER, "36.6 C")
    assert "write the number alone, in Cel" in with_unit
    long = describe_problem(CATEGORY, Problem.UNKNOWN_CATEGORY, "x" * 500)
    assert len(long) < 150
    assert "accepted: A, C or None" in long
    lines = describe_problem(CATEGORY, Problem.UNKNOWN_CATEGORY, "two\nlines")
    assert "\n" not in lines


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.floats(15, 50),
    st.integers(-2, 5),
    st.text(max_size=6),
    st.sampled_from(["36.6", "36,6", "NA", "a", "C", "new confusion", "yes", "1", "air", "", "none", "2.0"]),
)


@settings(deadline=None)
@given(st.sampled_from(EVERY_KIND), st.lists(ANYTHING, max_size=8))
def test_a_column_reads_every_row_as_the_value_alone(entry: ModelInput, raw: list[Any]) -> None:
    column = read_column(entry, raw, len(raw))
    encoded = read_column(entry, Encoded(np.arange(len(raw)), raw), len(raw))
    for row, value in enumerate(raw):
        alone, problem = read_value(entry, value)
        assert Problem(int(column.problems[row])) is Problem(int(encoded.problems[row])) is problem
        if problem is Problem.NONE:
            assert column.values[row] == alone or (math.isnan(alone) and math.isnan(column.values[row]))
            assert column.problem(row) is None
        else:
            assert entry.name in str(column.problem(row))
    assert dict(column.described()) == {r: column.problem(r) for r in range(len(raw)) if column.problem(r) is not None}


@settings(deadline=None)
@given(
    st.sampled_from(EVERY_KIND),
    st.one_of(
        st.lists(st.one_of(st.floats(), st.floats(15, 50), st.sampled_from([0.0, 1.0, 2.0, 64.0])), max_size=8).map(
            lambda values: np.array(values, dtype=np.float64)
        ),
        st.lists(st.integers(-5, 130), max_size=8).map(lambda values: np.array(values, dtype=np.int64)),
        st.lists(st.booleans(), max_size=8).map(lambda values: np.array(values, dtype=np.bool_)),
        st.lists(st.sampled_from(["1", "36.6", "a", "NA", "yes", "x"]), max_size=8).map(
            lambda v: np.array(v, dtype="<U4")
        ),
        st.lists(st.floats(15, 50, width=32), max_size=8).map(lambda values: np.array(values, dtype=np.float32)),
    ),
)
def test_a_numpy_column_reads_as_its_values_do(entry: ModelInput, raw: np.ndarray[Any, Any]) -> None:
    by_array = read_column(entry, raw, len(raw))
    by_value = read_column(entry, raw.tolist(), len(raw))
    assert by_array.problems.tolist() == by_value.problems.tolist()
    for row in np.flatnonzero(by_array.problems == 0):
        a, b = by_array.values[row], by_value.values[row]
        assert a == b or (math.isnan(a) and math.isnan(b))
        assert by_array.values.dtype.kind == by_value.values.dtype.kind


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(BadInput, match="2 rows, the others 3"):
        read_column(NUMBER, [1, 2], 3)
    with pytest.raises(BadInput, match="2 dimensions"):
        read_column(NUMBER, np.zeros((3, 1)), 3)
