"""Whether there are enough patients for so many parameters.

Riley et al. 2020 (BMJ 368:m441; Riley 2019, Stat Med 38:1276): so many that the predictors' effects need be shrunk by
no more than a tenth, where the model explains 15 % of what could be explained at most.
"""

from __future__ import annotations

import math
from typing import Final

from fyr.learn.outcome import Outcome

__all__ = ["patients_needed", "sample_size_notes", "share_explainable"]

_SHRINKAGE: Final = 0.9
_EXPLAINED: Final = 0.15


def share_explainable(outcome: Outcome) -> float:
    """Return the greatest Cox-Snell R² that a model of this outcome can have (Riley 2019).

    From the log likelihood of a model that gives everybody the same risk, or the same exponential hazard.
    """
    rows, events = len(outcome), int(outcome.event.sum())
    if outcome.years is None:
        share = events / rows
        null = events * math.log(share) + (rows - events) * math.log1p(-share)
    else:
        null = events * math.log(events / rows) - events
    return 1 - math.exp(2 * null / rows)


def patients_needed(parameters: int, explained: float, shrinkage: float = _SHRINKAGE) -> int:
    """Return how many patients a model of so many parameters needs (Riley 2020, criterion 2; Riley 2019, eq. 11).

    Parameters
    ----------
    parameters : int
    explained : float
        The Cox-Snell R² that is expected.
    shrinkage : float

    Examples
    --------
    Recurrence of venous thromboembolism, 30 parameters (Riley 2019, section 5):

    >>> patients_needed(30, 0.051)
    5143
    """
    return math.ceil(parameters / ((shrinkage - 1) * math.log1p(-explained / shrinkage)))


def sample_size_notes(outcome: Outcome, parameters: int) -> list[str]:
    """Say where there are more parameters than the patients can bear."""
    events = int(outcome.event.sum())
    fewer = min(events, len(outcome) - events) if outcome.years is None else events
    notes = []
    if parameters > fewer:
        notes.append(
            f"{parameters} parameters and {fewer} events: a plain fit would learn chance; only the penalty, tuned on "
            "rows held out, stands between this model and that"
        )
    needed = patients_needed(parameters, _EXPLAINED * share_explainable(outcome))
    if needed > len(outcome):
        notes.append(
            f"{len(outcome)} rows where {needed} are needed for {parameters} parameters (Riley 2020: shrinkage of at "
            "most 10 %, 15 % of the explainable explained); the penalty shrinks by more"
        )
    return notes
