"""Canonical JSON: one spelling for equal content, and a refusal where there is none."""

from __future__ import annotations

import json
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.record.canonical import canonical_json, digest

_DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=_DOCUMENTS)
def test_it_reads_back_and_writes_the_same_again(document: object) -> None:
    text = canonical_json(document)
    assert json.loads(text) == document
    assert canonical_json(json.loads(text)) == text


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical_json({"b": 1, "a": {"d": 2, "c": 3}}) == '{"a":{"c":3,"d":2},"b":1}'


def test_numbers_and_mappings_of_other_kinds_are_plain() -> None:
    document = MappingProxyType({"score": np.float32(0.5), "count": np.int64(3), "column": np.array([1, 2])})
    assert canonical_json(document) == '{"column":[1,2],"count":3,"score":0.5}'


@pytest.mark.parametrize("value", [float("nan"), np.float64("inf"), {1, 2}, b"bytes", "\ud800"])
def test_what_has_no_place_in_json_is_refused(value: object) -> None:
    with pytest.raises(BadInput, match="cannot be kept as JSON"):
        canonical_json({"value": value}, where="here")


def test_the_digest_is_sha256() -> None:
    # FIPS 180-2, appendix B.1
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
