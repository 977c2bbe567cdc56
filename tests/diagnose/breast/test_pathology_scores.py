"""NPI, grade, CTS5, IHC4, Magee and RCB: worked values, limits, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fyr.diagnose.breast.magee import MAGEE_1, MAGEE_2, MAGEE_3
from fyr.diagnose.breast.nottingham import NOTTINGHAM_GRADE, NPI
from fyr.diagnose.breast.recurrence import CTS5, IHC4
from fyr.diagnose.breast.residual_burden import RCB
from fyr.models import Model
from fyr.record.finding import Estimate, Refusal


def estimate(model: Model, output: str, **evidence: Any) -> Estimate:
    """One estimate."""
    answer = model.predict(evidence)
    assert not isinstance(answer, Refusal), answer
    return answer.estimates[output]


@pytest.mark.parametrize(
    ("size", "grade", "nodes", "index", "group"),
    [
        (32, 3, 5, 6.64, "very poor"),
        (20, 1, 0, 2.4, "excellent"),
        (21, 1, 0, 2.42, "good"),
        (20, 2, 0, 3.4, "good"),
        (22, 2, 0, 3.44, "moderate I"),
        (20, 3, 0, 4.4, "moderate I"),
        (20, 2, 1, 4.4, "moderate I"),
        (20, 3, 3, 5.4, "moderate II"),
        (20, 3, 4, 6.4, "poor"),
    ],
)
def test_npi(size: float, grade: int, nodes: int, index: float, group: str) -> None:
    evidence = {"tumour_size_mm": size, "grade": grade, "positive_nodes": nodes}
    assert estimate(NPI, "npi", **evidence).value == pytest.approx(index)
    assert estimate(NPI, "npi_group", **evidence).category == group


def test_a_size_ten_times_too_small_moves_the_index() -> None:
    """As a public table has it: the rank of patients hardly changes, the group of many does."""
    whole = estimate(NPI, "npi", tumour_size_mm=35, grade=2, positive_nodes=0)
    tenth = estimate(NPI, "npi", tumour_size_mm=3.5, grade=2, positive_nodes=0)
    assert whole.value - tenth.value == pytest.approx(0.63)


@pytest.mark.parametrize(("sum_of_three", "grade"), [(3, 1), (5, 1), (6, 2), (7, 2), (8, 3), (9, 3)])
def test_grade(sum_of_three: int, grade: int) -> None:
    tubule = min(3, sum_of_three - 2)
    nuclear = min(3, sum_of_three - tubule - 1)
    scores = {"tubule_score": tubule, "nuclear_score": nuclear, "mitotic_score": sum_of_three - tubule - nuclear}
    assert estimate(NOTTINGHAM_GRADE, "grade", **scores).value == grade
    assert estimate(NOTTINGHAM_GRADE, "nottingham_score", **scores).value == sum_of_three


@pytest.mark.parametrize(
    ("nodes", "size", "grade", "age", "value", "group"),
    [
        (0, 20, 2, 65, 3.27522, "intermediate"),
        (3, 25, 2, 62, 4.337952, "high"),
        (12, 60, 3, 55, 5.6546, "high"),
        (0, 8, 1, 55, 0.988 * (0.093 * 8 - 0.001 * 64 + 0.375 + 0.017 * 55), "low"),
    ],
)
def test_cts5(nodes: int, size: float, grade: int, age: int, value: float, group: str) -> None:
    evidence = {"positive_nodes": nodes, "tumour_size_mm": size, "grade": grade, "age": age}
    assert estimate(CTS5, "cts5", **evidence).value == pytest.approx(value, abs=5e-6)
    assert estimate(CTS5, "cts5_group", **evidence).category == group


@pytest.mark.parametrize(("nodes", "node_class"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (9, 3), (10, 4), (30, 4)])
def test_cts5_takes_classes_of_nodes(nodes: int, node_class: int) -> None:
    answer = CTS5.predict({"positive_nodes": nodes, "tumour_size_mm": 20, "grade": 2, "age": 60})
    assert not isinstance(answer, Refusal)
    assert answer.explanation["node_class"] == node_class


def test_cts5_counts_a_size_up_to_30_mm() -> None:
    values = {estimate(CTS5, "cts5", positive_nodes=0, tumour_size_mm=s, grade=2, age=60).value for s in (30, 31, 90)}
    assert len(values) == 1


@pytest.mark.parametrize(("h", "pr", "her2", "ki67"), [(300, 100, 0, 1), (150, 0, 1, 40), (30, 60, 0, 0)])
def test_ihc4(h: float, pr: float, her2: int, ki67: float) -> None:
    expected = 94.7 * (0.586 * her2 - 0.100 * h / 30 - 0.079 * pr / 10 + 0.240 * math.log(1 + 10 * ki67))
    status = "positive" if her2 else "negative"
    found = estimate(IHC4, "ihc4", er_h_score=h, pr_percent=pr, her2_status=status, ki67_percent=ki67)
    assert found.value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("her2", "ish", "terms"),
    [
        ("negative", None, (0, 0, 0)),
        ("equivocal", "equivocal", (0.77681, None, 1.46495)),
        ("positive", None, (11.58134, None, 12.75525)),
    ],
)
def test_magee(her2: str, ish: str | None, terms: tuple[float, float | None, float]) -> None:
    tumour = {
        "nottingham_score": 7,
        "er_h_score": 250,
        "pr_h_score": 120,
        "her2_status": her2,
        "her2_ish": ish,
        "tumour_size_mm": 24,
        "ki67_percent": 20,
    }
    expected = (
        15.31385 + 7 * 1.4055 - 250 * 0.01924 - 120 * 0.02925 + terms[0] + 2.4 * 0.78677 + 20 * 0.13269,
        18.8042 + 7 * 2.34123 - 250 * 0.03749 - 120 * 0.03065 + 2.4 * 0.04267,
        24.30812 - 250 * 0.02177 - 120 * 0.02884 + terms[2] + 20 * 0.18649,
    )
    for model, value, term in zip((MAGEE_1, MAGEE_2, MAGEE_3), expected, terms, strict=True):
        if term is None:
            refused = model.predict(tumour)
            assert isinstance(refused, Refusal)
            assert f"HER2-{her2} disease in this equation stands in one public source alone" in refused.reason
        else:
            assert estimate(model, "recurrence_score", **tumour).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("bed", "value", "group"),
    [
        ((20, 15, 20, 0, 0, 0), 1.729252617, "RCB-II"),
        ((0, 0, 0, 0, 0, 0), 0, "RCB-0"),
        ((30, 20, 0, 0, 0, 0), 0, "RCB-0"),
        ((2, 2, 5, 0, 0, 0), 1.4 * 0.1**0.17, "RCB-I"),
        ((60, 40, 60, 10, 6, 12), 1.4 * (0.54 * math.sqrt(2400)) ** 0.17 + (4 * (1 - 0.75**6) * 12) ** 0.17, "RCB-III"),
    ],
)
def test_rcb(bed: tuple[float, ...], value: float, group: str) -> None:
    names = (
        "tumour_bed_length_mm",
        "tumour_bed_width_mm",
        "cellularity_percent",
        "in_situ_percent",
        "positive_nodes",
        "largest_metastasis_mm",
    )
    evidence = dict(zip(names, bed, strict=True))
    assert estimate(RCB, "rcb", **evidence).value == pytest.approx(value)
    assert estimate(RCB, "rcb_class", **evidence).category == group


IHC = {"er_h_score": 200, "pr_percent": 50, "her2_status": "negative", "ki67_percent": 10}
BED = {
    "tumour_bed_length_mm": 20,
    "tumour_bed_width_mm": 10,
    "cellularity_percent": 30,
    "in_situ_percent": 0,
    "positive_nodes": 0,
    "largest_metastasis_mm": 0,
}
CTS = {"positive_nodes": 1, "tumour_size_mm": 20, "grade": 2, "age": 60}


@pytest.mark.parametrize(
    ("model", "evidence", "reason"),
    [
        (NPI, {"tumour_size_mm": 20, "grade": 5, "positive_nodes": 0}, "out of range"),
        (NPI, {"tumour_size_mm": 20, "grade": 2, "positive_nodes": -2}, "out of range"),
        (NPI, {"tumour_size_mm": "2 cm", "grade": 2, "positive_nodes": 0}, "in mm"),
        (CTS5, CTS | {"er_positive": False}, "ER-positive"),
        (IHC4, IHC | {"her2_status": "2+"}, "ISH"),
        (IHC4, IHC | {"ki67_percent": 250}, "out of range"),
        (IHC4, IHC | {"er_h_score": 0}, "ER-positive"),
        (MAGEE_3, {"er_h_score": 200, "pr_h_score": 50, "her2_status": "2+", "ki67_percent": 9}, "ISH"),
        (RCB, BED | {"positive_nodes": 2}, "without the size"),
        (RCB, BED | {"largest_metastasis_mm": 2}, "no positive node"),
        (RCB, BED | {"tumour_bed_width_mm": 0}, "two diameters"),
        (NOTTINGHAM_GRADE, {"tubule_score": 0, "nuclear_score": 2, "mitotic_score": 2}, "out of range"),
    ],
)
def test_what_is_refused(model: Model, evidence: dict[str, Any], reason: str) -> None:
    refused = model.predict(evidence)
    assert isinstance(refused, Refusal)
    assert reason in refused.reason
