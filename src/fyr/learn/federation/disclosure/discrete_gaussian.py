"""Exact samples of the discrete Gaussian, from a cipher's randomness and whole numbers alone.

Noise made of floating-point numbers gives away what it hides in its last digits (Mironov 2012). So no float is
involved: Canonne, Kamath and Steinke 2020, "The discrete Gaussian for differential privacy", algorithms 1 to 3.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from secrets import randbelow

__all__ = ["Drawn", "discrete_gaussian"]

Below = Callable[[int], int]


class Drawn:
    """Whole numbers from the stream of ChaCha20 (RFC 8439) under a secret seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

        self._stream = Cipher(algorithms.ChaCha20(seed, bytes(16)), mode=None).encryptor()

    def below(self, bound: int) -> int:
        """Return a whole number from 0 up to below `bound`, each as likely: what is too large is drawn again."""
        bits = (bound - 1).bit_length()
        size = (bits + 7) // 8
        while True:
            drawn = int.from_bytes(self._stream.update(bytes(size)), "big") >> (8 * size - bits)
            if drawn < bound:
                return drawn


def discrete_gaussian(variance: Fraction, below: Below = randbelow) -> int:
    """Return a whole number n with probability proportional to exp(-n² / (2 variance)); algorithm 3.

    Parameters
    ----------
    variance : Fraction
        Above 0: of the continuous law; the discrete one's is never larger (corollary 9).
    below : callable
        Returns a whole number from 0 up to below its argument, each as likely.
    """
    scale = isqrt(variance.numerator // variance.denominator) + 1
    while True:
        drawn = _laplace(scale, below)
        off = abs(drawn) - variance / scale
        if _bernoulli_exp(off * off / (2 * variance), below):
            return drawn


def _laplace(scale: int, below: Below) -> int:
    """Return a whole number n with probability proportional to exp(-|n| / scale); algorithm 2 with s = 1."""
    while True:
        part = below(scale)
        if not _bernoulli_exp(Fraction(part, scale), below):
            continue
        whole = 0
        while _bernoulli_exp(Fraction(1), below):
            whole += 1
        size = part + scale * whole
        negative = below(2) == 1
        if not (negative and size == 0):
            return -size if negative else size


def _bernoulli_exp(rate: Fraction, below: Below) -> bool:
    """Return True with probability exp(-rate); algorithm 1."""
    while rate > 1:
        if not _bernoulli_exp_small(Fraction(1), below):
            return False
        rate -= 1
    return _bernoulli_exp_small(rate, below)


def _bernoulli_exp_small(rate: Fraction, below: Below) -> bool:
    at = 1
    while below(rate.denominator * at) < rate.numerator:
        at += 1
    return at % 2 == 1
