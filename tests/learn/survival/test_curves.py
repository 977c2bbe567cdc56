"""Survival, incidence and censoring curves against R, lifelines, scikit-survival, and what must hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sksurv.nonparametric import CensoringDistributionEstimator
from sksurv.util import Surv

from fyr.errors import BadInput
from fyr.learn.survival.aalen_johansen import aalen_johansen
from fyr.learn.survival.censoring import censoring_weights, observed_just_before
from fyr.learn.survival.kaplan_meier import kaplan_meier

ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=25)


def columns(rows: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    years, cause, counts = (np.array(column) for column in zip(*rows, strict=True))
    return years.astype(float), cause, counts


@pytest.mark.real
def test_survival_of_lung_cancer_equals_r(data_folder: Path) -> None:
    """R survival 3.5-3: ``survfit(Surv(time / 365.25, status == 2) ~ 1, lung, conf.type = "log-log")``."""
    table = pl.read_csv(data_folder / "diagnose" / "survival_h5" / "lung_ncctg.csv", null_values="NA")
    curve = kaplan_meier(table["time"].to_numpy() / 365.25, table["status"].to_numpy() == 2)
    at = [0.5, 1.0, 2.0]
    assert curve.at(at) == pytest.approx([0.708054225986936, 0.409241624460064, 0.115693098344539], abs=1e-14)
    errors = [0.0302686993559408, 0.0358236381720378, 0.0282981973176942]
    assert curve.standard_error_at(at) == pytest.approx(errors, abs=1e-14)
    low, high = curve.interval(0.95)
    place = np.searchsorted(curve.times, at, side="right") - 1
    assert low[place] == pytest.approx([0.6439954548447782, 0.3387142690883233, 0.0676321514888291], abs=1e-8)
    assert high[place] == pytest.approx([0.762738352773918, 0.478380767646914, 0.177825199700288], abs=1e-8)


@pytest.mark.real
def test_recurrence_in_rotterdam_equals_r(rotterdam_causes: tuple[np.ndarray, np.ndarray]) -> None:
    """R survival 3.5-3: ``survfit(Surv(years, factor(cause, 0:2)) ~ 1, rotterdam)``.

    R's standard error is the infinitesimal jackknife's, Fyr's the delta method's: alike in large samples.
    """
    years, cause = rotterdam_causes
    recurrence, death = aalen_johansen(years, cause), aalen_johansen(years, cause, of=2)
    at = [1.0, 5.0, 10.0]
    assert recurrence.at(at) == pytest.approx([0.0846463810044943, 0.4001304565138040, 0.5386871972894951], abs=1e-13)
    assert death.at(at) == pytest.approx([0.0043644148344686, 0.0320103564851466, 0.0657221798343360], abs=1e-13)
    errors = [0.00510162395662979, 0.00903235035137278, 0.01016373764932597]
    assert recurrence.standard_error_at(at) == pytest.approx(errors, rel=1e-3)


@pytest.fixture
def rotterdam_causes(data_folder: Path) -> tuple[np.ndarray, np.ndarray]:
    table = pl.read_csv(data_folder / "diagnose" / "survival_h5" / "rotterdam.csv")
    recurred, died = table["recur"].to_numpy() == 1, table["death"].to_numpy() == 1
    years = np.where(recurred, table["rtime"].to_numpy(), table["dtime"].to_numpy()) / 365.25
    return years, np.where(recurred, 1, np.where(died, 2, 0))


def test_incidence_and_its_error_equal_lifelines() -> None:
    from lifelines import AalenJohansenFitter

    generator = np.random.default_rng(8)
    years, cause = generator.exponential(4, 300), generator.integers(0, 3, 300)
    peer = AalenJohansenFitter().fit(years, cause, event_of_interest=1)
    curve = aalen_johansen(years, cause)
    at = [1.0, 3.0, 6.0]
    expected = [float(peer.cumulative_density_.iloc[:, 0].loc[:time].iloc[-1]) for time in at]
    assert curve.at(at) == pytest.approx(expected, abs=1e-12)
    variance = [float(peer.variance_.loc[:time].iloc[-1]) for time in at]
    assert curve.standard_error_at(at) ** 2 == pytest.approx(variance, rel=1e-9)


def test_the_share_still_observed_equals_scikit_survival() -> None:
    """Without two rows at one time, G(t-) is their G(t) at the time of an event."""
    generator = np.random.default_rng(9)
    years, event = generator.exponential(4, 400), generator.random(400) < 0.5
    peer = CensoringDistributionEstimator().fit(Surv.from_arrays(event, years))
    at = years[event]
    assert observed_just_before(years, event, at) == pytest.approx(peer.predict_proba(at), abs=1e-12)


def test_a_row_censored_at_the_horizon_counts_as_free_of_the_event() -> None:
    weights = censoring_weights([1.0, 2.0, 5.0, 5.0, 3.0], [True, False, False, False, False], 5.0)
    assert weights == pytest.approx([1, 0, 2, 2, 0])


@given(ROWS)
@settings(max_examples=80, deadline=None)
def test_shares_of_all_states_add_up_to_one(rows) -> None:
    years, cause, _ = columns(rows)
    survival = kaplan_meier(years, cause > 0)
    of_each = [aalen_johansen(years, cause, of=one) for one in (1, 2)]
    assert survival.survival + of_each[0].incidence + of_each[1].incidence == pytest.approx(1.0, abs=1e-12)
    low, high = survival.interval()
    assert (low <= survival.survival + 1e-12).all()
    assert (high >= survival.survival - 1e-12).all()


@given(ROWS, st.integers(1, 6))
@settings(max_examples=80, deadline=None)
def test_weights_are_repeated_rows(rows, horizon) -> None:
    years, cause, counts = columns(rows)
    if not counts.any():
        return
    many, causes = np.repeat(years, counts), np.repeat(cause, counts)
    weighed, repeated = aalen_johansen(years, cause, weight=counts), aalen_johansen(many, causes)
    assert weighed.times.tolist() == repeated.times.tolist()
    assert weighed.incidence == pytest.approx(repeated.incidence, abs=1e-12)
    assert weighed.standard_error == pytest.approx(repeated.standard_error, abs=1e-12)
    one, other = kaplan_meier(years, cause == 1, counts), kaplan_meier(many, causes == 1)
    assert one.standard_error == pytest.approx(other.standard_error, abs=1e-12)
    weights = censoring_weights(years, cause, float(horizon), counts)
    assert np.repeat(weights, counts) == pytest.approx(censoring_weights(many, causes, float(horizon)), abs=1e-12)


@given(ROWS, st.integers(1, 6))
@settings(max_examples=80, deadline=None)
def test_weighing_for_censoring_is_the_curve(rows, horizon) -> None:
    """The weighted share of those with the event is Aalen and Johansen's, as long as somebody is followed."""
    years, cause, _ = columns(rows)
    curve = aalen_johansen(years, cause)
    known = float(curve.at(horizon))
    if np.isfinite(known):
        weights = censoring_weights(years, cause, float(horizon))
        assert (weights * ((cause == 1) & (years <= horizon))).sum() / len(years) == pytest.approx(known, abs=1e-12)
        assert weights.sum() / len(years) == pytest.approx(1.0, abs=1e-12)


