"""Every method that a study may use, by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

from fyr.errors import BadInput
from fyr.learn.federation.rounds import Rounds
from fyr.learn.federation.study import Study

__all__ = ["METHODS", "method"]

METHODS: Final[dict[str, str]] = {
    "linear": "fyr.learn.federation.statistics.generalised_linear:linear",
    "logistic": "fyr.learn.federation.statistics.generalised_linear:logistic",
    "poisson": "fyr.learn.federation.statistics.generalised_linear:poisson",
    "descriptive": "fyr.learn.federation.statistics.descriptive:descriptive",
    "kaplan_meier": "fyr.learn.federation.statistics.kaplan_meier:kaplan_meier",
    "log_rank": "fyr.learn.federation.statistics.log_rank:log_rank",
    "calibration": "fyr.learn.federation.statistics.calibration:calibration",
    "decision_curve": "fyr.learn.federation.statistics.risk_bins:decision_curve",
    "discrimination": "fyr.learn.federation.statistics.discrimination:discrimination",
    "cox": "fyr.learn.federation.statistics.cox:cox",
    "private-logistic": "fyr.learn.federation.disclosure.private_logistic:private_logistic",
    "boosting": "fyr.learn.federation.boosting.growing:boosting",
    "fedadagrad": "fyr.learn.federation.neural.averaging:fedadagrad",
    "fedadam": "fyr.learn.federation.neural.averaging:fedadam",
    "fedavg": "fyr.learn.federation.neural.averaging:fedavg",
    "fedprox": "fyr.learn.federation.neural.averaging:fedprox",
    "fedyogi": "fyr.learn.federation.neural.averaging:fedyogi",
}


def method(name: str) -> Callable[[Study], Rounds]:
    """Return a method: of a study, its rounds.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    if name not in METHODS:
        raise BadInput(f"there is no method '{name}'", where="federated study", mend=f"choose {', '.join(METHODS)}")
    module, function = METHODS[name].split(":")
    found: Callable[[Study], Rounds] = getattr(import_module(module), function)
    return found
