from __future__ import annotations

import numpy as np
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis

from fyr.learn.survival.cox import fit_cox
from fyr.learn.training.kernel_cox import fit_kernel_cox, principal_directions


def drawn(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    design = generator.normal(size=(rows, columns))
    design = (design - design.mean(axis=0)) / design.std(axis=0)
    years = np.round(generator.exponential(np.exp(-design[:, 0])), 2) + 0.01  # with ties
    return design, years, generator.random(rows) < 0.7


@pytest.mark.parametrize(("rows", "columns"), [(80, 10), (40, 90)])
def test_rows_keep_their_inner_products_in_principal_directions(rows: int, columns: int) -> None:
    design, _, _ = drawn(rows, columns)
    places, back = principal_directions(design)

    assert np.allclose(places @ places.T, design @ design.T)
    assert np.allclose(design @ back, places)
    assert np.allclose(back.T @ back, np.eye(back.shape[1]))


def test_more_columns_than_rows_have_the_coefficients_of_scikit_survival() -> None:
    design, years, event = drawn(40, 90)
    truth = np.array(list(zip(event, years, strict=True)), dtype=[("event", bool), ("time", float)])
    places, back = principal_directions(design)

    for ridge, found in zip((3.0, 30.0), fit_kernel_cox(places, years, event, (3.0, 30.0)), strict=True):
        peer = CoxPHSurvivalAnalysis(alpha=ridge, ties="breslow", tol=1e-12).fit(design, truth)
        assert np.allclose(back @ found, peer.coef_, atol=2e-6)


def test_fewer_columns_than_rows_have_those_of_the_exact_fit() -> None:
    design, years, event = drawn(150, 60)
    places, back = principal_directions(design)

    (found,) = fit_kernel_cox(places, years, event, (2.0,))

    exact = fit_cox(design, years, event, ties="breslow", ridge=2.0).coefficients
    assert np.allclose(back @ found, exact, atol=2e-6)
