"""What one study says, less what another says: a patient who joined, a cohort within a cohort, a rare category."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from tests.learn.federation.attacks.cohorts import heart, lung
from tests.learn.federation.attacks.eavesdropping import OFF, UNGUARDED, Hospitals, Wire, isolated

from fyr.errors import Refused
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

pytestmark = pytest.mark.real

_NAMES = ["age", "sex", "trestbps", "chol", "thalach", "oldpeak"]


def _study(tables: Mapping[str, SiteTable], name: str, rules: Mapping[str, object], names: list[str]) -> Study:
    options = {"features": names, "outcome": "disease" if "disease" in next(iter(tables.values())).columns else "event"}
    return Study(name, "logistic", tuple(tables), options, rules=dict(rules))


def _curvatures(wire: Wire, site: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the coefficients that were asked about, and the square of sums, of each round that can be read.

    The columns of the design are as the study standardised them; the coordinator knows by what.
    """
    found = []
    for values, sums in wire.sums(site, "glm"):
        squares = [one for one in sums.values() if one.ndim == 2 and one.shape[0] == one.shape[1]]
        if squares:
            plan = values["plan"]
            back = np.eye(len(plan["mean"]) + 1)
            back[1:, 0] = plan["mean"]
            back[1:, 1:] = np.diag(plan["spread"])
            found.append((values["beta"], back @ squares[0] @ back.T))
    return found


def _added(tables: Mapping[str, SiteTable], site: str, count: int) -> tuple[dict[str, SiteTable], SiteTable]:
    whole = tables[site]
    return {**tables, site: whole.taking(np.arange(whole.rows) < whole.rows - count)}, whole


def _by_difference(hospitals: Hospitals, before: Mapping[str, SiteTable], site: str, names: list[str]) -> np.ndarray:
    """Run a study before and one after a patient joined; return that patient, from the sums that means are made of."""
    first, second, whole = Wire(), Wire(), hospitals.tables
    hospitals.tables = dict(before)
    hospitals.conduct(_study(before, "before", OFF, names), first)
    hospitals.tables = whole
    hospitals.conduct(_study(whole, "after", OFF, names), second)
    found: np.ndarray = second.sums(site, "columns")[0][1]["first"] - first.sums(site, "columns")[0][1]["first"]
    return found


@pytest.mark.parametrize("cohort", ["heart", "lung"])
def test_one_patient_who_joined_is_worked_out_without_rules(cohort: str) -> None:
    tables, names = (heart(), _NAMES) if cohort == "heart" else (lung(), ["age", "sex", "ph.ecog"])
    site = max(tables, key=lambda one: tables[one].rows)
    before, whole = _added(tables, site, 1)
    found = _by_difference(Hospitals(tables, UNGUARDED), before, site, names)
    last = np.array([whole.numbers(name)[-1] for name in names])
    np.testing.assert_allclose(found, last, rtol=1e-5, atol=1e-5)
    assert isolated(found, whole, names, tolerance=1e-5) == 1


@pytest.mark.parametrize("cohort", ["heart", "lung"])
@pytest.mark.parametrize("count", [1, 2])
def test_by_default_the_second_study_is_refused(cohort: str, count: int) -> None:
    tables, names = (heart(), _NAMES) if cohort == "heart" else (lung(), ["age", "sex", "ph.ecog"])
    site = max(tables, key=lambda one: tables[one].rows)
    before, _ = _added(tables, site, count)
    hospitals = Hospitals(tables)
    first, second = Wire(), Wire()
    hospitals.tables = dict(before)
    hospitals.conduct(_study(before, "before", {}, names), first)
    hospitals.tables = dict(tables)
    said = "1 patient could" if count == 1 else "2 patients could"
    with pytest.raises(Refused, match=f"{site}: {said} be singled out"):
        hospitals.conduct(_study(tables, "after", {}, names), second)
    for wire in (first, second):
        assert not _curvatures(wire, site)
        assert not wire.sums(site, "columns")
    assert sum(gate.rows_isolable for gate in hospitals.gates.values()) == 0


def test_a_cohort_within_a_cohort_is_no_way_round() -> None:
    tables = heart()
    site = "hungarian"
    whole = tables[site]
    # A filter that leaves out just the oldest patient.
    order = np.argsort(whole.numbers("age"))
    keep = np.ones(whole.rows, dtype=bool)
    keep[order[-1]] = False
    hospitals = Hospitals(tables)
    hospitals.conduct(_study(tables, "all", {}, _NAMES), Wire())
    hospitals.tables = {**tables, site: whole.taking(keep)}
    with pytest.raises(Refused, match="1 patient could be singled out"):
        hospitals.conduct(_study(tables, "all but the oldest", {}, _NAMES), Wire())


def _rare(tables: Mapping[str, SiteTable], site: str, place: int) -> dict[str, SiteTable]:
    """Give one patient of one hospital, and several of others, a rare category."""
    found = dict(tables)
    for name, table in tables.items():
        rare = np.zeros(table.rows)
        rare[[place] if name == site else [0, 5, 9]] = 1.0
        found[name] = SiteTable(name, {**table.columns, "rare": rare})
    return found


def _one_hot_mean(wire: Wire, site: str, names: list[str]) -> np.ndarray:
    """Return the mean of the patients of the last column (of zeros and ones), as its row of the curvature says it."""
    _, square = _curvatures(wire, site)[0]
    return square[-1, 1:-1] / square[-1, -1]


def test_a_column_that_one_patient_has_says_all_of_that_patient_without_rules() -> None:
    tables, site = heart(), "switzerland"
    tables = _rare(tables, site, 7)
    wire = Wire()
    Hospitals(tables, UNGUARDED).conduct(_study(tables, "rare", OFF, [*_NAMES, "rare"]), wire)
    truth = np.array([tables[site].numbers(name)[7] for name in _NAMES])
    np.testing.assert_allclose(_one_hot_mean(wire, site, _NAMES), truth, rtol=1e-6, atol=1e-6)


def test_under_masks_it_says_the_mean_of_ten_at_four_hospitals() -> None:
    tables = _rare(heart(), "switzerland", 7)
    wire, hospitals = Wire(), Hospitals(tables)
    hospitals.conduct(_study(tables, "rare", {}, [*_NAMES, "rare"]), wire)
    assert all(not _curvatures(wire, site) for site in tables)
    assert sum(gate.rows_isolable for gate in hospitals.gates.values()) == 0


def test_without_masks_it_is_refused_by_name() -> None:
    # Switzerland has one patient without the disease, for which it would be refused first.
    tables = _rare({site: one for site, one in heart().items() if site != "switzerland"}, "va", 7)
    with pytest.raises(Refused, match="va: 1 patient could be singled out: 'rare is not 0' is true of 1"):
        Hospitals(tables, Rules()).conduct(_study(tables, "rare", {"masked": "never"}, [*_NAMES, "rare"]), Wire())
