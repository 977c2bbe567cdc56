"""Conformal sets and abstention where they are needed: at a hospital that the model and the thresholds never saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.recalibrate import HEART, heart, risk_of_others

from fyr.errors import Refused
from fyr.learn.conformal import fit_sets, set_figures
from fyr.learn.held_out_sets import coverage_figures
from fyr.learn.horizon_status import status_at
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration import fit_recalibration
from fyr.learn.recalibration.held_out import Ground, by_folds

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def hospitals(data_folder: Path) -> dict[str, tuple[Ground, Ground]]:
    """For each hospital: the others, and itself, with the risks of models that never saw the hospital of a row."""
    features, disease, hospital = heart(data_folder)
    assert [int((hospital == name).sum()) for name in HEART] == [303, 261, 46, 130]  # as FLamby has them
    found = {}
    for name in HEART:
        here = hospital == name
        risk = risk_of_others(features, disease, hospital, here)
        whole = Ground(risk, Outcome(disease), np.arange(len(disease)), hospital, None)
        found[name] = (whole.take(~here), whole.take(here))
    return found


def test_thresholds_from_elsewhere_fall_short_and_own_ones_hold(hospitals: dict[str, tuple[Ground, Ground]]) -> None:
    """Of four hospitals two fall below 88 % with thresholds of the others; own ones hold 88 % wherever they can be."""
    elsewhere, own = {}, {}
    for name, (others, here) in hospitals.items():
        status = status_at(here.outcome, None)
        sets = fit_sets(others.risk, status_at(others.outcome, None), 0.9)
        figures = set_figures(sets.place(here.risk), status.happened, status.weight)
        elsewhere[name] = figures["coverage"]["all"]["estimate"]
        rounds = list(by_folds(here, "none", folds=5, repeats=4, generator=np.random.default_rng(1)))
        own[name] = coverage_figures(here, 0.9, rounds)["held_out_patients"]
    assert elsewhere["switzerland"] < 0.88
    assert elsewhere["va"] < 0.88
    assert "needs 9 rows known to be without it" in own.pop("switzerland")["refused"]
    for name, figures in own.items():
        assert 0.88 <= figures["coverage"]["all"]["estimate"] <= 0.93, name


def test_too_few_without_disease_are_refused_in_switzerland(hospitals: dict[str, tuple[Ground, Ground]]) -> None:
    _, here = hospitals["switzerland"]
    with pytest.raises(Refused, match="needs 25 rows known to be without it and there are 1"):
        fit_recalibration(here.risk, here.outcome, "intercept", horizon_years=None)
