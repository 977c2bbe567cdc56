"""What follows from the assays of breast and lung cancer, held against the guidelines' own tables."""

from __future__ import annotations

import re

import pytest

from fyr.clock import DAY_US
from fyr.record.clinical import FACTS
from fyr.record.clinical_checks import contradictions, nottingham_prognostic_index
from fyr.record.clinical_derived import derived_facts, known_facts, latest_observations
from fyr.record.identity import PatientId
from fyr.record.observation import Observation, Status

WHO = PatientId("here", "1")


def observe(code: str, value: float | str | bool | None, day: int = 0, status: Status | None = None) -> Observation:
    how = status or (Status.UNKNOWN if value is None else Status.PRESENT)
    return Observation(WHO, code, day * DAY_US, value, FACTS[code].unit, how, "test")


def derived(*observations: Observation) -> dict[str, object]:
    return {one.name: one.value for one in derived_facts(observations)}


# Wolff 2018, tables 2 and 3, and Modi 2022: (IHC, ISH) to (HER2 status, HER2-low)
HER2 = [
    ("0", None, "negative", False),
    ("1+", None, "negative", True),
    ("2+", None, "equivocal", None),
    ("3+", None, "positive", False),
    ("0", "negative", "negative", False),
    ("1+", "negative", "negative", True),
    ("2+", "negative", "negative", True),
    ("2+", "positive", "positive", False),
    ("3+", "negative", "positive", False),
    ("1+", "positive", "positive", False),
    (None, "positive", "positive", False),
    (None, "negative", "negative", None),
    (None, "equivocal", "equivocal", None),
    ("2+", "equivocal", "equivocal", None),
    ("1+", "equivocal", "negative", True),
]


@pytest.mark.parametrize(("ihc", "ish", "status", "low"), HER2)
def test_her2_follows_asco_cap(ihc: str | None, ish: str | None, status: str, low: bool | None) -> None:
    given = [observe(name, value) for name, value in (("her2_ihc", ihc), ("her2_ish", ish)) if value]
    found = derived(*given)
    assert found["her2_status"] == status
    assert found.get("her2_low") == low


def test_her2_that_was_not_hybridised_stays_equivocal() -> None:
    not_done = observe("her2_ish", None, status=Status.NOT_DONE)
    assert derived(observe("her2_ihc", "2+"), not_done)["her2_status"] == "equivocal"


@pytest.mark.parametrize(
    ("percent", "positive", "low"),
    [(0, False, False), (0.9, False, False), (1, True, True), (10, True, True), (11, True, False)],
)
def test_receptors_follow_asco_cap_2020(percent: float, positive: bool, low: bool) -> None:
    found = derived(observe("er_percent", percent), observe("pr_percent", percent))
    assert (found["er_positive"], found["pr_positive"], found["er_low_positive"]) == (positive, positive, low)


@pytest.mark.parametrize(("score", "positive"), [(0, False), (2, False), (3, True), (8, True)])
def test_an_allred_score_above_two_is_positive(score: int, positive: bool) -> None:
    assert derived(observe("er_allred", score))["er_positive"] is positive


def test_an_h_score_decides_only_where_it_can() -> None:
    """1 % of weak nuclei make 1, 0.9 % of strong ones make 2.7: between 1 and 3 nothing follows."""
    assert derived(observe("pr_h_score", 0))["pr_positive"] is False
    assert "pr_positive" not in derived(observe("pr_h_score", 2))
    assert derived(observe("pr_h_score", 3))["pr_positive"] is True


def test_a_percentage_goes_before_a_score() -> None:
    found = derived_facts([observe("er_allred", 3), observe("er_percent", 0)])
    positive = next(one for one in found if one.name == "er_positive")
    assert positive.value is False
    assert [source.code for source in positive.derived_from] == ["er_percent"]


def test_ki67_is_cut_where_the_model_says() -> None:
    observations = [observe("ki67_percent", 10)]
    assert known_facts(observations)["ki67_positive"] is False  # PREDICT: more than 10 %
    assert derived_facts([observe("ki67_percent", 11)])[-1].value is True
    assert derived_facts(observations, ki67_cut_percent=5)[-1].value is True


@pytest.mark.parametrize(
    ("scores", "grade"), [((1, 1, 1), 1), ((2, 2, 1), 1), ((2, 2, 2), 2), ((3, 3, 1), 2), ((3, 3, 2), 3)]
)
def test_the_grade_is_the_sum_of_its_scores(scores: tuple[int, int, int], grade: int) -> None:
    names = ("tubule_score", "nuclear_score", "mitotic_score")
    assert derived(*(observe(name, score) for name, score in zip(names, scores, strict=True)))["grade"] == grade


