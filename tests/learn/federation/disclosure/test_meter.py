"""What is remembered gives the verdict that weighing everything anew gives, on random studies one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import Refused
from fyr.learn.federation.disclosure.control import Control
from fyr.learn.federation.disclosure.leak import isolable
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.meter import Meter
from fyr.learn.federation.disclosure.row_keys import OTHERS
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

_GROUPS = st.lists(st.frozensets(st.integers(0, 11), min_size=1), min_size=1, max_size=5)


def _anew(groups: Mapping[str, Sequence[bytes]], minimum: int) -> tuple[int, set[bytes], set[bytes]]:
    keys = sorted({key for members in groups.values() for key in members})
    whole = np.array([[key in members for key in keys] for members in groups.values()], dtype=np.bool_)
    alone, narrow = isolable(whole.reshape(len(groups), len(keys)), minimum)
    those = np.array(keys, dtype=object)
    return len(set(keys) - set(OTHERS)), set(those[alone].tolist()), set(those[narrow].tolist())


@given(st.lists(_GROUPS, min_size=1, max_size=6), st.integers(1, 5), st.booleans())
def test_it_finds_what_is_found_anew(rounds: list[list[frozenset[int]]], minimum: int, hidden: bool) -> None:
    meter, past = Meter(), dict[str, list[bytes]]()
    for groups in rounds:
        others = OTHERS if hidden else ()
        past |= {str(sorted(one)): [*(b"%016d" % key for key in sorted(one)), *others] for one in groups}
        for _ in range(2):
            found = meter.weigh(past, minimum)
            assert (found.rows, set(found.alone), set(found.narrow)) == _anew(past, minimum)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.frozensets(st.integers(0, 29), max_size=5), st.booleans()), min_size=1, max_size=5),
       st.integers(2, 5), st.integers(2, 6))  # fmt: skip
def test_a_gate_that_remembers_says_what_one_says_that_was_just_opened(
    studies: list[tuple[frozenset[int], bool]], count: int, subset: int
) -> None:
    """Between two questions the second gate forgets everything but its ledger."""
    numbers = np.arange(30)
    columns = {"age": numbers + 1.0, "smoker": numbers % 3 == 0, "dead": numbers % 2 == 0}
    whole = SiteTable("oslo", {name: column.astype(np.float64) for name, column in columns.items()})
    rules = Rules(minimum_count=count, minimum_subset=subset)
    remembering, ledger = Control(b"s" * 32, Ledger(), rules), Ledger()
    for number, (without, smoker) in enumerate(studies):
        table = whole.taking(~np.isin(np.arange(30), sorted(without)))
        ask = {"features": ["age", "smoker"] if smoker else ["age"]}
        options = {**ask, "outcome": "dead"}
        study = Study(f"trial {number}", "logistic", ("oslo", "lund"), options, rules={"masked": "never"})
        for at in range(3):
            answer = Answer({"rows": np.array([float(table.rows)])})
            told = [_told(gate, study, at, {**ask, "beta": np.full(1, float(at))}, answer, table)
                    for gate in (remembering, Control(b"s" * 32, ledger, rules))]  # fmt: skip
            assert told[0] == told[1]
    assert [one.isolable for one in remembering.ledger.entries()] == [one.isolable for one in ledger.entries()]


def _told(gate: Control, study: Study, number: int, ask: dict[str, object], answer: Answer, table: SiteTable) -> str:
    try:
        gate(study, number, "glm", ask, answer, table)
    except Refused as problem:
        return str(problem)
    return f"{gate.leak}"
