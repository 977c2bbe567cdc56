"""Predicted risks counted in bins: calibration curve, decision curve, and what an area under the curve can be.

Everything here is made of how many rows, events and how much predicted risk lie between cuts that all hospitals agree
on. A decision curve is exact at those cuts (Vickers and Elkin 2006, Med Decis Making 26:565): with all rows of a risk
of t or more treated, net benefit is ``TP / n - FP / n t / (1 - t)``.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.grids import agree_cuts, binned, cells_of, proposal
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import Plan, read_rows
from fyr.learn.federation.statistics.preparation import COMMON_OPTIONS, Agreed, agree
from fyr.learn.federation.study import Study
from fyr.learn.judging.net_benefit import checked_thresholds
from fyr.learn.logistic import log_odds, probability

__all__ = ["DECISION_OPTIONS", "RiskBins", "area_bounds", "ask_bins", "curve", "decision_curve", "predicted_draft",
           "risk_bins_step"]  # fmt: skip

Floats = NDArray[np.float64]

DECISION_OPTIONS: Final = (
    *COMMON_OPTIONS,
    "outcome",
    "predicted",
    "linear_predictor",
    "thresholds",
    "grid",
    "small_hospitals",
)


@dataclass(frozen=True, slots=True, eq=False)
class RiskBins:
    """Rows by predicted risk.

    Parameters
    ----------
    cuts : ndarray of float64, shape (cuts,)
        A risk at a cut lies in the bin after it.
    rows, events, risk : ndarray of float64, shape (cuts + 1,)
        Counts, and the sum of the predicted risks.
    squared_error : float
        The sum of ``(risk - outcome)^2`` over all rows.
    few : dict of str to str
        Hospitals that could not take part, with the reason.
    """

    cuts: Floats
    rows: Floats
    events: Floats
    risk: Floats
    squared_error: float
    few: dict[str, str]

    @property
    def expected(self) -> float:
        """The sum of the predicted risks."""
        return float(self.risk.sum())


def decision_curve(study: Study) -> Rounds:
    """Return the rounds of a decision curve; the options are :data:`DECISION_OPTIONS`."""
    options = Options(study, DECISION_OPTIONS)
    given = study.options.get("thresholds")
    thresholds = checked_thresholds(None if given is None else options.numbers("thresholds"))
    agreed = yield from agree(study, options, predicted_draft(study, options))
    bins = yield from ask_bins(study, options, agreed, np.array(thresholds))
    rows, events = bins.rows.sum(), bins.events.sum()
    true = bins.events[::-1].cumsum()[::-1][1:]
    false = (bins.rows - bins.events)[::-1].cumsum()[::-1][1:]
    odds = bins.cuts / (1 - bins.cuts)
    return {
        "method": study.method,
        "thresholds": bins.cuts.tolist(),
        "net_benefit": ((true - false * odds) / rows).tolist(),
        "treat_all": ((events - (rows - events) * odds) / rows).tolist(),
        "true_positives": true.tolist(),
        "false_positives": false.tolist(),
        "events": round(float(events)),
        "sites_with_too_few": bins.few,
        **agreed.told(),
        "rows": round(float(rows)),
    }


def predicted_draft(study: Study, options: Options) -> Plan:
    """Return what is read of a table: the outcome, and the predicted log odds as the one feature.

    Raises
    ------
    BadInput
        If not one of ``predicted`` and ``linear_predictor`` is given.
    """
    predicted, line = options.maybe("predicted"), options.maybe("linear_predictor")
    if (predicted is None) == (line is None):
        raise BadInput("one of 'predicted' and 'linear_predictor' is needed", where=study.name)
    name = str(predicted or line)
    roles = {"outcome": options.text("outcome"), "predicted": name}
    kinds = {"outcome": "binary", "predicted": "probability" if predicted else "number"}
    return Plan((name,), roles, kinds, log_odds=(name,) if predicted else ())


def ask_bins(study: Study, options: Options, agreed: Agreed, cuts: Floats) -> Generator[Question, Answers, RiskBins]:
    """Agree on cuts (unless the option ``grid`` is ``given``), and count.

    Raises
    ------
    BadInput
        If a cut is not between 0 and 1.
    """
    if not ((cuts > 0) & (cuts < 1)).all():
        raise BadInput("a cut of risks is not between 0 and 1", where=study.name)
    plan = replace(agreed.plan, mean=np.zeros(0), spread=np.zeros(0))
    ask: dict[str, Any] = {"plan": plan.payload(), "minimum": options.minimum}
    few: dict[str, str] = {}
    if options.choice("grid", ("merged", "given")) == "merged":
        try:
            leave_out = options.choice("small_hospitals", ("refuse", "leave_out")) == "leave_out"
            cuts, few = yield from agree_cuts(study, "risk_bins", ask, cuts, leave_out=leave_out)
        except Refused:
            cuts = np.zeros(0)
        ask["plan"] = replace(plan, left_out=(*plan.left_out, *few)).payload()
    answers = yield Question("risk_bins", {**ask, "cuts": cuts, "propose": False})
    counts = answers.total("counts").reshape(len(cuts) + 1, 2)
    return RiskBins(
        cuts, counts.sum(axis=1), counts[:, 1], answers.total("risk"), float(answers.total("squared_error")[0]), few
    )


def risk_bins_step(table: SiteTable, values: Payload) -> Answer:
    """Count rows with and without the outcome, and add up predicted risks, between cuts; or say which cuts can be."""
    rows, cuts = read_rows(table, Plan.of(values["plan"])), np.asarray(values["cuts"], dtype=np.float64)
    line, outcome = rows.role["predicted"], rows.role["outcome"]
    place = cells_of(line, log_odds(cuts) if len(cuts) else cuts, right=False)
    happened = (outcome > 0).astype(np.int64)
    counts = binned(place, happened, len(cuts) + 1, 2)
    if values["propose"]:
        return proposal(counts, values)
    risk = probability(line)
    return Answer(
        {
            "counts": counts.ravel(),
            "risk": np.bincount(place, risk, len(cuts) + 1).astype(np.float64),
            "squared_error": np.array([float(((risk - outcome) ** 2).sum())]),
        },
        cells={"risk": rows.cell(place * 2 + happened)},
    )


def curve(bins: RiskBins, level: float) -> list[dict[str, Any]]:
    """Return predicted and observed risk by bin, with Wilson's interval (1927, JASA 22:209)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    edges = [0.0, *bins.cuts.tolist(), 1.0]
    found = []
    for place, count in enumerate(bins.rows.tolist()):
        if not count:
            continue
        share = float(bins.events[place]) / count
        middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
        half = z / (1 + z**2 / count) * float(np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)))
        found.append(
            {
                "from": edges[place],
                "to": edges[place + 1],
                "rows": round(count),
                "events": round(float(bins.events[place])),
                "predicted": float(bins.risk[place]) / count,
                "observed": share,
                "low": max(0.0, middle - half),
                "high": min(1.0, middle + half),
            }
        )
    return found


def area_bounds(bins: RiskBins) -> dict[str, float | None]:
    """Return the area under the curve: pairs of one bin count half; its bounds take none, or all, of them as right."""
    without = bins.rows - bins.events
    pairs = float(bins.events.sum() * without.sum())
    if not pairs:
        return {"estimate": None, "low": None, "high": None}
    lower = np.concatenate([[0.0], np.cumsum(without)[:-1]])
    sure, open_ = float(bins.events @ lower), float(bins.events @ without)
    return {"estimate": (sure + open_ / 2) / pairs, "low": sure / pairs, "high": (sure + open_) / pairs}
