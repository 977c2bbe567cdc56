"""What cannot be fitted is refused in one line that says why."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.survival.cox import fit_cox


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
