"""Logistic regression with differential privacy: noisy slopes of clipped rows, round by round.

Each row's slope is clipped, the site's sum is told with discrete Gaussian noise, and the coefficients move along the
total (Abadi 2016, algorithm 1, with all rows in every round). It is *not* exact: it trades that for a promise that
holds whatever else is known. Features are scaled by numbers that the study says, not by the data's own.
"""

from __future__ import annotations

import numpy as np

from fyr.errors import BadInput
from fyr.learn.federation.disclosure.accountant import gaussian_rho
from fyr.learn.federation.disclosure.noise import on_grid
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

__all__ = ["private_logistic", "private_logistic_step"]


def private_logistic_step(table: SiteTable, values: Payload) -> Answer:
    """Return the sum of a site's clipped slopes, as whole numbers of grid steps; the gate adds the noise."""
    names, outcome = [str(name) for name in values["features"]], str(values["outcome"])
    kept = table.taking(table.complete([*names, outcome]))
    design = np.column_stack([np.ones(kept.rows), *(kept.numbers(name) for name in names)])
    design[:, 1:] = (design[:, 1:] - values["centre"]) / values["scale"]
    happened = kept.numbers(outcome)
    if not bool(np.isin(happened, (0.0, 1.0)).all()):
        raise BadInput(f"column '{outcome}' is not 0 or 1", where=table.site)
    chance = np.exp(-np.logaddexp(0.0, -(design @ values["beta"])))
    slopes = (happened - chance)[:, None] * design
    return Answer({"gradient": on_grid(slopes, float(values["clip"])).sum(axis=0)})


def private_logistic(study: Study) -> Rounds:
    """Return the rounds of a private logistic regression.

    Options: ``features``, ``outcome``, ``centre`` and ``scale`` (known in advance, a number a feature), ``clip`` (1),
    ``noise`` (standard deviation over sensitivity, 5), ``rounds`` (20) and ``rate`` (by what the total slope is
    multiplied).
    """
    options = study.options
    names = [str(name) for name in options["features"]]
    centre = np.asarray(options.get("centre", [0.0] * len(names)), dtype=np.float64)
    scale = np.asarray(options.get("scale", [1.0] * len(names)), dtype=np.float64)
    if centre.shape != (len(names),) or scale.shape != (len(names),) or not bool((scale > 0).all()):
        raise BadInput("centre and scale need a number for each feature, scale above 0", where=study.name)
    clip, noise, rate = (
        float(options.get(name, default)) for name, default in (("clip", 1), ("noise", 5), ("rate", 0))
    )
    count = int(options.get("rounds", 20))
    if not (clip > 0 and noise > 0 and rate > 0 and count > 0):
        raise BadInput(
            "clip, noise, rate and rounds must be above 0", where=study.name, mend="give option rate: 4/rows"
        )
    beta = np.zeros(len(names) + 1)
    ask = {
        "features": names,
        "outcome": str(options["outcome"]),
        "centre": centre,
        "scale": scale,
        "clip": clip,
        "noise": noise,
    }
    for _ in range(count):
        answers: Answers = yield Question("private-logistic", {**ask, "beta": beta})
        beta = beta + rate * answers.total("gradient")
    return {
        "coefficients": dict(zip(["(intercept)", *names], map(float, beta), strict=True)),
        "rho": count * gaussian_rho(noise),
        "iterations": count,
    }
