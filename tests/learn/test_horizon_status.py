"""The weights that stand in for those who were lost, against Kaplan-Meier and Aalen-Johansen of another library."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.horizon_status import status_at
from fyr.learn.outcome import Outcome


def drawn(rows=800, seed=1, competing=False):
    generator = np.random.default_rng(seed)
    event, other, lost = (np.ceil(generator.exponential(scale, rows) * 4) / 4 for scale in (8.0, 9.0, 12.0))
    if not competing:
        other = np.full(rows, np.inf)
    years = np.minimum(np.minimum(event, other), lost)
    first = (event <= other) & (event <= lost)
    return Outcome(first, years, (other < event) & (other <= lost) if competing else None)


def test_the_weighted_share_is_one_minus_kaplan_meier():
    lifelines = pytest.importorskip("lifelines")
    outcome = drawn()
    curve = lifelines.KaplanMeierFitter().fit(outcome.years, outcome.event)
    for horizon in (1.0, 3.1, 7.25, 12.0):
        assert status_at(outcome, horizon).share == pytest.approx(1 - curve.predict(horizon), abs=1e-12)


def test_with_competing_events_it_is_aalen_johansen():
    lifelines = pytest.importorskip("lifelines")
    outcome = drawn(competing=True)
    generator = np.random.default_rng(2)
    jittered = outcome.years + generator.uniform(0, 1e-7, len(outcome))  # the peer has no rule for ties
    untied = Outcome(outcome.event, jittered, outcome.competing)
    curve = lifelines.AalenJohansenFitter(calculate_variance=False).fit(jittered, outcome.cause, event_of_interest=1)
    assert status_at(untied, 5.0).share == pytest.approx(float(curve.predict(5.0)), abs=1e-10)


def test_weights_add_up_to_the_rows_and_the_lost_weigh_nothing():
    outcome = drawn()
    status = status_at(outcome, 5.0)
    assert status.weight.sum() == pytest.approx(len(outcome))
    lost = ~outcome.event & (outcome.years < 5)
    assert not status.known[lost].any()
    assert status.known[~lost].all()
    assert status.events + status.without == status.known.sum()


def test_who_is_followed_just_to_the_horizon_is_known():
    status = status_at(Outcome(np.array([True, False, False]), np.array([1.0, 5.0, 5.0])), 5.0)
    assert status.weight.tolist() == [1.0, 1.0, 1.0]
    assert status.share == pytest.approx(1 / 3)


def test_without_times_every_row_is_known():
    status = status_at(Outcome(np.array([True, False])), None)
    assert (status.events, status.without, status.share) == (1, 1, 0.5)


def test_a_horizon_that_nobody_reached_is_refused():
    outcome = Outcome(np.array([True, False]), np.array([1.0, 8.2]))
    with pytest.raises(BadInput, match=r"nobody was followed to 10 years: the longest follow-up is 8\.2"):
        status_at(outcome, 10.0)
    with pytest.raises(BadInput, match="no horizon"):
        status_at(outcome, None)
