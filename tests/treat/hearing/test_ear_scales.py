"""The scales against their published tables, and refusals against every audiogram that the measurements allow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from fyr.models import Prediction
from fyr.record.finding import Refusal
from fyr.treat.hearing import BROCK_1991, CHANG_2010, SIOP_BOSTON
from fyr.treat.hearing.ear_scales import EarScale

HZ = (1000, 2000, 3000, 4000, 6000, 8000)


def evidence(levels: dict[int, float | None], ear: str = "right") -> dict[str, float | None]:
    return {f"{ear}_{hz}_hz_db": level for hz, level in levels.items()}


def graded(model: EarScale, levels: dict[int, float | None]) -> str | None:
    answer = model.predict(evidence(levels))
    if isinstance(answer, Refusal):
        return None
    category = answer.estimates["grade"].category
    assert category == answer.estimates["grade_right"].category
    assert answer.estimates["grade_left"].category == "not tested"
    return category


@pytest.mark.parametrize(
    ("levels", "grade"),
    [
        # J Clin Oncol 2012;30:2408: 20 dB or better everywhere; "25 dB HL or greater"; "45 dB HL or more"
        ((20, 20, 20, 20, 20, 20), "0"),
        ((20, 20, 20, 20, 20, 25), "1"),
        ((20, 20, 20, 20, 25, 20), "1"),
        ((20, 20, 20, 25, 40, 60), "2"),
        ((20, 20, 25, 40, 60, 80), "3"),
        ((20, 25, 40, 60, 60, 80), "3"),
        ((20, 40, 60, 80, 80, 80), "3"),
        ((20, 45, 60, 80, 80, 80), "4"),
    ],
)
def test_siop_boston(levels: tuple[float, ...], grade: str) -> None:
    assert graded(SIOP_BOSTON, dict(zip(HZ, levels, strict=True))) == grade


@pytest.mark.parametrize(
    ("levels", "grade"),
    [
        # Semin Hear 2019;40:154, Figure 2: 4 kHz first; then 8 kHz where it is normal, else 2 kHz, then 3 kHz
        ({4000: 15, 8000: 20}, "0"),
        ({4000: 15, 8000: 40}, "1"),
        ({4000: 40, 2000: 20, 3000: 20}, "2"),
        ({4000: 40, 2000: 20, 3000: 30}, "3"),
        ({4000: 60, 2000: 45}, "4"),
        ({4000: 40, 2000: 20}, None),
        ({4000: 15}, None),
        ({4000: 60}, None),
        ({2000: 10, 8000: 10}, None),
    ],
)
def test_siop_minimum_battery(levels: dict[int, float | None], grade: str | None) -> None:
    assert graded(SIOP_BOSTON, levels) == grade


@pytest.mark.parametrize(
    ("levels", "grade"),
    [
        ((35, 35, 35, 35, 35, 35), "0"),
        ((0, 0, 0, 0, 0, 40), "1"),
        ((0, 0, 0, 40, 40, 40), "2"),
        ((0, 40, 40, 40, 40, 40), "3"),
        ((40, 40, 40, 40, 40, 40), "4"),
        ((0, 0, 60, 39, 39, 39), "0"),  # the scale has no 3 kHz
    ],
)
def test_brock(levels: tuple[float, ...], grade: str) -> None:
    assert graded(BROCK_1991, dict(zip(HZ, levels, strict=True))) == grade


@pytest.mark.parametrize(
    ("levels", "grade"),
    [
        ((20, 20, 20, 20, 35, 35), "0"),
        ((20, 20, 20, 20, 20, 40), "1a"),
        ((20, 20, 20, 25, 40, 60), "1b"),
        ((20, 20, 20, 40, 60, 60), "2a"),
        ((20, 20, 25, 40, 60, 60), "2b"),
        ((25, 35, 35, 60, 60, 60), "2b"),
        ((20, 20, 40, 60, 60, 60), "3"),
        ((20, 40, 60, 60, 60, 60), "3"),
        ((40, 60, 60, 60, 60, 60), "4"),
    ],
)
def test_chang(levels: tuple[float, ...], grade: str) -> None:
    assert graded(CHANG_2010, dict(zip(HZ, levels, strict=True))) == grade


def every_grade(model: EarScale, known: dict[int, float], unknown: tuple[int, ...]) -> set[str]:
    """Grade every audiogram that has the known thresholds."""
    found = set()
    for levels in product((-10.0, 39.0, 40.0), repeat=len(unknown)):
        said = graded(model, {**known, **dict(zip(unknown, levels, strict=True))})
        assert said is not None
        found.add(said)
    return found


def test_brock_is_refused_exactly_where_missing_tones_could_change_it() -> None:
    rng = np.random.default_rng(7)
    asked = (1000, 2000, 4000, 8000)
    answered = 0
    for _ in range(25):
        levels = {hz: float(level) for hz, level in zip(asked, rng.choice([0, 20, 30, 40, 60], 4), strict=True)}
        missing = tuple(rng.choice(asked, rng.integers(1, 3), replace=False).tolist())
        known = {hz: level for hz, level in levels.items() if hz not in missing}
        possible = every_grade(BROCK_1991, known, missing)
        answer = BROCK_1991.predict(evidence(dict(known)))
        if len(possible) == 1:
            answered += 1
            assert isinstance(answer, Prediction)
            assert {answer.estimates["grade"].category} == possible
        else:
            assert isinstance(answer, Refusal)
            named = {int(name.split("_")[1]) for name in answer.inputs}
            assert named <= set(missing)
            assert all(f"{hz} Hz" in answer.reason for hz in named)
    assert 0 < answered < 25


def test_no_response_is_worse_than_the_loudest_tone_and_no_more() -> None:
    loud = {**evidence({2000: 10, 3000: 10, 4000: 10, 6000: 10, 8000: 90}), "right_8000_hz_no_response": True}
    assert SIOP_BOSTON.predict(loud).estimates["grade"].category == "1"
    quiet = {**evidence({2000: 10, 3000: 10, 4000: 10, 6000: 10, 8000: 10}), "right_8000_hz_no_response": True}
    answer = SIOP_BOSTON.predict(quiet)
    assert isinstance(answer, Refusal)
    assert answer.reason == "right ear, 8000 Hz: no response, and no louder tone was given, and the grade depends on it"
    limit = {**evidence({2000: 10, 3000: 10, 4000: 10, 6000: 10, 8000: 20}), "right_8000_hz_no_response": True}
    assert SIOP_BOSTON.predict(limit).estimates["grade"].category == "1", "above 20 dB is what grade 1 asks"


@pytest.mark.parametrize("model", [SIOP_BOSTON, CHANG_2010, BROCK_1991])
def test_the_worse_ear_decides_and_a_table_says_the_same(model: EarScale) -> None:
    right = evidence(dict.fromkeys(HZ, 0.0))
    left = evidence(dict.fromkeys(HZ, 80.0), "left")
    answer = model.predict({**right, **left})
    assert isinstance(answer, Prediction)
    assert answer.estimates["grade"].category == answer.estimates["grade_left"].category == "4"
    assert answer.estimates["grade_right"].category == "0"
    nothing = model.predict({})
    assert isinstance(nothing, Refusal)
    assert "neither ear was tested" in nothing.reason


@pytest.mark.parametrize("model", [SIOP_BOSTON, CHANG_2010, BROCK_1991])
def test_a_grade_never_falls_when_a_threshold_rises(model: EarScale) -> None:
    words = model.card.outputs[0].categories
    place: Callable[[dict[int, float | None]], int] = lambda levels: words.index(graded(model, levels) or "")  # noqa: E731
    rng = np.random.default_rng(3)
    for _ in range(15):
        levels: dict[int, float | None] = dict(zip(HZ, rng.choice(np.arange(0, 70, 5), 6).tolist(), strict=True))
        hz = int(rng.choice(HZ))
        worse = {**levels, hz: (levels[hz] or 0) + 20}
        assert place(worse) >= place(levels)
