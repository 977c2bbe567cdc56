from __future__ import annotations

import numpy as np
import pytest

from fyr.learn.training.learners import Setting
from fyr.learn.training.truth import Truth
from fyr.learn.training.tuning import held_out_loss, tune

ROWS = 600
GENERATOR = np.random.default_rng(6)
COLUMNS = {"one": GENERATOR.normal(size=ROWS), "two": GENERATOR.normal(size=ROWS)}
FOLD = np.arange(ROWS) % 3


def timed(score: np.ndarray) -> Truth:
    years = np.random.default_rng(7).exponential(np.exp(-score))
    return Truth(years < 2, np.minimum(years, 2.0), np.ones(ROWS))


def test_the_plain_learner_is_taken_where_effects_are_plain() -> None:
    tuned = tune(COLUMNS, ("one", "two"), timed(COLUMNS["one"]), ("cox", "boosted"), FOLD)

    assert tuned.setting.learner == "cox"
    assert np.corrcoef(tuned.scores, COLUMNS["one"])[0, 1] > 0.9
    assert tuned.as_dict()["chosen"] in [
        {k: v for k, v in one.items() if k != "loss"} for one in tuned.as_dict()["tried"]
    ]


def test_boosting_is_taken_where_it_is_clearly_better() -> None:
    tuned = tune(COLUMNS, ("one", "two"), timed(3.0 * COLUMNS["one"] * COLUMNS["two"]), ("cox", "boosted"), FOLD)

    assert tuned.setting.learner == "boosted"


def test_noise_gets_the_strongest_penalty() -> None:
    tuned = tune(COLUMNS, ("one", "two"), timed(np.zeros(ROWS)), ("cox",), FOLD)

    assert tuned.setting == Setting("cox", freedom=1.0)


def test_the_loss_of_log_odds_is_the_log_loss() -> None:
    from sklearn.metrics import log_loss

    event, odds = GENERATOR.random(ROWS) < 0.3, GENERATOR.normal(size=ROWS)
    weight = GENERATOR.uniform(0, 2, ROWS)

    found = held_out_loss(Truth(event, None, weight), odds)

    peer = log_loss(event, 1 / (1 + np.exp(-odds)), sample_weight=weight, normalize=False)
    assert found == pytest.approx(peer)
