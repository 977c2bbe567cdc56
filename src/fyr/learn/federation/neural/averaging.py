"""Rounds of federated averaging and its relatives: a question carries weights, an answer what training changed.

Changes are weighed by rows and added up over the sites, so they may be masked (McMahan et al. 2017, AISTATS 54,
algorithm 1; Li et al. 2020, MLSys 2; Reddi et al. 2021, ICLR).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.neural.losses import LOSSES
from fyr.learn.federation.neural.network import Network, first_weights
from fyr.learn.federation.neural.server import Name, Server
from fyr.learn.federation.rounds import Answers, Question, Rounds
from fyr.learn.federation.study import Study

__all__ = ["fedadagrad", "fedadam", "fedavg", "fedprox", "fedyogi"]

Floats = NDArray[np.float64]

_WHERE: Final = "federated network"


def fedavg(study: Study) -> Rounds:
    """Return the rounds of federated averaging.

    Options: ``features``, ``outcome`` (or ``event``), ``time``, ``objective`` (cox where there is a time, else
    logistic), ``hidden`` (units of each hidden layer; none by default), ``rounds`` (20), ``steps`` (batches in a round,
    100), ``batch`` (its rows, 32), ``learning_rate`` (0.1), ``server_learning_rate`` (1), ``l2`` (0), ``clip`` (10; 0
    for no bound), ``standardise`` (true) and ``seed`` (1).
    """
    return _rounds(study, "average", {"learning_rate": 0.1, "server_learning_rate": 1.0})


def fedprox(study: Study) -> Rounds:
    """Return the rounds of FedProx: as :func:`fedavg`, each site held to what it was sent by ``mu`` (0.1)."""
    return _rounds(study, "average", {"learning_rate": 0.1, "server_learning_rate": 1.0, "mu": 0.1})


def fedadam(study: Study) -> Rounds:
    """Return the rounds of FedAdam: as :func:`fedavg`, with ``beta1`` (0.9), ``beta2`` (0.99) and ``tau`` (0.001)."""
    return _rounds(study, "adam", {})


def fedyogi(study: Study) -> Rounds:
    """Return the rounds of FedYogi: as :func:`fedadam`."""
    return _rounds(study, "yogi", {})


def fedadagrad(study: Study) -> Rounds:
    """Return the rounds of FedAdagrad: as :func:`fedadam`, without ``beta2``."""
    return _rounds(study, "adagrad", {})


def _rounds(study: Study, name: Name, usual: Mapping[str, float]) -> Rounds:
    options = _Options(study.options, {"learning_rate": 0.01, "server_learning_rate": 0.1, "mu": 0.0, **usual})
    features, ask = _asked(study, options)
    rounds, seed = options.whole("rounds", 20, 1, 100_000), int(ask["seed"])
    answers: Answers = yield Question("network_columns", ask)
    rows, centre, scale = _spread(answers, study)
    sound = bool(study.options.get("standardise", True))
    ask |= {
        "centre": centre[:-1] if sound else np.zeros(len(features)),
        "scale": scale[:-1] if sound else np.ones(len(features)),
        "outcome_centre": float(centre[-1]),
        "outcome_scale": float(scale[-1]),
    }
    weights = first_weights(len(features), ask["hidden"], seed)
    server = Server(
        name,
        options.number("server_learning_rate", None, 1e-12, 1e6),
        options.number("beta1", 0.9, 0.0, 0.999999),
        options.number("beta2", 0.99, 0.0, 0.99999999),
        options.number("tau", 1e-3, 1e-16, 1e6),
        np.zeros(len(weights)),
        np.zeros(len(weights)),
    )
    history: list[float] = []
    for number in range(rounds):
        answers = yield Question("network_change", {**ask, "weights": weights, "number": number})
        count = float(answers.total("rows")[0])
        weights = server.next(weights, answers.total("change") / count)
        history.append(float(answers.total("loss")[0]) / count)
        if not (np.isfinite(weights).all() and math.isfinite(history[-1])):
            raise BadInput("the weights run away", where=study.name, mend="take smaller learning rates, or clip slopes")
    network = Network(tuple(features), ask["centre"], ask["scale"], tuple(ask["hidden"]), weights)
    objective = str(ask["objective"])
    model: dict[str, Any] = {"form": "network", "objective": objective, **network.as_dict()}
    if objective == "squared_error":
        model |= {"outcome_centre": float(centre[-1]), "outcome_scale": float(scale[-1])}
    return {"model": model, "rows": rows, "mean_loss_of_rounds": history}


def _asked(study: Study, options: _Options) -> tuple[list[str], dict[str, Any]]:
    features = [str(name) for name in study.options.get("features") or ()]
    outcome = study.options.get("outcome") or study.options.get("event")
    if not features or len(set(features)) != len(features) or not outcome:
        raise BadInput("a network needs features, each named once, and an outcome", where=study.name)
    time = str(study.options.get("time") or "")
    objective = str(study.options.get("objective") or ("cox" if time else "logistic"))
    if objective not in LOSSES:
        raise BadInput(f"there is no objective '{objective}'", where=study.name, mend=f"choose {', '.join(LOSSES)}")
    if objective == "cox" and not time:
        raise BadInput("hazards need a time", where=study.name, mend="name the column of follow-up as time")
    hidden = study.options.get("hidden") or []
    several = list(hidden) if isinstance(hidden, (list, tuple)) else [hidden]
    if not all(type(one) is int and 0 < one <= 4096 for one in several) or len(several) > 8:
        raise BadInput(f"hidden is {hidden!r}", where=study.name, mend="give the units of each layer, such as [16]")
    return features, {
        "features": features,
        "outcome": str(outcome),
        "time": time,
        "objective": objective,
        "hidden": several,
        "steps": options.whole("steps", 100, 1, 1_000_000),
        "batch": options.whole("batch", 32, 1, 4096),
        "learning_rate": options.number("learning_rate", None, 1e-12, 1e6),
        "mu": options.number("mu", None, 0.0, 1e6),
        "l2": options.number("l2", 0.0, 0.0, 1e6),
        "clip": options.number("clip", 10.0, 0.0, 1e12),
        "seed": options.whole("seed", 1, 0, 1 << 62),
    }


def _spread(answers: Answers, study: Study) -> tuple[float, Floats, Floats]:
    """Return rows, mean and spread of each feature and of the outcome; the spread of a constant is 1."""
    rows = float(answers.total("rows")[0])
    if rows < 1:
        raise BadInput("no row has all features and the outcome", where=study.name)
    centre = answers.total("sum") / rows
    variance = np.maximum(answers.total("squares") / rows - centre * centre, 0.0)
    scale = np.sqrt(variance)
    return rows, centre, np.where(scale > 1e-9 * np.maximum(np.abs(centre), 1e-300), scale, 1.0)


class _Options:
    """A study's options as numbers, or a refusal that names the option."""

    def __init__(self, options: Payload, usual: Mapping[str, float]) -> None:
        self._options, self._usual = options, usual

    def number(self, name: str, usual: float | None, low: float, high: float) -> float:
        given = self._options.get(name, self._usual.get(name) if usual is None else usual)
        try:
            value = float(cast(Any, given))
        except (TypeError, ValueError):
            value = math.nan
        if not low <= value <= high:
            raise BadInput(f"'{name}' is {given!r}", where=_WHERE, mend=f"give a number from {low:g} to {high:g}")
        return value

    def whole(self, name: str, usual: int, low: int, high: int) -> int:
        value = self.number(name, usual, low, high)
        if value != int(value):
            raise BadInput(f"'{name}' is {value:g}", where=_WHERE, mend="give a whole number")
        return int(value)
