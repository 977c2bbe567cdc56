"""A resample is a vector of counts: every figure under counts is the figure of the repeated rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.learn.judging.calibration_curve import CurveBasis, weighted_quantile
from fyr.learn.judging.estimates import RANKS, Estimator
from fyr.learn.judging.incidence_kernels import incidence_at, known_weights, pseudo_observations, staying
from fyr.learn.judging.sample import Sample
from fyr.learn.outcome import Outcome
from fyr.learn.survival.aalen_johansen import aalen_johansen
from fyr.learn.survival.censoring import censoring_weights, observed_just_before

HORIZON = 3.0
ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=20)


def sorted_columns(rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ordered = sorted(rows, key=lambda row: (row[0], row[1] == 0))
    years, cause, counts = (np.array(column) for column in zip(*ordered, strict=True))
    return years.astype(float), cause.astype(np.int8), counts.astype(float)


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_kernels_equal_the_tables(rows) -> None:
    years, cause, counts = sorted_columns(rows)
    just_before = staying(years, cause, counts)
    assert just_before == pytest.approx(observed_just_before(years, cause, years, counts), abs=1e-12)
    if not counts.any():
        assert np.isnan(incidence_at(years, cause, counts, HORIZON))
        return
    weights = known_weights(years, cause, counts, just_before, HORIZON)
    assert weights == pytest.approx(counts * censoring_weights(years, cause, HORIZON, counts), abs=1e-12)
    expected = float(aalen_johansen(years, cause, weight=counts).at(HORIZON))
    assert incidence_at(years, cause, counts, HORIZON) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_pseudo_observations_are_the_jackknife(rows) -> None:
    """n F - (n - 1) F without the row, each curve estimated anew; the curve without it goes on at its last height."""
    years, cause, counts = sorted_columns(rows)
    total = counts.sum()
    if not np.isfinite(incidence_at(years, cause, counts, HORIZON)) or total < 2:
        return
    found = pseudo_observations(years, cause, counts, HORIZON)
    for row in np.flatnonzero(counts):
        less = counts - (np.arange(len(counts)) == row)
        whole, without = (
            curve.incidence[np.searchsorted(curve.times, HORIZON, side="right") - 1]
            if len(curve.times) and curve.times[0] <= HORIZON
            else 0.0
            for curve in (aalen_johansen(years, cause, weight=one) for one in (counts, less))
        )
        assert found[row] == pytest.approx(total * whole - (total - 1) * without, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3)), min_size=1, max_size=15), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_weighted_quantiles_are_those_of_repeated_values(rows, share) -> None:
    values, counts = (np.array(column, dtype=float) for column in zip(*sorted(rows), strict=True))
    if counts.any():
        expected = np.quantile(np.repeat(values, counts.astype(int)), share)
        assert weighted_quantile(values, counts, share) == pytest.approx(expected, abs=1e-9)


def cohort(kind: str, rows: int = 250) -> tuple[np.ndarray, Outcome]:
    generator = np.random.default_rng(17)
    index = generator.normal(size=rows).round(1)
    risk = 1 - np.exp(-0.5 * np.exp(index))
    if kind == "binary":
        return risk, Outcome(generator.random(rows) < risk)
    event_at, censored = generator.exponential(6 * np.exp(-index)).round(1), generator.uniform(0, 8, rows).round(1)
    other_at = generator.exponential(12, rows).round(1) if kind == "competing" else np.full(rows, np.inf)
    years = np.minimum.reduce([event_at, other_at, censored])
    event = event_at <= years
    return risk, Outcome(event, years, (other_at <= years) & ~event if kind == "competing" else None)


@pytest.mark.parametrize("kind", ["binary", "survival", "competing"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_row_that_counts_twice_is_two_rows(kind, seed) -> None:
    risk, outcome = cohort(kind)
    counts = np.random.default_rng(seed).integers(0, 4, len(risk))
    repeated = np.repeat(np.arange(len(risk)), counts)
    thresholds = [0.1, 0.3, 0.5]
    one = Estimator.of(Sample.of(risk, None, outcome, HORIZON), {}, thresholds)
    two = Estimator.of(Sample.of(risk[repeated], None, outcome.take(repeated), HORIZON), {}, thresholds)
    two.basis = CurveBasis(  # the knots stay where the whole sample puts them
        one.basis.form,
        one.basis.predicted,
        one.basis.rows[np.argsort(one.sample.pairs.order)][repeated][two.sample.pairs.order],
        one.basis.shown,
    )
    weighed = one.of_weights(one.sample.weight_of(counts))
    alone = two.of_weights(np.ones(len(repeated)))
    assert weighed.figures == pytest.approx(alone.figures, abs=1e-7, nan_ok=True)
    assert weighed.curve == pytest.approx(alone.curve, abs=1e-7)
    assert weighed.benefits == pytest.approx(alone.benefits, abs=1e-10)
    assert np.isfinite([value for name, value in weighed.figures.items() if name not in RANKS[:2]]).all()


@pytest.mark.parametrize("kind", ["survival", "competing"])
def test_ranks_see_only_the_order(kind) -> None:
    risk, outcome = cohort(kind)
    plain, bent = (
        Estimator.of(Sample.of(risk, rank, outcome, HORIZON), {}, [0.5]).of_weights(np.ones(len(risk))).figures
        for rank in (None, np.log(risk) * 100 - 3)
    )
    assert [bent[name] for name in RANKS] == [plain[name] for name in RANKS]
    turned = Estimator.of(Sample.of(risk, -risk, outcome, HORIZON), {}, [0.5]).of_weights(np.ones(len(risk))).figures
    assert [turned[name] for name in RANKS] == pytest.approx([1 - plain[name] for name in RANKS], abs=1e-12)
