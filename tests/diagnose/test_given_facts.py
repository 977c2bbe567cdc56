"""Facts as people write them: converted or refused, and missing with its status."""

from __future__ import annotations

from typing import Any

import pytest
from tests.diagnose.small_models import EARLIER_US, EVA, NOW_US

from fyr.clock import to_iso
from fyr.diagnose.given_facts import GivenFact, given_fact, observation_of, observations_of_row
from fyr.errors import BadInput
from fyr.record import Observation, Status


def test_a_row_becomes_observations_and_what_is_no_fact_is_named() -> None:
    row = {
        "patient": "7",
        "tumour_size_mm": "22",
        "er_positive": "1",
        "her2_status": "3+",
        "her2_ish": "not done",
        "positive_nodes": "",
        "ki67_percent": "unknown",
    }
    observed, ignored = observations_of_row(row, EVA, NOW_US, "rows.csv", {})
    assert ignored == ("patient",)
    assert [(one.code, one.value, one.unit, one.status) for one in observed] == [
        ("tumour_size_mm", 22.0, "mm", Status.PRESENT),
        ("er_positive", True, None, Status.PRESENT),
        ("her2_status", "positive", None, Status.PRESENT),
        ("her2_ish", None, None, Status.NOT_DONE),
        ("ki67_percent", None, None, Status.UNKNOWN),
    ]


def test_a_unit_is_converted_and_a_time_and_a_status_are_kept() -> None:
    given = given_fact("tumour_size_mm", {"value": 2.2, "unit": "cm", "status": "imputed", "time": to_iso(EARLIER_US)})
    assert given is not None
    one = observation_of(given, EVA, NOW_US, "test", {})
    assert (one.value, one.unit, one.status, one.time_us) == (22.0, "mm", Status.IMPUTED, EARLIER_US)


@pytest.mark.parametrize(
    ("name", "given", "what"),
    [
        ("tumour_size_mm", 5000, "not possible"),
        ("positive_nodes", 1.5, "whole numbers"),
        ("er_positive", "perhaps", "neither true nor false"),
        ("her2_ihc", "4+", "none of its categories"),
        ("age", {"value": 50, "status": "not done"}, "has a value"),
        ("age", {"status": "present"}, "has no value"),
        ("age", {"status": "guessed"}, "has the status"),
        ("age", {"years": 50}, "has a part 'years'"),
        ("shoe_size", 42, "no model here asks"),
    ],
)
def test_what_cannot_be_is_refused(name: str, given: Any, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        _read(name, given)


def test_nothing_is_true_tomorrow() -> None:
    with pytest.raises(BadInput, match="later than now"):
        observation_of(GivenFact("age", 50, time_us=NOW_US + 1), EVA, NOW_US, "test", {})


def _read(name: str, given: Any) -> Observation:
    fact = given_fact(name, given)
    assert fact is not None
    return observation_of(fact, EVA, NOW_US, "test", {})
