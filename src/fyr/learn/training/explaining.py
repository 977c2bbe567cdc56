"""What moved the answers: Shapley values of each input, one patient at a time and over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.training.trained import TrainedRisk

__all__ = ["METHOD", "explain_rows", "mean_contributions"]

Floats = NDArray[np.float64]
Column = NDArray[Any]

METHOD: Final = (
    "Shapley values on the scale of the score (log hazard or log odds): of linear scores exact, against the training "
    "rows (Lundberg and Lee 2017); of trees path-dependent (Lundberg 2020)"
)
_MOVERS: Final = 8


def explain_rows(trained: TrainedRisk, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return what moved each row's score most, as columns of shape (rows,).

    Base, movers and others add up to the score.
    """
    added, base = trained.added(columns)
    names = tuple(added)
    table = np.column_stack([added[name] for name in names])
    top = np.argsort(-np.abs(table), axis=1, kind="stable")[:, :_MOVERS]
    shown = np.take_along_axis(table, top, axis=1)
    called = np.array(names, dtype=object)
    values = np.column_stack([_shown(columns[name]) for name in names])
    picked = np.take_along_axis(values, top, axis=1)
    explained: dict[str, Any] = {
        "method": METHOD,
        "base": base,
        "score": base + table.sum(axis=1),
        "moved_by": [
            {"input": called[top[:, place]], "value": picked[:, place], "added": shown[:, place]}
            for place in range(top.shape[1])
        ],
        "others": table.sum(axis=1) - shown.sum(axis=1),
    }
    if len(trained.event.modalities) > 1:
        chosen = trained.event.chosen(columns)
        said = np.array([" + ".join(one.modalities) for one in trained.event.combiners], dtype=object)
        explained["by_modality"] = _by_modality(trained, added)
        explained["answered_from"] = said[chosen]
    return explained


def mean_contributions(trained: TrainedRisk, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return how far each input, and each modality, moved the score of these rows on average (mean absolute value)."""
    added, _ = trained.added(columns)
    modality = {name: one for one, several in trained.event.modalities.items() for name in several}
    moved = {name: float(np.abs(values).mean()) for name, values in added.items()}
    listed = [
        {"input": name, "modality": modality[name], "mean_absolute": value}
        for name, value in sorted(moved.items(), key=lambda one: (-one[1], one[0]))
    ]
    together = {name: float(np.abs(values).mean()) for name, values in _by_modality(trained, added).items()}
    return {"method": METHOD, "inputs": listed, "modalities": together}


def _by_modality(trained: TrainedRisk, added: Mapping[str, Floats]) -> dict[str, Floats]:
    sums: dict[str, Floats] = {}
    for modality, several in trained.event.modalities.items():
        mine = [added[name] for name in several if name in added]
        if mine:
            sums[modality] = np.sum(mine, axis=0)
    return sums


def _shown(column: Column) -> Column:
    shown = column.astype(object)
    if column.dtype.kind in "fiub":
        shown[np.isnan(column.astype(np.float64))] = None
    else:
        shown[column == ""] = None
    return shown
