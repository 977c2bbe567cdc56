"""Masks cancel in the total, and what is under one looks random."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.learn.federation.disclosure.fixed_point import from_fixed, to_fixed
from fyr.learn.federation.disclosure.masks import (
    agreed,
    derive,
    hide,
    masked,
    private_key,
    public_bytes,
    reveal,
    stream,
    unmasked,
)

_SITES = ("aarhus", "lund", "oslo", "turku")


def _pairs(site: str, sites: tuple[str, ...] = _SITES) -> dict[str, bytes]:
    return {other: derive(b"pair", *sorted((site, other))) for other in sites if other != site}


def _veiled(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        site: masked(to_fixed(one, len(values)), site, derive(b"own", site), _pairs(site))
        for site, one in values.items()
    }


@given(st.sets(st.sampled_from(_SITES), min_size=1), st.integers(0, 2**32 - 1))
def test_the_total_of_who_arrived_is_theirs(there: set[str], seed: int) -> None:
    draw = np.random.default_rng(seed)
    values = {site: draw.normal(size=7) * 1e6 for site in _SITES}
    veiled = _veiled(values)
    arrived = sorted(there)
    gone = [site for site in _SITES if site not in there]
    total = unmasked(
        {site: veiled[site] for site in arrived},
        {site: derive(b"own", site) for site in arrived},
        {site: {other: _pairs(site)[other] for other in gone} for site in arrived},
    )
    np.testing.assert_allclose(from_fixed(total), sum(values[site] for site in arrived), rtol=1e-12, atol=1e-9)


def test_a_site_whose_sums_came_too_late_stays_hidden() -> None:
    values = {site: np.arange(3.0) for site in _SITES}
    late = _veiled(values)["oslo"]
    # All others have told their seeds in common with it, for they thought it gone: its own mask is still on.
    pairs = _pairs("oslo")
    with_own = unmasked({"oslo": late}, {"oslo": derive(b"own", "oslo")}, {"oslo": pairs})
    np.testing.assert_array_equal(from_fixed(with_own), values["oslo"])
    guessed = unmasked({"oslo": late}, {"oslo": derive(b"a guess", "oslo")}, {"oslo": pairs})
    assert np.abs(from_fixed(guessed)).min() > 1e6


def test_what_is_masked_has_evenly_spread_bits() -> None:
    veiled = masked(to_fixed(np.zeros(4000)), "oslo", derive(b"own", "oslo"), _pairs("oslo"))
    ones = np.unpackbits(veiled.view(np.uint8)).mean()
    # 512,000 bits: a standard deviation is 0.0007.
    assert abs(ones - 0.5) < 0.004


def test_two_sites_agree_and_a_third_does_not() -> None:
    oslo, lund, other = (private_key(name * 32, "study") for name in (b"a", b"b", b"c"))
    first = agreed(oslo, public_bytes(lund), "study", ("oslo", "lund"))
    assert first == agreed(lund, public_bytes(oslo), "study", ("lund", "oslo"))
    assert first != agreed(other, public_bytes(oslo), "study", ("lund", "oslo"))
    assert first != agreed(oslo, public_bytes(lund), "another", ("oslo", "lund"))
    assert public_bytes(private_key(b"a" * 32, "study")) == public_bytes(oslo)


def test_a_key_of_low_order_is_refused() -> None:
    with pytest.raises(BadInput, match="no key"):
        agreed(X25519PrivateKey.generate(), bytes(32), "study", ("oslo", "lund"))


def test_a_share_that_was_changed_is_not_read() -> None:
    hidden = hide(b"k" * 32, b"share")
    assert reveal(b"k" * 32, hidden) == b"share"
    with pytest.raises(BadInput, match="changed"):
        reveal(b"k" * 32, hidden[:-1] + bytes([hidden[-1] ^ 1]))


def test_the_stream_is_chacha20_of_rfc_8439() -> None:
    # Appendix A.1, test vector 1: key, nonce and counter all zero.
    expected = bytes.fromhex("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7")
    assert stream(bytes(32), 2).astype("<u8").tobytes() == expected
