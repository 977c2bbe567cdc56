"""What a site does when a network is trained: sums of its columns, and what some steps on its rows would change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.neural.local_training import LocalTraining, batches, trained
from fyr.learn.federation.neural.losses import LOSSES
from fyr.learn.federation.neural.network import weights_needed
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable

__all__ = ["change_step", "columns_step"]

Floats = NDArray[np.float64]


def columns_step(table: SiteTable, values: Payload) -> Answer:
    """Return rows, and sums and sums of squares of features and outcome, over rows that lack none of them."""
    rows, outcome, _ = _rows(table, values)
    both = np.column_stack([rows, outcome])
    return Answer({"rows": np.array([float(len(rows))]), "sum": both.sum(axis=0), "squares": (both * both).sum(axis=0)})


def change_step(table: SiteTable, values: Payload) -> Answer:
    """Return how training here would change the weights, times the rows that it was trained on; and the rows."""
    rows, outcome, time = _rows(table, values)
    weights: Floats = values["weights"]
    hidden = tuple(int(one) for one in values["hidden"])
    centre, scale = values["centre"], values["scale"]
    features = rows.shape[1]
    if weights.shape != (weights_needed(features, hidden),) or not centre.shape == scale.shape == (features,):
        raise BadInput("the question's weights do not fit its layers", where=table.site)
    if not (np.isfinite(weights).all() and np.isfinite(centre).all() and (scale > 0).all()):
        raise BadInput("the question's weights are not finite", where=table.site)
    if not len(rows):
        return Answer({"change": np.zeros(len(weights)), "rows": np.zeros(1), "loss": np.zeros(1)})
    how = LocalTraining(
        str(values["objective"]),
        hidden,
        int(values["steps"]),
        int(values["batch"]),
        float(values["learning_rate"]),
        float(values["mu"]),
        float(values["l2"]),
        float(values["clip"]),
    )
    if how.objective == "squared_error":
        outcome = (outcome - float(values["outcome_centre"])) / float(values["outcome_scale"])
    picked = batches(len(rows), how.batch, how.steps, int(values["seed"]), int(values["number"]), table.site)
    after, loss = trained(weights, (rows - centre) / scale, outcome, time, how, picked)
    count = float(len(rows))
    return Answer({"change": (after - weights) * count, "rows": np.array([count]), "loss": np.array([loss * count])})


def _rows(table: SiteTable, values: Payload) -> tuple[Floats, Floats, Floats]:
    """Return features, outcome and time of complete rows.

    Raises
    ------
    BadInput
        If a value is none that the objective takes.
    """
    objective, names = str(values["objective"]), [str(name) for name in values["features"]]
    if objective not in LOSSES:
        raise BadInput(f"there is no objective '{objective}'", where=table.site, mend=f"choose {', '.join(LOSSES)}")
    outcome_name, time_name = str(values["outcome"]), str(values["time"])
    used = [*names, outcome_name, *([time_name] if objective == "cox" else [])]
    for name in used:
        table.numbers(name)
    kept = table.complete(used)
    rows = np.column_stack([table.numbers(name)[kept] for name in names])
    outcome = table.numbers(outcome_name)[kept]
    time = table.numbers(time_name)[kept] if objective == "cox" else np.ones(len(outcome))
    for name, column in zip(used, [*rows.T, outcome, time], strict=False):
        if not bool(np.isfinite(column).all()):
            raise BadInput(f"column '{name}' holds an infinite number", where=table.site)
    if objective != "squared_error" and not bool(np.isin(outcome, (0.0, 1.0)).all()):
        raise BadInput(f"column '{outcome_name}' is not 0 or 1", where=table.site)
    return rows, outcome, time
