"""NEWS2 against the College's chart: every boundary, an independent scorer, and an example worked by hand."""

from __future__ import annotations

import csv
import itertools
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.models import Prediction, model
from fyr.record.finding import Refusal
from fyr.watch.news2 import NEWS2

BY_HAND: dict[str, Any] = {
    "respiratory_rate": 22,
    "spo2": 93,
    "spo2_scale": 1,
    "supplemental_oxygen": "oxygen",
    "systolic_bp": 105,
    "heart_rate": 115,
    "consciousness": "Alert",
    "temperature": 38.5,
}
"""2 + 2 + 2 + 1 + 2 + 0 + 1 = 10 on scale 1; on scale 2 the saturation scores 1: 9."""

CHART_NAMES = {
    "respiratory_rate": "respiration_rate",
    "systolic_bp": "systolic_bp",
    "heart_rate": "pulse",
    "temperature": "temperature",
}
STEP = {"temperature": 0.1}
Chart = dict[str, list[tuple[str, int]]]


def _score(evidence: dict[str, Any]) -> Prediction:
    answer = NEWS2.predict(evidence)
    assert isinstance(answer, Prediction), answer
    return answer


def _total(**changes: Any) -> float:
    return _score(BY_HAND | changes).estimates["score"].value


def _points(**changes: Any) -> dict[str, int]:
    return dict(_score(BY_HAND | changes).explanation["points"])


@pytest.fixture(scope="module")
def chart(data_folder: Path) -> Chart:
    path = data_folder / "watch" / "reference" / "news2_rcp_2017.csv"
    if not path.is_file():
        pytest.skip(f"the chart is not at {path}")
    bands: Chart = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            bands.setdefault(row["parameter"], []).append((row["band"], int(row["points"])))
    return bands


def _ends(band: str) -> tuple[float, float]:
    """Read '<=8', '9-11' or '>=25' off the chart."""
    band = band.removesuffix(" on air").removesuffix(" on oxygen")
    if band.startswith("<="):
        return -math.inf, float(band[2:])
    if band.startswith(">="):
        return float(band[2:]), math.inf
    low, high = band.split("-")
    return float(low), float(high)


def _inside(band: str, name: str) -> list[float]:
    """Both ends of a band, and for an open one a value well inside what is plausible."""
    entry = NEWS2.card.input(name)
    low, high = _ends(band)
    ends = [entry.low if math.isinf(low) else low, entry.high if math.isinf(high) else high]
    return [float(end) for end in ends if end is not None]


@pytest.mark.real
@pytest.mark.parametrize("name", CHART_NAMES)
def test_both_ends_of_every_band_score_as_the_chart_says(chart: Chart, name: str) -> None:
    bands = chart[CHART_NAMES[name]]
    assert len(bands) >= 5
    for band, points in bands:
        for value in _inside(band, name):
            assert _points(**{name: value})[name] == points, f"{name} {value} in {band}"


@pytest.mark.real
@pytest.mark.parametrize("name", CHART_NAMES)
def test_the_bands_of_the_chart_leave_no_gap(chart: Chart, name: str) -> None:
    ends = [_ends(band) for band, _ in chart[CHART_NAMES[name]]]
    for (_, high), (low, _) in itertools.pairwise(ends):
        assert low - high == pytest.approx(STEP.get(name, 1))


@pytest.mark.real
def test_both_ends_of_every_saturation_band_score_as_the_chart_says(chart: Chart) -> None:
    for band, points in chart["spo2_scale1"]:
        for value in _inside(band, "spo2"):
            for breathing in ("air", "oxygen"):
                found = _points(spo2=value, spo2_scale=1, supplemental_oxygen=breathing)
                assert found["spo2"] == points, f"scale 1, {value} in {band}"
    for band, points in chart["spo2_scale2"]:
        breathings = [word for word in ("air", "oxygen") if band.endswith(f"on {word}")] or ["air", "oxygen"]
        for value in _inside(band, "spo2"):
            for breathing in breathings:
                found = _points(spo2=value, spo2_scale=2, supplemental_oxygen=breathing)
                assert found["spo2"] == points, f"scale 2, {value} in {band} on {breathing}"


@pytest.mark.real
def test_oxygen_and_consciousness_score_as_the_chart_says(chart: Chart) -> None:
    for breathing, points in chart["air_or_oxygen"]:
        assert _points(supplemental_oxygen=breathing)["supplemental_oxygen"] == points
    levels = dict(chart["consciousness"])
    assert _points(consciousness="A")["consciousness"] == levels["Alert"]
    for level in "CVPU":
        assert _points(consciousness=level)["consciousness"] == levels["CVPU"]


