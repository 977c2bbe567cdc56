"""Honest hospitals are never accused; broken or made-up sums name their hospital."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from tests.learn.federation.statistics.driving import Change, run, split

from fyr.errors import FyrError, Refused
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.statistics.consistency import Said, Watch, doubt_one, doubt_two
from fyr.learn.federation.statistics.families import likelihood


def honest(seed: int) -> tuple[str, dict[str, Any]]:
    """Return a method and made-up rows of several hospitals: skewed, heavy-tailed, rare, collinear, tiny sites."""
    draw = default_rng(seed)
    method = ("linear", "logistic", "poisson", "cox")[seed % 4]
    rows = int(draw.integers(30, 300))
    heavy = draw.standard_t(2, rows)
    columns = {
        "a": heavy if method != "poisson" else np.clip(heavy, -4, 4),
        "b": draw.exponential(1, rows),
        "c": (draw.random(rows) < draw.uniform(0.05, 0.5)).astype(float),
    }
    columns["a"] = columns["a"] * 10.0 ** draw.integers(-3, 4)
    line = draw.normal(0, 0.7) * columns["b"] + draw.normal(0, 0.7) * columns["c"] + draw.normal(-0.5, 1)
    if method == "cox":
        columns["time"] = np.ceil(draw.exponential(np.exp(-line)) * 10) / 10
        columns["y"] = (draw.random(rows) < 0.5).astype(float)
    elif method == "logistic":
        columns["y"] = (draw.random(rows) < 1 / (1 + np.exp(-line))).astype(float)
    elif method == "poisson":
        columns["y"] = draw.poisson(np.exp(np.clip(line, -5, 5))).astype(float)
    else:
        columns["y"] = line + draw.normal(0, 1, rows)
    site = draw.choice([f"site {one}" for one in range(int(draw.integers(2, 7)))], rows)
    options: dict[str, Any] = {"features": ["a", "b", "c"]}
    options |= {"duration": "time", "event": "y"} if method == "cox" else {"outcome": "y"}
    if seed % 3 == 0:
        options["l2"] = float(draw.exponential(2))
    return method, {"tables": split(columns, site), "options": options}


@pytest.mark.parametrize("block", range(8))
def test_honest_hospitals_are_never_accused(block: int) -> None:
    """Data may have no answer (separation, a constant column); nobody may be blamed for it."""
    fitted, accused = 0, []
    for seed in range(block * 50, block * 50 + 50):
        method, given = honest(seed)
        try:
            run(method, **given)
            fitted += 1
        except FyrError as problem:
            accused += [str(problem)] if "cannot be right" in str(problem) else []
    assert not accused
    assert fitted > 35


def poisoned(kind: str, when: int) -> Change:
    def change(site: str, number: int, step: str, answer: Answer) -> Answer:
        if site != "site 1" or step not in {"glm", "cox"} or number < when:
            return answer
        sums = dict(answer.sums)
        if kind == "ten times":
            sums["gradient"] = 10 * sums["gradient"]
        elif kind == "turned":
            sums["gradient"] = -sums["gradient"]
        elif kind == "nan":
            sums["gradient"] = sums["gradient"] * np.nan
        elif kind == "likelihood":
            sums["log_likelihood"] = sums["log_likelihood"] + 100 * number
        elif kind == "several times":
            sums = {name: 8 * one for name, one in sums.items()}
        elif kind == "indefinite":
            sums["information"] = -sums["information"]
        return replace(answer, sums=sums)

    return change


@pytest.mark.parametrize("when", [0, 3, 6])
@pytest.mark.parametrize("kind", ["ten times", "turned", "nan", "likelihood", "indefinite"])
@pytest.mark.parametrize("method", ["logistic", "cox", "poisson"])
def test_made_up_sums_name_their_hospital(method: str, kind: str, when: int) -> None:
    """From the first round on, or only late, where the likelihoods are nearly those of the top."""
    draw = default_rng(7)
    rows = 400
    columns = {"a": draw.normal(0, 1, rows), "b": draw.exponential(1, rows), "time": draw.exponential(1, rows)}
    line = 1.2 * columns["a"] - 0.5 * columns["b"]
    columns["y"] = (draw.random(rows) < 1 / (1 + np.exp(-line))).astype(float)
    columns["time"] = columns["time"] * np.exp(-line)
    site = np.array([f"site {one}" for one in range(4)])[np.arange(rows) % 4]
    columns["a"] = columns["a"] + 0.5 * (site == "site 1")
    options: dict[str, Any] = {"features": ["a", "b"]}
    options |= {"duration": "time", "event": "y"} if method == "cox" else {"outcome": "y"}
    with pytest.raises(Refused, match="site 1: its sums cannot be right"):
        run(method, split(columns, site), options, change=poisoned(kind, when))


def test_a_hospital_that_counts_its_rows_several_times_is_named() -> None:
    """Its likelihood is concave and agrees with itself, but curves more than the rows that it summed before can."""
    method, given = honest(49 * 4 + 1)
    with pytest.raises(Refused, match="site 1: its sums cannot be right: the information is larger"):
        run(method, **given, change=poisoned("several times", 0))


def test_an_information_beyond_its_bound_is_seen() -> None:
    draw = default_rng(1)
    design = np.column_stack([np.ones(80), draw.normal(size=(80, 2))])
    outcome = draw.integers(0, 2, 80).astype(float)
    said = Said(np.zeros(3), *likelihood("logistic", design, outcome, np.ones(80), np.zeros(80), np.zeros(3)))
    bound = design.T @ design / 4
    assert doubt_one(said, bound) is None
    assert doubt_one(replace(said, information=1.1 * said.information), bound) == (
        "the information is larger than these rows can give"
    )
    lopsided = said.information.copy()
    lopsided[0, 1] += 1
    assert doubt_one(replace(said, information=lopsided)) == "the information is not symmetric"


def test_the_same_place_twice_must_have_the_same_height() -> None:
    said = Said(np.zeros(1), -10.0, np.ones(1), np.eye(1))
    assert doubt_two(said, said) is None
    assert doubt_two(said, replace(said, log_likelihood=-11.0)) is not None
    watch = Watch()
    assert watch.hear("oslo", said) is None
    assert watch.hear("lund", replace(said, log_likelihood=-11.0)) is None  # each hospital for itself
    assert watch.hear("oslo", replace(said, log_likelihood=-11.0)) is not None
