"""What the gate lets through, what it refuses, and that it remembers."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.federation.disclosure.trial import Trial, study, tables

from fyr.errors import Refused
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

_PLAIN = {"masked": "never"}
_ASK = {"features": ["age"], "outcome": "event"}


def _study(name: str = "trial", **rules: object) -> Study:
    return Study(name, "logistic", ("oslo", "lund"), _ASK, rules={**_PLAIN, **rules})


def _table(rows: int = 40, site: str = "oslo") -> SiteTable:
    age = np.linspace(40.0, 80.0, rows)
    return SiteTable(site, {"age": age, "event": (np.arange(rows) % 4 == 0).astype(np.float64)},
                     patients=np.array([f"p{one}" for one in range(rows)], dtype=object))  # fmt: skip


def _answer(**sums: float) -> Answer:
    return Answer({name: np.array([value]) for name, value in (sums or {"rows": 40.0}).items()})


def _gate(rules: Rules | None = None) -> Control:
    return Control(b"s" * 32, Ledger(), rules)


def test_an_ordinary_answer_leaves_as_it_is_and_is_charged() -> None:
    gate, answer = _gate(), _answer()
    assert gate(_study(), 0, "glm", _ASK, answer, _table()) is answer
    (entry,) = gate.ledger.entries()
    assert (entry.rows, entry.columns, entry.isolable, entry.numbers) == (40, ("age", "event"), 0, 1)


def test_asked_again_it_is_not_charged_again() -> None:
    gate = _gate()
    for _ in range(3):
        gate(_study(), 0, "glm", _ASK, _answer(), _table())
    assert len(gate.ledger.entries()) == 1


def test_another_question_for_the_same_round_is_refused() -> None:
    gate = _gate()
    gate(_study(), 0, "glm", _ASK, _answer(), _table())
    with pytest.raises(Refused, match="asked before with another question"):
        gate(_study(), 0, "glm", {**_ASK, "beta": np.zeros(2)}, _answer(), _table())


@pytest.mark.parametrize(
    ("rules", "step", "number", "said"),
    [
        (Rules(steps=("cox",)), "glm", 0, "step 'glm' is not allowed"),
        (Rules(most_rounds=3), "glm", 3, "more than 3 rounds"),
        (Rules(minimum_rows=50), "glm", 0, "40 rows take part here, fewer than 50"),
        (Rules(minimum_count=11), "glm", 0, "'event is not 0' is true of 10"),
    ],
)
def test_each_rule_refuses_with_its_reason(rules: Rules, step: str, number: int, said: str) -> None:
    gate = _gate(rules)
    with pytest.raises(Refused, match=said):
        gate(_study(), number, step, _ASK, _answer(), _table())
    assert gate.ledger.entries() == []


def test_too_many_coefficients_for_the_rows_are_refused() -> None:
    square = np.eye(14)
    answer = Answer({"information": square})
    with pytest.raises(Refused, match=r"14 coefficients for 40 rows are more than 0.33 a row"):
        _gate()(_study(), 0, "glm", _ASK, answer, _table())
    Control(b"s" * 32, Ledger())(_study(), 0, "glm", _ASK, Answer({"information": square[:12, :12]}), _table())


def test_three_patients_are_too_few() -> None:
    with pytest.raises(Refused, match="3 rows take part"):
        _gate()(_study(), 0, "glm", _ASK, _answer(), _table(3))


def test_one_patient_who_joined_between_two_studies_is_kept_hidden() -> None:
    gate = _gate()
    gate(_study("first"), 0, "glm", _ASK, _answer(), _table(40))
    longer = _table(40)
    more = SiteTable("oslo", {"age": np.append(longer.columns["age"], 99.0),
                              "event": np.append(longer.columns["event"], 1.0)},
                     patients=np.append(longer.patients, "new"))  # fmt: skip
    with pytest.raises(Refused, match="1 patient could be singled out"):
        gate(_study("second"), 0, "glm", _ASK, _answer(), more)
    # Three who join together are enough.
    several = SiteTable("oslo", {name: np.concatenate([column, column[:3]]) for name, column in
                                 longer.columns.items()},
                        patients=np.concatenate([longer.patients, ["x", "y", "z"]]))  # fmt: skip
    gate(_study("third"), 0, "glm", {"features": ["age"]}, _answer(), several)


def test_a_filter_that_takes_away_two_is_refused_in_masks_too() -> None:
    sites = tables()
    trial = Trial(sites)
    trial.conduct(study(sites))
    oslo = sites["oslo"]
    trial.tables["oslo"] = oslo.taking(np.arange(oslo.rows) >= 2)
    with pytest.raises(Refused, match="2 patients could be singled out"):
        trial.conduct(study(sites, l2=1.0))


def test_a_hospital_of_two_is_hidden_among_others_but_not_when_a_third_joins() -> None:
    sites = tables()
    trial = Trial(sites)
    lund = sites["lund"]
    trial.tables["lund"] = lund.taking(np.arange(lund.rows) < 2)
    trial.conduct(study(sites, l2=2.0))
    assert trial.gates["lund"].rows_isolable == 0
    assert trial.gates["lund"].leak.rows == 2
    trial.tables["lund"] = lund.taking(np.arange(lund.rows) < 3)
    with pytest.raises(Refused, match="lund: 1 patient could be singled out"):
        trial.conduct(study(sites, l2=3.0))


def test_rows_are_known_again_without_names() -> None:
    gate = _gate()
    table = _table()
    plain = SiteTable("oslo", table.columns)
    gate(_study("first"), 0, "glm", _ASK, _answer(), plain)
    shuffled = np.random.default_rng(0).permutation(plain.rows)
    mixed = SiteTable("oslo", {name: column[shuffled] for name, column in plain.columns.items()})
    gate(_study("second"), 0, "glm", _ASK, _answer(), mixed)
    first, second = gate.ledger.entries()
    assert first.part == second.part


def test_equations_are_counted_over_studies() -> None:
    # 40 rows of 2 columns are 80 values; a square of 8 and its side are 44 numbers.
    gate = _gate()

    def answer(scale: float) -> Answer:
        return Answer({"gradient": np.ones(8) * scale, "information": np.eye(8) * scale})

    gate(_study("first"), 0, "glm", _ASK, answer(1), _table())
    with pytest.raises(Refused, match="88 numbers would have been told about 40 rows of 2 columns"):
        gate(_study("second"), 0, "glm", {**_ASK, "beta": np.ones(2)}, answer(2), _table())
    # The same question about the same rows tells nothing new.
    gate(_study("third"), 0, "glm", _ASK, answer(1), _table())


def test_a_category_that_few_have_is_named() -> None:
    table = _table()
    stage = np.array(["I"] * 20 + ["II"] * 18 + ["IV"] * 2, dtype=object)
    told = SiteTable("oslo", {**table.columns, "stage": stage})
    ask = {**_ASK, "features": ["age", "stage"], "levels": {"stage": ["I", "II", "IV"]}}
    wanted = Study("trial", "logistic", ("oslo", "lund"), {**_ASK, "features": ["age", "stage"]}, rules=_PLAIN)
    with pytest.raises(Refused, match=r"2 patients could be singled out: 'stage is IV' is true of 2"):
        _gate()(wanted, 0, "glm", ask, _answer(), told)


def test_cells_of_risk_sets_are_weighed() -> None:
    cell = np.repeat(np.arange(8), 5)
    cell[7] = 8  # between two event times lies one patient
    answer = Answer({"at_risk": np.ones(9)}, cells={"time": cell.astype(np.int64)})
    with pytest.raises(Refused, match=r"1 patient could be singled out: 'cell 8 of time' is true of 1"):
        _gate()(_study(), 0, "glm", _ASK, answer, _table())
    free = _gate(Rules(meter=False))
    free(_study(meter=False), 0, "glm", _ASK, answer, _table())
    assert (free.leak.isolable, free.rows_isolable) == (1, 1)


def test_the_secret_must_be_long() -> None:
    with pytest.raises(Refused, match="can be guessed"):
        Control(b"short", Ledger())