def test_the_example_worked_by_hand() -> None:
    answer = _score(BY_HAND)
    assert answer.estimates["score"].value == 10
    assert answer.explanation["points"] == {
        "respiratory_rate": 2,
        "spo2": 2,
        "supplemental_oxygen": 2,
        "systolic_bp": 1,
        "heart_rate": 2,
        "consciousness": 0,
        "temperature": 1,
    }
    assert _total(spo2_scale=2) == 9
    assert _points(spo2_scale=2)["spo2"] == 1


def test_the_most_and_the_least_that_can_be_scored() -> None:
    worst = {"respiratory_rate": 30, "spo2": 80, "supplemental_oxygen": True, "systolic_bp": 70}
    worst |= {"heart_rate": 150, "consciousness": "U", "temperature": 34}
    assert _total(**worst) == 20 == NEWS2.card.outputs[0].high
    assert _total(**WELL) == 0 == NEWS2.card.outputs[0].low


WELL: dict[str, Any] = {
    "respiratory_rate": 16,
    "spo2": 98,
    "spo2_scale": 1,
    "supplemental_oxygen": "air",
    "systolic_bp": 125,
    "heart_rate": 70,
    "consciousness": "A",
    "temperature": 36.8,
}


@pytest.mark.parametrize("name", list(BY_HAND))
@pytest.mark.parametrize("nothing", [None, "", "NA", math.nan])
def test_a_missing_input_refuses_and_never_scores_nothing(name: str, nothing: object) -> None:
    answer = NEWS2.predict(WELL | {name: nothing})
    assert isinstance(answer, Refusal)
    assert answer.inputs == (name,)
    assert answer.reason.startswith(f"{name} is missing")


def test_a_missing_scale_says_which_to_state() -> None:
    answer = NEWS2.predict({name: value for name, value in WELL.items() if name != "spo2_scale"})
    assert isinstance(answer, Refusal)
    assert "state 1, or 2 for hypercapnic respiratory failure" in answer.reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("respiratory_rate", 0),
        ("respiratory_rate", 121),
        ("spo2", 0),
        ("spo2", 101),
        ("spo2_scale", 0),
        ("spo2_scale", 3),
        ("systolic_bp", 0),
        ("systolic_bp", 321),
        ("heart_rate", 0),
        ("heart_rate", 351),
        ("temperature", 0),
        ("temperature", 98.6),
        ("consciousness", "drowsy"),
        ("supplemental_oxygen", "2 l/min"),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: object) -> None:
    answer = NEWS2.predict(WELL | {name: value})
    assert isinstance(answer, Refusal)
    assert answer.inputs == (name,)
    assert "accepted" in answer.reason


@pytest.mark.parametrize(
    ("word", "points"),
    [
        ("alert", 0),
        ("ALERT", 0),
        ("a", 0),
        ("new confusion", 3),
        ("Confusion", 3),
        ("voice", 3),
        ("PAIN", 3),
        ("unresponsive", 3),
    ],
)
def test_consciousness_in_the_wards_own_words(word: str, points: int) -> None:
    assert _points(consciousness=word)["consciousness"] == points


@pytest.mark.parametrize(
    ("changes", "same_as"),
    [
        ({"temperature": 36.099999999}, {"temperature": 36.1}),
        ({"temperature": 36.04}, {"temperature": 36.0}),
        ({"temperature": 36.05}, {"temperature": 36.1}),
        ({"temperature": 38.05}, {"temperature": 38.1}),
        ({"temperature": 0.1 + 35.0 - 0.1}, {"temperature": 35.0}),
        ({"temperature": float(np.float32(38.1))}, {"temperature": 38.1}),
        ({"respiratory_rate": 8.49}, {"respiratory_rate": 8}),
        ({"respiratory_rate": 8.5}, {"respiratory_rate": 9}),
        ({"spo2": 91.5}, {"spo2": 92}),
        ({"spo2": 91.4}, {"spo2": 91}),
        ({"heart_rate": 130.5}, {"heart_rate": 131}),
        ({"systolic_bp": 219.4999}, {"systolic_bp": 219}),
    ],
)
def test_values_score_at_the_resolution_of_the_chart(changes: dict[str, float], same_as: dict[str, float]) -> None:
    assert _points(**changes) == _points(**same_as)


