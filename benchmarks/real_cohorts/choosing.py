"""Choose among learners by cross-validation inside the training part, then judge once on patients never looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.real_cohorts.learners import Flags, Floats, Learner
from numpy.typing import NDArray

from fyr.learn.bootstrap import group_resamples
from fyr.learn.judging.judgement import judge
from fyr.learn.outcome import Outcome
from fyr.learn.survival.concordance import Pairs
from fyr.learn.survival.cox import fit_cox

FOLDS, REPEATS, RESAMPLES = 5, 3, 2000
MONTHS_A_YEAR = 12.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What cross-validation says of one learner: mean concordance, and its gain over the first and the gain's error."""

    name: str
    concordance: float
    gain: float
    gain_error: float


def cross_validated(
    candidates: Mapping[str, Learner], table: Floats, years: Floats, event: Flags, *, repeats: int = REPEATS
) -> list[Tried]:
    """Return the mean concordance of each candidate over the same held-out folds."""
    scores: dict[str, list[float]] = {name: [] for name in candidates}
    for repeat in range(repeats):
        fold = np.random.default_rng(1000 + repeat).permutation(len(years)) % FOLDS
        for held in range(FOLDS):
            inside, outside = fold != held, fold == held
            for name, learner in candidates.items():
                score = learner(table[inside], years[inside], event[inside], 10 * repeat + held)
                pairs = Pairs.of(years[outside], event[outside], score(table[outside]))
                scores[name].append(pairs.harrell())
    first = np.array(next(iter(scores.values())))
    tried = []
    for name, values in scores.items():
        gains = np.array(values) - first
        tried.append(
            Tried(name, float(np.mean(values)), float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains))))
        )
    return tried


def concordance_with_interval(years: Floats, event: Flags, score: Floats, seed: int = 7) -> tuple[float, float, float]:
    """Return the concordance and its 95 % interval over resamples of patients."""
    pairs = Pairs.of(years, event, score)
    generator = np.random.default_rng(seed)
    drawn = [pairs.harrell(counts) for counts in group_resamples(np.arange(len(years)), generator, RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return pairs.harrell(), float(low), float(high)


def gain_with_interval(
    years: Floats, event: Flags, score: Floats, other: Floats, seed: int = 7
) -> tuple[float, float, float]:
    """Return how much more concordant one score is than another, with the interval of the difference."""
    one, two = Pairs.of(years, event, score), Pairs.of(years, event, other)
    generator = np.random.default_rng(seed)
    drawn = [
        one.harrell(counts) - two.harrell(counts)
        for counts in group_resamples(np.arange(len(years)), generator, RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return one.harrell() - two.harrell(), float(low), float(high)


def chosen_and_judged(
    candidates: Mapping[str, Learner],
    train: tuple[Floats, Floats, Flags],
    test: tuple[Floats, Floats, Flags],
    *,
    goal: float,
    horizon_months: float,
) -> dict[str, Any]:
    """Choose in the training part, fit to all of it, and judge the chosen one, and the first, on the test."""
    tried = cross_validated(candidates, *train)
    best = max(tried, key=lambda one: one.concordance)
    table, years, event = test
    score = candidates[best.name](*train, 0)(table)
    plain_name = next(iter(candidates))
    plain = candidates[plain_name](*train, 0)(table)
    found = concordance_with_interval(years, event, score)
    calibrated = {name: judged_risk(candidates[name], train, test, horizon_months) for name in (best.name, plain_name)}
    return {
        "tried": tried,
        "chosen": best.name,
        "rows": (len(train[1]), len(years)),
        "events": (int(train[2].sum()), int(event.sum())),
        "concordance": found,
        "plain": concordance_with_interval(years, event, plain),
        "gain": gain_with_interval(years, event, score, plain),
        "goal": goal,
        "met": found[0] >= goal,
        "horizon_months": horizon_months,
        "calibrated": calibrated,
        "lines": [
            f"at {horizon_months:.0f} months, {name}: "
            + ", ".join(f"{key} {said(figure)}" for key, figure in figures.items())
            for name, figures in calibrated.items()
        ],
    }


def judged_risk(
    learner: Learner,
    train: tuple[Floats, Floats, Flags],
    test: tuple[Floats, Floats, Flags],
    horizon_months: float,
) -> dict[str, tuple[float, float, float]]:
    """Return how the risk by a horizon is calibrated in the test part.

    The score is turned into risk by a Cox regression on what the learner said of training patients whom it had not
    seen, so nothing of the test part is used.
    """
    table, months, event = train
    unseen = np.zeros(len(months))
    fold = np.random.default_rng(77).permutation(len(months)) % FOLDS
    for held in range(FOLDS):
        inside, outside = fold != held, fold == held
        unseen[outside] = learner(table[inside], months[inside], event[inside], held)(table[outside])
    # What happens after the horizon says nothing of the risk by then, and where effects fade it makes them look small.
    until = np.minimum(months, horizon_months)
    scale = fit_cox(unseen[:, None], until, event & (months <= horizon_months))
    score = learner(*train, 0)(test[0])
    risk = 1.0 - scale.survival(score[:, None], horizon_months)
    outcome = Outcome(test[2], test[1] / MONTHS_A_YEAR)
    judgement = judge(
        risk,
        outcome,
        horizon_years=horizon_months / MONTHS_A_YEAR,
        patient=np.arange(len(risk)),
        generator=np.random.default_rng(3),
        resamples=500,
    ).as_dict()
    figures = {name: judgement["calibration"][name] for name in ("ici", "slope", "e_over_o")}
    figures["brier"] = judgement["brier"]
    figures["auc"] = judgement["auc"]
    return {name: (one["estimate"], one["low"], one["high"]) for name, one in figures.items()}


def said(figure: tuple[float, float, float] | NDArray[Any]) -> str:
    """Return a figure with its interval, as a person reads it."""
    estimate, low, high = (float(one) for one in figure)
    return f"{estimate:.3f} ({low:.3f} to {high:.3f})"
