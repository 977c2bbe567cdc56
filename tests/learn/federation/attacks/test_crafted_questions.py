"""A coordinator that lies: it asks what the approved study would not, or brings keys of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.random import default_rng

from fyr.errors import FyrError, NotPermitted, Refused
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.groups import MASK
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.mask_names import KEYS
from fyr.learn.federation.disclosure.masks import private_key, public_bytes
from fyr.learn.federation.disclosure.questions import STEPS_OF
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.methods import METHODS, method
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import step
from fyr.learn.federation.study import Study

_OPTIONS = {"features": ["age", "dose"], "outcome": "event"}


def _table(rows: int = 60, site: str = "oslo") -> SiteTable:
    draw = default_rng(5)
    age, dose = draw.normal(60, 10, rows), draw.normal(size=rows)
    event = (draw.random(rows) < 1 / (1 + np.exp(-(age - 60) / 10))).astype(np.float64)
    days = draw.integers(1, 900, rows).astype(np.float64)
    ward = np.where(np.arange(rows) % 2 == 0, "A", "B").astype(object)
    clinic = np.where(np.arange(rows) % 3 == 0, "X", "Y").astype(object)
    clinic[4::2] = "Y"  # of ward A, one patient alone is of clinic X
    clinic[:4:2] = ["X", "Y"]
    return SiteTable(site, {"age": age, "dose": dose, "event": event, "days": days, "ward": ward, "clinic": clinic})


def _study(name: str = "logistic", sites: int = 2, options: dict[str, Any] | None = None, **more: Any) -> Study:
    return Study("approved", name, ("oslo", "lund", "aarhus", "odense")[:sites], options or _OPTIONS, **more)


def _plan(study: Study, **changed: Any) -> dict[str, Any]:
    plan = dict(next(method(study.method)(study)).values["plan"])
    width = len(plan["features"])
    return {**plan, "mean": np.zeros(width), "spread": np.ones(width), **changed}


def _ask(study: Study, name: str, values: dict[str, Any], rules: Rules | None = None, number: int = 0,
         gate: Control | None = None, table: SiteTable | None = None) -> Answer:  # fmt: skip
    table = table or _table()
    answer = step(name)(table, values)
    return (gate or Control(b"s" * 32, Ledger(), rules))(study, number, name, values, answer, table)


def _alone(centre: float, steep: float) -> np.ndarray:
    return np.array([-steep * centre, steep, 0.0])


def test_every_method_has_its_steps() -> None:
    own = {name for name, place in METHODS.items() if place.startswith("fyr.")}
    assert own == set(STEPS_OF)


def test_coefficients_that_make_one_patient_alone_count_are_refused() -> None:
    study, table = _study(), _table()
    oldest = int(np.argmax(table.numbers("age")))
    values = {"plan": _plan(study), "family": "logistic", "beta": _alone(table.numbers("age")[oldest], 50.0)}
    bare = step("glm")(table, values).sums["information"]
    # Without the rule the curvature is the oldest patient's own row.
    np.testing.assert_allclose(bare[0, 2] / bare[0, 0], table.numbers("dose")[oldest], rtol=1e-6)
    with pytest.raises(Refused, match="of hardly more than 1 of the patients"):
        _ask(study, "glm", values)
    # What a fit asks is answered.
    _ask(study, "glm", {**values, "beta": _alone(60.0, 0.1)})


def test_a_hazard_that_the_oldest_alone_carries_is_refused() -> None:
    study = _study("cox", options={"features": ["age", "dose"], "duration": "days", "event": "event"})
    values = {"plan": _plan(study), "ties": "efron", "beta": np.array([1e3, 0.0])}
    with pytest.raises(Refused, match="of hardly more than"):
        _ask(study, "cox", values)
    _ask(study, "cox", {**values, "beta": np.array([0.02, 0.1])})


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("describe", lambda _: {"numbers": ["age"], "levels": {}, "left_out": [], "centre": np.zeros(1)}, "no part of"),
        ("moments", lambda s: {"plan": _plan(s, features=["age", "days"])}, "column 'days' is no part"),
        ("moments", lambda s: {"plan": _plan(s, roles={"outcome": "event", "weight": "age"})}, "is not the weight"),
        ("moments", lambda s: {"plan": _plan(s, roles={"outcome": "dose"})}, "is not the outcome"),
        ("moments", lambda s: {"plan": _plan(s, left_out=["lund"])}, "does not provide for"),
        ("columns", lambda s: {"plan": _plan(s), "minimum": 1}, "minimum_count"),
    ],
)
def test_what_the_study_does_not_ask_is_refused(
    name: str, change: Callable[[Study], dict[str, Any]], said: str
) -> None:
    study = _study()
    with pytest.raises(Refused, match=said):
        _ask(study, name, change(study))


def test_counts_below_the_minimum_cannot_be_asked_for_by_cuts() -> None:
    study = _study("descriptive", options={"columns": ["age"]})
    top = float(np.sort(_table().numbers("age"))[-2])
    # With a minimum of 1 the hospital would say of any two values whether someone lies between them.
    values = {"names": ["age"], "left_out": [], "minimum": 1, "cuts": [np.array([top])], "fixed": [np.zeros(0)],
              "propose": True}  # fmt: skip
    assert step("histogram")(_table(), values).said["cuts"][0].tolist() == [top]
    with pytest.raises(Refused, match="3 is the fewest here"):
        _ask(study, "histogram", values)
    said = _ask(study, "histogram", {**values, "minimum": 3}).said["cuts"][0]
    assert said.tolist() == []


def test_times_of_the_coordinators_own_are_not_counted() -> None:
    options = {"duration": "days", "event": "event", "times": [100, 300, 600]}
    study = _study("kaplan_meier", options=options)
    values = {"plan": _plan(study), "minimum": 3, "cuts": np.array([100.0, 100.5]), "propose": False}
    with pytest.raises(Refused, match="cuts of time are not those"):
        _ask(study, "survival_counts", values)


def test_two_categories_cannot_be_crossed_to_reach_one_patient() -> None:
    study, table = _study(options={**_OPTIONS, "features": ["age", "ward", "clinic"]}), _table()
    levels = {"ward": ["A"], "clinic": ["X"]}
    plan = _plan(study, levels=levels, merge=False, mean=np.zeros(1), spread=np.ones(1))
    assert step("moments")(table, {"plan": plan}).sums["rows"][0] == 1
    with pytest.raises(Refused, match="1 rows take part here, fewer than 10"):
        _ask(study, "moments", {"plan": plan}, table=table)


def test_a_column_that_one_patient_has_a_value_in_is_not_described() -> None:
    study, table = _study("descriptive", options={"columns": ["age", "troponin"]}), _table()
    troponin = np.full(table.rows, np.nan)
    troponin[7] = 4321.0
    table = SiteTable("oslo", {**table.columns, "troponin": troponin})
    values = {"numbers": ["age", "troponin"], "levels": {}, "left_out": [], "centre": np.zeros(2)}
    assert step("describe")(table, values).sums["first"][1] == 4321.0
    with pytest.raises(Refused, match="1 patient could be singled out"):
        _ask(study, "describe", values, table=table)


def test_training_on_one_patient_at_a_time_is_refused() -> None:
    study = _study("fedavg", options={**_OPTIONS, "steps": 5, "batch": 16})
    usual = dict(next(method("fedavg")(study)).values)
    sent = {**usual, "centre": np.zeros(2), "scale": np.ones(2), "outcome_centre": 0.0, "outcome_scale": 1.0,
            "weights": np.zeros(3), "number": 0}  # fmt: skip
    with pytest.raises(Refused, match="'batch' is not as the approved study has it"):
        _ask(study, "network_change", {**sent, "batch": 1})
    _ask(study, "network_change", sent)


def test_planes_are_not_tried_until_a_value_is_found() -> None:
    study, gate = _study(), Control(b"s" * 32, Ledger())
    for number in range(8):
        direction = _alone(60.0 + number, 1.0)
        _ask(study, "glm_separation", {"plan": _plan(study), "family": "logistic", "direction": direction},
             number=number, gate=gate)  # fmt: skip
    with pytest.raises(Refused, match="more than 8 directions"):
        _ask(study, "glm_separation", {"plan": _plan(study), "family": "logistic", "direction": _alone(80.0, 1.0)},
             number=8, gate=gate)  # fmt: skip


def _cheated(study: Study, real: dict[str, Ed25519PrivateKey], *, peers: bool) -> Answer:
    """Ask oslo under masks whose keys for the other sites are all the coordinator's own."""
    known = {site: key.public_key() for site, key in real.items()} if peers else {}
    gate, table = Control(b"s" * 32, Ledger(), identity=real["oslo"], peers=known), _table()
    keys = {"oslo": dict(gate(study, 0, KEYS, {}, Answer(), table).said)}
    for site in study.sites[1:]:
        keys[site] = {"key": public_bytes(private_key(b"c" * 32, study.digest)).hex(), "signature": "00" * 64}
    values = {"plan": _plan(study), "family": "logistic", "beta": np.zeros(3)}
    answer = step("glm")(table, values)
    return gate(study, 1, "glm", {**values, MASK: {"keys": keys}}, answer, table)


def test_keys_of_the_coordinators_own_are_found_where_the_study_names_the_sites() -> None:
    real = {site: Ed25519PrivateKey.generate() for site in ("oslo", "lund", "aarhus")}
    named = {site: key.public_key().public_bytes_raw().hex() for site, key in real.items()}
    # A study that names no keys lets it through: the coordinator then knows every seed.
    assert _cheated(_study(sites=3), real, peers=False).said[MASK]
    with pytest.raises(NotPermitted, match="is not signed by aarhus"):
        _cheated(_study(sites=3, keys=named), real, peers=False)
    with pytest.raises(NotPermitted, match="is not signed by aarhus"):
        _cheated(_study(sites=3), real, peers=True)


def test_the_digest_covers_the_keys() -> None:
    named = dict.fromkeys(("oslo", "lund", "aarhus"), "ab" * 32)
    study = _study(sites=3, keys=named)
    assert Study.decode(study.encode()).keys == named
    assert study.digest not in (_study(sites=3).digest, _study(sites=3, keys={**named, "lund": "cd" * 32}).digest)
    with pytest.raises(FyrError, match="none of aarhus"):
        _study(sites=3, keys={site: named[site] for site in ("oslo", "lund")})
