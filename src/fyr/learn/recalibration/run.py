"""The whole of a local recalibration: the method, its map, what it promises, and the sets and silence asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fyr.errors import BadInput, Refused
from fyr.learn.abstention import Abstention, fit_abstention
from fyr.learn.conformal import ConformalSets, fit_sets
from fyr.learn.held_out_sets import abstention_figures, coverage_figures
from fyr.learn.horizon_status import status_at
from fyr.learn.recalibration.choice import Choice, choose
from fyr.learn.recalibration.fitting import bootstrap_band, fit_recalibration, link_of
from fyr.learn.recalibration.held_out import Ground, HeldOut, Wish, by_folds, by_hospital
from fyr.learn.recalibration.maps import Band, Recalibration
from fyr.learn.recalibration.promise import advice, figures_beside, judged, promise
from fyr.learn.recalibration.refusals import check_risk

__all__ = ["Recalibrated", "Settings", "recalibrate"]

_PLACE: Final = "recalibration"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chose.

    Parameters
    ----------
    method : {"choose", "intercept", "baseline", "slope", "isotonic"}
    folds, repeats, seed, resamples : int
    conformal : float or None
        The level of conformal sets.
    abstain : float or None
        The share of patients of whom to be silent.
    """

    method: Wish = "choose"
    folds: int = 5
    repeats: int = 10
    seed: int = 1
    resamples: int = 1000
    conformal: float | None = None
    abstain: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Recalibrated:
    """What came of it.

    Parameters
    ----------
    fitted : Recalibration
    band : Band
    parameters : dict of str to tuple of float and float
        Intervals of `intercept` and `slope`.
    choice : Choice or None
        Where the method was to be chosen.
    before : dict
        The judgement of the model as it is.
    promise, advice : dict
    sets : ConformalSets or None
    rule : Abstention or None
    conformal, abstention : dict or None
        What they do on held-out patients.
    held_out : dict or None
        Figures on rows that were kept apart from the beginning.
    """

    fitted: Recalibration
    band: Band
    parameters: dict[str, tuple[float, float]]
    choice: Choice | None
    before: dict[str, Any]
    promise: dict[str, Any]
    advice: dict[str, Any]
    sets: ConformalSets | None
    rule: Abstention | None
    conformal: dict[str, Any] | None
    abstention: dict[str, Any] | None
    held_out: dict[str, Any] | None

    def parameters_as_dict(self) -> dict[str, Any]:
        """Return the map's numbers, each with its interval where it has one."""
        numbers = self.fitted.as_dict()
        for name, (low, high) in self.parameters.items():
            numbers[name] = {"estimate": numbers[name], "low": low, "high": high}
        return numbers


def recalibrate(
    ground: Ground,
    settings: Settings,
    *,
    apart: Ground | None = None,
    done: Callable[[int], None] = lambda _repeats: None,
) -> Recalibrated:
    """Recalibrate a model's risks.

    Parameters
    ----------
    ground : Ground
        What the map is fitted to.
    settings : Settings
    apart : Ground, optional
        Rows that are only judged.
    done : callable
        Is told of every repeat of the folds that is done.

    Raises
    ------
    BadInput
        If the risks or the settings cannot be used.
    Refused
        If there are too few events, or no map of the risk can mend the model here.
    """
    generator = np.random.default_rng(settings.seed)
    if settings.repeats < 1:
        raise BadInput("there is no repeat", where="--repeats", mend="give 1 or more")
    status = status_at(ground.outcome, ground.horizon_years)
    check_risk(ground.risk, status, link_of(ground.outcome), _PLACE)
    sets = None if settings.conformal is None else fit_sets(ground.risk, status, settings.conformal)
    choice = _chosen(ground, settings, generator)
    method = settings.method if choice is None else choice.method
    if method == "choose":
        raise BadInput("no method was chosen", where=_PLACE)
    fitted = fit_recalibration(ground.risk, ground.outcome, method, horizon_years=ground.horizon_years)
    rule = None if settings.abstain is None else fit_abstention(fitted.apply(ground.risk), settings.abstain)
    band, spread = bootstrap_band(
        ground.risk,
        ground.outcome,
        fitted,
        horizon_years=ground.horizon_years,
        patient=ground.patient,
        generator=generator,
    )
    rounds = list(
        by_folds(
            ground, settings.method, folds=settings.folds, repeats=settings.repeats, generator=generator, done=done
        )
    )
    unseen, refused = (None, {}) if len(ground.hospitals) < 2 else by_hospital(ground, settings.method, generator)
    before = judged(ground.risk, ground, generator, settings.resamples)
    promised = promise(ground, rounds, before, generator, settings.resamples)
    if unseen is not None:
        promised["unseen_hospital"] = _by_hospital(ground, unseen, refused, generator, settings.resamples)
    return Recalibrated(
        fitted=fitted,
        band=band,
        parameters=spread,
        choice=choice,
        before=before,
        promise=promised,
        advice=advice(promised, fitted.method),
        sets=sets,
        rule=rule,
        conformal=None if settings.conformal is None else coverage_figures(ground, settings.conformal, rounds),
        abstention=None
        if settings.abstain is None
        else abstention_figures(ground, settings.abstain, rounds, unseen, generator, settings.resamples),
        held_out=None
        if apart is None
        else figures_beside(apart, fitted.apply(apart.risk), generator, settings.resamples),
    )


def _chosen(ground: Ground, settings: Settings, generator: np.random.Generator) -> Choice | None:
    if settings.method != "choose":
        return None
    return choose(
        ground.risk,
        ground.outcome,
        horizon_years=ground.horizon_years,
        patient=ground.patient,
        generator=generator,
        folds=settings.folds,
    )


def _by_hospital(
    ground: Ground, unseen: HeldOut, refused: dict[str, str], generator: np.random.Generator, resamples: int
) -> dict[str, Any]:
    """Return the figures of each hospital by the map of the others, or why there is none."""
    found: dict[str, Any] = {}
    for hospital in ground.hospitals:
        if hospital in refused:
            found[hospital] = {"refused": refused[hospital]}
            continue
        rows = ground.hospital == hospital
        try:
            found[hospital] = figures_beside(ground.take(rows), unseen.risk[rows], generator, min(resamples, 200))
        except (BadInput, Refused) as problem:
            found[hospital] = {"refused": problem.what}
    return found
