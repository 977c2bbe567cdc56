"""What training must hold to: monotone where stated, repeatable, and the course of the hours as it was in the data."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from fyr.cli.train import read_cohort
from fyr.watch.risk.cohort import Cohort
from fyr.watch.risk.fitting import fit_ensemble
from fyr.watch.risk.targets import TARGETS

_SPEC = importlib.util.spec_from_file_location("made_stays", Path(__file__).parent / "made_stays.py")
made_stays = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made_stays)


@pytest.fixture(scope="module", params=["mortality24", "sepsis"])
def cohort(request, tmp_path_factory) -> Cohort:
    folder = tmp_path_factory.mktemp("data") / request.param / "here"
    made_stays.write_tables(folder, stays=90, hours=16, hourly=request.param == "sepsis")
    return read_cohort(folder, TARGETS[request.param])[2]


@pytest.fixture(scope="module")
def ensemble(cohort):
    return fit_ensemble(cohort, 1)


def test_the_score_is_monotone_in_every_feature_with_a_direction(cohort, ensemble):
    generator = np.random.default_rng(2)
    rows = cohort.features[generator.integers(0, len(cohort.features), 60)]
    used = set(ensemble.trees.feature.tolist()) | set(ensemble.lines.feature.tolist())
    assert len(used) > 10
    for place, sign in enumerate(cohort.target.directions.values()):
        known = cohort.features[np.isfinite(cohort.features[:, place]), place]
        if not sign or not len(known):
            continue
        course = []
        for value in np.quantile(known, np.linspace(0, 1, 15)):
            changed = rows.copy()
            changed[:, place] = value
            course.append(ensemble.score(changed))
        assert (np.diff(course, axis=0) * sign >= -1e-12).all(), cohort.target.features[place]


def test_the_same_seed_grows_the_same_model(cohort, ensemble):
    again = fit_ensemble(cohort, 1)
    assert again.as_dict() == ensemble.as_dict()
    assert fit_ensemble(cohort, 2).as_dict() != ensemble.as_dict()


def test_a_feature_that_was_never_measured_has_no_part(cohort):
    place = cohort.target.features.index("alb_last")
    assert np.isnan(cohort.features[:, place]).all()
    ensemble = fit_ensemble(cohort, 1)
    assert place not in ensemble.trees.feature
    assert place not in ensemble.lines.feature


def test_the_hours_alone_say_how_often_the_event_is_in_each():
    """A cohort in which nothing differs but the hour: under the trees lies the log odds of the hour."""
    sepsis = TARGETS["sepsis"]
    target = dataclasses.replace(
        sepsis,
        trees=(dataclasses.replace(sepsis.trees[0], share=1.0),),
        lines=dataclasses.replace(sepsis.lines, share=0.0),
    )
    stays, hours = 400, 40
    hour = np.tile(np.arange(hours, dtype=float), stays)
    true = np.interp(hour, [0, 6, 18, 36, 96], [-3, -1, -1, -3, -3])
    event = np.random.default_rng(1).random(len(hour)) < 1 / (1 + np.exp(-true))
    features = np.full((len(hour), len(target.features)), np.nan)
    features[:, target.features.index("hour")] = hour
    all_rows = np.ones(len(hour), dtype=bool)
    cohort = Cohort(
        target,
        np.repeat(np.arange(stays), hours),
        hour,
        features,
        news5=np.zeros(len(hour)),
        label=event,
        judged=all_rows,
        weight=all_rows.astype(float),
        wanted=event,
    )
    score = fit_ensemble(cohort, 1).score(features[:hours])
    assert np.abs(score - true[:hours]).max() < 0.25
