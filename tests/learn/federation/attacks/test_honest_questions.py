"""What honest studies ask is answered by default, by every kind of method, and isolates nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from tests.learn.federation.attacks.eavesdropping import Hospitals, Wire

from fyr.errors import Refused
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

_FIT = {"features": ["age", "dose"], "outcome": "event"}
_TIMED = {"duration": "days", "event": "event"}
_STUDIES: list[tuple[str, dict[str, Any]]] = [
    ("linear", {"features": ["age"], "outcome": "dose"}),
    ("logistic", _FIT),
    ("logistic", {**_FIT, "pool": "random"}),
    ("logistic", {**_FIT, "features": ["age", "ward"]}),
    ("poisson", {**_FIT, "exposure": "days"}),
    ("descriptive", {"columns": ["age", "dose", "ward"]}),
    ("kaplan_meier", {**_TIMED, "times": [100, 300, 600]}),
    ("log_rank", {**_TIMED, "group": "ward"}),
    ("calibration", {"predicted": "risk", "outcome": "event"}),
    ("decision_curve", {"predicted": "risk", "outcome": "event"}),
    ("discrimination", {"predicted": "risk", "outcome": "event"}),
    ("cox", {"features": ["age", "dose"], **_TIMED}),
    ("cox", {"features": ["age", "dose"], **_TIMED, "l2_candidates": [1.0, 10.0], "folds": 3}),
    ("boosting", {**_FIT, "trees": 2, "leaves": 4}),
    ("fedavg", {**_FIT, "rounds": 3, "steps": 4}),
]


def _tables(count: int) -> dict[str, SiteTable]:
    found = {}
    for place, site in enumerate(("oslo", "lund", "aarhus")[:count]):
        draw, rows = default_rng(place), 120 + 30 * place
        age, dose = draw.normal(60, 10, rows), draw.normal(size=rows)
        risk = 1 / (1 + np.exp(-(age - 60) / 10 - 0.3 * dose))
        columns = {"age": age, "dose": dose, "risk": risk, "event": (draw.random(rows) < risk).astype(np.float64)}
        columns["days"] = draw.integers(1, 900, rows).astype(np.float64)
        columns["ward"] = np.where(np.arange(rows) % 2 == 0, "A", "B").astype(object)
        found[site] = SiteTable(site, columns)
    return found


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize(("name", "options"), _STUDIES)
def test_an_honest_study_is_answered(name: str, options: dict[str, Any], count: int) -> None:
    hospitals = Hospitals(_tables(count))
    study = Study("honest", name, tuple(hospitals.tables), options)
    if count == 2 and name in ("descriptive", "boosting"):
        # Without masks, bins of so few rows are told apart by one another.
        with pytest.raises(Refused, match="could be singled out"):
            hospitals.conduct(study, Wire())
    else:
        hospitals.conduct(study, Wire())
    assert sum(gate.rows_isolable for gate in hospitals.gates.values()) == 0