@pytest.mark.parametrize(
    ("changes", "total", "band", "single", "monitoring"),
    [
        ({}, 0, "low", False, "12 hours"),
        ({"heart_rate": 95}, 1, "low", False, "4 to 6 hours"),
        ({"heart_rate": 115, "respiratory_rate": 21}, 4, "low", False, "4 to 6 hours"),
        ({"consciousness": "C"}, 3, "low-medium", True, "every hour"),
        ({"consciousness": "C", "heart_rate": 95}, 4, "low-medium", True, "every hour"),
        ({"heart_rate": 115, "respiratory_rate": 21, "temperature": 38.1}, 5, "medium", False, "every hour"),
        ({"consciousness": "C", "heart_rate": 115}, 5, "medium", True, "every hour"),
        ({"consciousness": "C", "systolic_bp": 90}, 6, "medium", True, "every hour"),
        ({"consciousness": "C", "systolic_bp": 90, "heart_rate": 95}, 7, "high", True, "continuous"),
        (
            {"heart_rate": 115, "respiratory_rate": 21, "temperature": 39.1, "systolic_bp": 105},
            7,
            "high",
            False,
            "continuous",
        ),
    ],
)
def test_the_risk_band_and_response(
    changes: dict[str, Any], total: int, band: str, single: bool, monitoring: str
) -> None:
    explanation = _score(WELL | changes).explanation
    assert explanation["total"] == total == sum(explanation["points"].values())
    assert explanation["band"] == band
    assert explanation["single_parameter_3"] is single
    assert monitoring in explanation["monitoring"]
    assert explanation["response"]


def _literal_points(value: float, bands: list[tuple[str, int]]) -> int:
    (points,) = [points for band, points in bands if _ends(band)[0] <= value <= _ends(band)[1]]
    return points


def _literal_score(chart: Chart, row: dict[str, Any]) -> int:
    """Score as a nurse would with the printed chart: find the one band that holds the value."""
    breathing = "oxygen" if row["supplemental_oxygen"] else "air"
    saturation = chart[f"spo2_scale{row['spo2_scale']}"]
    other = "air" if breathing == "oxygen" else "oxygen"
    saturation = [(band, points) for band, points in saturation if not band.endswith(f"on {other}")]
    total = _literal_points(row["spo2"], saturation) + dict(chart["air_or_oxygen"])[breathing]
    total += 0 if row["consciousness"] == "A" else dict(chart["consciousness"])["CVPU"]
    return total + sum(_literal_points(row[name], chart[parameter]) for name, parameter in CHART_NAMES.items())


ROW = st.fixed_dictionaries(
    {
        "respiratory_rate": st.integers(1, 60),
        "spo2": st.integers(60, 100),
        "spo2_scale": st.sampled_from([1, 2]),
        "supplemental_oxygen": st.booleans(),
        "systolic_bp": st.integers(50, 260),
        "heart_rate": st.integers(20, 200),
        "consciousness": st.sampled_from("ACVPU"),
        "temperature": st.integers(330, 420).map(lambda tenths: tenths / 10),
    }
)


@pytest.mark.real
@settings(deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30))
def test_any_patient_scores_as_on_the_printed_chart(chart: Chart, rows: list[dict[str, Any]]) -> None:
    expected = [_literal_score(chart, row) for row in rows]
    table = NEWS2.predict_table(pl.DataFrame(rows))
    assert table["score"].to_list() == expected
    assert table["score"].dtype == pl.Int64
    assert _score(rows[0]).estimates["score"].value == expected[0]


def test_it_is_found_by_its_name() -> None:
    assert model("news2") is NEWS2


def test_the_parameters_are_those_of_this_version() -> None:
    """A regression value: when it changes, so must the version (or the chart was mistyped)."""
    assert NEWS2.card.version == "2017"
    assert NEWS2.card.digest == "449ff2b1f8d9a3f7950c6095daf9fa249dfbdc4ac0aabfaa27ac2dd7b74c3b61"


def test_a_million_rows_take_seconds_and_one_patient_a_moment() -> None:
    """Ten times the time that it takes, so that a busy machine does not fail it, and a loop over rows does."""
    rows = 1_000_000
    random = np.random.default_rng(2017)
    frame = pl.DataFrame(
        {
            "respiratory_rate": random.integers(4, 40, rows),
            "spo2": random.integers(70, 101, rows),
            "spo2_scale": random.integers(1, 3, rows),
            "supplemental_oxygen": random.random(rows) < 0.3,
            "systolic_bp": random.integers(60, 240, rows),
            "heart_rate": random.integers(30, 180, rows),
            "consciousness": np.array(list("AACVPU"))[random.integers(0, 6, rows)],
            "temperature": random.normal(37, 1, rows).round(1),
        }
    )
    begin = time.perf_counter()
    table = NEWS2.predict_table(frame)
    assert time.perf_counter() - begin < 10
    assert table["score"].is_between(0, 20).all()
    begin = time.perf_counter()
    for _ in range(100):
        NEWS2.predict(BY_HAND)
    assert (time.perf_counter() - begin) / 100 < 0.01
