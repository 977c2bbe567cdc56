"""Chow's rule: who is left out, and what it gains."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.abstention import Abstention, error_of, fit_abstention


def test_the_share_that_was_asked_for_is_left_out_from_the_middle():
    risk = np.random.default_rng(1).random(1000)
    rule = fit_abstention(risk, 0.2)
    out = rule.leaves_out(risk)
    assert out.mean() == pytest.approx(0.2, abs=1e-9)
    assert np.abs(risk[out] - 0.5).max() < np.abs(risk[~out] - 0.5).min()
    assert Abstention.from_dict(rule.as_dict()) == rule


def test_nobody_is_left_out_at_a_share_of_nothing_and_equals_are_answered():
    risk = np.full(10, 0.4)
    assert not fit_abstention(risk, 0.0).leaves_out(risk).any()
    assert not fit_abstention(risk, 0.5).leaves_out(risk).any()
    with pytest.raises(BadInput, match="not from 0 to below 1"):
        fit_abstention(risk, 1.0)


def test_the_error_of_the_answered_is_what_integration_says():
    """For true risks uniform on (0, 1) the error is 1/4; without the middle fifth it is 1/4 - 0.1 / 2 = 0.2."""
    generator = np.random.default_rng(2)
    risk = generator.random(400_000)
    happened = generator.random(400_000) < risk
    weight = np.ones(400_000)
    assert error_of(risk, happened, weight) == pytest.approx(0.25, abs=0.003)
    answered = ~fit_abstention(risk, 0.2).leaves_out(risk)
    assert error_of(risk, happened, weight * answered) == pytest.approx(0.2, abs=0.003)


def test_weights_count_and_no_rows_have_no_error():
    assert error_of(np.array([0.9, 0.9]), np.array([True, False]), np.array([3.0, 1.0])) == 0.25
    assert error_of(np.array([np.nan, 0.9]), np.array([True, False]), np.array([0.0, 1.0])) == 1
    assert error_of(np.array([0.9]), np.array([True]), np.zeros(1)) is None
