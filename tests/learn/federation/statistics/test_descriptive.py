"""Descriptions from sums equal those of the pooled rows; quantiles lie within their bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from tests.learn.federation.statistics.driving import run, split

from fyr.errors import Refused
from fyr.learn.federation.site_table import SiteTable


def made(seed: int = 1, rows: int = 700) -> tuple[dict[str, Any], Any]:
    draw = default_rng(seed)
    columns: dict[str, Any] = {
        "age": np.round(draw.normal(64, 11, rows)),
        "marker": draw.lognormal(2, 1.2, rows),
        "flag": (draw.random(rows) < 0.2).astype(float),
        "stage": draw.choice(["I", "II", "III"], rows, p=[0.5, 0.3, 0.2]).astype(object),
    }
    columns["marker"][draw.random(rows) < 0.1] = np.nan
    columns["stage"][draw.random(rows) < 0.05] = ""
    columns["stage"][0] = "unheard of"
    return columns, draw.choice(["oslo", "lund", "turku"], rows)


def test_counts_means_and_categories_are_those_of_the_pooled_rows() -> None:
    columns, site = made()
    log: list[Any] = []
    found = run("descriptive", split(columns, site), {"columns": list(columns), "quantiles": []}, log=log)
    assert found["rows"] == 700
    for name in ("age", "marker", "flag"):
        there = columns[name][~np.isnan(columns[name])]
        said = found["columns"][name]
        assert (said["present"], said["missing"]) == (len(there), 700 - len(there))
        assert said["mean"] == pytest.approx(there.mean(), rel=1e-13)
        assert said["standard_deviation"] == pytest.approx(there.std(ddof=1), rel=1e-13)
        assert "quantiles" not in said
    stage = found["columns"]["stage"]
    assert stage["counts"]["II"] == int((columns["stage"] == "II").sum())
    assert stage["counts"]["(other)"] == 1
    assert not any("unheard" in str(answer.said) for _, answers in log for answer in answers.values())


@pytest.mark.parametrize("minimum", [1, 3, 10])
def test_quantiles_lie_within_their_bounds_and_no_count_or_difference_is_small(minimum: int) -> None:
    columns, site = made()
    shares = [0.05, 0.25, 0.5, 0.9]
    log: list[Any] = []
    found = run(
        "descriptive", split(columns, site),
        {"columns": ["age", "marker", "flag"], "quantiles": shares, "minimum_count": minimum, "accuracy": 0.01},
        log=log,
    )  # fmt: skip
    for name in ("age", "marker", "flag"):
        there = columns[name][~np.isnan(columns[name])]
        for one in found["columns"][name]["quantiles"]:
            true = np.quantile(there, one["share"], method="inverted_cdf")
            assert one["low"] - 1e-9 <= true <= one["high"] + 1e-9
            if minimum == 1:
                assert one["high"] - one["low"] <= 0.011 * there.std()
    counts = [answers for step, answers in log if step == "histogram" and answers["oslo"].sums]
    assert counts
    for place in ("oslo", "lund", "turku"):
        for name in ("age", "marker", "flag"):
            # All cells that were ever told, crossed: what differences of counts can be of.
            cells = [answers[place].cells[name] for answers in counts]
            crossed = np.unique(np.stack(cells), axis=1, return_counts=True)
            there = (crossed[0] >= 0).all(axis=0)
            assert (crossed[1][there] >= minimum).all()


def test_a_column_of_one_value_and_one_without_any() -> None:
    tables = {
        name: SiteTable(name, {"same": np.full(20, 7.0), "none": np.full(20, np.nan)}) for name in ("oslo", "lund")
    }
    found = run("descriptive", tables, {"columns": ["same", "none"]})
    assert found["columns"]["same"]["quantiles"][1]["value"] == pytest.approx(7.0)
    assert found["columns"]["none"] == {
        "kind": "number", "present": 0, "missing": 40, "mean": None, "standard_deviation": None,
    }  # fmt: skip


def test_hospitals_that_differ_are_refused_or_left_out() -> None:
    columns, site = made()
    tables = split(columns, site)
    tables["lund"] = SiteTable("lund", {name: one for name, one in tables["lund"].columns.items() if name != "age"})
    with pytest.raises(Refused, match="lund: there is no column 'age'"):
        run("descriptive", tables, {"columns": ["age", "marker"]})
    found = run("descriptive", tables, {"columns": ["age", "marker"], "on_mismatch": "leave_out"})
    assert found["rows"] == int((site != "lund").sum())
