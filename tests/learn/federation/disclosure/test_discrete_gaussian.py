"""The sampler's law is the discrete Gaussian's."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from fyr.learn.federation.disclosure.discrete_gaussian import Drawn, discrete_gaussian


@pytest.mark.parametrize("variance", [Fraction(1, 3), Fraction(1), Fraction(25, 2)])
def test_frequencies_are_those_of_the_law(variance: Fraction) -> None:
    draw = Drawn(b"a" * 32)
    size = 12_000
    drawn = np.array([discrete_gaussian(variance, draw.below) for _ in range(size)])
    edge = max(2, math.ceil(2.5 * math.sqrt(variance)))
    support = np.arange(-60, 61)
    law = np.exp(-(support**2) / (2 * float(variance)))
    law /= law.sum()
    inner = np.abs(support) <= edge
    expected = np.append(law[inner], law[~inner].sum()) * size
    seen = np.array([np.count_nonzero(drawn == one) for one in support[inner]])
    seen = np.append(seen, size - seen.sum())
    assert stats.chisquare(seen, expected).pvalue > 1e-4


def test_the_variance_is_the_one_asked_for() -> None:
    draw = Drawn(b"b" * 32)
    drawn = np.array([discrete_gaussian(Fraction(10**8), draw.below) for _ in range(4000)], dtype=np.float64)
    # The standard error of a variance is its square root of 2/n: 2.2 %.
    assert abs(drawn.var() / 1e8 - 1) < 0.09
    assert abs(drawn.mean()) < 4 * 1e4 / math.sqrt(4000)


def test_it_draws_from_the_operating_system() -> None:
    assert len({discrete_gaussian(Fraction(10**12)) for _ in range(20)}) == 20


def test_whole_numbers_are_drawn_evenly() -> None:
    draw = Drawn(b"c" * 32)
    counts = np.bincount([draw.below(7) for _ in range(14_000)], minlength=7)
    assert stats.chisquare(counts).pvalue > 1e-4
    assert draw.below(1) == 0
    assert Drawn(b"c" * 32).below(1 << 300) == Drawn(b"c" * 32).below(1 << 300)
