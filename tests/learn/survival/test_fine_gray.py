"""Competing risks against R: Fine-Gray (finegray with coxph, cmprsk) and cause-specific Cox with its incidences."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.survival.cause_specific import fit_cause_specific
from fyr.learn.survival.cox import fit_cox
from fyr.learn.survival.fine_gray import fit_fine_gray

COLUMNS = ["age", "nodes", "grade", "hormon"]
PATIENTS = [[45, 0, 2, 0], [65, 6, 3, 1]]


@pytest.mark.real
@pytest.mark.parametrize("cause", [1, 2])
def test_fine_gray_is_as_in_r(cause, rotterdam, of_r):
    table = rotterdam.frame.select(COLUMNS).to_numpy()
    fit = fit_fine_gray(table, rotterdam.years, rotterdam.cause, of=cause, names=COLUMNS)
    said = of_r[f"finegray {cause}"]
    assert fit.coefficients == pytest.approx(said["coefficients"], rel=1e-8)
    assert fit.standard_errors == pytest.approx(said["standard_errors"], rel=1e-7)
    assert fit.robust_standard_errors == pytest.approx(said["robust"], rel=1e-7)


@pytest.mark.real
@pytest.mark.parametrize("cause", [1, 2])
def test_fine_gray_is_near_cmprsk(cause, rotterdam, of_r):
    """It takes ties of censorings and events the other way round, and counts what the censoring curve is unsure of."""
    table = rotterdam.frame.select(COLUMNS).to_numpy()
    fit = fit_fine_gray(table, rotterdam.years, rotterdam.cause, of=cause)
    said = of_r[f"crr {cause}"]
    assert fit.coefficients == pytest.approx(said["coefficients"], rel=2e-4)
    assert fit.robust_standard_errors == pytest.approx(said["standard_errors"], rel=2e-3)
    incidence = fit.incidence(PATIENTS, [1, 5, 10])
    assert incidence == pytest.approx(np.array([said["first"], said["second"]]), rel=5e-4)


@pytest.mark.real
def test_causes_and_their_incidences_are_as_in_r(rotterdam, of_r):
    table = rotterdam.frame.select(COLUMNS).to_numpy()
    fitted = fit_cause_specific(table, rotterdam.years, rotterdam.cause, ties="breslow", names=COLUMNS)
    said = of_r["cause specific"]
    found = np.concatenate([fitted.fits[1].coefficients, fitted.fits[2].coefficients])
    assert found == pytest.approx(said["coefficients"], rel=1e-8)
    for cause, name in ((1, "recurrence"), (2, "death")):
        # R lists the times of the first patient, then of the second.
        assert fitted.incidence(PATIENTS, [1, 5, 10], cause).ravel() == pytest.approx(said[name], rel=1e-7)
    both = fitted.incidence(PATIENTS, [10, 1], 1) + fitted.incidence(PATIENTS, [10, 1], 2)
    assert (both < 1).all()
    assert (both[:, 0] > both[:, 1]).all()


def test_without_a_competing_event_it_is_cox(lung):
    fit = fit_fine_gray(lung.table, lung.years, lung.event.astype(int), ties="efron", cluster=lung.inst)
    cox = fit_cox(lung.table, lung.years, lung.event, cluster=lung.inst)
    assert fit.coefficients == pytest.approx(cox.coefficients, rel=1e-10)
    assert fit.robust_standard_errors == pytest.approx(cox.robust_standard_errors, rel=1e-10)
    assert fit.incidence(lung.table[:2], 365.0) == pytest.approx(1 - cox.survival(lung.table[:2], 365.0), rel=1e-10)


def test_without_censoring_it_is_cox_of_those_who_never_leave():
    """With G = 1 a patient with a competing event is simply at risk for ever (Fine and Gray 1999, section 3.1)."""
    generator = np.random.default_rng(4)
    table = generator.normal(size=(300, 2))
    years, cause = generator.exponential(size=300) * np.exp(-0.5 * table[:, 0]), generator.integers(1, 3, 300)
    fit = fit_fine_gray(table, years, cause)
    stayed = np.where(cause == 2, years.max() + 1, years)
    cox = fit_cox(table, stayed, cause == 1, ties="breslow", cluster=np.arange(300))
    assert fit.coefficients == pytest.approx(cox.coefficients, rel=1e-9)
    assert fit.robust_covariance == pytest.approx(cox.robust_covariance, rel=1e-8)


def test_what_is_not_there_is_refused(lung):
    with pytest.raises(BadInput, match="no row has the event 2"):
        fit_fine_gray(lung.table, lung.years, lung.event.astype(int), of=2)
    with pytest.raises(BadInput, match="not a whole number"):
        fit_fine_gray(lung.table, lung.years, lung.event * 0.5)
    with pytest.raises(BadInput, match="no row has an event"):
        fit_cause_specific(lung.table, lung.years, lung.event * 0)
    with pytest.raises(BadInput, match="cause 3 was not fitted"):
        fit_cause_specific(lung.table, lung.years, lung.event.astype(int)).incidence(lung.table, 1.0, 3)