def test_beyond_follow_up_nothing_is_said() -> None:
    curve = kaplan_meier([1.0, 2.0, 4.0], [True, True, False])
    assert np.isnan(curve.at([4.5, 9.0])).all()
    assert curve.at([4.0]).tolist() == pytest.approx([1 / 3])
    assert kaplan_meier([1.0, 2.0], [True, True]).at([5.0]).tolist() == [0.0]
    assert np.isnan(aalen_johansen([1.0, 4.0], [1, 0]).at(5.0))
    assert aalen_johansen([1.0, 4.0], [1, 2]).at(5.0) == 0.5


@pytest.mark.parametrize(
    ("years", "cause", "weight", "reason"),
    [
        ([1.0], [1, 0], None, "do not belong together"),
        ([-1.0], [1], None, "below 0 or is no number"),
        ([np.nan], [1], None, "below 0 or is no number"),
        ([1.0], [-1], None, "a cause is below 0"),
        ([1.0], [1], [-2.0], "a weight is below 0"),
        ([1.0], [1], [1.0, 1.0], "do not belong together"),
    ],
)
def test_what_cannot_be_is_refused(years, cause, weight, reason) -> None:
    with pytest.raises(BadInput, match=reason):
        aalen_johansen(years, cause, weight=weight)


def test_the_incidence_of_being_censored_is_refused() -> None:
    with pytest.raises(BadInput, match="cause 0"):
        aalen_johansen([1.0], [1], of=0)
