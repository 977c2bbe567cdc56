"""Hospitals whose columns differ are named, all at once; the study's rule says what then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from tests.learn.federation.statistics.driving import run

from fyr.errors import Refused
from fyr.learn.federation.site_table import SiteTable

ASK: dict[str, Any] = {"features": ["age", "dose"], "outcome": "event"}


def tables() -> dict[str, SiteTable]:
    draw = default_rng(2)
    found = {}
    for site in ("oslo", "lund", "turku", "odense"):
        age, dose = draw.normal(60, 10, 90), draw.normal(2, 1, 90)
        event = (draw.random(90) < 1 / (1 + np.exp(2 - dose))).astype(float)
        found[site] = SiteTable(site, {"age": age, "dose": dose, "event": event})
    return found


def with_column(one: SiteTable, units: dict[str, str] | None = None, **columns: Any) -> SiteTable:
    return SiteTable(one.site, {**one.columns, **columns}, units or {})


def test_every_difference_is_named_in_one_line() -> None:
    several = tables()
    several["oslo"] = SiteTable("oslo", {k: v for k, v in several["oslo"].columns.items() if k != "dose"})
    words = np.array(["high"] * 90, dtype=object)
    several["lund"] = with_column(several["lund"], dose=words)
    several["turku"] = with_column(several["turku"], event=np.where(several["turku"].numbers("event") > 0, 2.0, 0.0))
    with pytest.raises(Refused) as refused:
        run("logistic", several, ASK)
    said = str(refused.value)
    assert "oslo: there is no column 'dose'" in said
    assert "lund: column 'dose' holds text, where others have numbers" in said
    assert "turku: column 'event' is not 0 or 1 in" in said
    assert "odense" not in said


def test_the_rule_may_leave_a_hospital_out_and_the_result_is_that_of_the_others() -> None:
    several = tables()
    others = {name: one for name, one in several.items() if name != "lund"}
    whole = run("logistic", others, ASK)
    several["lund"] = with_column(several["lund"], dose=np.array(["high"] * 90, dtype=object))
    found = run("logistic", several, {**ASK, "on_mismatch": "leave_out"})
    assert found["sites_left_out"] == {"lund": "column 'dose' holds text, where others have numbers"}
    assert found["rows"] == 270
    assert found["coefficients"] == pytest.approx(whole["coefficients"], abs=1e-12)


def test_units_are_compared() -> None:
    several = tables()
    for name, unit in (("oslo", "a"), ("lund", "a"), ("turku", "mo")):
        several[name] = with_column(several[name], {"age": unit})
    with pytest.raises(Refused, match="turku: column 'age' is in 'mo', at others in 'a'"):
        run("logistic", several, ASK)
    with pytest.raises(Refused, match="oslo: column 'age' is in 'a', at the study in 'mo'; lund: "):
        run("logistic", several, {**ASK, "units": {"age": "mo"}})
    found = run("logistic", several, {**ASK, "units": {"age": "a"}, "on_mismatch": "leave_out"})
    assert list(found["sites_left_out"]) == ["turku"]
    del several["oslo"], several["odense"]
    with pytest.raises(Refused, match="lund: column 'age' is in 'a', at others in 'mo'; turku: "):
        run("logistic", several, ASK)  # one against one: both are named


def test_a_mean_many_times_that_of_the_others_is_a_doubt() -> None:
    several = tables()
    several["turku"] = with_column(several["turku"], age=several["turku"].numbers("age") * 12)
    (doubt,) = run("logistic", several, ASK)["doubts"]
    assert doubt.startswith("turku: the mean of 'age' is 7")


def test_a_hospital_without_a_value_adds_nothing() -> None:
    several = tables()
    others = run("logistic", {name: one for name, one in several.items() if name != "oslo"}, ASK)
    several["oslo"] = with_column(several["oslo"], dose=np.full(90, np.nan))
    found = run("logistic", several, ASK)
    assert found["coefficients"] == pytest.approx(others["coefficients"], abs=1e-12)
    assert found["rows_left_out"] == 90
    for name in several:
        several[name] = with_column(several[name], dose=np.full(90, np.nan))
    with pytest.raises(Refused, match="no hospital has a row with a value in every column"):
        run("logistic", several, ASK)


def test_how_few_rows_are_wrong_is_not_told() -> None:
    several = tables()
    event = several["oslo"].numbers("event").copy()
    event[0] = 7.0
    several["oslo"] = with_column(several["oslo"], event=event)
    with pytest.raises(Refused, match="oslo: column 'event' is not 0 or 1 in fewer than 3 rows"):
        run("logistic", several, ASK)
    event[1:4] = 7.0
    with pytest.raises(Refused, match="oslo: column 'event' is not 0 or 1 in 4 rows"):
        run("logistic", several, ASK)


def test_infinite_numbers_are_named() -> None:
    several = tables()
    age = several["oslo"].numbers("age").copy()
    age[4] = np.inf
    several["oslo"] = with_column(several["oslo"], age=age)
    with pytest.raises(Refused, match="oslo: column 'age' has numbers that are not finite"):
        run("logistic", several, ASK)
