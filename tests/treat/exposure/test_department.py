"""A department's figures: the median against the level, and what stands out."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.treat.exposure.department import SetLevel, department_levels, published_levels, regions_of
from fyr.treat.exposure.event import IrradiationEvent, PatientFacts
from fyr.treat.exposure.quantity import Quantity, QuantityKind
from fyr.treat.exposure.reference_levels import PUBLISHED
from fyr.treat.exposure.study import Examination

DLP = QuantityKind.DLP


def exam(number: int, dlp: float, *, name: str = "Chest", region: str = "Chest") -> Examination:
    events = (IrradiationEvent(f"{number}", region=region),)
    amounts = (Quantity(DLP, dlp),)
    facts = PatientFacts(f"demo/{number}")
    return Examination(
        facts, f"{number}", "", "ct", "20260101", name, "M", "X", "", "", amounts, events, (f"{number}",)
    )


VALUES = [*range(200, 400, 10), 2000]


def test_the_median_is_held_against_the_level_and_the_fence_finds_the_outlier() -> None:
    exams = [exam(number, value) for number, value in enumerate(VALUES)]
    (one,) = department_levels(exams, [SetLevel("Chest", DLP, 290, "test")])
    quarters = np.percentile(VALUES, (25, 50, 75))
    assert one.own.median == pytest.approx(quarters[1])
    assert one.own.fence == pytest.approx(quarters[2] + 1.5 * (quarters[2] - quarters[0]))
    assert one.is_median_above == (quarters[1] > 290)
    above = [value for value in sorted(VALUES, reverse=True) if value > 290]
    assert [found.value for found in one.standing_out] == above
    assert [found.is_outlier for found in one.standing_out] == [value == 2000 for value in above]
    assert all(found.is_above_level for found in one.standing_out)


def test_the_median_of_few_is_not_held_against_a_level() -> None:
    exams = [exam(number, 500) for number in range(20)]
    level = SetLevel("Chest", DLP, 290, "test")
    assert [department_levels(some, [level])[0].is_median_above for some in (exams, exams[:19])] == [True, False]


def test_without_a_level_only_outliers_stand_out() -> None:
    (one,) = department_levels([exam(number, value) for number, value in enumerate(VALUES)])
    assert one.level is None
    assert not one.is_median_above
    assert [found.value for found in one.standing_out] == [2000]


def test_by_region_protocols_meet_and_levels_of_protocols_do_not_hold() -> None:
    exams = [exam(1, 100, name="A"), exam(2, 300, name="B"), exam(3, 50, name="C", region="")]
    found = department_levels(exams, [SetLevel("A", DLP, 1, "test")], by="region")
    assert [(one.own.protocol, one.own.examinations, one.level) for one in found] == [
        ("Chest", 2, None),
        ("not said", 1, None),
    ]
    assert found[0].own.median == 200
    assert regions_of(exams[2]) == "not said"


def test_published_levels_are_those_of_their_table() -> None:
    (one,) = published_levels({"Thorax": "uk-ct-chest-lung-cancer"})
    assert (one.protocol, one.quantity, one.value) == ("Thorax", DLP, 290)
    assert PUBLISHED["uk-ct-chest-lung-cancer"].source in one.source
