"""Every figure of a judgement for one set of weights: the sample itself, or a resample of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.judging.brier import brier_score, scaled_brier_score
from fyr.learn.judging.calibration_curve import CurveBasis, hazard_curve, logistic_curve, weighted_quantile
from fyr.learn.judging.calibration_line import complementary_log_log, line_fit
from fyr.learn.judging.dynamic_auc import dynamic_auc
from fyr.learn.judging.incidence_kernels import incidence_at, known_weights, pseudo_observations, staying
from fyr.learn.judging.net_benefit import net_benefits
from fyr.learn.judging.sample import Sample
from fyr.learn.logistic import log_odds, probability

__all__ = ["CALIBRATION", "OBSERVED", "RANKS", "SCORES", "Estimates", "Estimator"]

Floats = NDArray[np.float64]

OBSERVED = "observed_risk"
RANKS = ("c_index", "uno_c", "auc")
SCORES = ("brier", "scaled_brier")
CALIBRATION = ("slope", "intercept", "in_the_large", "hazard_slope", "ici", "e50", "e90", "e_over_o")


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """What one set of weights gives; NaN where it gives nothing.

    Parameters
    ----------
    figures : dict of str to float
        By the names in :data:`OBSERVED`, :data:`RANKS`, :data:`SCORES` and :data:`CALIBRATION`.
    curve : ndarray of float64, shape (points,)
        Observed risk along the calibration curve.
    benefits : ndarray of float64, shape (thresholds,)
    """

    figures: dict[str, float]
    curve: Floats
    benefits: Floats


@dataclass(slots=True, eq=False)
class Estimator:
    """Ready to weigh a sample many times.

    Parameters
    ----------
    sample : Sample
    skipped : mapping of str to str
        Figures that cannot be had, and so are not tried.
    thresholds : ndarray of float64, shape (thresholds,)
        Rising.
    basis : CurveBasis or None
        ``None`` where there is no smooth curve.
    begin : ndarray of float64
        Where the fit of the curve begins: 0, and after the first fit there.
    """

    sample: Sample
    skipped: dict[str, str]
    thresholds: Floats
    basis: CurveBasis | None
    scaled: Floats | None
    begin: Floats

    @classmethod
    def of(cls, sample: Sample, skipped: dict[str, str], thresholds: list[float]) -> Estimator:
        """Prepare what does not depend on weights."""
        scaled, basis = None, None
        if (held := sample.held) is not None:
            if "in_the_large" not in skipped:
                scaled = complementary_log_log(held) if sample.timed else log_odds(held)
            if "curve" not in skipped:
                basis = CurveBasis.of(held, sample.timed)
        begin = np.zeros(0 if basis is None else basis.rows.shape[1] + (not sample.timed))
        return cls(sample, skipped, np.array(thresholds), basis, scaled, begin)

    def of_weights(self, weight: Floats) -> Estimates:
        """Return every figure.

        Parameters
        ----------
        weight : ndarray of float64, shape (rows,)
            Counts, in the order of the sample.
        """
        sample = self.sample
        just_before = staying(sample.years, sample.cause, weight)
        known = known_weights(sample.years, sample.cause, weight, just_before, sample.horizon)
        observed = incidence_at(sample.years, sample.cause, weight, sample.horizon)
        figures = dict.fromkeys((*RANKS, *SCORES, *CALIBRATION), float("nan"))
        figures[OBSERVED] = observed
        if "c_index" not in self.skipped:
            figures["c_index"] = sample.pairs.harrell_ordered(weight)
        if "uno_c" not in self.skipped:
            figures["uno_c"] = sample.pairs.uno_ordered(sample.horizon, weight, just_before)
        reached = np.isfinite(observed)
        if reached and "auc" not in self.skipped:
            figures["auc"] = dynamic_auc(sample.by_score, sample.score, sample.had, known)
        curve, benefits = np.full(0 if self.basis is None else len(self.basis.shown), np.nan), self.thresholds * np.nan
        if reached and sample.risk is not None:
            figures |= self._scores(sample.risk, weight, known, observed)
            figures |= self._line(weight, just_before)
            if self.basis is not None:
                more, curve = self._curve(sample.risk, self.basis, weight, just_before)
                figures |= more
            benefits = net_benefits(sample.risk, sample.years, sample.cause, weight, sample.horizon, self.thresholds)
        return Estimates(figures, curve, benefits)

    def _scores(self, risk: Floats, weight: Floats, known: Floats, observed: float) -> dict[str, float]:
        total = float(weight.sum())
        brier = brier_score(risk, self.sample.had, known, total)
        expected = float((weight * risk).sum()) / total
        return {
            "brier": brier,
            "scaled_brier": scaled_brier_score(brier, observed, self.sample.had, known, total),
            "e_over_o": expected / observed if observed > 0 else float("nan"),
        }

    def _line(self, weight: Floats, just_before: Floats) -> dict[str, float]:
        if self.scaled is None:
            return {}
        sample, figures = self.sample, {}
        if "hazard_slope" not in self.skipped:
            mean, spread = self.scaled.mean(), self.scaled.std()
            column, beta = ((self.scaled - mean) / spread)[:, None], np.full(1, spread)
            hazard = hazard_curve(column, sample.years, sample.cause, weight, just_before, sample.horizon, beta)
            figures["hazard_slope"] = float(beta[0] / spread) if np.isfinite(hazard) else float("nan")
        pseudo = pseudo_observations(sample.years, sample.cause, weight, sample.horizon)
        figures["in_the_large"] = line_fit(self.scaled, pseudo, weight, not sample.timed, False)[0]
        if "slope" not in self.skipped:
            figures["intercept"], figures["slope"] = line_fit(self.scaled, pseudo, weight, not sample.timed, True)
        return figures

    def _curve(
        self, risk: Floats, basis: CurveBasis, weight: Floats, just_before: Floats
    ) -> tuple[dict[str, float], Floats]:
        sample, beta = self.sample, self.begin.copy()
        if sample.timed:
            hazard = hazard_curve(basis.rows, sample.years, sample.cause, weight, just_before, sample.horizon, beta)
            with np.errstate(over="ignore"):  # an endless hazard is a risk of 1
                smooth, shown = (hazard * np.exp(columns @ beta) for columns in (basis.rows, basis.shown))
            observed, curve = -np.expm1(-smooth), -np.expm1(-shown)
            found = bool(np.isfinite(hazard))
        else:
            found = logistic_curve(basis.rows, sample.had.astype(np.float64), weight, beta)
            observed, curve = (probability(beta[0] + columns @ beta[1:]) for columns in (basis.rows, basis.shown))
        if not found:
            return {}, np.full(len(basis.shown), np.nan)
        if not self.begin.any():
            self.begin = beta
        gap = np.abs(observed - risk)
        order = np.argsort(gap)
        ordered, counts = gap[order], weight[order]
        figures: dict[str, Any] = {
            "ici": float((gap * weight).sum() / weight.sum()),
            "e50": weighted_quantile(ordered, counts, 0.5),
            "e90": weighted_quantile(ordered, counts, 0.9),
        }
        return figures, curve
