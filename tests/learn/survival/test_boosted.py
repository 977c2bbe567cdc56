"""Boosted survival: its loss against the definition, and what its probabilities and constraints must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.learn.survival.plain_cox import plain_likelihood

from fyr.errors import BadInput
from fyr.learn.survival.boosted import Trees, fit_boosted, hazard_slopes
from fyr.learn.survival.concordance import concordance
from fyr.learn.survival.risk_sets import RiskSets


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_loss_is_the_partial_likelihood(seed, efron):
    """With a column for each row the definition's gradient and information are slopes and curvatures."""
    generator = np.random.default_rng(seed)
    rows = int(generator.integers(2, 20))
    years, event = generator.integers(1, 8, rows).astype(float), generator.random(rows) < 0.6
    stratum, weight, score = (
        generator.integers(0, 2, rows),
        generator.uniform(0.5, 2, rows),
        generator.normal(size=rows),
    )
    _, gradient, information = plain_likelihood(
        score, np.eye(rows), years, event, efron=efron, stratum=stratum, weight=weight
    )
    sets = RiskSets.of(
        np.zeros((rows, 1)), years, event, efron=efron, stratum=stratum, weight=weight, offset=np.zeros(rows)
    )
    slope, bend = hazard_slopes(sets, score)
    assert slope == pytest.approx(-gradient, abs=1e-9)
    assert bend == pytest.approx(np.diag(information), abs=1e-9)


def made_up(rows, seed=2):
    """Hazards that bend, so that a straight line cannot tell."""
    generator = np.random.default_rng(seed)
    table = generator.normal(size=(rows, 3))
    risk = 1.2 * np.abs(table[:, 0]) + 0.5 * table[:, 1]
    fails, leaves = generator.exponential(5 * np.exp(-risk)), generator.exponential(6, rows)
    return table, np.minimum(fails, leaves), fails <= leaves, risk


def test_it_finds_what_bends_and_its_probabilities_are_calibrated():
    table, years, event, _ = made_up(3000)
    fit = fit_boosted(table, years, event, seed=1)
    unseen, later, happened, risk = made_up(4000, 3)
    found = concordance(later, happened, fit.linear_predictor(unseen))
    best = concordance(later, happened, risk)
    assert found > best - 0.02
    predicted = 1 - fit.survival(unseen, 2.0)
    true = 1 - np.exp(-2.0 * np.exp(risk) / 5)
    assert predicted.mean() == pytest.approx(true.mean(), abs=0.02)
    for third in np.array_split(np.argsort(predicted), 3):
        assert predicted[third].mean() == pytest.approx(true[third].mean(), abs=0.04)
    assert fit.survival(unseen[:5], [0.0, 1.0, 2.0]).shape == (5, 3)


def test_the_same_seed_gives_the_same_trees_and_a_missing_value_is_taken():
    table, years, event, _ = made_up(400)
    table[::7, 1] = np.nan
    few = Trees(count=20)
    one, two, three = (fit_boosted(table, years, event, trees=few, seed=seed) for seed in (5, 5, 6))
    assert one.text == two.text
    assert one.slope == two.slope
    assert one.text != three.text
    assert np.isfinite(one.survival([[np.nan, np.nan, 0.0]], 1.0)).all()


def test_a_constraint_holds_everywhere():
    table, years, event, _ = made_up(800)
    fit = fit_boosted(table, years, event, trees=Trees(count=60), monotone=[0, 1, -1], seed=1)
    grid = np.zeros((200, 3))
    for column, sign in ((1, 1), (2, -1)):
        grid[:] = table[3]
        grid[:, column] = np.linspace(-3, 3, 200)
        assert (sign * np.diff(fit.score(grid)) >= 0).all()


def test_noise_is_refused_or_hardly_believed():
    refused, slopes = 0, []
    for seed in range(12):
        generator = np.random.default_rng(seed)
        table, years, event = generator.normal(size=(150, 2)), generator.exponential(size=150), np.ones(150, bool)
        try:
            slopes.append(fit_boosted(table, years, event, seed=1).slope)
        except BadInput as said:
            assert "predict nothing in rows that they did not see" in str(said)  # noqa: PT017
            refused += 1
    assert refused >= 4
    assert np.mean(slopes) < 0.4


def test_what_cannot_be_grown_on_is_refused(lung):
    with pytest.raises(BadInput, match="no row has the event"):
        fit_boosted(lung.table, lung.years, lung.event & False)
    with pytest.raises(BadInput, match="infinite"):
        fit_boosted(lung.table * np.inf, lung.years, lung.event)
    with pytest.raises(BadInput, match="as many names or directions as columns"):
        fit_boosted(lung.table, lung.years, lung.event, monotone=[1])
    with pytest.raises(BadInput, match="1 folds of 227 rows"):
        fit_boosted(lung.table, lung.years, lung.event, folds=1)
    with pytest.raises(BadInput, match="where 2 columns belong"):
        fit_boosted(lung.table, lung.years, lung.event, trees=Trees(count=30)).score([[1.0]])
