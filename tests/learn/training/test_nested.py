from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.cohort import Cohort
from fyr.learn.outcome import Outcome
from fyr.learn.survival.concordance import concordance
from fyr.learn.survival.kaplan_meier import kaplan_meier
from fyr.learn.training.nested import MODEL, NULL, HeldOut, Plan, cross_validate
from fyr.learn.training.recipe import Recipe, train


def c_of(held_out: HeldOut, name: str = MODEL) -> float:
    risk = held_out.risks[name][:, 0]
    answered = np.isfinite(risk)
    assert answered.mean() > 0.95  # few are so far from the rest that they are refused
    outcome = held_out.cohort.outcome.take(answered)
    assert outcome.years is not None
    return concordance(outcome.years, outcome.event, risk[answered], competing=outcome.competing)


def test_noise_predicts_nothing_though_the_best_of_it_is_selected(drawn: Callable[..., Cohort]) -> None:
    """Selected on all rows, ten of 400 noise columns would reach a C of 0.7 (Ambroise and McLachlan 2002)."""
    found = []
    for seed in (1, 2, 3):
        cohort = drawn(200, noise=400, seed=seed)
        noise = tuple(name for name in cohort.columns if name.startswith("noise"))
        recipe = Recipe({"all": noise}, ("cox",), (2.0,), inner=2)
        found.append(c_of(cross_validate(recipe, cohort, Plan(folds=4))))

    assert 0.42 < np.mean(found) < 0.56
    assert max(found) < 0.62


def test_held_out_ranks_are_those_of_lifelines_in_the_same_folds(drawn: Callable[..., Cohort]) -> None:
    import pandas
    from lifelines import CoxPHFitter

    cohort = drawn(300)
    held = cross_validate(Recipe({"all": ("age", "size")}, ("cox",), (2.0,)), cohort, Plan(folds=4))
    frame = pandas.DataFrame({name: held.cohort.columns[name] for name in ("age", "size")})
    frame = frame.assign(years=held.cohort.outcome.years, event=held.cohort.outcome.event)
    theirs = np.zeros(300)
    for fold in range(4):
        fitted = CoxPHFitter().fit(frame[held.fold != fold], "years", "event")
        outside = frame[held.fold == fold]
        theirs[held.fold == fold] = 1 - fitted.predict_survival_function(outside, times=[2.0]).to_numpy()[0]

    answered = np.isfinite(held.risks[MODEL][:, 0])
    assert np.corrcoef(theirs[answered], held.risks[MODEL][answered, 0])[0, 1] > 0.995
    years, event = held.cohort.outcome.years, held.cohort.outcome.event
    assert years is not None
    peer = concordance(years[answered], event[answered], theirs[answered])
    assert c_of(held) == pytest.approx(peer, abs=0.01)


