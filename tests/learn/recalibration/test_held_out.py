"""Held-out risks: nobody's own outcome moves their own risk."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.recalibration.distorted import binary, survival

from fyr.learn.held_out_sets import abstention_figures, coverage_figures
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration.held_out import Ground, by_folds, by_hospital


def ground(rows=1200, hospitals=("A", "B", "C"), seed=1):
    risk, outcome = survival(rows, seed=seed)
    hospital = np.array(hospitals, dtype=object)[np.arange(rows) % len(hospitals)]
    return Ground(risk, outcome, np.arange(rows).astype(str).astype(object), hospital, 10.0)


def rounds(one, wish="intercept", repeats=2):
    return list(by_folds(one, wish, folds=5, repeats=repeats, generator=np.random.default_rng(3)))


def test_every_row_is_held_out_once_in_every_repeat_by_the_map_of_the_others():
    one = ground()
    for found in rounds(one):
        held = np.sum([rows for rows, _ in found.parts], axis=0)
        assert held.tolist() == [1] * len(one)
        for rows, fitted in found.parts:
            assert found.risk[rows] == pytest.approx(fitted.apply(one.risk[rows]))
    assert dict(found.methods) == {"intercept": 5}


def test_a_rows_own_outcome_does_not_move_its_risk():
    one = ground(300)
    event, years = one.outcome.event.copy(), one.outcome.years.copy()
    event[7], years[7] = not event[7], 0.5
    other = Ground(one.risk, Outcome(event, years), one.patient, np.full(300, "A", object), 10.0)
    alike = Ground(one.risk, one.outcome, one.patient, np.full(300, "A", object), 10.0)
    held = next(rows for rows, _ in rounds(alike)[0].parts if rows[7])
    maps = []
    for ground_of in (alike, other):
        from fyr.learn.recalibration.held_out import recalibrated

        maps.append(recalibrated(ground_of.take(~held), "isotonic", np.random.default_rng(1)))
    assert maps[0] == maps[1]


def test_a_hospital_is_held_out_whole_and_one_that_cannot_be_is_said():
    one = ground()
    found, refused = by_hospital(one, "slope", np.random.default_rng(1))
    assert not refused
    assert np.isfinite(found.risk).all()
    few = one.take(np.flatnonzero((one.hospital == "A") | (np.arange(len(one)) < 40)))
    _, refused = by_hospital(few, "slope", np.random.default_rng(1))
    assert "A" in refused
    assert "slope needs 100 rows" in refused["A"]


def test_coverage_is_as_nominal_on_patients_like_these_and_falls_where_they_are_not():
    """At a hospital whose risks are stated far too low, the thresholds of the others leave out the events."""
    one = ground(6000)
    shifted = one.risk.copy()
    strange = one.hospital == "C"
    shifted[strange] = shifted[strange] ** 3
    found = coverage_figures(Ground(shifted, one.outcome, one.patient, one.hospital, 10.0), 0.9, rounds(one, repeats=1))
    assert found["held_out_patients"]["coverage"]["all"]["estimate"] == pytest.approx(0.9, abs=0.02)
    assert found["unseen_hospital"]["C"]["coverage"]["event"]["estimate"] < 0.75
    assert found["own_thresholds"]["C"]["coverage"]["event"]["estimate"] == pytest.approx(0.9, abs=0.03)
    assert sum(found["held_out_patients"]["sets"].values()) == pytest.approx(1)


def test_a_hospital_with_too_few_for_thresholds_of_its_own_is_said():
    risk, outcome = binary(600)
    hospital = np.where(np.arange(600) < 590, "big", "small").astype(object)
    one = Ground(risk, outcome, np.arange(600), hospital, None)
    found = coverage_figures(one, 0.9, rounds(one, repeats=1))
    assert "needs 9 rows" in found["own_thresholds"]["small"]["refused"]
    assert found["unseen_hospital"]["small"]["coverage"]["all"]["rows"] == 10


def test_leaving_out_the_least_sure_lowers_the_error():
    risk, outcome = binary(4000)
    one = Ground(risk, outcome, np.arange(4000), np.where(np.arange(4000) % 2, "A", "B").astype(object), None)
    held = rounds(one, "slope")
    unseen, _ = by_hospital(one, "slope", np.random.default_rng(1))
    found = abstention_figures(one, 0.2, held, unseen, np.random.default_rng(2), 200)
    told = found["held_out_patients"]
    assert told["left_out"] == pytest.approx(0.2, abs=0.01)
    assert told["error_answered"] < told["error_all"]
    assert told["fall"]["estimate"] == pytest.approx(1 - told["error_answered"] / told["error_all"])
    assert told["fall"]["low"] < told["fall"]["estimate"] < told["fall"]["high"]
    assert [point["share"] for point in found["curve"]][:3] == [0.0, 0.05, 0.1]
    errors = [point["error"] for point in found["curve"]]
    assert errors[0] == pytest.approx(told["error_all"])
    assert errors[-1] < errors[0]
    assert set(found["unseen_hospital"]) == {"A", "B"}


def test_what_is_enough_for_all_is_enough_for_the_folds():
    """With 28 rows without the event the folds have 22: fewer than an intercept needs of a whole cohort."""
    generator = np.random.default_rng(2)
    risk = generator.uniform(0.5, 0.95, 130)
    outcome = Outcome(np.arange(130) >= 28)
    one = Ground(risk, outcome, np.arange(130), np.full(130, "A", object), None)
    assert {method for found in rounds(one, "choose") for method in found.methods} <= {"none", "intercept"}
