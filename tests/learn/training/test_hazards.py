from __future__ import annotations

import numpy as np
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi

from fyr.learn.survival.aalen_johansen import aalen_johansen
from fyr.learn.training.hazards import Steps, breslow_steps, held_out_log_likelihood, incidence


def test_the_baseline_of_equal_rows_is_nelson_and_aalens() -> None:
    years, event = np.array([1.0, 2.0, 2.0, 3.0, 4.0]), np.array([True, True, True, False, True])

    steps = breslow_steps(years, event, np.zeros(5))

    assert steps.times.tolist() == [1.0, 2.0, 4.0]
    assert np.allclose(steps.cumulative, np.cumsum([1 / 5, 2 / 4, 1 / 1]))
    assert [steps.at(t) for t in (0.5, 1.0, 3.9)] == [0.0, 0.2, 0.7]


def test_baseline_and_likelihood_are_lifelines() -> None:
    rossi = load_rossi()
    order = np.random.default_rng(1).permutation(len(rossi))
    rossi["week"] = rossi["week"] + order / 1e6  # untied: then Breslow and Efron are the same
    peer = CoxPHFitter().fit(rossi, "week", "arrest")
    score = peer.predict_log_partial_hazard(rossi).to_numpy()
    years, event = rossi["week"].to_numpy(), rossi["arrest"].to_numpy() == 1

    assert np.isclose(held_out_log_likelihood(years, event, score), peer.log_likelihood_)
    steps = breslow_steps(years, event, score)
    theirs = peer.baseline_cumulative_hazard_.iloc[:, 0]
    assert np.allclose(steps.cumulative, theirs.reindex(steps.times).to_numpy())


def test_risk_of_one_cause_is_one_less_survival() -> None:
    steps = Steps(np.array([1.0, 2.0]), np.array([0.1, 0.3]))

    assert np.allclose(incidence(2.0, steps, np.array([0.0, np.log(2)])), 1 - np.exp([-0.3, -0.6]))
    assert incidence(0.5, steps, np.zeros(1)).tolist() == [0.0]


def test_competing_hazards_of_equal_rows_give_the_incidence_of_aalen_and_johansen() -> None:
    generator = np.random.default_rng(4)
    years = generator.exponential(3, 2000)
    cause = generator.choice([0, 1, 2], 2000, p=[0.3, 0.4, 0.3])
    nothing = np.zeros(2000)
    one, two = breslow_steps(years, cause == 1, nothing), breslow_steps(years, cause == 2, nothing)

    found = incidence(3.0, one, np.zeros(1), two, np.zeros(1))[0]

    assert np.isclose(found, float(aalen_johansen(years, cause).at(3.0)), atol=1e-3)
    assert found < incidence(3.0, one, np.zeros(1))[0]