def test_ratios_of_the_blood() -> None:
    found = derived(
        observe("neutrophils_e9_l", 6),
        observe("lymphocytes_e9_l", 1.5),
        observe("ldh_u_l", 500),
        observe("ldh_upper_limit_u_l", 250),
    )
    assert (found["nlr"], found["ldh_ratio"]) == (4, 2)
    assert "nlr" not in derived(observe("neutrophils_e9_l", 6), observe("lymphocytes_e9_l", 0))
    assert "nlr" not in derived(observe("neutrophils_e9_l", 6), observe("lymphocytes_e9_l", 1.5, day=3))


def test_a_derived_fact_says_from_what_and_is_imputed_where_its_source_is() -> None:
    found = derived_facts([observe("er_percent", 80, day=2, status=Status.IMPUTED)])[0]
    assert found.observation.status is Status.IMPUTED
    assert found.observation.time_us == 2 * DAY_US
    assert found.observation.source.startswith("derived from er_percent: ")


def test_nothing_follows_from_what_is_unknown() -> None:
    assert derived(observe("er_percent", None), observe("her2_ihc", None, status=Status.NOT_DONE)) == {}


def test_the_newer_of_observed_and_derived_is_what_is_known() -> None:
    biopsy, operation = observe("her2_status", "negative", day=0), observe("her2_ihc", "3+", day=30)
    assert known_facts([biopsy, operation])["her2_status"] == "positive"
    assert known_facts([biopsy, operation], at_us=DAY_US)["her2_status"] == "negative"
    assert (
        known_facts([observe("her2_status", "negative", day=30), observe("her2_ihc", "3+")])["her2_status"]
        == "negative"
    )


def test_of_one_time_a_value_goes_before_none() -> None:
    observations = [observe("grade", 2), observe("grade", None)]
    assert latest_observations(observations)["grade"].value == 2
    assert latest_observations(observations[::-1])["grade"].value == 2
    assert latest_observations([observe("grade", 2), observe("grade", None, day=1)])["grade"].value is None


def test_pathological_staging_goes_before_clinical() -> None:
    found = derived(
        observe("clinical_t_category", "T1c"),
        observe("pathological_t_category", "T2"),
        observe("clinical_m_category", "M0"),
    )
    assert (found["t_category"], found["m_category"]) == ("T2", "M0")


def test_every_rule_gives_a_value_of_its_fact() -> None:
    everything = [
        observe(
            name,
            {"number": 3.0, "integer": 2, "boolean": True, "text": "p.L858R"}.get(
                fact.kind, next(iter(fact.categories or ("",)))
            ),
        )
        for name, fact in FACTS.items()
    ]
    for one in derived_facts(everything):
        fact = FACTS[one.name]
        assert one.observation.unit == fact.unit
        if fact.kind == "category":
            assert one.value in fact.categories
        else:
            assert isinstance(one.value, bool if fact.kind == "boolean" else int | float)


def said(*observations: Observation) -> str:
    return "; ".join(one.what for one in contradictions(observations))


def test_the_nottingham_index_of_the_first_paper() -> None:
    """Galea 1992: 0.2 x size in cm + grade + stage; 2 cm, grade 2, no node: 3.4, the border of the good group."""
    assert nottingham_prognostic_index(20, 2, 0) == pytest.approx(3.4)
    assert nottingham_prognostic_index(30, 3, 4) == pytest.approx(6.6)


def test_an_index_of_a_size_ten_times_too_small_is_noticed() -> None:
    """The first patient of METABRIC: 22 mm, grade 3, ten nodes; its index of 6.044 is none of theirs (6.44)."""
    patient = [observe("tumour_size_mm", 22), observe("grade", 3), observe("positive_nodes", 10)]
    assert "ten times too small would make: it is 6.044" in said(
        *patient, observe("nottingham_prognostic_index", 6.044)
    )
    assert said(*patient, observe("nottingham_prognostic_index", 6.44)) == ""
    assert "make 6.44" in said(*patient, observe("nottingham_prognostic_index", 5.0))


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"positive_nodes": 5, "nodes_examined": 3}, "more than nodes_examined"),
        ({"er_percent": 80, "er_positive": False}, "er_positive is 'False', but er_percent 80 makes it 'True'"),
        ({"egfr_status": "wild type", "egfr_variant": "p.L858R"}, "egfr_variant is p.L858R"),
        ({"smoking_status": "never", "smoking_pack_years": 20}, "smoking_status is 'never'"),
        ({"weight_kg": 70, "height_cm": 170, "body_mass_index": 34}, "body_mass_index"),
        ({"weight_kg": 70, "height_cm": 170, "body_mass_index": 24.2}, "^$"),
        ({"egfr_status": "wild type", "egfr_variant": "p.(=)"}, "^$"),
    ],
)
def test_contradictions_are_said(facts: dict[str, float | str | bool], complaint: str) -> None:
    assert re.search(complaint, said(*(observe(name, value) for name, value in facts.items())))
