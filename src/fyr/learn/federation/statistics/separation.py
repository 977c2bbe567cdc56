"""Why a fit has no answer: outcomes that a combination of columns sets apart, over all hospitals together.

A coefficient runs to infinity where moving along some direction only improves the likelihood of every row (Albert and
Anderson 1984, Biometrika 71:1). The last steps of Newton's method point there; each hospital counts the rows that the
direction does *not* set apart. Where the hospitals together count none, the direction is proof.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.newton import Top
from fyr.learn.federation.statistics.plan import Plan, read_rows
from fyr.learn.federation.study import Study

__all__ = ["explain_unsettled", "glm_separation_step", "is_flat"]

Floats = NDArray[np.float64]

_FLAT = 1e-6
_SLACK = 1e-3
_SHOWN = 5


def glm_separation_step(table: SiteTable, values: Payload) -> Answer:
    """Count the rows whose likelihood falls along a direction."""
    rows = read_rows(table, Plan.of(values["plan"]))
    way = np.column_stack([np.ones(rows.count), rows.design]) @ np.asarray(values["direction"], dtype=np.float64)
    outcome = rows.role["outcome"]
    if values["family"] == "logistic":
        against = np.where(outcome > 0, way < -_SLACK, way > _SLACK)
    else:
        against = np.where(outcome > 0, np.abs(way) > _SLACK, way > _SLACK)
    return Answer({"against": np.array([float(against.sum())])})


def is_flat(top: Top) -> bool:
    """Tell whether some direction has lost its curvature since the start."""
    before = np.sqrt(np.maximum(np.diag(top.start.information), 0.0))
    before[before == 0] = 1.0
    scaled = top.last.information / np.outer(before, before)
    return bool(len(scaled)) and bool(np.linalg.eigvalsh(scaled)[0] < _FLAT)


def explain_unsettled(
    study: Study, step: str, values: dict[str, Any], top: Top, names: Sequence[str], *, free: bool
) -> Generator[Question, Answers, None]:
    """Refuse a fit that did not settle, or ran along a ridge of the likelihood, and say why.

    Parameters
    ----------
    study : Study
    step : str
        Counts, at each hospital, what speaks against a direction.
    values : dict
        Of that step.
    top : Top
    names : sequence of str
    free : bool
        Whether a coefficient besides the intercept has no penalty.

    Raises
    ------
    BadInput
        Naming the columns, where they set outcomes apart.
    """
    if top.settled and not (free and is_flat(top)):
        return
    largest = float(np.abs(top.step).max(initial=0.0))
    if free and largest > 0:
        direction = top.step / largest
        answers = yield Question(step, {**values, "direction": direction})
        if float(answers.total("against")[0]) == 0:
            order = np.argsort(-np.abs(direction), kind="stable")
            involved = [f"'{names[int(one)]}'" for one in order if abs(direction[one]) > 0.05]
            named = [one for one in involved if one != "'(intercept)'"] or involved
            raise BadInput(
                f"{'columns' if len(named) > 1 else 'column'} {', '.join(named[:_SHOWN])} set the outcomes of all "
                "hospitals apart, so no finite coefficient is the answer",
                where=study.name,
                mend="leave a column out, join its levels, or set l2 above 0",
            )
    raise BadInput(
        f"the likelihood did not settle in {top.iterations} rounds",
        where=study.name,
        mend="look for extreme values in the columns, or set l2 above 0",
    )
