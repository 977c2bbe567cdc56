"""So many shares give the secret; fewer do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.learn.federation.disclosure.shares import join, split


@given(st.binary(min_size=32, max_size=32), st.integers(1, 8), st.data())
def test_any_that_are_enough_give_the_secret(secret: bytes, places: int, data: st.DataObject) -> None:
    needed = data.draw(st.integers(1, places))
    shares = dict(enumerate(split(secret, places, needed, b"seed"), 1))
    chosen = data.draw(st.permutations(sorted(shares)))[:needed]
    assert join({place: shares[place] for place in chosen}, 32) == secret


@given(st.binary(min_size=32, max_size=32))
def test_one_too_few_is_consistent_with_every_secret(secret: bytes) -> None:
    # Two shares of three: for another secret there is a third share that joins with them to it.
    shares = split(secret, 3, 3, b"seed")
    with pytest.raises(BadInput, match="do not give"):
        # By chance a value below 2^256 comes out once in 2^265.
        join({1: shares[0], 2: shares[1]}, 32)


def test_the_same_seed_splits_the_same_way() -> None:
    assert split(b"s" * 32, 4, 3, b"a") == split(b"s" * 32, 4, 3, b"a")
    assert split(b"s" * 32, 4, 3, b"a") != split(b"s" * 32, 4, 3, b"b")


@pytest.mark.parametrize(("places", "needed"), [(2, 3), (2, 0)])
def test_more_than_there_are_cannot_be_needed(places: int, needed: int) -> None:
    with pytest.raises(BadInput, match="cannot be split"):
        split(b"s" * 32, places, needed, b"a")
