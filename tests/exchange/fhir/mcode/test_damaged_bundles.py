"""Bundles that are damaged anywhere: every part is read or refused with a reason, and nothing else ever happens."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchange.fhir.mcode.test_bundles import JENNY, PATIENT, variant
from tests.exchange.fhir.resources import bundle

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.bundle_reading import Patients, read_resources, resources_of
from fyr.exchange.fhir.mcode.bundle_writing import written_bundle

APPOINTMENT = {
    "resourceType": "Appointment",
    "start": "2018-03-16T09:00:00Z",
    "participant": [{"actor": {"reference": "Patient/p1", "type": "Patient"}}],
}
WHOLE = bundle("collection", PATIENT, *JENNY, variant(["EGFR"], p="p.L858R"), variant(["EML4", "ALK"]), APPOINTMENT)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False)
    | st.sampled_from(("", "x", "2018-03-16")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("coding", "code", "value")), inner),
    max_leaves=4,
)


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every node below the top."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = []
    for key, value in inner:
        found += [(*way, key), *places(value, (*way, key))]
    return found


PLACES = places(WHOLE)


@given(st.lists(st.tuples(st.sampled_from(PLACES), anything), min_size=1, max_size=4))
@settings(max_examples=600, deadline=None)
def test_a_damaged_bundle_is_read_or_refused(damages: list[tuple[tuple[Any, ...], Any]]) -> None:
    document = copy.deepcopy(WHOLE)
    for way, put in damages:
        node: Any = document
        for step in way[:-1]:
            node = node[step] if isinstance(node, dict | list) and _has(node, step) else None
        if isinstance(node, dict | list) and _has(node, way[-1]):
            node[way[-1]] = put
    refused: list[BadInput] = []
    reading = read_resources(resources_of(document, "damaged.json", refused), Patients("here"), "damaged.json")
    for problem in (*refused, *reading.refused):
        assert problem.what
        assert "damaged.json" in problem.where
    for who, one in reading.patients.items():
        written_bundle(who, one.attributes, one.observations)


def _has(node: Any, step: Any) -> bool:
    return step in node if isinstance(node, dict) else isinstance(step, int) and step < len(node)
