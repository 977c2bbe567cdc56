"""Lung-RADS 2022, Fleischner 2017, doubling time and BTS growth against their tables."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fyr.diagnose.lung.fleischner import FLEISCHNER
from fyr.diagnose.lung.growth import BTS_GROWTH, VOLUME_DOUBLING_TIME
from fyr.diagnose.lung.lung_rads import LUNG_RADS
from fyr.models import Model, Prediction
from fyr.record.finding import Refusal


def category(model: Model, evidence: dict[str, Any]) -> str | None:
    """The category, or ``None`` where the model refuses."""
    answer = model.predict(evidence)
    if isinstance(answer, Refusal):
        return None
    return next(iter(answer.estimates.values())).category


def screened(finding: str, change: str | None = None, size: float | None = None, **more: Any) -> str | None:
    """Lung-RADS of one finding."""
    return category(
        LUNG_RADS,
        {"screening_finding": finding, "nodule_change": change, "nodule_mean_diameter_mm": size, **more},
    )


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        ("baseline", [(5.9, "2"), (6.0, "3"), (7.9, "3"), (8.0, "4A"), (14.9, "4A"), (15.0, "4B")]),
        ("new", [(3.9, "2"), (4.0, "3"), (5.9, "3"), (6.0, "4A"), (7.9, "4A"), (8.0, "4B")]),
        ("growing", [(5.0, "4A"), (7.9, "4A"), (8.0, "4B")]),
        ("slowly growing", [(5.0, "4B"), (12.0, "4B")]),
    ],
)
def test_solid_nodules(change: str, steps: list[tuple[float, str]]) -> None:
    assert [(size, screened("solid", change, size)) for size, _ in steps] == steps


@pytest.mark.parametrize(
    ("change", "size", "solid", "solid_change", "expected"),
    [
        ("baseline", 5.9, None, None, "2"),
        ("baseline", 6.0, 5.9, None, "3"),
        ("baseline", 12, 6, None, "4A"),
        ("baseline", 12, 7.9, None, "4A"),
        ("baseline", 12, 8, None, "4B"),
        ("new", 5.9, 2, None, "3"),
        ("new", 9, 3.9, None, "4A"),
        ("new", 9, 4, None, "4B"),
        ("growing", 9, 3.9, None, "4A"),
        ("growing", 9, 4, None, "4B"),
        ("growing", 9, 5, "stable", "3"),
        ("slowly growing", 9, 5, None, "4B"),
        ("baseline", 9, None, None, None),
        ("baseline", 9, 10, None, None),
    ],
)
def test_part_solid_nodules(
    change: str, size: float, solid: float | None, solid_change: str | None, expected: str | None
) -> None:
    found = screened("part-solid", change, size, solid_component_mm=solid, solid_component_change=solid_change)
    assert found == expected


@pytest.mark.parametrize(
    ("change", "size", "expected"),
    [
        ("baseline", 29.9, "2"),
        ("new", 29.9, "2"),
        ("growing", 29.9, "2"),
        ("baseline", 30, "3"),
        ("new", 30, "3"),
        ("stable", 31, "2"),
        ("slowly growing", 31, "2"),
        ("growing", 31, "3"),
    ],
)
def test_non_solid_nodules(change: str, size: float, expected: str) -> None:
    assert screened("non-solid", change, size) == screened("ground-glass", change, size) == expected


@pytest.mark.parametrize(
    ("finding", "change", "size", "more", "expected"),
    [
        ("incomplete", None, None, {}, "0"),
        ("none", None, None, {}, "1"),
        ("benign", None, None, {}, "1"),
        ("juxtapleural", "baseline", 9.9, {}, "2"),
        ("juxtapleural", "new", 9.9, {}, "2"),
        ("juxtapleural", "baseline", 10, {}, "4A"),
        ("airway subsegmental", "new", None, {}, "2"),
        ("airway subsegmental", "growing", None, {}, None),
        ("airway segmental or proximal", "baseline", None, {}, "4A"),
        ("airway segmental or proximal", "stable", None, {"previous_category": "4A"}, "4B"),
        ("thick-walled cyst", "baseline", None, {}, "4A"),
        ("thick-walled cyst", "growing", None, {}, "4B"),
        ("thick-walled cyst with growing cavity", "growing", None, {}, "3"),
        ("multilocular cyst", "baseline", None, {}, "4A"),
        ("multilocular cyst", "growing", None, {}, "4B"),
        ("solid", "stable", 7, {"previous_category": "3"}, "2"),
        ("solid", "stable", 9, {"previous_category": "4A"}, "3"),
        ("solid", "stable", 9, {}, None),
        ("solid", None, 9, {}, None),
        ("solid", "baseline", None, {}, None),
        ("solid", "baseline", 7, {"suspicious_features": True}, "4X"),
        ("solid", "baseline", 5, {"suspicious_features": True}, "2"),
        ("cavity", "baseline", 7, {}, None),
    ],
)
def test_other_findings(
    finding: str, change: str | None, size: float | None, more: dict[str, Any], expected: str | None
) -> None:
    assert screened(finding, change, size, **more) == expected


@pytest.mark.parametrize(
    ("kind", "count", "size", "low", "high"),
    [
        ("solid", 1, 5.4, "no routine", "optional CT at 12"),
        ("solid", 1, 6, "6 to 12 months, then consider CT at 18", "6 to 12 months, then CT at 18"),
        ("solid", 1, 8.4, "6 to 12 months, then consider CT at 18", "6 to 12 months, then CT at 18"),
        ("solid", 1, 9, "consider CT at 3 months, PET", "consider CT at 3 months, PET"),
        ("solid", 3, 5, "no routine", "optional CT at 12"),
        ("solid", 3, 7, "3 to 6 months, then consider CT at 18", "3 to 6 months, then CT at 18"),
        ("solid", 3, 12, "3 to 6 months, then consider CT at 18", "3 to 6 months, then CT at 18"),
        ("non-solid", 1, 5, "no routine", "no routine"),
        ("non-solid", 1, 6, "every 2 years until 5", "every 2 years until 5"),
        ("part-solid", 1, 5, "no routine", "no routine"),
        ("part-solid", 1, 6, "every year for 5 years", "every year for 5 years"),
        ("non-solid", 2, 5, "consider CT at 2 and 4 years", "consider CT at 2 and 4 years"),
        ("part-solid", 2, 7, "most suspicious", "most suspicious"),
    ],
)
def test_fleischner(kind: str, count: int, size: float, low: str, high: str) -> None:
    nodule = {"age": 60, "nodule_type": kind, "nodule_count": count, "nodule_mean_diameter_mm": size}
    assert low in str(category(FLEISCHNER, nodule | {"fleischner_risk": "low"}))
    assert high in str(category(FLEISCHNER, nodule | {"fleischner_risk": "high"}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"age": 34}, "35 years"),
        ({"known_cancer_or_immunosuppression": True}, "leaves out"),
        ({"fleischner_risk": None}, "needs the clinical risk"),
    ],
)
def test_fleischner_refuses(changes: dict[str, Any], reason: str) -> None:
    nodule = {
        "age": 60,
        "nodule_type": "solid",
        "nodule_count": 1,
        "nodule_mean_diameter_mm": 7,
        "fleischner_risk": "low",
    }
    refused = FLEISCHNER.predict(nodule | changes)
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def grown(before: float, now: float, days: float) -> dict[str, Any]:
    """Two diameters."""
    return {"interval_days": days, "previous_nodule_diameter_mm": before, "nodule_mean_diameter_mm": now}


def test_doubling_time() -> None:
    twice = VOLUME_DOUBLING_TIME.predict(grown(10, 10 * 2 ** (1 / 3), 90))
    assert isinstance(twice, Prediction)
    assert twice.estimates["volume_doubling_time_days"].value == pytest.approx(90)
    assert twice.estimates["volume_change_percent"].value == pytest.approx(100)
    volumes = {"interval_days": 300, "previous_nodule_volume_mm3": 100, "nodule_volume_mm3": 400}
    four_times = VOLUME_DOUBLING_TIME.predict(volumes | grown(5, 5, 300))
    assert isinstance(four_times, Prediction)
    assert four_times.estimates["volume_doubling_time_days"].value == pytest.approx(150)
    assert four_times.explanation["measured_by"] == "volumes"
    assert isinstance(VOLUME_DOUBLING_TIME.predict(grown(8, 8, 90)), Refusal)
    assert isinstance(VOLUME_DOUBLING_TIME.predict({"interval_days": 9, "nodule_volume_mm3": 100}), Refusal)


@pytest.mark.parametrize(
    ("ratio", "days", "expected"),
    [
        (1.24, 90, "stable"),
        (0.76, 90, "stable"),
        (0.74, 90, "smaller"),
        (1.25, 601 * math.log2(1.25), "over 600"),
        (1.25, 599 * math.log2(1.25), "400 to 600"),
        (1.25, 401 * math.log2(1.25), "400 to 600"),
        (1.25, 399 * math.log2(1.25), "400 days or less"),
    ],
)
def test_bts_growth(ratio: float, days: float, expected: str) -> None:
    volumes = {"interval_days": days, "previous_nodule_volume_mm3": 1000, "nodule_volume_mm3": 1000 * ratio}
    assert expected in str(category(BTS_GROWTH, volumes))
