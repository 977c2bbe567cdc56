"""Risks that are wrong in a known way, with outcomes drawn by the true ones."""

from __future__ import annotations

import numpy as np

from fyr.learn.logistic import log_odds, probability
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration.links import linked, unlinked


def binary(rows=3000, seed=1, shift=-0.7, slope=0.6):
    """Return risks whose true log odds are ``shift + slope`` times their own."""
    generator = np.random.default_rng(seed)
    risk = probability(generator.normal(0.0, 1.3, rows))
    return risk, Outcome(generator.random(rows) < probability(shift + slope * log_odds(risk)))


def survival(rows=3000, seed=1, factor=0.5, slope=1.0, competing=False):
    """Return ten-year risks; the true hazards are ``factor`` times those that they state."""
    generator = np.random.default_rng(seed)
    risk = unlinked(generator.normal(-0.6, 0.9, rows), "cloglog")
    hazard = factor * np.exp(slope * linked(risk, "cloglog")) / 10
    event, lost = generator.exponential(1 / hazard), generator.uniform(2, 25, rows)
    other = generator.exponential(25, rows) if competing else np.full(rows, np.inf)
    years = np.minimum(np.minimum(event, other), lost)
    died_otherwise = (other < event) & (other <= lost) if competing else None
    return risk, Outcome((event <= other) & (event <= lost), years, died_otherwise)
