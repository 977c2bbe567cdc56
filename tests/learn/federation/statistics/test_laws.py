"""Laws for every data set: how rows lie among hospitals changes nothing, and a study replays to the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray
from tests.learn.federation.statistics.driving import run, split

from fyr.learn.federation.message import encode
from fyr.learn.federation.methods import METHODS, method
from fyr.learn.federation.rounds import Answers
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import STEPS, step
from fyr.learn.federation.study import Study

ASKS: dict[str, dict[str, Any]] = {
    "linear": {"features": ["age", "kind"], "outcome": "level"},
    "logistic": {"features": ["age", "kind"], "outcome": "event", "weight": "weight"},
    "poisson": {"features": ["age", "kind"], "outcome": "count", "exposure": "years"},
    "descriptive": {"columns": ["age", "kind"], "minimum_count": 1},
    "kaplan_meier": {"duration": "years", "event": "event", "times": [1.0, 2.0, 3.0], "grid": "given"},
    "calibration": {"outcome": "event", "predicted": "risk", "grid": "given"},
    "decision_curve": {"outcome": "event", "predicted": "risk", "grid": "given", "thresholds": [0.2, 0.5]},
}


def made(seed: int, rows: int = 240) -> dict[str, NDArray[Any]]:
    draw = default_rng(seed)
    age = draw.normal(60, 10, rows)
    risk = 1 / (1 + np.exp(-(0.05 * (age - 60) + draw.normal(0, 1, rows))))
    age[draw.random(rows) < 0.05] = np.nan
    return {
        "age": age,
        "risk": risk,
        "weight": draw.uniform(0.5, 2, rows),
        "years": np.ceil(draw.exponential(2, rows) * 4) / 4,
        "event": (draw.random(rows) < risk).astype(float),
        "level": risk + draw.normal(0, 1, rows),
        "count": draw.poisson(1 + risk).astype(float),
        "kind": draw.choice(["a", "b", "c"], rows).astype(object),
    }


def near(one: Any, other: Any) -> None:
    """Compare what was found, number by number."""
    if isinstance(one, Mapping):
        assert set(one) == set(other)
        for name in one:
            near(one[name], other[name])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            near(first, second)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-8, abs=1e-9)
    else:
        assert one == other


@pytest.mark.parametrize("name", ASKS)
@pytest.mark.parametrize("seed", [1, 2])
def test_how_rows_lie_among_hospitals_changes_nothing(name: str, seed: int) -> None:
    columns, draw = made(seed), default_rng(seed)
    whole = run(name, split(columns, np.full(240, "all")), ASKS[name])
    order = draw.permutation(240)
    shuffled = {key: one[order] for key, one in columns.items()}
    site = draw.choice(["oslo", "lund", "turku", "odense"], 240, p=[0.05, 0.15, 0.3, 0.5])
    tables = split(shuffled, site)
    tables["empty"] = SiteTable("empty", {key: one[:0] for key, one in columns.items()})
    several = run(name, tables, ASKS[name])
    for told in ("rounds", "bytes", "iterations", "doubts"):
        whole.pop(told, None)
        several.pop(told, None)
    near(whole, several)


def test_hospitals_are_strata_as_a_column_is() -> None:
    columns = made(3)
    site = default_rng(3).choice(["1", "2", "3"], 240)
    ask = {"features": ["age", "kind"], "duration": "years", "event": "event", "l2": 0.5}
    several = run("cox", split(columns, site), ask)
    one = run(
        "cox", split({**columns, "ward": site.astype(float)}, np.full(240, "all")), {**ask, "strata": ["site", "ward"]}
    )
    assert several["coefficients"] == pytest.approx(one["coefficients"], abs=1e-11)
    assert several["log_likelihood"] == pytest.approx(one["log_likelihood"], abs=1e-9)


def test_the_same_answers_give_the_same_questions_bit_for_bit() -> None:
    """What a journal relies on when it tells a method again what hospitals had answered."""
    tables = split(made(4), default_rng(4).choice(["oslo", "lund"], 240))
    asks = {
        **ASKS,
        "cox": {
            "features": ["age", "kind"],
            "duration": "years",
            "event": "event",
            "l2_candidates": [1.0, 10.0],
            "folds": 2,
        },
        "log_rank": {"duration": "years", "event": "event", "group": "kind"},
        "discrimination": {"outcome": "event", "predicted": "risk"},
    }
    for name, options in asks.items():
        study = Study("trial", name, tuple(tables), options)
        told = [asked_and_found(study, tables) for _ in range(2)]
        assert told[0] == told[1]


def asked_and_found(study: Study, tables: dict[str, SiteTable]) -> list[bytes]:
    """Return every question and the result, as bytes."""
    rounds = method(study.method)(study)
    question, told = next(rounds), []
    while True:
        told.append(encode({"step": question.step, "values": question.values}))
        answers = Answers.of({site: step(question.step)(table, question.values) for site, table in tables.items()})
        try:
            question = rounds.send(answers)
        except StopIteration as end:
            return [*told, encode(end.value)]


def test_every_name_leads_to_something() -> None:
    assert all(callable(step(name)) for name in STEPS)
    assert all(callable(method(name)) for name in METHODS)
