"""Noise at the gate: calibrated to the clip, paid for, and refused when the budget is spent."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.learn.federation.disclosure.trial import Trial, coefficients, tables

from fyr.errors import BadInput, Refused
from fyr.learn.federation.disclosure.accountant import epsilon_of_rho
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.noise import GRID_BITS, SENSITIVITY, add_noise, clipped, on_grid
from fyr.learn.federation.disclosure.private_logistic import private_logistic_step
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.study import Study

_ASK: dict[str, Any] = {
    "features": ["age", "dose"], "outcome": "event", "centre": np.zeros(2), "scale": np.ones(2), "clip": 1.0,
    "noise": 5.0, "beta": np.zeros(3),
}  # fmt: skip


@settings(deadline=None)
@given(st.integers(0, 79), st.floats(-1e6, 1e6), st.floats(0.1, 10))
def test_one_patient_moves_the_sums_by_no_more_than_the_sensitivity(row: int, age: float, clip: float) -> None:
    table = tables()["oslo"]
    table.columns["age"][row] = age
    ask = {**_ASK, "clip": clip}
    whole = private_logistic_step(table, ask).sums["gradient"]
    without = private_logistic_step(table.taking(np.arange(table.rows) != row), ask).sums["gradient"]
    moved = float(np.linalg.norm(whole - without))
    assert moved <= float(SENSITIVITY["private-logistic"](ask))
    assert (whole == np.rint(whole)).all()


def test_rows_are_clipped_in_length_not_in_each_part() -> None:
    parts = np.array([[3.0, 4.0], [0.3, 0.4]])
    np.testing.assert_allclose(clipped(parts, 1.0), [[0.6, 0.8], [0.3, 0.4]])
    assert not clipped(np.zeros((1, 2)), 1.0).any()


def test_the_noise_is_as_large_as_was_asked() -> None:
    answer = Answer({"gradient": np.zeros(2000)})
    told = add_noise("private-logistic", {**_ASK, "clip": 2.0}, answer, b"s" * 32).sums["gradient"]
    assert abs(told.std() / (5.0 * 2.0) - 1) < 0.08
    unit = 2.0 / 2.0**GRID_BITS
    assert (told / unit == np.rint(told / unit)).all()


def test_sums_off_the_grid_are_not_told() -> None:
    with pytest.raises(BadInput, match="not on the grid"):
        add_noise("private-logistic", _ASK, Answer({"gradient": np.array([0.5])}), b"s" * 32)


def _study(sites: Any, **options: Any) -> Study:
    asked = {"features": ["age", "dose"], "outcome": "event", "rate": 4 / 270, "rounds": 15, **options}
    return Study("private", "private-logistic", tuple(sites), asked)


def test_little_noise_gives_nearly_the_fit_of_clipped_slopes() -> None:
    sites = tables()
    wanted = _study(sites, noise=0.01, rounds=6, clip=1.0, rate=8 / 270)
    noisy = Trial(sites, Rules(epsilon=1e7)).conduct(replace(wanted, rules={"epsilon": 1e7}))
    beta = np.zeros(3)
    for _ in range(6):
        total = np.zeros(3)
        for table in sites.values():
            design = np.column_stack([np.ones(table.rows), table.numbers("age"), table.numbers("dose")])
            slope = (table.numbers("event") - 1 / (1 + np.exp(-design @ beta)))[:, None] * design
            total += (slope / np.maximum(1.0, np.linalg.norm(slope, axis=1, keepdims=True))).sum(axis=0)
        beta = beta + 8 / 270 * total
    # Three sites add noise of 0.01 each in six rounds: 8/270 * 0.01 * sqrt(18) is 0.0013.
    np.testing.assert_allclose(coefficients(noisy), beta, atol=0.008)


def test_what_is_spent_adds_up_over_studies_until_it_is_refused() -> None:
    sites = tables()
    trial = Trial(sites, Rules(epsilon=5.0, delta=1e-6))
    first = trial.conduct(_study(sites, noise=5.0))
    spent = sum(entry.rho for entry in trial.gates["oslo"].ledger.entries())
    assert spent == pytest.approx(first.result["rho"])
    assert epsilon_of_rho(spent, 1e-6) < 5.0
    with pytest.raises(Refused, match=r"the privacy budget is spent: ε would be 5\.\d+ of 5 at δ = 1e-06"):
        trial.conduct(_study(sites, noise=5.0, rate=3 / 270))
    assert epsilon_of_rho(sum(one.rho for one in trial.gates["oslo"].ledger.entries()), 1e-6) <= 5.0


def test_an_answer_asked_for_again_does_not_cost_again() -> None:
    sites = tables()
    wanted = Study("private", "private-logistic", ("lund", "oslo"), {})
    gate = Control(b"s" * 32, Ledger())
    told = []
    for _ in range(3):
        plain = private_logistic_step(sites["oslo"], _ASK)
        told.append(gate(wanted, 0, "private-logistic", _ASK, plain, sites["oslo"]).sums["gradient"])
    # Nor can three answers be averaged: they are one.
    np.testing.assert_array_equal(told[0], told[1])
    np.testing.assert_array_equal(told[0], told[2])
    assert len(gate.ledger.entries()) == 1
    assert gate.ledger.entries()[0].rho == 0.02


def test_the_sensitivity_covers_what_rounding_adds() -> None:
    assert SENSITIVITY["private-logistic"](_ASK) == (1 << GRID_BITS) + Fraction(2, 2)
    assert np.linalg.norm(on_grid(np.full((1, 3), 0.577350269), 1.0)) <= (1 << GRID_BITS) + 1
