"""Sums over the risk set of every event time give patients away; a Cox regression with hospitals as strata does not."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.federation.attacks.cohorts import breast
from tests.learn.federation.attacks.eavesdropping import OFF, UNGUARDED, Hospitals, Wire, isolated

from fyr.errors import FyrError, Refused
from fyr.learn.federation import methods, steps
from fyr.learn.federation.disclosure.leak import isolable_by_cell
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.rounds import Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

pytestmark = pytest.mark.real


def _times(tables: dict[str, SiteTable]) -> np.ndarray:
    return np.unique(np.concatenate([t.numbers("time")[t.numbers("event") == 1] for t in tables.values()]))


def risk_sets(study: Study) -> Rounds:
    names = list(study.options["features"])
    ask = {"features": names, "time": "time", "times": np.array(study.options["times"]), "beta": np.zeros(len(names))}
    answers = yield Question("risk-sets", ask)
    return {"at_risk": answers.totals["zero"].tolist()}


@pytest.fixture
def like_webdisco(monkeypatch: pytest.MonkeyPatch) -> None:
    here = "tests.learn.federation.attacks"
    monkeypatch.setitem(steps.STEPS, "risk-sets", f"{here}.eavesdropping:risk_set_step")
    monkeypatch.setitem(methods.METHODS, "risk-sets", f"{here}.test_risk_sets:risk_sets")


def _attack(wire: Wire, tables: dict[str, SiteTable], names: list[str]) -> int:
    """Take each risk set from the one before: where one patient lies between, that is the patient."""
    found = 0
    for site, table in tables.items():
        for _, sums in wire.sums(site, "risk-sets"):
            count = sums["zero"] - np.append(sums["zero"][1:], 0.0)
            difference = sums["first"] - np.vstack([sums["first"][1:], np.zeros(len(names))])
            found += (
                isolated(difference[np.abs(count - 1) < 1e-6], table, names) if (np.abs(count - 1) < 1e-6).any() else 0
            )
    return found


def _names(tables: dict[str, SiteTable]) -> list[str]:
    return [name for name in next(iter(tables.values())).columns if name not in {"time", "event"}]


def test_the_meter_counts_166_of_866_and_12_of_the_total() -> None:
    tables = breast()
    times = _times(tables)
    cells = [np.searchsorted(times, t.numbers("time"), side="right").astype(np.int64) for t in tables.values()]
    assert sum(map(len, cells)) == 866
    assert sum(map(isolable_by_cell, cells)) == 166
    assert isolable_by_cell(np.concatenate(cells)) == 12


@pytest.mark.usefixtures("like_webdisco")
def test_without_rules_the_attack_reads_patients_off_the_wire() -> None:
    tables, wire = breast(), Wire()
    names, times = _names(tables), _times(tables)
    study = Study("w", "risk-sets", tuple(tables), {"features": names, "times": times.tolist()}, rules=OFF)
    hospitals = Hospitals(tables, UNGUARDED)
    hospitals.conduct(study, wire)
    # Patients who left before the first event are in no risk set; patients alike in all columns count once.
    alone = 0
    for table in tables.values():
        cell = np.searchsorted(times, table.numbers("time"), side="right").astype(np.int64) - 1
        single = np.isin(cell, np.flatnonzero(np.bincount(cell[cell >= 0]) == 1))
        rows = np.column_stack([table.numbers(name) for name in names])
        alone += len(np.unique(rows[single], axis=0))
    assert _attack(wire, tables, names) == alone
    assert 150 < alone <= 166


@pytest.mark.usefixtures("like_webdisco")
@pytest.mark.parametrize("masked", ["auto", "never"])
def test_by_default_they_are_refused_before_anything_is_sent(masked: str) -> None:
    tables, wire = breast(), Wire()
    names, times = _names(tables), _times(tables)
    options = {"features": names, "times": times.tolist()}
    study = Study("w", "risk-sets", tuple(tables), options, rules={"masked": masked})
    hospitals = Hospitals(tables)
    with pytest.raises(Refused, match=r"could be singled out|fewer than 3 patients at all sites together"):
        hospitals.conduct(study, wire)
    assert _attack(wire, tables, names) == 0
    assert sum(gate.rows_isolable for gate in hospitals.gates.values()) == 0


def test_a_stratified_cox_of_39_columns_isolates_nobody_by_default() -> None:
    tables, wire = breast(), Wire()
    names = _names(tables)
    options = {"features": names, "l2": 1.0, **_follow_up()}
    hospitals = Hospitals(tables)
    outcome = hospitals.conduct(Study("c", "cox", tuple(tables), options), wire)
    assert len(outcome.result["coefficients"]) == 39
    assert sum(gate.rows_isolable for gate in hospitals.gates.values()) == 0
    # No site's own sums were on the wire, so there is nothing to take from one another.
    assert all(not said.get("sums") for _, _, said in wire.seen)


def _follow_up() -> dict[str, str]:
    from fyr.learn.federation.statistics.cox import OPTIONS

    return {"duration" if "duration" in OPTIONS else "time": "time", "event": "event"}


def test_without_masks_the_same_cox_is_refused_for_its_rare_categories() -> None:
    tables, wire = breast(), Wire()
    options = {"features": _names(tables), "l2": 1.0, **_follow_up()}
    study = Study("c", "cox", tuple(tables), options, rules={"masked": "never"})
    with pytest.raises(FyrError, match="could be singled out"):
        Hospitals(tables, Rules(parameters_per_row=1.0)).conduct(study, wire)
