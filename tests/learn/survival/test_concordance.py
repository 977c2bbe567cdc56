"""Concordance pair by pair in numpy, against R, lifelines and scikit-survival, and under weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.utils import concordance_index
from sksurv.metrics import concordance_index_ipcw
from sksurv.util import Surv

from fyr.errors import BadInput
from fyr.learn.survival.censoring import observed_just_before
from fyr.learn.survival.concordance import concordance, uno_concordance

ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(-2, 2), st.integers(0, 3)), min_size=2, max_size=25
)


def pair_by_pair(years, cause, risk, weight, first, competed, horizon=np.inf) -> float:
    """The definition: every pair, one at a time. `first` and `competed` weigh the event, and those gone before it."""
    pairs, in_order = 0.0, 0.0
    for one in np.flatnonzero((cause == 1) & (years <= horizon)):
        score = (risk[one] > risk) + 0.5 * (risk[one] == risk)
        later = (years > years[one]) | ((years == years[one]) & (cause != 1))
        gone = (cause == 2) & (years < years[one])
        pairs += first[one] * weight[later].sum() + competed[one] * competed[gone].sum()
        in_order += first[one] * (weight * score)[later].sum() + competed[one] * (competed * score)[gone].sum()
    return in_order / pairs if pairs > 0 else float("nan")


def columns(rows) -> tuple[np.ndarray, ...]:
    years, cause, risk, counts = (np.array(column) for column in zip(*rows, strict=True))
    return years.astype(float), cause, risk.astype(float), counts


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_harrell_is_the_share_of_pairs_exactly(rows) -> None:
    years, cause, risk, counts = columns(rows)
    weight = counts.astype(float)
    expected = pair_by_pair(years, cause, risk, weight, weight, weight)
    found = concordance(years, cause == 1, risk, counts, competing=cause == 2)
    assert found == expected or (np.isnan(found) and np.isnan(expected))


@given(ROWS, st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_uno_is_the_weighted_share_of_pairs(rows, horizon) -> None:
    years, cause, risk, counts = columns(rows)
    staying = observed_just_before(years, cause, years, counts)
    inverse = np.where(staying > 0, 1 / np.where(staying > 0, staying, 1), 0)
    expected = pair_by_pair(years, cause, risk, counts, counts * inverse**2, counts * inverse, horizon)
    found = uno_concordance(years, cause == 1, risk, horizon, counts, competing=cause == 2)
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_harrell_equals_lifelines(rows) -> None:
    years, cause, risk, _ = columns(rows)
    event = cause == 1
    found = concordance(years, event, risk)
    if np.isnan(found):
        with pytest.raises(ZeroDivisionError):
            concordance_index(years, -risk, event)
    else:
        assert found == pytest.approx(concordance_index(years, -risk, event), abs=1e-12)


@given(ROWS, st.integers(1, 5))
@settings(max_examples=80, deadline=None)
def test_weights_are_repeated_rows_and_only_the_order_of_risks_counts(rows, horizon) -> None:
    years, cause, risk, counts = columns(rows)
    many = [np.repeat(column, counts) for column in (years, cause, np.exp(risk / 3) - 7)]
    for weighed, repeated in (
        (
            concordance(years, cause == 1, risk, counts, competing=cause == 2),
            concordance(many[0], many[1] == 1, many[2], competing=many[1] == 2),
        ),
        (
            uno_concordance(years, cause == 1, risk, horizon, counts, competing=cause == 2),
            uno_concordance(many[0], many[1] == 1, many[2], horizon, competing=many[1] == 2),
        ),
    ):
        assert weighed == pytest.approx(repeated, abs=1e-12, nan_ok=True)


def test_uno_equals_scikit_survival() -> None:
    """On times that never coincide, where G(t) and G(t-) are the same for those with an event."""
    generator = np.random.default_rng(4)
    risk = generator.normal(size=500).round(1)
    latent, censored = generator.exponential(5 * np.exp(-risk)), generator.uniform(0, 12, 500)
    years, event = np.minimum(latent, censored), latent <= censored
    outcome = Surv.from_arrays(event, years)
    for horizon in (1.0, 4.0, 8.0):
        expected = concordance_index_ipcw(outcome, outcome, risk, tau=horizon)[0]
        assert uno_concordance(years, event, risk, horizon) == pytest.approx(expected, abs=1e-12)


@pytest.mark.real
def test_lung_cancer_equals_r(data_folder: Path) -> None:
    """R survival 3.5-3: ``concordance(Surv(time, status) ~ age, lung, reverse = TRUE)``, and with weights."""
    table = pl.read_csv(data_folder / "diagnose" / "survival_h5" / "lung_ncctg.csv", null_values="NA")
    time, event, age = (table[name].to_numpy() for name in ("time", "status", "age"))
    assert concordance(time, event == 2, age) == pytest.approx(0.550239832117518, abs=1e-14)
    weight = 1 + np.arange(1, len(time) + 1) % 3
    assert concordance(time, event == 2, age, weight) == pytest.approx(0.554645560908465, abs=1e-14)


def test_no_pair_is_no_number_and_a_constant_is_a_coin() -> None:
    assert np.isnan(concordance([1.0, 2.0], [False, False], [1.0, 2.0]))
    assert np.isnan(uno_concordance([1.0, 2.0], [True, True], [1.0, 2.0], 0.5))
    assert concordance([1.0, 2.0, 3.0], [True, True, False], [1.0, 1.0, 1.0]) == 0.5


@pytest.mark.parametrize(
    ("years", "risk", "reason"),
    [
        ([1.0, np.inf], [1.0, 2.0], "not a finite"),
        ([1.0, 2.0], [1.0, np.nan], "not a finite"),
        ([1.0], [1.0], "belong"),
    ],
)
def test_what_cannot_be_ranked_is_refused(years, risk, reason) -> None:
    with pytest.raises(BadInput, match=reason):
        concordance(years, [True, False], risk)
