from __future__ import annotations

import numpy as np

from fyr.learn.training.fusion import Combiner, combine, fixed_combiner
from fyr.learn.training.truth import Truth

GENERATOR = np.random.default_rng(8)
ROWS = 1500
SCORES = {
    "clinic": GENERATOR.normal(size=ROWS),
    "genes": GENERATOR.normal(size=ROWS),
    "noise": GENERATOR.normal(size=ROWS),
}
YEARS = GENERATOR.exponential(np.exp(-(SCORES["clinic"] + 0.5 * SCORES["genes"])))
TIMED = Truth(np.ones(ROWS, dtype=bool), YEARS, np.ones(ROWS))
EVERYBODY = {name: np.ones(ROWS, dtype=bool) for name in SCORES}


def test_weights_are_those_that_made_the_times_and_never_below_0() -> None:
    found = {one.modalities: one for one in combine(SCORES, EVERYBODY, TIMED)}

    whole = found[("clinic", "genes", "noise")]
    assert len(found) == 7
    assert np.allclose(whole.weights, [1.0, 0.5, 0.0], atol=0.12)
    assert all((one.weights >= 0).all() for one in found.values())


def test_what_is_there_takes_over_what_a_missing_modality_would_have_said() -> None:
    twin = SCORES["clinic"] + 0.3 * GENERATOR.normal(size=ROWS)
    found = {
        one.modalities: one
        for one in combine({"clinic": SCORES["clinic"], "twin": twin}, EVERYBODY | {"twin": EVERYBODY["clinic"]}, TIMED)
    }

    together = found[("clinic", "twin")]
    alone = found[("twin",)]
    assert alone.weights[0] > together.weights[1] + 0.3


def test_a_set_is_fitted_to_those_who_have_it_and_left_out_where_they_are_few() -> None:
    present = EVERYBODY | {"genes": np.arange(ROWS) < 5, "noise": np.arange(ROWS) >= ROWS - 700}
    found = {one.modalities: one for one in combine(SCORES, present, TIMED)}

    assert ("clinic", "genes") not in found
    assert found[("genes",)].rows == 5
    assert found[("clinic", "noise")].rows == 700


def test_a_score_that_points_the_wrong_way_weighs_nothing() -> None:
    (one,) = combine({"wrong": -SCORES["clinic"]}, {"wrong": EVERYBODY["clinic"]}, TIMED)

    assert one.weights.tolist() == [0.0]


def test_log_odds_are_combined_too() -> None:
    odds = SCORES["clinic"] + 0.5 * SCORES["genes"] - 0.7
    truth = Truth(GENERATOR.random(ROWS) < 1 / (1 + np.exp(-odds)), None, np.ones(ROWS))
    whole = combine({name: SCORES[name] for name in ("clinic", "genes")}, EVERYBODY, truth)[0]

    assert whole.steps is None
    assert np.allclose(whole.weights, [1.0, 0.5], atol=0.2)
    assert np.isclose(whole.of(SCORES).mean(), -0.7, atol=0.2)


def test_it_is_the_same_after_a_dictionary() -> None:
    for one in (*combine(SCORES, EVERYBODY, TIMED), fixed_combiner("clinic", SCORES["clinic"], TIMED)):
        again = Combiner.from_dict(one.as_dict())
        assert (again.of(SCORES) == one.of(SCORES)).all()
