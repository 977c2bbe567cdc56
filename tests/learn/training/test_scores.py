from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.training.boosting import grow
from fyr.learn.training.scores import LinearScore, TreeScore, score_from_dict
from fyr.learn.training.truth import Truth

GENERATOR = np.random.default_rng(2)
DESIGN = GENERATOR.normal(size=(300, 3))
EVENT = GENERATOR.random(300) < 1 / (1 + np.exp(-2 * DESIGN[:, 0]))


def test_trees_learn_log_odds_and_fewer_of_them_count_where_fewer_are_asked_for() -> None:
    text, shift = grow(DESIGN, Truth(EVENT, None, np.ones(300)), trees=60, leaves=4, seed=1)
    whole, part = TreeScore(text, 60, shift), TreeScore(text, 5, shift)

    assert shift == pytest.approx(np.log(EVENT.mean() / (1 - EVENT.mean())))
    assert np.corrcoef(whole.of(DESIGN), DESIGN[:, 0])[0, 1] > 0.8
    assert part.of(DESIGN).std() < whole.of(DESIGN).std()
    added, base = whole.added(DESIGN)
    assert np.allclose(added.sum(axis=1) + base, whole.of(DESIGN))
    assert (score_from_dict(whole.as_dict()).of(DESIGN) == whole.of(DESIGN)).all()


def test_rows_that_weigh_nothing_are_not_learned_from() -> None:
    weight = (np.arange(300) < 200).astype(np.float64)
    changed = np.where(weight > 0, EVENT, ~EVENT)

    texts = [grow(DESIGN, Truth(event, None, weight), trees=5, leaves=3, seed=1) for event in (EVENT, changed)]

    assert texts[0] == texts[1]


def test_what_is_no_score_is_refused() -> None:
    linear = LinearScore(np.ones(2), np.zeros(2), np.ones(2)).as_dict()

    with pytest.raises(BadInput, match="no form of a score"):
        score_from_dict({"form": "pickle"})
    with pytest.raises(BadInput, match="differ in number"):
        score_from_dict({**linear, "mean": [0.0]})
    with pytest.raises(BadInput, match="does not read these trees"):
        TreeScore("no trees", 1).of(DESIGN)
