from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fyr.errors import BadInput, Refused
from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome
from fyr.learn.training.guards import check_cohort, refuse_disguised_outcomes, usable_predictors


def test_what_cannot_be_learned_from_is_said_in_one_line(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(50)
    nobody = np.zeros(50, dtype=bool)

    with pytest.raises(BadInput, match="none of 50 rows has the event"):
        check_cohort(replace(cohort, outcome=Outcome(nobody, np.ones(50))), (1.0,))
    with pytest.raises(BadInput, match="all 50 rows have the event"):
        check_cohort(replace(cohort, outcome=Outcome(~nobody)), ())
    with pytest.raises(BadInput, match="nobody was followed for 40 years"):
        check_cohort(cohort, (1.0, 40.0))
    with pytest.raises(BadInput, match="there is no horizon"):
        check_cohort(cohort, ())


def test_columns_that_teach_nothing_are_left_out_with_a_note(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200)
    more = {
        "constant": np.ones(200),
        "empty": np.full(200, np.nan),
        "name": np.array([f"person {number}" for number in range(200)], dtype=object),
        "answer": np.array(["Yes", "yes", "no", "YES "] * 50, dtype=object),
    }
    cohort = replace(cohort, columns={**cohort.columns, **more})

    columns, kept, notes = usable_predictors(cohort, tuple(cohort.columns))

    assert kept == ("age", "stage", "size", "answer")
    assert set(columns["answer"].tolist()) == {"YES ", "no"}
    assert [note.split(":")[-1].strip() for note in notes] == ["empty", "constant", "name"]
    with pytest.raises(BadInput, match="no predictor is left"):
        usable_predictors(cohort, ("constant", "empty"))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda o: -o.years, "a C of"),
        (lambda o: o.event.astype(float) * 3 + 1, "an AUC of"),
        (lambda o: np.where(o.event, "dead", "alive").astype(object), "an AUC of"),
        (lambda o: np.where(o.event, 2019.0, np.nan), "an AUC of"),
    ],
    ids=["follow-up", "status", "status in words", "date of death"],
)
def test_the_outcome_in_disguise_is_refused(
    drawn: Callable[..., Cohort], make: Callable[[Outcome], np.ndarray], said: str
) -> None:
    cohort = drawn(200)
    cohort = replace(cohort, columns={**cohort.columns, "odd": make(cohort.outcome)})

    with pytest.raises(Refused, match=f"'odd' alone ranks the patients with {said}.*--allow odd"):
        refuse_disguised_outcomes(cohort, ("age", "odd"), outcome_columns=(), allowed=())
    (note,) = refuse_disguised_outcomes(cohort, ("age", "odd"), outcome_columns=(), allowed=("odd",))
    assert note.endswith("it was allowed")


def test_a_column_named_as_the_outcome_is_refused_and_honest_ones_pass(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200, effect=1.5)

    assert refuse_disguised_outcomes(cohort, tuple(cohort.columns), outcome_columns=("os",), allowed=()) == []
    with pytest.raises(Refused, match="'age' is a column of the outcome"):
        refuse_disguised_outcomes(cohort, ("age",), outcome_columns=("Age",), allowed=())


def test_many_categories_of_few_patients_are_no_disguise(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200)
    rare = np.array([f"clinic {number % 55}" for number in range(200)], dtype=object)

    assert (
        refuse_disguised_outcomes(
            replace(cohort, columns={"clinic": rare}), ("clinic",), outcome_columns=(), allowed=()
        )
        == []
    )


def test_a_category_that_tells_nothing_at_all_is_no_disguise(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(44)
    event = np.tile([True, True, False, False], 11)
    even = np.where(np.arange(44) % 2, "f", "m").astype(object)
    outcome = Outcome(event, np.random.default_rng(4).uniform(0.1, 5, 44))
    cohort = replace(cohort, outcome=outcome, columns={**cohort.columns, "sex": even})

    assert refuse_disguised_outcomes(cohort, ("sex",), outcome_columns=(), allowed=()) == []
