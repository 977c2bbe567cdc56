"""The ridge penalty of a Cox regression chosen by cross-validation within the hospitals: no row is shown for it.

Each hospital deals its own rows to folds. A penalty's score is the cross-validated log partial likelihood of Verweij
and van Houwelingen 1993 (Stat Med 12:2305): over folds, what all rows say of coefficients that were fitted without the
fold, less what the rows without the fold say of them. All penalties and folds climb side by side, so that the search
costs few more rounds than one fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.cox_kernel import cox_likelihood, risk_sets
from fyr.learn.federation.statistics.newton import Top, climb, likelihood_sums
from fyr.learn.federation.statistics.plan import Plan, Rows, read_rows
from fyr.learn.federation.statistics.preparation import Agreed

__all__ = ["choose_penalty", "cox_fold_scores_step", "cox_folds_step", "folds_of"]

Floats = NDArray[np.float64]


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
    """Return log partial likelihood, slope and curvature without a fold, for several coefficients and folds at once."""
    rows, fold = _dealt(table, values)
    ties, betas = str(values["ties"]), np.asarray(values["betas"], dtype=np.float64)
    corner = np.triu_indices(betas.shape[1])
    found: dict[str, list[Floats]] = {}
    for out, beta in zip(values["without"].tolist(), betas, strict=True):
        sums = likelihood_sums(*cox_likelihood(risk_sets(rows, ties, keep=fold != out), beta))
        sums["information"] = sums["information"][corner]
        for name, one in sums.items():
            found.setdefault(name, []).append(one)
    return Answer({name: np.stack(several) for name, several in found.items()})


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
    ask: dict[str, Any] = {"plan": agreed.plan.payload(), "ties": ties, "folds": folds, "seed": seed}
    which = [(place, fold) for place in range(len(penalties)) for fold in range(folds)]
    width = len(agreed.plan.names)
    climbs = [climb(_beta, np.zeros(width), penalties[place]) for place, _ in which]
    without = np.array([fold for _, fold in which])

    def together(at: list[int], betas: list[Floats]) -> Question:
        return Question("cox_folds", {**ask, "betas": np.stack(betas), "without": without[at]})

    tops, rounds = yield from _side_by_side(climbs, together)
    betas = np.stack([top.beta for top in tops])
    answers = yield Question("cox_fold_scores", {**ask, "betas": betas, "without": without})
    scores = answers.total("scores").reshape(len(penalties), folds).sum(axis=1)
    return int(np.argmax(scores)), [float(one) for one in scores], rounds + 1


def _beta(beta: Floats) -> Question:
    return Question("", {"beta": beta})


def _side_by_side(
    climbs: list[Generator[Question, Answers, Top]], together: Callable[[list[int], list[Floats]], Question]
) -> Generator[Question, Answers, tuple[list[Top], int]]:
    """Let several climbs ask in the same round, and share out the answers."""
    tops: list[Top | None] = [None] * len(climbs)
    waiting = {place: next(one).values["beta"] for place, one in enumerate(climbs)}
    rounds = 0
    while waiting:
        at = list(waiting)
        answers = yield together(at, [waiting[place] for place in at])
        rounds += 1
        for row, place in enumerate(at):
            try:
                waiting[place] = climbs[place].send(_one_of(answers, row)).values["beta"]
            except StopIteration as end:
                tops[place] = end.value
                del waiting[place]
    return [top for top in tops if top is not None], rounds


def _one_of(answers: Answers, row: int) -> Answers:
    totals = {name: several[row] for name, several in answers.totals.items()}
    width = len(totals["gradient"])
    corner = np.zeros((width, width))
    corner[np.triu_indices(width)] = totals["information"]
    totals["information"] = corner + np.triu(corner, 1).T
    return Answers(answers.sites, totals, {site: {} for site in answers.sites}, answers.said)


def _dealt(table: SiteTable, values: Payload) -> tuple[Rows, NDArray[np.int64]]:
    rows = read_rows(table, Plan.of(values["plan"]))
    return rows, folds_of(table.site, rows, int(values["folds"]), int(values["seed"]))
