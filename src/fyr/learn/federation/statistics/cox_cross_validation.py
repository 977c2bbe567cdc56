"""The ridge penalty of a Cox regression chosen by cross-validation within the hospitals: no row is shown for it.

Each hospital deals its own rows to folds. A penalty's score is the cross-validated log partial likelihood of Verweij
and van Houwelingen 1993 (Stat Med 12:2305): over folds, what all rows say of coefficients that were fitted without the
fold, less what the rows without the fold say of them. All penalties and folds climb side by side, so that the search
costs few more rounds than one fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.cox_kernel import cox_likelihood, expected_events, risk_sets
from fyr.learn.federation.statistics.newton import likelihood_sums
from fyr.learn.federation.statistics.plan import Plan, Rows, read_rows
from fyr.learn.federation.statistics.preparation import Agreed

__all__ = ["choose_penalty", "cox_fold_scores_step", "cox_folds_step", "folds_of"]

Floats = NDArray[np.float64]

_STEPS: Final = 60
_ENOUGH: Final = 1e-6
_SMALLEST: Final = 1e-6


def folds_of(site: str, rows: Rows, folds: int, seed: int) -> NDArray[np.int64]:
    """Return each row's fold: events, then others, dealt in turn, in an order drawn from seed and site."""
    drawn = np.random.default_rng([seed, *hashlib.sha256(site.encode("utf-8")).digest()[:8]])
    fold = np.empty(rows.count, dtype=np.int64)
    at = 0
    for happened in (True, False):
        here = drawn.permutation(np.flatnonzero((rows.role["event"] > 0) == happened))
        fold[here] = (at + np.arange(len(here))) % folds
        at += len(here)
    return fold


def cox_folds_step(table: SiteTable, values: Payload) -> Answer:
    """Return the log partial likelihood and its slope without a fold, for several coefficients and folds at once."""
    rows, fold = _dealt(table, values)
    ties, betas = str(values["ties"]), np.asarray(values["betas"], dtype=np.float64)
    found: dict[str, list[Floats]] = {"log_likelihood": [], "gradient": [], "beyond": []}
    weights: dict[str, Floats] = {}
    for place, (out, beta) in enumerate(zip(values["without"].tolist(), betas, strict=True)):
        sets = risk_sets(rows, ties, keep=fold != out)
        sums = likelihood_sums(*cox_likelihood(sets, beta))
        weights[f"expected events {place}"] = expected_events(sets, beta)
        for name, several in found.items():
            several.append(sums[name])
    return Answer({name: np.stack(several) for name, several in found.items()}, weights=weights)


def cox_fold_scores_step(table: SiteTable, values: Payload) -> Answer:
    """Return what all rows say of some coefficients, less what the rows without a fold say of them."""
    rows, fold = _dealt(table, values)
    ties, whole = str(values["ties"]), risk_sets(rows, str(values["ties"]))
    scores = []
    for out, beta in zip(values["without"].tolist(), np.asarray(values["betas"], dtype=np.float64), strict=True):
        rest = cox_likelihood(risk_sets(rows, ties, keep=fold != out), beta)[0]
        scores.append(cox_likelihood(whole, beta)[0] - rest)
    return Answer({"scores": np.array(scores)})


def choose_penalty(
    agreed: Agreed, ties: str, penalties: Sequence[Floats], folds: int, seed: int
) -> Generator[Question, Answers, tuple[int, list[float], int]]:
    """Return the place of the best penalty, the score of each, and the rounds.

    Parameters
    ----------
    agreed : Agreed
    ties : {"efron", "breslow"}
    penalties : sequence of ndarray of float64, shape (columns,)
    folds, seed : int
    """
    ask: dict[str, Any] = {"plan": agreed.plan.payload(), "ties": ties}
    width = len(agreed.plan.names)
    answers = yield Question("cox", {**ask, "beta": np.zeros(width)})
    curvature = answers.total("information") * (folds - 1) / folds
    ask |= {"folds": folds, "seed": seed}
    which = [(place, fold) for place in range(len(penalties)) for fold in range(folds)]
    climbs = [_ascend(penalties[place], curvature) for place, _ in which]
    without = np.array([fold for _, fold in which])

    def together(at: list[int], betas: list[Floats]) -> Question:
        return Question("cox_folds", {**ask, "betas": np.stack(betas), "without": without[at]})

    betas, rounds = yield from _side_by_side(climbs, together)
    answers = yield Question("cox_fold_scores", {**ask, "betas": np.stack(betas), "without": without})
    scores = answers.total("scores").reshape(len(penalties), folds).sum(axis=1)
    return int(np.argmax(scores)), [float(one) for one in scores], rounds + 2


def _ascend(penalty: Floats, curvature: Floats) -> Generator[Floats, tuple[float, Floats], Floats]:
    """Climb by slopes alone, from the curvature at 0 on: quasi-Newton (Nocedal and Wright 2006, algorithm 6.1).

    It yields coefficients, is sent the log likelihood and its slope there, and returns the top. The curvature of each
    fold would be hundreds of numbers a round; slopes tell far less of the rows.
    """
    inverse: Floats = np.linalg.pinv(curvature + np.diag(penalty), hermitian=True).astype(np.float64)
    beta = np.zeros(len(penalty))
    value, slope = yield beta
    for _ in range(_STEPS):
        step = inverse @ slope
        if float(slope @ step) <= _ENOUGH:
            break
        size = 1.0
        while True:
            tried = beta + size * step
            raw, gradient = yield tried
            reached = raw - float(penalty @ tried**2) / 2
            if reached >= value + 1e-4 * size * float(slope @ step) or size < _SMALLEST:
                break
            size /= 2
        if size < _SMALLEST:
            break
        there = gradient - penalty * tried
        moved, bent = tried - beta, slope - there
        along = float(moved @ bent)
        if along > 0:
            turn = np.eye(len(beta)) - np.outer(moved, bent) / along
            inverse = turn @ inverse @ turn.T + np.outer(moved, moved) / along
        beta, value, slope = tried, reached, there
    return beta


def _side_by_side(
    climbs: list[Generator[Floats, tuple[float, Floats], Floats]],
    together: Callable[[list[int], list[Floats]], Question],
) -> Generator[Question, Answers, tuple[list[Floats], int]]:
    """Let several climbs ask in the same round, and share out the answers."""
    tops: dict[int, Floats] = {}
    waiting = {place: next(one) for place, one in enumerate(climbs)}
    rounds = 0
    while waiting:
        at = list(waiting)
        answers = yield together(at, [waiting[place] for place in at])
        rounds += 1
        for row, place in enumerate(at):
            beyond = float(answers.total("beyond")[row, 0]) > 0
            value = -np.inf if beyond else float(answers.total("log_likelihood")[row, 0])
            try:
                waiting[place] = climbs[place].send((value, answers.total("gradient")[row]))
            except StopIteration as end:
                tops[place] = end.value
                del waiting[place]
    return [tops[place] for place in range(len(climbs))], rounds


def _dealt(table: SiteTable, values: Payload) -> tuple[Rows, NDArray[np.int64]]:
    rows = read_rows(table, Plan.of(values["plan"]))
    return rows, folds_of(table.site, rows, int(values["folds"]), int(values["seed"]))
