"""Kaplan and Meier's curve over hospitals, on a common grid of times, with the number at risk; counts alone are sent.

Within a step of the grid events are counted before those who leave, as Kaplan and Meier do at one time: with n at risk
at the start of the step and d events the curve falls by ``1 - d / n``. Where every time lies on the grid this is the
pooled curve (Kaplan and Meier 1958, JASA 53:457, with the variance of Greenwood). Elsewhere, with c who leave within
the step, the true factor lies between ``1 - d / (n - c)`` (all left before the events) and ``1 - d / n``: the bounds
that stand beside the curve.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.grids import agree_cuts, binned, cells_of, proposal
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import CATEGORY, Plan, read_rows
from fyr.learn.federation.statistics.preparation import COMMON_OPTIONS, Agreed, agree
from fyr.learn.federation.study import Study

__all__ = ["OPTIONS", "kaplan_meier", "survival_counts_step", "survival_draft"]

Floats = NDArray[np.float64]

OPTIONS: Final = (
    *COMMON_OPTIONS, "duration", "event", "group", "times", "grid", "small_hospitals", "confidence_level",
)  # fmt: skip


def kaplan_meier(study: Study) -> Rounds:
    """Return the rounds of a survival curve; the options are :data:`OPTIONS`.

    ``times`` is the grid; with ``grid`` ``merged`` (the default) steps are joined until no count is of fewer rows than
    ``minimum_count`` (``small_hospitals: leave_out`` goes on without those that leave no step to others), with
    ``given`` the grid is used as it is, and a hospital's gate may refuse it. ``group`` is a
    column of categories, each with a curve of its own.
    """
    options = Options(study, OPTIONS)
    times, level = np.array(options.numbers("times")), options.number("confidence_level", 0.95, 0.01, 0.9999)
    if times[0] <= 0:
        raise BadInput("the grid begins at or before 0", where=study.name, mend="give times above 0")
    agreed = yield from agree(study, options, survival_draft(options))
    few: dict[str, str] = {}
    plan = agreed.plan
    ask = {"plan": plan.payload(), "minimum": options.minimum}
    if options.choice("grid", ("merged", "given")) == "merged":
        leave_out = options.choice("small_hospitals", ("refuse", "leave_out")) == "leave_out"
        times, few = yield from agree_cuts(study, "survival_counts", ask, times, leave_out=leave_out)
        plan = replace(plan, left_out=(*plan.left_out, *few))
        ask = {**ask, "plan": plan.payload()}
    answers = yield Question("survival_counts", {**ask, "cuts": times, "propose": False})
    levels = _levels(agreed)
    counts = answers.total("counts").reshape(len(times) + 1, len(levels), 2)
    exact = all(bool(one) for one in answers.each("on_grid").values()) and not few
    curves = {name: _curve(counts[:, place], times, level) for place, name in enumerate(levels)}
    return {
        "method": study.method,
        "times": times.tolist(),
        "exact": exact,
        "confidence_level": level,
        **(curves[""] if "group" not in plan.roles else {"groups": curves}),
        **agreed.told(),
        "rows": round(float(counts.sum())),
        "events": round(float(counts[:, :, 1].sum())),
        "sites_with_too_few": few,
    }


def survival_draft(options: Options) -> Plan:
    """Return what is read of a table: duration, event and, where there is one, the group."""
    roles = {"duration": options.text("duration"), "event": options.text("event")}
    kinds = {"duration": "not_negative", "event": "binary"}
    group = options.maybe("group")
    if group is not None:
        roles["group"], kinds["group"] = group, CATEGORY
    return Plan((), roles, kinds)


def survival_counts_step(table: SiteTable, values: Payload) -> Answer:
    """Count events and those who leave in each step of the grid, and beyond it, by group; or say which grid can be."""
    plan = Plan.of(values["plan"])
    rows, cuts = read_rows(table, plan), np.asarray(values["cuts"], dtype=np.float64)
    groups = max(1, len(plan.levels[plan.roles["group"]]) if "group" in plan.roles else 1)
    group = rows.role["group"].astype(np.int64) if "group" in plan.roles else np.zeros(rows.count, dtype=np.int64)
    duration = rows.role["duration"]
    place = cells_of(duration, cuts, right=True)
    cell = group * 2 + (rows.role["event"] > 0)
    counts = binned(place, cell, len(cuts) + 1, groups * 2)
    if values["propose"]:
        return proposal(counts, values)
    on_grid = bool(np.isin(duration[duration <= cuts[-1]], cuts).all()) if len(cuts) else rows.count == 0
    return Answer({"counts": counts.ravel()}, {"on_grid": on_grid}, {"survival": rows.cell(place * groups * 2 + cell)})


def _levels(agreed: Agreed) -> tuple[str, ...]:
    return agreed.plan.levels[agreed.plan.roles["group"]] if "group" in agreed.plan.roles else ("",)


def _curve(counts: Floats, times: Floats, level: float) -> dict[str, Any]:
    """Return one curve of counts of shape (steps + 1, 2): those who leave, and events."""
    leaving = counts.sum(axis=1)
    at_risk = np.cumsum(leaving[::-1])[::-1][:-1]
    gone, died = counts[:-1, 0], counts[:-1, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(at_risk > 0, 1 - died / at_risk, 1.0)
        lowest = np.where(died > 0, 1 - died / np.maximum(at_risk - gone, died), 1.0)
        greenwood = np.cumsum(np.where(at_risk > died, died / (at_risk * (at_risk - died)), 0.0))
    survival, bound = np.cumprod(factor), np.cumprod(lowest)
    far = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Kalbfleisch and Prentice 2002, eq. 1.13: symmetric about log(-log S).
        spread = far * np.sqrt(greenwood) / np.log(survival)
        low, high = survival ** np.exp(-spread), survival ** np.exp(spread)
    known = (survival > 0) & (survival < 1)
    half = np.flatnonzero(survival <= 0.5)
    return {
        "survival": survival.tolist(),
        "standard_errors": (survival * np.sqrt(greenwood)).tolist(),
        "low": np.where(known, low, survival).tolist(),
        "high": np.where(known, high, survival).tolist(),
        "survival_at_least": bound.tolist(),
        "survival_at_most": survival.tolist(),
        "at_risk": at_risk.tolist(),
        "events_by_step": died.tolist(),
        "censored_by_step": gone.tolist(),
        "median": float(times[half[0]]) if len(half) else None,
    }