def test_what_happened_to_held_out_patients_changes_nothing_that_is_said_of_them(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(240)
    split = np.array(["train"] * 180 + ["test"] * 60, dtype=object)
    other = cohort.outcome.event.copy()
    other[180:] = ~other[180:]
    years = cohort.outcome.years
    assert years is not None
    changed = np.where(np.arange(240) < 180, years, years[::-1])
    recipe = Recipe({"all": ("age", "stage", "size")}, ("cox", "boosted"), (3.0,))
    risks = []
    for outcome in (cohort.outcome, Outcome(other, changed)):
        one = replace(cohort, outcome=outcome, groups={"split": split})
        held = cross_validate(recipe, one, Plan("split"))
        risks.append(held.risks[MODEL])
        assert held.place.tolist() == list(range(180, 240))

    assert (risks[0] == risks[1]).all()


def test_the_same_seed_makes_the_same_predictions_and_another_one_others(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(150)
    recipe = Recipe({"all": ("age", "size")}, ("boosted",), (2.0,))

    first, again = (cross_validate(recipe, cohort, Plan(folds=3)).risks[MODEL] for _ in range(2))
    other = cross_validate(recipe, cohort, Plan(folds=3, seed=2)).risks[MODEL]

    assert (first == again).all()
    assert not np.array_equal(first, other)


def test_every_row_is_predicted_once_a_repeat_by_a_model_without_its_patient(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(120)
    cohort = replace(cohort, patient=np.array([f"a/{number // 2}" for number in range(120)], dtype=object))
    held = cross_validate(Recipe({"all": ("age",)}, ("cox",), (2.0,)), cohort, Plan(folds=3, repeats=2))

    assert sorted(held.place.tolist()) == sorted([*range(120), *range(120)])
    for first in (0, 3):  # the folds of one repeat
        by_patient: dict[str, set[int]] = {}
        for patient, fold in zip(held.cohort.patient.tolist(), held.fold.tolist(), strict=True):
            if first <= fold < first + 3:
                by_patient.setdefault(patient, set()).add(fold)
        assert all(len(folds) == 1 for folds in by_patient.values())


def test_each_hospital_is_predicted_without_its_rows(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200, hospitals=4)
    held = cross_validate(Recipe({"all": ("age", "stage")}, ("cox",), (2.0,)), cohort, Plan("hospitals"))

    assert {(hospital, fold) for hospital, fold in zip(held.cohort.hospital, held.fold, strict=True)} == {
        (f"hospital {number}", number) for number in range(4)
    }
    assert c_of(held) > 0.65


def test_a_model_finds_what_there_is_and_a_missing_modality_costs_what_it_knew(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(500)
    recipe = Recipe({"clinic": ("age",), "stage": ("stage",), "image": ("size",)}, ("cox",), (2.0,))

    held = cross_validate(recipe, cohort, Plan(folds=3))

    assert set(held.risks) == {
        MODEL, NULL, "clinic alone", "stage alone", "image alone", "without clinic", "without stage", "without image"
    }  # fmt: skip
    assert c_of(held) > 0.7
    assert c_of(held) > c_of(held, "without clinic") + 0.05
    assert c_of(held, "without image") > c_of(held, "clinic alone")
    assert c_of(held, NULL) == 0.5


def test_risks_are_right_for_those_who_lack_a_modality_too(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(1500)
    lacking = np.random.default_rng(5).random(1500) < 0.4
    nothing = np.where(lacking, np.nan, cohort.columns["age"])
    cohort = replace(cohort, columns={**cohort.columns, "age": nothing})
    recipe = Recipe({"clinic": ("age",), "image": ("size", "stage")}, ("cox",), (3.0,))

    held = cross_validate(recipe, cohort, Plan(folds=3))

    for rows in (np.isnan(held.cohort.columns["age"]), ~np.isnan(held.cohort.columns["age"])):
        answered = rows & np.isfinite(held.risks[MODEL][:, 0])
        outcome = held.cohort.outcome.take(answered)
        assert outcome.years is not None
        observed = 1 - float(kaplan_meier(outcome.years, outcome.event).at(3.0))
        assert held.risks[MODEL][answered, 0].mean() == pytest.approx(observed, abs=0.04)
        assert held.risks[MODEL][answered, 0].std() > 0.1


def test_what_the_kept_model_would_refuse_is_refused_and_counted(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200, hospitals=2)
    stage = np.where(cohort.hospital == "hospital 0", cohort.columns["stage"], "stage " + cohort.columns["stage"])
    age = cohort.columns["age"].copy()
    age[0] = 500.0
    cohort = replace(cohort, columns={"age": age, "stage": stage})

    other_words = cross_validate(Recipe({"all": ("age", "stage")}, ("cox",), (2.0,)), cohort, Plan("hospitals"))
    folds = cross_validate(Recipe({"all": ("age",)}, ("cox",), (2.0,)), cohort, Plan(folds=3))

    assert other_words.refusals["stage is not a known category"] == 200
    assert np.isnan(other_words.risks[MODEL]).all()
    assert folds.refusals == {"age is out of range": 1}
    assert folds.reasons[folds.place.tolist().index(0)] is not None
    assert np.isnan(folds.risks[MODEL][folds.place == 0]).all()


def test_competing_events_lower_the_risk(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(400, competing=True)
    recipe = Recipe({"all": ("age", "stage", "size")}, ("cox",), (4.0,))
    trained, _ = train(recipe, cohort)
    alone, _ = train(recipe, replace(cohort, outcome=Outcome(cohort.outcome.event, cohort.outcome.years)))

    assert trained.other is not None
    assert (trained.risk(cohort.columns, 4.0) < alone.risk(cohort.columns, 4.0)).all()
    assert c_of(cross_validate(recipe, cohort, Plan(folds=3))) > 0.65


def test_events_by_a_horizon_are_learned_with_censoring_weights(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(600)
    trained, _ = train(Recipe({"all": ("age", "stage", "size")}, ("logistic",), (3.0,)), cohort)
    whole = drawn(20_000, seed=9)  # the same law: its observed risk is what was to be learned

    assert whole.outcome.years is not None
    observed = 1 - float(kaplan_meier(whole.outcome.years, whole.outcome.event).at(3.0))
    assert abs(trained.risk(whole.columns, None).mean() - observed) < 0.06


def test_patients_on_both_sides_of_a_split_are_refused(drawn: Callable[..., Cohort]) -> None:
    cohort = replace(
        drawn(60),
        patient=np.array(["a/1"] * 60, dtype=object),
        groups={"split": np.array(["train", "test"] * 30, dtype=object)},
    )
    with pytest.raises(BadInput, match="1 patients are marked both train and test"):
        cross_validate(Recipe({"all": ("age",)}, ("cox",), (2.0,)), cohort, Plan("split"))
