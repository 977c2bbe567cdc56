"""How well predictions rank patients: exactly within hospitals, and over all of them within bounds.

Within hospitals each sends how many pairs it could compare and how many were in the right order, and the shares are
those of all pairs within hospitals: the area under the curve, or Harrell's concordance (1982, JAMA 247:2543) where
there are times. Pairs across hospitals cannot be compared without sending ranks; binned risks tell between which
bounds the pooled area lies.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.discrimination import Ranking
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import Plan, read_rows
from fyr.learn.federation.statistics.preparation import COMMON_OPTIONS, agree
from fyr.learn.federation.statistics.risk_bins import area_bounds, ask_bins, predicted_draft
from fyr.learn.federation.study import Study
from fyr.learn.survival.concordance import Pairs

__all__ = ["OPTIONS", "discrimination", "rank_pairs_step"]

Floats = NDArray[np.float64]

OPTIONS: Final = (
    *COMMON_OPTIONS, "outcome", "predicted", "linear_predictor", "duration", "event", "bins", "grid", "small_hospitals",
)  # fmt: skip


def discrimination(study: Study) -> Rounds:
    """Return the rounds of a discrimination; the options are :data:`OPTIONS`.

    With ``outcome`` the area under the curve; with ``duration`` and ``event`` the concordance of ``linear_predictor``.
    """
    options = Options(study, OPTIONS)
    timed = "duration" in study.options
    if timed:
        name = options.text("linear_predictor")
        draft = Plan(
            (), {"predicted": name, "duration": options.text("duration"), "event": options.text("event")},
            {"predicted": "number", "duration": "not_negative", "event": "binary"},
        )  # fmt: skip
    else:
        draft = predicted_draft(study, options)
    agreed = yield from agree(study, options, draft)
    answers = yield Question("rank_pairs", {"plan": agreed.plan.payload()})
    right, pairs = map(float, answers.total("pairs"))
    if not pairs:
        raise BadInput("no hospital has a pair that can be compared", where=study.name)
    found: dict[str, Any] = {
        "method": study.method,
        "within_hospitals": right / pairs,
        "pairs": pairs,
        "hospitals_without_pairs": [site for site, one in answers.each("has_pairs").items() if not one],
    }
    if not timed:
        cuts = np.array(options.numbers("bins", [place / 50 for place in range(1, 50)]))
        bins = yield from ask_bins(study, options, agreed, cuts)
        found |= {"pooled": area_bounds(bins), "bins": len(bins.rows), "sites_with_too_few": bins.few}
    return {**found, **agreed.told()}


def rank_pairs_step(table: SiteTable, values: Payload) -> Answer:
    """Count the pairs of this hospital that can be compared, and those in the right order (ties count half)."""
    rows = read_rows(table, Plan.of(values["plan"]))
    risk = rows.role["predicted"]
    if "duration" in rows.role:
        time, event = rows.role["duration"], rows.role["event"] > 0
        pairs = _comparable(time, event)
        share = Pairs.of(time, event, risk).harrell() if pairs else 0.0
    else:
        event = rows.role["outcome"] > 0
        pairs = float(event.sum()) * float((~event).sum())
        share = Ranking.of(event, risk).area_under_roc() if pairs else 0.0
    return Answer({"pairs": np.array([share * pairs, pairs])}, {"has_pairs": pairs > 0})


def _comparable(time: Floats, event: NDArray[np.bool_]) -> float:
    """Count pairs of an event and a row that was still without one: later, or censored at the same time."""
    ordered = np.sort(time)
    later = len(time) - np.searchsorted(ordered, time[event], side="right")
    censored = np.sort(time[~event])
    level = np.searchsorted(censored, time[event], side="right") - np.searchsorted(censored, time[event], side="left")
    return float(later.sum() + level.sum())
