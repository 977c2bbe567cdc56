"""Newton's method whose log likelihood, slope and curvature come from the hospitals, a round a step.

The sums are those of the pooled rows, so the top is the pooled top (McCullagh and Nelder 1989, section 2.5). A step
that does not climb is halved. Steps converge quadratically, so the last one is taken without a round of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.errors import Refused
from fyr.learn.federation.rounds import Answer, Answers, Doubted, Question
from fyr.learn.federation.statistics.consistency import Said, Watch

__all__ = ["Place", "Top", "climb", "climb_here", "likelihood_sums"]

Floats = NDArray[np.float64]

_STEPS = 60
_ENOUGH = 1e-18
_NOISE = 1e-9
_SMALLEST = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The sums at one place.

    Parameters
    ----------
    beta : ndarray of float64, shape (columns,)
    log_likelihood : float
        Without the penalty; minus infinity where it cannot be told.
    gradient : ndarray of float64, shape (columns,)
    information : ndarray of float64, shape (columns, columns)
    """

    beta: Floats
    log_likelihood: float
    gradient: Floats
    information: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """Where the steps ended.

    Parameters
    ----------
    start, last : Place
        The first place, and the last one that hospitals were asked about.
    beta : ndarray of float64, shape (columns,)
        After the last step.
    log_likelihood : float
        There, without the penalty.
    step : ndarray of float64, shape (columns,)
        The last step.
    iterations : int
        Rounds.
    settled : bool
    answers : Answers
        Of the last round.
    """

    start: Place
    last: Place
    beta: Floats
    log_likelihood: float
    step: Floats
    iterations: int
    settled: bool
    answers: Answers


def likelihood_sums(log_likelihood: float, gradient: Floats, information: Floats) -> dict[str, Floats]:
    """Return the sums of one hospital; where they are not finite, zeros and a flag, since only numbers are added up."""
    finite = bool(np.isfinite(log_likelihood) and np.isfinite(gradient).all() and np.isfinite(information).all())
    return {
        "log_likelihood": np.array([log_likelihood if finite else 0.0]),
        "gradient": gradient if finite else np.zeros_like(gradient),
        "information": information if finite else np.zeros_like(information),
        "beyond": np.array([0.0 if finite else 1.0]),
    }


def climb(
    ask: Callable[[Floats], Question],
    start: Floats,
    penalty: Floats,
    *,
    check: Callable[[Place], None] | None = None,
    watch: Watch | None = None,
) -> Generator[Question, Answers, Top]:
    """Climb to the top of the log likelihood less ``penalty / 2`` times the squared coefficients.

    Parameters
    ----------
    ask : callable
        Of coefficients: the question, whose answers hold :func:`likelihood_sums`.
    start : ndarray of float64, shape (columns,)
    penalty : ndarray of float64, shape (columns,)
    check : callable, optional
        Told of the start; may refuse to go on.
    watch : Watch, optional
        Holds each hospital's answers against one another, where they are not masked.

    Raises
    ------
    Doubted
        If a hospital's answers cannot be right; it is named.
    Refused
        If the linear predictor overflows where the steps begin.
    """
    tried, size, before, rounds = start, 1.0, np.inf, 0
    begun: Place | None = None
    here: Place | None = None
    value, step = -np.inf, np.zeros_like(start)
    sites: tuple[str, ...] = ()
    while True:
        answers = yield ask(tried)
        rounds += 1
        if watch is not None:
            _hear(watch, tried, answers)
        there = _place(tried, answers)
        reached = there.log_likelihood - float(penalty @ tried**2) / 2
        if here is not None and answers.sites == sites and not reached >= value - 1e-12 * (1.0 + abs(value)):
            size /= 2
            if size < _SMALLEST or rounds >= _STEPS:
                return Top(begun or here, here, here.beta, here.log_likelihood, step, rounds, False, answers)
            tried = here.beta + size * step
            continue
        here, value, size, sites = there, reached, 1.0, answers.sites
        if begun is None:
            begun = here
            if not np.isfinite(value):
                raise Refused("the linear predictor is beyond what a number can hold", where="federated fit")
            if check is not None:
                check(here)
        slope = here.gradient - penalty * here.beta
        step = np.linalg.lstsq(here.information + np.diag(penalty), slope, rcond=None)[0].astype(np.float64)
        # Newton's decrement: the squared length of the step in standard errors.
        gain = abs(float(slope @ step))
        if gain <= _ENOUGH or before / 4 < gain <= _NOISE:
            risen = float(here.gradient @ step - step @ here.information @ step / 2)
            return Top(begun, here, here.beta + step, here.log_likelihood + risen, step, rounds, True, answers)
        if rounds >= _STEPS:
            return Top(begun, here, here.beta, here.log_likelihood, step, rounds, False, answers)
        before, tried = gain, here.beta + step


def climb_here(likelihood: Callable[[Floats], tuple[float, Floats, Floats]], start: Floats, penalty: Floats) -> Top:
    """Climb with the rows of one hospital alone, the same way.

    Parameters
    ----------
    likelihood : callable
        Of coefficients: log likelihood, slope and curvature.
    start, penalty : ndarray of float64, shape (columns,)
    """
    steps = climb(lambda beta: Question("", {"beta": beta}), start, penalty)
    question = next(steps)
    while True:
        answer = Answer(likelihood_sums(*likelihood(question.values["beta"])))
        try:
            question = steps.send(Answers.of({"here": answer}))
        except StopIteration as end:
            top: Top = end.value
            return top


def _place(beta: Floats, answers: Answers) -> Place:
    beyond = float(answers.total("beyond")[0]) > 0
    value = -np.inf if beyond else float(answers.total("log_likelihood")[0])
    return Place(beta, value, answers.total("gradient"), answers.total("information"))


def _hear(watch: Watch, beta: Floats, answers: Answers) -> None:
    doubts: dict[str, str] = {}
    if not any(answers.sums.values()) and not float(answers.total("beyond")[0]) > 0:
        whole = Said(
            beta, float(answers.total("log_likelihood")[0]), answers.total("gradient"), answers.total("information")
        )
        doubt = watch.hear("", whole)
        if doubt is not None:
            raise Refused(
                f"a hospital's sums cannot be right: of the totals, {doubt}; masks hide whose they are",
                where="federated fit",
                mend="have the hospitals check their tables and versions, or agree on the rule masked=never to find it",
            )
    for site, sums in answers.sums.items():
        if not sums or float(sums["beyond"][0]) > 0:
            continue
        said = Said(beta, float(sums["log_likelihood"][0]), sums["gradient"], sums["information"])
        doubt = watch.hear(site, said)
        if doubt is not None:
            doubts[site] = f"its sums cannot be right: {doubt}"
    if doubts:
        raise Doubted(doubts)
