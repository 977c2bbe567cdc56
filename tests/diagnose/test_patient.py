"""What every model of a pathway says about one patient, and what moved since."""

from __future__ import annotations

from tests.diagnose.small_models import EARLIER_US, NOW_US, fact

from fyr.diagnose.changes import before_the_last_change, moved
from fyr.diagnose.form import form_fields
from fyr.diagnose.pathways import QUESTIONS, Pathway
from fyr.diagnose.patient import assess, models_of, pathways_of
from fyr.models import Model, Prediction
from fyr.record import Observation, Refusal, Status


def test_versions_stand_side_by_side_in_the_order_of_their_numbers(
    course: list[Observation], models: dict[str, Model]
) -> None:
    found = assess(course, Pathway.BREAST, models=models)
    assert [asked.question.key for asked in found.questions] == ["survival", "recurrence"]
    (family,) = found.questions[0].families
    assert [one.model.card.version for one in family.versions] == ["2.2", "10.0"]
    values = [one.answer.estimates["points"].value for one in family.versions if isinstance(one.answer, Prediction)]
    assert values == [22 * 2 + 2, 22 * 3 + 2]


def test_a_model_of_another_pathway_is_not_asked(course: list[Observation], models: dict[str, Model]) -> None:
    assert list(models_of(Pathway.LUNG, models)) == ["brock"]
    found = assess(course, Pathway.LUNG, models=models)
    (only,) = found.answers
    assert isinstance(only.answer, Refusal)
    assert only.answer.inputs == ("nodule_diameter_mm",)
    assert found.refused


def test_a_model_that_is_not_available_refuses_and_says_why(
    course: list[Observation], models: dict[str, Model]
) -> None:
    found = {one.name: one.answer for one in assess(course, Pathway.BREAST, models=models).answers}
    refusal = found["ihc4"]
    assert isinstance(refusal, Refusal)
    assert "could not be verified" in refusal.reason


def test_what_is_equivocal_is_named_and_refused(course: list[Observation], models: dict[str, Model]) -> None:
    found = assess([*course, fact("her2_ihc", "2+")], Pathway.BREAST, models=models)
    assert found.refused
    assert [one.facts[0] for one in found.needed] == ["her2_ish"]
    decided = assess([*course, fact("her2_ihc", "2+"), fact("her2_ish", "negative")], Pathway.BREAST, models=models)
    assert (decided.refused, decided.needed) == (False, ())


def test_a_derived_fact_says_from_what_and_one_that_was_said_unknown_keeps_its_status(
    course: list[Observation], models: dict[str, Model]
) -> None:
    observed = [*course, fact("ki67_positive", None, status=Status.UNKNOWN)]
    facts = {known.field.name: known for known in assess(observed, Pathway.BREAST, models=models).facts}
    assert facts["her2_status"].derived_from == ("her2_ihc",)
    unknown = facts["ki67_positive"].observation
    assert unknown is not None
    assert (unknown.status, unknown.value) == (Status.UNKNOWN, None)
    assert facts["ki67_percent"].observation is None


def test_two_values_that_cannot_both_be_true_are_named(course: list[Observation], models: dict[str, Model]) -> None:
    observed = [*course, fact("ki67_percent", 5.0), fact("ki67_positive", True)]
    (found,) = assess(observed, Pathway.BREAST, models=models).contradictions
    assert set(found.facts) == {"ki67_positive", "ki67_percent"}


def test_what_moved_and_by_which_inputs(course: list[Observation], models: dict[str, Model]) -> None:
    before_us = before_the_last_change(course)
    assert before_us == EARLIER_US
    before = assess(course, Pathway.BREAST, at_us=before_us, models=models)
    after = assess(course, Pathway.BREAST, models=models)
    first, second = moved(before, after)
    assert [(one.value, other.value) for one, other in first.estimates] == [(36.0, 46.0)]
    assert [(one.name, one.before, one.after) for one in second.inputs] == [
        ("tumour_size_mm", 18.0, 22.0),
        ("positive_nodes", 0.0, 2.0),
    ]
    assert moved(after, after) == ()


def test_an_answer_that_became_a_refusal_has_moved(course: list[Observation], models: dict[str, Model]) -> None:
    before = assess(course, Pathway.BREAST, models=models)
    unknown = [*course, fact("positive_nodes", None, NOW_US + 1, Status.NOT_DONE)]
    after = assess(unknown, Pathway.BREAST, models=models)
    changes = moved(before, after)
    assert [one.after.name for one in changes] == ["predict-breast-2.2", "predict-breast-10.0"]
    assert isinstance(changes[0].after.answer, Refusal)
    assert [(one.name, one.after) for one in changes[0].inputs] == [("positive_nodes", None)]


def test_the_pathway_follows_from_the_cancer_else_from_facts_of_one_cancer_alone(course: list[Observation]) -> None:
    assert pathways_of(course) == (Pathway.BREAST,)
    assert pathways_of([fact("nodule_diameter_mm", 8.0)]) == (Pathway.LUNG,)
    assert pathways_of([*course, fact("cancer_type", "nsclc")]) == (Pathway.LUNG,)
    assert pathways_of([fact("age", 60.0)]) == ()


def test_the_form_asks_for_the_inputs_and_for_what_they_follow_from(models: dict[str, Model]) -> None:
    fields = form_fields(models_of(Pathway.BREAST, models).items())
    assert [field.name for field in fields] == [
        *("tumour_size_mm", "her2_ihc", "her2_ish", "her2_status", "ki67_percent", "ki67_positive"),
        "positive_nodes",
    ]
    size = fields[0]
    assert (size.group, size.unit, size.models) == (
        "tumour",
        "mm",
        ("predict-breast-10.0", "predict-breast-2.2", "ihc4"),
    )
    assert "ki67_positive" not in [field.name for field in fields if field.required_by]


def test_the_last_question_takes_what_no_other_names() -> None:
    assert all(questions[-1].key == "other" for questions in QUESTIONS.values())
