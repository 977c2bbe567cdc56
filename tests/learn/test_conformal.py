"""Conformal sets against their definition by p-values, and the coverage that they must have."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.recalibration.distorted import binary, survival

from fyr.errors import BadInput, Refused
from fyr.learn.conformal import SETS, ConformalSets, fit_sets, least_rows, set_figures
from fyr.learn.horizon_status import HorizonStatus, status_at
from fyr.learn.outcome import Outcome


def known(happened):
    return HorizonStatus(happened, np.ones(len(happened)))


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_sets_are_those_of_conformal_p_values(level):
    """A class is in the set where its p-value, the share of its calibration scores as strange, is above 1 - level."""
    generator = np.random.default_rng(3)
    for _ in range(20):
        risk, happened = np.round(generator.random(90), 2), generator.random(90) < 0.4
        new = np.round(generator.random(200), 2)
        sets = fit_sets(risk, known(happened), level)
        yes, no = risk[happened], risk[~happened]
        p_event = ((yes[None, :] <= new[:, None]).sum(axis=1) + 1) / (len(yes) + 1)
        p_none = ((no[None, :] >= new[:, None]).sum(axis=1) + 1) / (len(no) + 1)
        event, none = sets.holds(new)
        assert event.tolist() == (p_event > 1 - level + 1e-12).tolist()
        assert none.tolist() == (p_none > 1 - level + 1e-12).tolist()


def test_coverage_of_each_class_is_exact_on_average():
    """With 19 rows of a class and no ties a level of 0.9 leaves out below the second: 18 of 20 are covered."""
    generator = np.random.default_rng(4)
    happened = np.arange(38) < 19
    covered = []
    for _ in range(3000):
        sets = fit_sets(generator.random(38) + 0.3 * happened, known(happened), 0.9)
        covered.append(sets.holds(generator.random(40) + 0.3)[0].mean())
    assert np.mean(covered) == pytest.approx(18 / 20, abs=0.005)


def test_under_censoring_each_class_is_covered():
    """Thresholds of censored rows cover the true, later seen, status of others; the lost have the lowest risk here."""
    generator = np.random.default_rng(6)
    risk, outcome = survival(20_000, seed=8)
    hazard = 0.5 * np.exp(np.log(-np.log1p(-risk))) / 10
    truth = generator.exponential(1 / hazard) <= 10
    sets = fit_sets(risk, status_at(outcome, 10.0), 0.9)
    event, none = sets.holds(risk)
    assert event[truth].mean() == pytest.approx(0.9, abs=0.012)
    assert none[~truth].mean() == pytest.approx(0.9, abs=0.012)


def test_a_recalibration_changes_no_set():
    risk, outcome = binary(500)
    new = np.linspace(0.01, 0.99, 99)
    before = fit_sets(risk, status_at(outcome, None), 0.9).place(new)
    after = fit_sets(risk**3, status_at(outcome, None), 0.9).place(new**3)
    assert before.tolist() == after.tolist()


def test_what_a_set_holds_is_named_by_its_place():
    sets = ConformalSets(0.9, event_from=0.3, no_event_to=0.6)
    assert [SETS[place] for place in sets.place(np.array([0.2, 0.3, 0.6, 0.7]))] == [
        "no_event",
        "either",
        "either",
        "event",
    ]
    assert SETS[ConformalSets(0.9, event_from=0.6, no_event_to=0.3).place(np.array([0.5]))[0]] == "neither"
    assert ConformalSets.from_dict(sets.as_dict()) == sets


def test_too_few_of_a_class_are_refused():
    assert [least_rows(level) for level in (0.8, 0.9, 0.95, 0.99)] == [4, 9, 19, 99]
    happened = np.arange(100) < 8
    with pytest.raises(Refused, match=r"level of 0\.9 needs 9 rows with the event and there are 8"):
        fit_sets(np.linspace(0, 1, 100), known(happened), 0.9)
    assert np.isfinite(fit_sets(np.linspace(0, 1, 100), known(np.arange(100) < 9), 0.9).event_from)
    with pytest.raises(BadInput, match="not between 0 and 1"):
        fit_sets(np.linspace(0, 1, 100), known(happened), 1.0)


def test_figures_count_by_class_with_wilsons_interval():
    happened = np.array([True] * 10 + [False] * 30)
    places = np.array([0] * 8 + [1] * 2 + [1] * 15 + [2] * 12 + [3] * 3)
    found = set_figures(places, happened, np.ones(40))
    assert found["coverage"]["event"]["estimate"] == 0.8
    assert found["coverage"]["no_event"]["estimate"] == 0.9
    assert found["coverage"]["all"]["estimate"] == pytest.approx(35 / 40)
    assert found["sets"] == {"event": 0.2, "no_event": 17 / 40, "either": 0.3, "neither": 3 / 40}
    from scipy.stats import binomtest

    peer = binomtest(8, 10).proportion_ci(method="wilson")
    assert (found["coverage"]["event"]["low"], found["coverage"]["event"]["high"]) == pytest.approx(tuple(peer))


def test_rows_of_unknown_status_count_in_no_coverage():
    outcome = Outcome(np.array([True, False, False]), np.array([1.0, 2.0, 9.0]))
    status = status_at(outcome, 5.0)
    found = set_figures(np.array([0, 3, 1]), status.happened, status.weight)
    assert found["coverage"]["all"]["rows"] == 2
    assert found["coverage"]["all"]["estimate"] == 1.0
