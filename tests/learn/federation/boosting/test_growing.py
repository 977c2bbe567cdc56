"""Trees over sites are the trees of the pooled rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.learn.federation.boosting.rows import FEATURES, dealt, rows
from tests.learn.federation.conversing import converse

from fyr.errors import BadInput
from fyr.learn.discrimination import area_under_roc as auc
from fyr.learn.federation.boosting.site_rows import hazard_losses
from fyr.learn.federation.boosting.splits import Limits, best_split
from fyr.learn.federation.boosting.trees import Trees
from fyr.learn.federation.rounds import Answer, Question
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.survival.boosted import hazard_slopes
from fyr.learn.survival.risk_sets import RiskSets

OPTIONS: dict[str, Any] = {
    "features": FEATURES,
    "outcome": "event",
    "trees": 8,
    "leaves": 12,
    "bins": 31,
    "least_cell": 1,
}


def _table(columns: dict[str, np.ndarray]) -> np.ndarray:
    return np.column_stack([columns[name] for name in FEATURES])


@pytest.mark.parametrize("width", [0, 1])
@pytest.mark.parametrize(
    ("objective", "outcome"), [("logistic", "event"), ("squared_error", "size_after"), ("poisson", "visits")]
)
def test_trees_are_bit_for_bit_those_of_the_pooled_rows(objective: str, outcome: str, width: int) -> None:
    columns = rows(3000)
    options = {**OPTIONS, "objective": objective, "outcome": outcome, "width": width}
    pooled = converse("boosting", dealt(columns, (3000,)), options)
    assert pooled["trees"] == 8
    for sizes in ((1000, 1000, 1000), (2950, 20, 20, 10)):
        assert converse("boosting", dealt(columns, sizes), options)["model"] == pooled["model"]
    mixed = np.random.default_rng(1).permutation(3000)
    turned = {name: column[mixed] for name, column in columns.items()}
    assert converse("boosting", dealt(turned, (1400, 1600)), options)["model"] == pooled["model"]


def test_hazards_are_those_of_the_pooled_rows_with_a_stratum_for_each_site() -> None:
    columns = rows(2500)
    result = converse(
        "boosting",
        dealt(columns, (1500, 1000)),
        {**OPTIONS, "outcome": None, "event": "dead", "time": "years", "trees": 30},
    )
    lifelines = pytest.importorskip("lifelines")
    fresh = rows(2500, seed=99)
    score = Trees.from_dict(result["model"]).score(_table(fresh))
    found = lifelines.utils.concordance_index(fresh["years"], -score, fresh["dead"])
    assert found > 0.68


def test_slopes_of_hazards_are_those_of_the_pooled_rows_with_a_stratum_for_each_site() -> None:
    columns, draw = rows(700), np.random.default_rng(2)
    years = np.ceil(columns["years"] * 50)  # with many ties
    score, site = draw.normal(size=700), np.repeat([0, 1], [500, 200])
    sets = RiskSets.of(
        np.zeros((700, 1)),
        years,
        columns["dead"] > 0,
        efron=False,
        stratum=site,
        weight=np.ones(700),
        offset=np.zeros(700),
    )
    slope, curve = hazard_slopes(sets, score)
    for one in (0, 1):
        mine, bend = np.empty((2, int((site == one).sum())))
        hazard_losses(years[site == one], columns["dead"][site == one])(score[site == one], mine, bend)
        np.testing.assert_allclose(mine, slope[site == one], atol=1e-12)
        np.testing.assert_allclose(bend, curve[site == one], atol=1e-12)


def test_a_site_that_forgot_everything_answers_the_same() -> None:
    tables = dealt(rows(1200), (700, 500))
    told: list[Any] = []

    def heard(_: Question, answers: dict[str, Answer]) -> None:
        told.append({name: sums.tobytes() for answer in answers.values() for name, sums in answer.sums.items()})

    for least in (1, 3):
        options = {**OPTIONS, "trees": 3, "least_cell": least}
        told.clear()
        whole = converse("boosting", tables, options, heard)
        steady = list(told)
        told.clear()

        class Forgetful(dict):  # a new table, of new columns, for each question
            def items(self) -> Any:
                return [
                    (site, SiteTable(site, {k: v.copy() for k, v in t.columns.items()})) for site, t in super().items()
                ]

        assert converse("boosting", Forgetful(tables), options, heard) == whole
        assert told == steady


def test_it_learns_as_lightgbm_does() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    columns, fresh = rows(6000), rows(6000, seed=77)
    options = {**OPTIONS, "trees": 60, "leaves": 15, "bins": 255, "width": 1}
    ours = Trees.from_dict(converse("boosting", dealt(columns, (4000, 2000)), options)["model"])
    parameters = {
        "objective": "binary",
        "num_leaves": 15,
        "learning_rate": 0.1,
        "max_bin": 255,
        "min_data_in_leaf": 20,
        "lambda_l2": 1.0,
        "num_threads": 1,
        "verbosity": -1,
        "deterministic": True,
    }
    theirs = lightgbm.train(parameters, lightgbm.Dataset(_table(columns), columns["event"]), num_boost_round=60)
    mine, other = ours.score(_table(fresh)), theirs.predict(_table(fresh), raw_score=True)
    assert np.corrcoef(mine, other)[0, 1] > 0.98
    assert abs(auc(fresh["event"] > 0, mine) - auc(fresh["event"] > 0, other)) < 0.004


def test_the_first_split_is_lightgbm_s() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    columns = rows(4000)
    columns["size"] = np.floor(columns["size"] / 10)
    options = {**OPTIONS, "objective": "squared_error", "outcome": "size_after", "trees": 1, "leaves": 6, "width": 1}
    model = converse(
        "boosting", dealt(columns, (1000, 3000)), {**options, "bins": 255, "least_bin": 1, "learning_rate": 1}
    )
    parameters = {"objective": "regression", "num_leaves": 6, "learning_rate": 1, "min_data_in_leaf": 20}
    parameters |= {"lambda_l2": 1.0, "num_threads": 1, "verbosity": -1, "min_data_in_bin": 1, "max_bin": 255}
    data = lightgbm.Dataset(_table(columns), columns["size_after"])
    theirs = lightgbm.train(parameters, data, num_boost_round=1).predict(_table(columns))
    mine = Trees.from_dict(model["model"]).score(_table(columns))
    # two hundredths of the outcome's spread: levels are rounded, and a cut of `dose` lies elsewhere between two values
    assert np.abs(mine - theirs).mean() < 0.02 * columns["size_after"].std()


def test_no_site_is_left_with_a_few_rows_in_a_leaf() -> None:
    tables = dealt(rows(1500), (1000, 300, 150, 50))
    smallest: list[int] = []

    def heard(question: Question, answers: dict[str, Answer]) -> None:
        if question.step == "boosting_histograms":
            for answer in answers.values():
                found = np.unique(answer.cells["leaf"], return_counts=True)[1]
                smallest.append(int(found.min()))

    result = converse("boosting", tables, {**OPTIONS, "least_cell": 5}, heard)
    assert min(smallest) >= 5
    leaves = Trees.from_dict(result["model"])
    assert result["trees"] == 8
    for root, end in zip(leaves.roots, [*leaves.roots[1:], len(leaves.value)], strict=True):
        one = Trees(
            leaves.features,
            0.0,
            1.0,
            leaves.column[root:end],
            leaves.below[root:end],
            leaves.missing_left[root:end],
            leaves.left[root:end] - root,
            leaves.right[root:end] - root,
            np.arange(end - root, dtype=np.float64),
            np.zeros(1, np.int64),
        )
        for table in tables.values():
            found = np.unique(one.score(_table(dict(table.columns))), return_counts=True)[1]
            assert found.min() >= 5
    smallest.clear()
    converse("boosting", tables, OPTIONS, heard)
    assert min(smallest) < 5


def test_cells_with_a_few_rows_are_shown_to_the_leak_meter_and_by_default_there_are_none() -> None:
    tables = dealt(rows(400), (250, 150))
    seen: list[int] = []

    def heard(question: Question, answers: dict[str, Answer]) -> None:
        if question.step == "boosting_cells":
            for answer in answers.values():
                counts = answer.sums["counts"]
                thin = answer.cells.get("thin cells", np.full(1, -1))
                shown = np.unique(thin[thin >= 0], return_counts=True)[1]
                assert ((counts > 0) & (counts < 5)).any() == (len(shown) > 0)
                assert not len(shown) or shown.max() < 5
                assert not len(shown) or shown.min() >= counts[counts > 0].min()
                seen.append(int(counts[counts > 0].min()))

    for least in (1, 3):
        converse("boosting", tables, {**OPTIONS, "trees": 1, "least_cell": least}, heard)
        assert min(seen) == least
        seen.clear()
    converse("boosting", tables, {**OPTIONS, "trees": 1, "least_cell": 5}, heard)
    assert min(seen) >= 5


def test_a_site_without_one_usable_row_takes_part_with_nothing() -> None:
    columns = rows(600)
    whole = {}
    for options in (OPTIONS, {**OPTIONS, "outcome": "dead", "time": "years"}):
        tables = dealt(columns, (400, 200))
        whole = converse("boosting", tables, {**options, "trees": 2})
        empty = {name: np.full(7, np.nan) for name in columns}
        assert converse("boosting", {**tables, "none": SiteTable("none", empty)}, {**options, "trees": 2}) == whole


@pytest.mark.real
def test_trees_over_four_hospitals_are_those_of_their_pooled_patients(data_folder: Path) -> None:
    names = [
        "age",
        "sex",
        "cp",
        "trestbps",
        "chol",
        "fbs",
        "restecg",
        "thalach",
        "exang",
        "oldpeak",
        "slope",
        "ca",
        "thal",
    ]
    tables = {}
    for site in ("cleveland", "hungarian", "switzerland", "va"):
        file = data_folder / "learn" / "fed_heart_disease" / f"processed.{site}.data"
        text = file.read_text().replace("?", "nan")
        found = np.array([line.split(",") for line in text.split()], dtype=np.float64)
        columns = {name: found[:, place].copy() for place, name in enumerate(names)}
        tables[site] = SiteTable(site, {**columns, "disease": (found[:, 13] > 0).astype(np.float64)})
    assert sum(table.rows for table in tables.values()) == 920
    options = {"features": names, "outcome": "disease", "trees": 40, "leaves": 6, "least_cell": 1}
    model = converse("boosting", tables, options)["model"]
    joined = {name: np.concatenate([t.columns[name] for t in tables.values()]) for name in [*names, "disease"]}
    assert converse("boosting", {"all": SiteTable("all", joined)}, options)["model"] == model
    # with the rule that no hospital is left with one or two patients in a leaf, learned without one hospital each
    areas = {}
    for held, table in tables.items():
        others = {site: other for site, other in tables.items() if site != held}
        trees = Trees.from_dict(converse("boosting", others, {**options, "least_cell": 3})["model"])
        score = trees.score(np.column_stack([table.numbers(name) for name in names]))
        areas[held] = auc(table.numbers("disease") > 0, score)
    assert min(areas[site] for site in ("cleveland", "hungarian")) > 0.8
    assert min(areas.values()) > 0.6


def test_bins_with_a_few_rows_are_shown_to_the_leak_meter() -> None:
    tables = dealt(rows(400), (250, 150))
    seen = 0

    def heard(question: Question, answers: dict[str, Answer]) -> None:
        nonlocal seen
        if question.step != "boosting_histograms":
            return
        for site, answer in answers.items():
            counts = answer.sums["rows"]
            thin = answer.cells.get("thin bins", np.full(tables[site].rows, -1))
            assert thin.shape == (tables[site].rows,)
            shown = np.unique(thin[thin >= 0], return_counts=True)[1]
            assert ((counts > 0) & (counts < 5)).any() == (len(shown) > 0)
            if len(shown):
                assert shown.min() == counts[counts > 0].min()
                assert shown.max() < 5
                seen += 1

    converse("boosting", tables, {**OPTIONS, "trees": 2}, heard)
    assert seen > 5


def test_a_leaf_holds_so_many_rows_over_all_sites() -> None:
    columns = rows(900)
    model = converse("boosting", dealt(columns, (450, 450)), {**OPTIONS, "trees": 1, "least_rows": 60})
    score = Trees.from_dict(model["model"]).score(_table(columns))
    assert np.unique(score, return_counts=True)[1].min() >= 60


def test_the_best_split_is_found_by_trying_all() -> None:
    draw = np.random.default_rng(12)
    offsets = np.array([0, 5, 9, 16], dtype=np.uint64)
    for trial in range(200):
        counts = draw.integers(0, 30, 16).astype(np.float64)
        if trial % 2:
            counts[[4, 8, 15]] = 0
        sums = np.array([draw.integers(-50, 50, 16) * counts, draw.integers(1, 40, 16) * counts, counts])
        for column, rows_ in ((0, slice(0, 5)), (1, slice(5, 9)), (2, slice(9, 16))):
            if column:  # every column has the same rows
                share = sums[:, 0:5].sum(axis=1) - sums[:, rows_].sum(axis=1)
                sums[:, rows_.start] += share
        sums[2] = np.abs(sums[2])
        scale, limits = np.array([1 / 64, 1 / 128]), Limits(1.0, 10, 1e-3, 0.0)
        best: tuple[float, int, int, bool] | None = None
        for column in range(3):
            part = sums[:, int(offsets[column]) : int(offsets[column + 1])]
            whole, gone = part.sum(axis=1), part[:, -1]
            for highest in range(part.shape[1] - 1):
                for missing_left in (True, False):
                    left = part[:, : highest + 1].sum(axis=1)
                    if gone[2] == 0 and missing_left != (left[2] * 2 >= whole[2]):
                        continue
                    left = left + gone if missing_left else left
                    right = whole - left
                    if min(left[2], right[2]) < 10 or min(left[1], right[1]) / 128 < 1e-3:
                        continue
                    gain = sum((s[0] / 64) ** 2 / (s[1] / 128 + 1) for s in (left, right))
                    gain -= (whole[0] / 64) ** 2 / (whole[1] / 128 + 1)
                    if gain > max(0.0, best[0] if best else 0.0) * (1 + 1e-12):
                        best = (gain, column, highest, missing_left)
        found = best_split(sums, np.zeros(16), offsets, scale, limits)
        assert (found is None) == (best is None)
        if found is not None and best is not None:
            assert found.gain == pytest.approx(best[0], rel=1e-9)
            assert (found.column, found.bin, found.missing_left) == best[1:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "age"}, "is not 0 or 1"),
        ({"objective": "poisson", "outcome": "size_after"}, "is no count"),
        ({"objective": "ranking"}, "there is no objective 'ranking'"),
        ({"objective": "cox"}, "hazards need a time"),
        ({"features": []}, "trees need features"),
        ({"features": ["age", "height"]}, "there is no column 'height'"),
        ({"bins": 1000}, "'bins' is 1000"),
        ({"learning_rate": "fast"}, "'learning_rate' is 'fast'"),
        ({"least_bin": 5000}, "no feature has two bins"),
    ],
)
def test_what_cannot_be_grown_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        converse("boosting", dealt(rows(300), (200, 100)), {**OPTIONS, **change})


def test_an_infinite_number_and_an_outcome_that_never_differs_are_refused() -> None:
    columns = rows(200)
    columns["dose"][3] = np.inf
    with pytest.raises(BadInput, match="column 'dose' holds an infinite number"):
        converse("boosting", dealt(columns, (200,)), OPTIONS)
    columns = rows(200)
    columns["event"][:] = 1
    with pytest.raises(BadInput, match="nothing to learn from"):
        converse("boosting", dealt(columns, (200,)), OPTIONS)
