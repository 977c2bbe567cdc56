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
    "boosting": "fyr.learn.federation.boosting.growing:boosting",
    "fedadagrad": "fyr.learn.federation.neural.averaging:fedadagrad",
    "fedadam": "fyr.learn.federation.neural.averaging:fedadam",
    "fedavg": "fyr.learn.federation.neural.averaging:fedavg",
    "fedprox": "fyr.learn.federation.neural.averaging:fedprox",
    "fedyogi": "fyr.learn.federation.neural.averaging:fedyogi",
    "logistic": "fyr.learn.federation.generalised_linear:logistic",
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
