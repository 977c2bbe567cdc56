"""Rows worked out from sums over rounds, and whether a patient was there at all."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.optimize import least_squares
from tests.learn.federation.attacks.cohorts import heart
from tests.learn.federation.attacks.eavesdropping import OFF, UNGUARDED, Hospitals, Wire, isolated

from fyr.errors import Refused
from fyr.learn.federation import methods
from fyr.learn.federation.rounds import Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.plan import Plan
from fyr.learn.federation.study import Study

pytestmark = pytest.mark.real

_NAMES = ["age", "chol"]
_CENTRE, _SPREAD = np.array([55.0, 240.0]), np.array([10.0, 60.0])


def asking(study: Study) -> Rounds:
    """Ask for the sums of a logistic regression at coefficients of the coordinator's choice."""
    roles, kinds = {"outcome": "disease"}, {"outcome": "binary"}
    plan = Plan(tuple(_NAMES), roles, kinds, mean=_CENTRE, spread=_SPREAD).payload()
    draw = default_rng(1)
    for _ in range(int(study.options["rounds"])):
        yield Question("glm", {"plan": plan, "family": "logistic", "beta": draw.normal(size=3)})
    return {}


@pytest.fixture
def _free_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(methods.METHODS, "asking", "tests.learn.federation.attacks.test_inversion:asking")


def _tiny() -> dict[str, SiteTable]:
    """Give Switzerland three patients."""
    tables = heart()
    few = tables["hungarian"].taking(np.arange(tables["hungarian"].rows) < 3)
    return {**tables, "hungarian": few}


def _invert(wire: Wire, site: str, count: int) -> np.ndarray:
    """Solve for the rows that give what was sent, from many starts."""
    rounds = wire.sums(site, "glm")
    squares = [name for name, one in rounds[0][1].items() if one.ndim == 2 and one.shape == (3, 3)]
    assert squares
    asked = [(values["beta"], sums[squares[0]]) for values, sums in rounds]
    upper = np.triu_indices(3)

    def misfit(flat: np.ndarray) -> np.ndarray:
        design = np.column_stack([np.ones(count), flat.reshape(count, 2)])
        parts = []
        for beta, square in asked:
            chance = 1 / (1 + np.exp(-design @ beta))
            parts.append((((design * (chance * (1 - chance))[:, None]).T @ design) - square)[upper])
        return np.concatenate(parts)

    draw = default_rng(0)
    best = min(
        (least_squares(misfit, draw.normal(size=2 * count), xtol=1e-15, ftol=1e-15, gtol=1e-15) for _ in range(20)),
        key=lambda found: found.cost,
    )
    return best.x.reshape(count, 2) * _SPREAD + _CENTRE


@pytest.mark.usefixtures("_free_questions")
def test_the_rows_of_three_patients_are_solved_for_without_rules() -> None:
    tables, wire = _tiny(), Wire()
    study = Study("tiny", "asking", tuple(tables), {"rounds": 4}, rules=OFF)
    Hospitals(tables, UNGUARDED).conduct(study, wire)
    found = _invert(wire, "hungarian", 3)
    assert isolated(found, tables["hungarian"], _NAMES, tolerance=1e-5) == 3


@pytest.mark.usefixtures("_free_questions")
def test_by_default_three_patients_are_one_part_of_a_masked_total() -> None:
    tables, wire = _tiny(), Wire()
    hospitals = Hospitals(tables)
    hospitals.conduct(Study("tiny", "asking", tuple(tables), {"rounds": 4}), wire)
    assert all(wire.sums(site, "glm") == [] for site in tables)
    assert sum(gate.rows_isolable for gate in hospitals.gates.values()) == 0


@pytest.mark.usefixtures("_free_questions")
def test_without_masks_three_patients_answer_nothing() -> None:
    tables, wire = _tiny(), Wire()
    study = Study("tiny", "asking", tuple(tables), {"rounds": 4}, rules={"masked": "never"})
    with pytest.raises(Refused, match="hungarian: 3 rows take part here, fewer than 10"):
        Hospitals(tables).conduct(study, wire)
    assert wire.sums("hungarian", "glm") == []


@pytest.mark.usefixtures("_free_questions")
def test_asking_again_and_again_ends_when_the_equations_would_suffice() -> None:
    tables, wire = {site: table for site, table in heart().items() if site in ("cleveland", "va")}, Wire()
    rows = tables["va"].rows
    study = Study("many", "asking", tuple(tables), {"rounds": 90}, rules={"masked": "never"})
    with pytest.raises(Refused, match=r"va: .* enough equations to solve for the rows"):
        Hospitals(tables).conduct(study, wire)
    told = len(wire.sums("va", "glm"))
    # A square of three and its side are nine numbers at least, and rows of three columns the unknowns.
    assert 9 * told < 3 * rows


def _membership_power(members: np.ndarray, others: np.ndarray, mean: np.ndarray, population: np.ndarray,
                      spread: np.ndarray) -> float:  # fmt: skip
    """Return how often a member is nearer than a stranger to the mean that was sent (Homer 2008, PLoS Genet 4)."""

    def nearer(rows: np.ndarray) -> np.ndarray:
        return (np.abs((rows - population) / spread) - np.abs((rows - mean) / spread)).sum(axis=1)

    inside, outside = nearer(members), nearer(others)
    return float((inside[:, None] > outside[None, :]).mean())


def test_membership_shows_in_the_mean_of_few_and_not_in_the_total() -> None:
    tables, wire = heart(), Wire()
    names = ["age", "sex", "trestbps", "chol", "fbs", "thalach", "exang", "oldpeak", "cp2", "cp3", "cp4", "st"]
    parts = {site: default_rng(2).permutation(table.rows) for site, table in tables.items()}
    here = {
        site: table.taking(np.isin(np.arange(table.rows), parts[site][: max(12, table.rows // 4)]))
        for site, table in tables.items()
    }
    options = {"features": names, "outcome": "disease"}
    Hospitals(here, UNGUARDED).conduct(Study("m", "logistic", tuple(here), options, rules=OFF), wire)
    veiled = Wire()
    hospitals = Hospitals(here)
    hospitals.conduct(Study("m", "logistic", tuple(here), options), veiled)

    def rows(table: SiteTable) -> np.ndarray:
        return np.column_stack([table.numbers(name) for name in names])

    site = min(here, key=lambda one: here[one].rows)
    members = rows(here[site])
    absent = np.isin(np.arange(tables[site].rows), parts[site][max(12, tables[site].rows // 4) :])
    others = rows(tables[site].taking(absent))
    spread = rows(tables[site]).std(axis=0) + 1e-9
    sums = wire.sums(site, "columns")[0][1]
    told = sums["first"] / sums["rows"][0]
    np.testing.assert_allclose(told, members.mean(axis=0), rtol=1e-9)
    alone = _membership_power(members, others, told, others.mean(axis=0), spread)
    assert alone > 0.6
    # The total is of all four: the attacker has the pooled mean, and no site's own.
    assert all(not veiled.sums(one, step) for one in here for step in ("columns", "moments", "glm"))
    pooled = np.concatenate([rows(table) for table in here.values()])
    everywhere = np.concatenate([rows(table) for table in tables.values()])
    total = _membership_power(members, others, pooled.mean(axis=0), everywhere.mean(axis=0), spread)
    assert abs(total - 0.5) < alone - 0.5
