"""What cannot be fitted is refused in one line that says why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput
from fyr.learn.survival.cox import fit_cox
from fyr.learn.survival.fine_gray import fit_fine_gray


def rows(count=60, seed=1):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, 3)), generator.exponential(size=count), generator.random(count) < 0.7


def test_no_event_is_refused():
    table, years, event = rows()
    with pytest.raises(BadInput, match="no row has the event"):
        fit_cox(table, years, event & False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columns": np.where(np.arange(180).reshape(60, 3) == 7, np.nan, 1.0)}, "'b' is no finite number in row 3"),
        ({"years": np.where(np.arange(60) == 4, np.inf, 1.0)}, "'years' is no finite number in row 5"),
        ({"years": np.where(np.arange(60) == 4, -1.0, 1.0)}, "the time of row 5 is below 0"),
        ({"event": np.where(np.arange(60) == 4, 2, 1)}, "'event' of row 5 is 2"),
        ({"weight": np.where(np.arange(60) == 9, -1.0, 1.0)}, "the weight of row 10 is below 0"),
        ({"weight": np.zeros(60)}, "no row has a weight above 0"),
        ({"entry": np.full(60, 1e9)}, "row 1 came under observation at or after its end"),
        ({"strata": np.zeros(3)}, r"strata have shape \(3,\) where 60 rows belong"),
        ({"cluster": np.zeros(3)}, r"clusters have shape \(3,\) where 60 rows belong"),
        ({"years": np.zeros(3)}, r"'years' has shape \(3,\) where 60 rows belong"),
        ({"ridge": -1.0}, "a ridge penalty of -1.0 is below 0"),
        ({"ties": "exact"}, "ties 'exact'"),
        ({"names": ["a"]}, "1 names for 3 columns"),
        ({"columns": np.zeros(60)}, "no rows and columns"),
    ],
)
def test_bad_rows_are_named(change, says):
    table, years, event = rows()
    given = {"columns": table, "years": years, "event": event, "names": ["a", "b", "c"], **change}
    with pytest.raises(BadInput, match=says):
        fit_cox(given.pop("columns"), given.pop("years"), given.pop("event"), **given)


def test_a_constant_column_is_named():
    table, years, event = rows()
    table[:, 1] = 2017.0
    with pytest.raises(BadInput, match="'year' has the same value in all rows at risk"):
        fit_cox(table, years, event, names=["a", "year", "c"])


def test_a_column_that_defines_the_strata_is_named():
    table, years, event = rows()
    table[:, 2] = np.arange(60) % 2
    with pytest.raises(BadInput, match="'hospital' has the same value in all rows at risk"):
        fit_cox(table, years, event, strata=table[:, 2], names=["a", "b", "hospital"])


def test_collinear_columns_are_named_and_a_ridge_holds_them():
    table, years, event = rows()
    table[:, 2] = 3 * table[:, 0] - 2 * table[:, 1] + 5
    with pytest.raises(BadInput, match="'sum' is a combination of 'a' and 'b'"):
        fit_cox(table, years, event, names=["a", "b", "sum"])
    assert np.isfinite(fit_cox(table, years, event, ridge=1.0).coefficients).all()


def test_a_group_without_events_is_named_with_its_rows():
    table, years, event = rows()
    table[:, 1] = np.arange(60) % 7 == 3
    event[table[:, 1] == 1] = False
    with pytest.raises(
        BadInput, match=r"none of the 9 rows with another value \(rows 4, 11, 18, 25, 32, \.\.\.\)"
    ) as said:
        fit_cox(table, years, event, names=["a", "group", "c"])
    assert "all" in str(said.value)
    assert "'group'" in str(said.value)
    assert "zero" in str(said.value)
    assert "\n" not in str(said.value)
    assert fit_cox(table, years, event, ridge=1.0).coefficients[1] < 0


def test_a_column_that_orders_the_events_is_named():
    _, years, event = rows()
    with pytest.raises(BadInput, match="every event has the lowest 'time again' of the rows at risk"):
        fit_cox(years[:, None], years, event, names=["time again"])
    with pytest.raises(BadInput, match="every event has the highest 'how soon'"):
        fit_cox(-years[:, None], years, event, names=["how soon"])


def test_columns_that_order_the_events_together_are_named():
    table, years, event = rows()
    table[:, 1] = years - table[:, 0]
    with pytest.raises(BadInput, match="together rank every event first") as said:
        fit_cox(table, years, event, names=["a", "b", "noise"])
    assert "'a', 'b'" in str(said.value) or "'b', 'a'" in str(said.value)
    assert "noise" not in str(said.value)


def test_a_strong_but_finite_effect_is_fitted():
    """One event breaks the separation: the coefficient is large, finite, and found."""
    table, years, event = rows(200)
    table[:, 1] = np.arange(200) % 4 == 0
    event[table[:, 1] == 1] = False
    event[np.flatnonzero((table[:, 1] == 1) & (years > np.median(years)))[0]] = True
    fit = fit_cox(table, years, event)
    assert -6 < fit.coefficients[1] < -1.5


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_fitted_or_refused(seed):
    """Few rows, odd scales, weights, strata, late entry: finite numbers, or one line; no warning, no crash."""
    lines: list[str] = []
    generator = np.random.default_rng(seed)
    count, width = int(generator.integers(1, 30)), int(generator.integers(1, 5))
    table = [
        generator.normal(size=(count, width)) * 10.0 ** generator.integers(-8, 9, width),
        generator.integers(0, 2, (count, width)).astype(float),
        generator.standard_cauchy(size=(count, width)) * 1e3,
    ][int(generator.integers(3))]
    years = generator.integers(0, 6, count).astype(float)
    cause = generator.integers(0, 3, count)
    weight = generator.integers(0, 3, count) * 10.0 ** float(generator.integers(-3, 4))
    several = {
        "strata": generator.integers(0, 4, count),
        "weight": weight,
        "ridge": 10.0 ** float(generator.integers(-6, 4)),
        "cluster": generator.integers(0, 5, count),
        "emphasis": "at_risk",
        "entry": years - generator.integers(1, 4, count),
    }
    given_ = {key: value for key, value in several.items() if generator.random() < 0.25}
    try:
        fit = fit_cox(table, years, cause == 1, ties=("efron", "breslow")[int(generator.integers(2))], **given_)
        assert np.isfinite(fit.coefficients).all()
        assert np.isfinite(fit.standard_errors).all()
        survived = fit.survival(table[:1], 0.0, next(iter(fit.baseline)))  # below 1 where there are events at 0
        assert 0 <= survived[0] <= 1
    except BadInput as refusal:
        lines.append(str(refusal))
    try:
        gray = fit_fine_gray(table, years, cause, **{key: given_[key] for key in ("weight", "ridge") if key in given_})
        assert np.isfinite(gray.robust_standard_errors).all()
    except BadInput as refusal:
        lines.append(str(refusal))
    assert not any("\n" in line for line in lines)
