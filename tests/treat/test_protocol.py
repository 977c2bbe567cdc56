"""Protocols: YAML that says what is wrong with it, and plans held against it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.treat.analytic import BODIES, rising_dose

from fyr.cli.main import main
from fyr.errors import BadInput
from fyr.imaging.structure_set import Contour, StructureSet
from fyr.treat.nomenclature.own_names import OwnNames
from fyr.treat.nomenclature.parsed_name import parse_name
from fyr.treat.protocol import Protocol
from fyr.treat.protocol_check import Given, Outcome, check_plan, summary
from fyr.treat.protocol_file import load_protocol, parse_protocol, shipped_protocols

HEAD = 'name: p\nversion: "1"\ntitle: t\nsource: ours\n'


def protocol(*constraints: str) -> Protocol:
    return parse_protocol(HEAD + "constraints:\n" + "".join(f"  - {{{one}}}\n" for one in constraints), where="p.yaml")


def organ(structure: str = "Heart", metric: str = "mean", limit: str = "<= 41 Gy", more: str = "") -> str:
    return f'structure: {structure}, type: organ, metric: "{metric}", limit: "{limit}"{more}'


@pytest.fixture(scope="module")
def plan() -> StructureSet:
    """Return a sphere of 20 mm whose mean dose is 40 Gy and greatest 50 Gy, under several names."""
    sphere = BODIES["sphere"].structure(3, 0.7)
    aside = tuple(Contour(one.points_mm + np.array([30.0, 0, 0])) for one in sphere.contours)
    return StructureSet(
        (
            replace(sphere, number=1, name="Hjärta"),
            replace(sphere, number=2, name="Lunga V"),
            replace(sphere, number=3, name="Lunga H", contours=aside),
            replace(sphere, number=4, name="PTV 50Gy", kind="PTV"),
            replace(sphere, number=5, name="Parotis"),
        )
    )


def held(made: Protocol, plan: StructureSet, given: Given | None = None, own: OwnNames | None = None) -> list[Outcome]:
    return check_plan(made, plan, rising_dose(0), given or Given(50.0, 25), own)


def test_shipped_protocols_are_valid_and_say_where_each_value_comes_from() -> None:
    assert shipped_protocols() == ["hytec", "quantec", "sbrt-tg101", "sweden-thyroid"]
    for name in shipped_protocols():
        found = load_protocol(name)
        assert found.name == name
        for one in found.constraints:
            assert one.source
            assert one.seen or "kunskapsbanken" in found.notes
            assert not one.fractionation.is_any
            assert all(parse_name(structure).is_standard for structure in one.structures)


def limit_of(name: str, structure: str, metric: str, fractions: int | None = None) -> str:
    found = [
        str(one.limit)
        for one in load_protocol(name).constraints
        if structure in one.structures
        and one.metric.text == metric
        and (fractions is None or fractions in one.fractionation.fractions)
    ]
    assert len(found) == 1
    return found[0]


def test_published_limits() -> None:
    # Sahgal et al. 2021 (HyTEC), abstract.
    assert [limit_of("hytec", "SpinalCord", "max", number) for number in (1, 2, 3, 4, 5)] == [
        "<= 12.4 Gy", "<= 17 Gy", "<= 20.3 Gy", "<= 23 Gy", "<= 25.3 Gy",
    ]  # fmt: skip
    # Kirkpatrick 2010, Deasy 2010, Mayo 2010 in the Swedish programme; QUANTEC.
    assert limit_of("quantec", "SpinalCord", "max") == "<= 50 Gy"
    assert limit_of("quantec", "Brainstem", "max") == "< 54 Gy"
    assert limit_of("sweden-thyroid", "Parotid_L", "mean") == "< 25 Gy"
    # Benedict et al. 2010 (TG-101), Table III.
    assert [limit_of("sbrt-tg101", "Brainstem", "D0.035cc", number) for number in (1, 3, 5)] == [
        "<= 15 Gy", "<= 23.1 Gy", "<= 31 Gy",
    ]  # fmt: skip
    assert limit_of("sbrt-tg101", "Duodenum", "V11.2Gy[cc]", 1) == "< 5 cm³"


@pytest.mark.parametrize(
    ("limit", "more", "status"),
    [
        ("<= 41 Gy", "", "pass"),
        ("< 39 Gy", ', variation: "< 41 Gy"', "variation"),
        ("< 38 Gy", ', variation: "< 39 Gy"', "fail"),
        ("< 39 Gy", "", "fail"),
        (">= 39 Gy", "", "pass"),
        (">= 41 Gy", ', variation: ">= 39 Gy"', "variation"),
    ],
)
def test_a_figure_passes_varies_or_fails(plan: StructureSet, limit: str, more: str, status: str) -> None:
    (found,) = held(protocol(organ(limit=limit, more=more)), plan)
    assert found.value == pytest.approx(40, rel=5e-3)
    assert (found.status, found.own_name) == (status, "Hjärta")


def test_targets_are_found_by_what_they_are(plan: StructureSet) -> None:
    (found,) = held(protocol('structure: PTV, type: target, metric: "V95%", limit: ">= 4 %"'), plan)
    # 47.5 Gy and more lie in the cap beyond 15 mm.
    assert found.value == pytest.approx(100 * 5**2 * (3 * 20 - 5) / (4 * 20**3), rel=5e-2)
    assert (found.status, found.own_name) == ("pass", "PTV 50Gy")


def test_a_pair_that_is_asked_for_as_one_is_taken_together(plan: StructureSet) -> None:
    # The right lung lies 30 mm further along the dose, which rises by 0.5 Gy a mm: 40 and 55 Gy.
    both = replace(plan, structures=tuple(one for one in plan.structures if one.name.startswith("Lunga")))
    (found,) = held(protocol(organ("Lungs", limit="< 60 Gy")), both)
    assert found.value == pytest.approx((40 + 55) / 2, rel=5e-3)
    assert found.own_name == "Lunga V + Lunga H"
    assert found.reason == "left and right taken together"


def test_what_is_missing_or_not_clear_is_not_assessable(plan: StructureSet) -> None:
    found = held(protocol(organ("[Liver, Parotid_L]")), plan)
    assert [one.status for one in found] == ["not assessable"] * 2
    assert found[0].reason == "there is no structure Liver"
    assert "'Parotis' may be" in found[1].reason
    (sure,) = held(protocol(organ("Parotid_L")), plan, own=OwnNames().with_pair("Parotis", "Parotid_L"))
    assert sure.status == "pass"


@pytest.mark.parametrize(
    ("valid", "given", "reason"),
    [
        ("fractions: 3", Given(50, 25), "the plan has 25"),
        ("fractions: 3", Given(50), "are not known"),
        ("fraction_dose: [1.8, 2.2]", Given(None, 25), "prescribed dose is not known"),
        ("fraction_dose: [1.8, 2.2]", Given(50, 5), "fractions of 10 Gy; --eqd2"),
    ],
)
def test_limits_of_other_fractions_are_not_assessed(plan: StructureSet, valid: str, given: Given, reason: str) -> None:
    (found,) = held(protocol(organ(more=f", fractionation: {{{valid}}}")), plan, given)
    assert (found.status, found.value) == ("not assessable", None)
    assert reason in found.reason


def test_the_equivalent_dose_is_taken_only_where_it_is_asked_for(plan: StructureSet) -> None:
    made = protocol(organ(metric="max", limit="< 100 Gy", more=", fractionation: {fraction_dose: [1.8, 2.2]}"))
    (found,) = held(made, plan, Given(50, 5, {"*": 3.0}))
    # 50 Gy in 5 fractions, alpha/beta 3: 50 (10 + 3) / (2 + 3) = 130 Gy.
    assert found.value == pytest.approx(130, rel=1e-2)
    assert (found.status, found.alpha_beta_gy) == ("fail", 3.0)
    (other,) = held(made, plan, Given(50, 5, {"Liver": 3.0}))
    assert other.status == "not assessable"
    (same,) = held(made, plan, Given(50, 25, {"*": 3.0}))
    assert (same.status, same.alpha_beta_gy) == ("pass", None)


def test_a_dose_that_does_not_cover_a_structure(plan: StructureSet) -> None:
    sphere = plan.structures[0]
    beyond = tuple(Contour(one.points_mm + np.array([50.0, 0, 0])) for one in sphere.contours)
    cut = StructureSet((replace(sphere, contours=beyond),))
    found = held(protocol(organ(limit="< 100 Gy"), organ(metric="max", limit="< 10 Gy")), cut)
    assert [one.status for one in found] == ["not assessable", "fail"]
    assert "outside the dose grid" in found[0].reason


def test_the_dose_of_a_fraction_is_refused(plan: StructureSet) -> None:
    with pytest.raises(BadInput, match="of a fraction"):
        check_plan(protocol(organ()), plan, replace(rising_dose(0), summation="fraction"), Given())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "constraints: []", "no constraints"),
        ("constraints: []", "has no 'name'"),
        (HEAD + f"constraints:\n  - {{{organ('Hjarta')}}}", "no TG-263 name"),
        (HEAD + f"constraints:\n  - {{{organ(metric='D95')}}}", "not understood"),
        (HEAD + f"constraints:\n  - {{{organ(limit='20 Gy')}}}", "is no limit"),
        (HEAD + f"constraints:\n  - {{{organ(limit='< 20 %')}}}", "does not fit mean"),
        (HEAD + f"constraints:\n  - {{{organ(metric='V20Gy', limit='< 5 cc')}}}", "does not fit V20Gy"),
        (HEAD + "constraints:\n  - {" + organ(more=', variation: "< 30 Gy"') + "}", "no wider than the limit"),
        (HEAD + "constraints:\n  - {" + organ(more=", sauce: x") + "}", "'sauce' is not known"),
        (HEAD + "constraints:\n  - {" + organ(more=", fractionation: {fractions: many}") + "}", "number of fractions"),
        (HEAD + "constraints:\n  - {structure: Heart, type: organs, metric: max, limit: '< 1 Gy'}", "is no type"),
        ("name: [", "cannot be read"),
    ],
)
def test_a_bad_protocol_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(BadInput) as problem:
        parse_protocol(text, where="p.yaml")
    assert said in str(problem.value)
    assert "p.yaml" in str(problem.value)


def test_an_unknown_protocol_says_which_there_are() -> None:
    with pytest.raises(BadInput, match="did you mean 'quantec'"):
        load_protocol("quantek")
    with pytest.raises(BadInput, match="no such protocol file"):
        load_protocol("missing.yaml")


def test_outcomes_are_counted(plan: StructureSet) -> None:
    found = held(protocol(organ(), organ(limit="< 1 Gy"), organ("Liver")), plan)
    assert summary(found) == {"pass": 1, "variation": 0, "fail": 1, "not assessable": 1}


@pytest.mark.real
def test_a_real_plan(data_folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = data_folder / "treat" / "rt_dicom"
    own = tmp_path / "own.yaml"
    own.write_text(
        HEAD + "constraints:\n"
        '  - {structure: TumorBed, type: target, metric: "D95%[%]", limit: ">= 95 %"}\n'
        '  - {structure: Lung_L, type: organ, metric: mean, limit: "< 0.1 Gy", variation: "< 5 Gy"}\n'
        '  - {structure: Heart, type: organ, metric: max, limit: "< 1 Gy", fractionation: {fractions: 7}}\n'
        '  - {structure: SpinalCord, type: organ, metric: max, limit: "< 45 Gy"}\n',
        encoding="utf-8",
    )
    options = [
        "--struct", folder / "dpc_rtss.dcm", "--dose", folder / "dpc_rtdose.dcm", "--plan", folder / "dpc_rtplan.dcm",
        "--home", tmp_path, "--protocol", own,
    ]  # fmt: skip
    with pytest.raises(SystemExit) as left:
        main(["treat", "check", *map(str, options), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert not left.value.code
    assert document["given"] == {"prescription_gy": 14.0, "fractions": 7, "alpha_beta_gy": {}}
    assert [one["status"] for one in document["constraints"]] == ["pass", "variation", "fail", "not assessable"]
    assert np.isfinite([one["value"] for one in document["constraints"][:3]]).all()
    with pytest.raises(SystemExit):
        main(["treat", "check", *map(str, options)])
    assert "1 pass, 1 variation, 1 fail, 1 not assessable" in capsys.readouterr().out
