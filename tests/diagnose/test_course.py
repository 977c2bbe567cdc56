"""Curves and a hundred people, from what PREDICT tells of the years after surgery."""

from __future__ import annotations

import pytest
from tests.diagnose.small_models import fact

from fyr.diagnose.breast.predict import PREDICT_22, PREDICT_32
from fyr.diagnose.course import Course, Step, course_of, hundred_people
from fyr.diagnose.pathways import Pathway
from fyr.diagnose.patient import Answered, assess

FACTS = {
    "age": 50.0,
    "screen_detected": False,
    "tumour_size_mm": 20.0,
    "grade": 2.0,
    "positive_nodes": 2.0,
    "er_positive": True,
    "pr_positive": True,
    "her2_status": "negative",
    "ki67_positive": True,
    "smoking_status": "current",
    "chemotherapy_generation": 3.0,
    "hormone_therapy": True,
}
"""The first example of the authors' own program."""


def _answered(without: str = "") -> dict[str, Answered]:
    models = {"predict-breast-2.2": PREDICT_22, "predict-breast-3.2": PREDICT_32}
    observed = [fact(name, value) for name, value in FACTS.items() if name != without]
    return {one.name: one for one in assess(observed, Pathway.BREAST, models=models).answers}


def test_the_course_after_surgery_is_the_authors_own_number() -> None:
    course = course_of(_answered()["predict-breast-3.2"])
    assert course is not None
    assert course.years == tuple(range(1, 16))
    assert [step.given for step in course.steps if step.planned] == ["surgery", "hormone_therapy", "chemotherapy"]
    # The authors' example, ten years after surgery alone: 83.1 % alive by version 3.2, 74.6 % by 2.2.
    assert course.steps[0].alive[9] == pytest.approx(83.1, abs=0.05)
    other = course_of(_answered()["predict-breast-2.2"])
    assert other is not None
    assert other.steps[0].alive[9] == pytest.approx(74.6, abs=0.05)


def test_everybody_lives_or_dies_of_one_cause() -> None:
    course = course_of(_answered()["predict-breast-3.2"])
    assert course is not None
    for step in course.steps:
        for parts in zip(step.alive, step.died_of_cancer, step.died_otherwise, strict=True):
            assert sum(parts) == pytest.approx(100)


@pytest.mark.parametrize("year", [5, 10, 15])
def test_a_hundred_people_are_a_hundred_and_each_share_is_rounded(year: int) -> None:
    course = course_of(_answered()["predict-breast-3.2"])
    assert course is not None
    people = hundred_people(course, year)
    saved = sum(count for _, count in people.because_of)
    assert people.alive_anyway + saved + people.died_otherwise + people.died_of_cancer == 100
    assert abs(people.alive_anyway - course.steps[0].alive[year - 1]) < 1
    assert abs(people.died_of_cancer - course.steps[-1].died_of_cancer[year - 1]) < 1


def test_a_treatment_that_costs_lives_saves_nobody() -> None:
    steps = (
        Step("surgery", True, (80.0,), (15.0,), (5.0,)),
        Step("radiotherapy", True, (78.0,), (14.0,), (8.0,)),
        Step("hormone_therapy", True, (83.0,), (9.0,), (8.0,)),
    )
    people = hundred_people(Course((10,), steps), 10)
    assert people.because_of == (("radiotherapy", 0), ("hormone_therapy", 5))
    assert (people.alive_anyway, people.died_otherwise, people.died_of_cancer) == (78, 8, 9)


def test_a_refusal_has_no_course() -> None:
    assert course_of(_answered(without="tumour_size_mm")["predict-breast-3.2"]) is None
