"""Dose reports as exposure: what another program asserts of the same files, and refusals."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from tests.exchange.dicom import made_reports as made

from fyr.errors import BadInput, Refused
from fyr.exchange.dicom.report import read_report, report_from_bytes
from fyr.treat.exposure.dose_report import dose_report
from fyr.treat.exposure.event import DoseReportRead
from fyr.treat.exposure.quantity import QuantityKind
from fyr.treat.exposure.report_units import in_unit
from fyr.treat.exposure.study import examinations

K = QuantityKind


def taken(data_set: Dataset) -> DoseReportRead:
    buffer = BytesIO()
    data_set.save_as(buffer, enforce_file_format=True)
    return dose_report(report_from_bytes(buffer.getvalue()))


ASSERTED = [
    # OpenREM's own tests of these files; its dose-area products are in Gy.m2, its kerma in Gy.
    ("CT-RDSR-Siemens_Flash-TAP-SS.dcm", K.DLP, 724.52),
    ("CT-RDSR-Siemens-Multi-1.dcm", K.DLP, 7.46),
    ("CT-RDSR-Siemens-Multi-2.dcm", K.DLP, 77.27),
    ("CT-RDSR-Siemens-Multi-3.dcm", K.DLP, 236.09),
    ("CT-RDSR-ToshibaPixelMed.dcm", K.DLP, 349.7),
    ("CT-RDSR-GEPixelMed.dcm", K.DLP, 586.34),
    ("RF-RDSR-Siemens-Zee.dcm", K.DAP, 0.000016 * 1e4),
    ("RF-RDSR-Siemens-Zee.dcm", K.REFERENCE_AIR_KERMA, 0.00252 * 1e3),
    ("RF-RDSR-GE.dcm", K.DAP, 0.00024126 * 1e4),
    ("RF-RDSR-GE.dcm", K.REFERENCE_AIR_KERMA, 0.01173170 * 1e3),
    ("MG-RDSR-Hologic_2D.dcm", K.AGD, 1.30 + 1.28),
    ("DX-RDSR-Canon_CXDI.dcm", K.DAP, 0.0000107 * 1e4),
]


@pytest.mark.real
@pytest.mark.parametrize(("name", "kind", "value"), ASSERTED)
def test_totals_are_those_that_another_program_asserts(
    data_folder: Path, name: str, kind: QuantityKind, value: float
) -> None:
    read = dose_report(read_report(data_folder / "treat/rdsr" / name))
    assert read.total(kind) == pytest.approx(value, rel=1e-9)


@pytest.mark.real
def test_single_events_are_those_that_another_program_asserts(data_folder: Path) -> None:
    """OpenREM: the fourth event of the GE C-arm, the first of the Toshiba and of the Philips CT."""
    folder = data_folder / "treat/rdsr"
    event = dose_report(read_report(folder / "RF-RDSR-GE.dcm")).events[3]
    product, kerma = event.of(K.DAP), event.of(K.REFERENCE_AIR_KERMA)
    assert product is not None
    assert kerma is not None
    assert (product.value, kerma.value) == pytest.approx((0.4334, 2.10763))
    assert event.geometry.field_area_cm2 == pytest.approx(419.68)
    index = dose_report(read_report(folder / "CT-RDSR-Philips_BigBore4DCT.dcm")).events[0].of(K.CTDI_VOL)
    assert index is not None
    assert index.value == 23.7


@pytest.mark.real
def test_every_vendor_is_read_and_what_it_is_told(data_folder: Path) -> None:
    kinds = {}
    for file in sorted((data_folder / "treat/rdsr").glob("*.dcm")):
        try:
            read = dose_report(read_report(file))
        except Refused as problem:
            kinds[file.name] = problem.what
        else:
            kinds[file.name] = read.modality
            assert read.totals, file.name
            assert read.events, file.name
    assert "Diagnostic Imaging Report" in kinds.pop("ESR_non-dose.dcm")
    first = {"CT": "ct", "MG": "mammography", "DX": "radiography", "RF": "fluoroscopy"}
    expected = {
        name: first.get(name[:2], "radiography" if name.endswith("DX.dcm") else "fluoroscopy") for name in kinds
    }
    assert kinds == expected
    assert len(kinds) == 23


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (1.5, "mGycm", "mGy.cm", 1.5),
        (1.5, "mGy*cm", "mGy.cm", 1.5),
        (1.5, "mGy·cm", "mGy.cm", 1.5),
        (1.5, "mGy-cm", "mGy.cm", 1.5),
        (1.5, "mGy cm", "mGy.cm", 1.5),
        (0.5, "Gy.cm", "mGy.cm", 500),
        (1e-5, "Gym2", "Gy.cm2", 0.1),
        (1e-5, "Gy.m2", "Gy.cm2", 0.1),
        (3.0, "dGy.cm2", "Gy.cm2", 0.3),
        (3.0, "dGycm²", "Gy.cm2", 0.3),
        (300.0, "cGycm2", "Gy.cm2", 3.0),
        (7.0, "µGy.m2", "Gy.cm2", 0.07),
        (7.0, "μGym2", "Gy.cm2", 0.07),
        (700.0, "mGy.cm2", "Gy.cm2", 0.7),
        (0.2359, "Gy.cm^2", "Gy.cm2", 0.2359),
        (2.0, "min", "s", 120),
        (2.0, "sec", "s", 2),
        (120.0, "kVp", "kV", 120),
        (-12.5, "degrees", "deg", -12.5),
        (0.25, "dGy", "mGy", 25),
        (370.0, "kBq", "MBq", 0.37),
    ],
)
def test_units_are_normalised(value: float, unit: str, wanted: str, expected: float) -> None:
    assert in_unit(value, unit, "UCUM", wanted) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("unit", ["furlong", "mGy", "mSv.cm", "mGycmm", "GyM2"])
def test_an_unknown_unit_is_refused_by_name_and_place(unit: str) -> None:
    with pytest.raises(BadInput, match="113838") as caught:
        taken(made.report(made.ct_total(10), made.ct_event("1.2.3", 10, unit=unit)))
    assert f"'{unit}'" in caught.value.what


@pytest.mark.parametrize("unit", ["", "  "])
def test_a_dose_without_a_unit_is_refused_as_one_without(unit: str) -> None:
    with pytest.raises(BadInput, match="113838") as caught:
        taken(made.report(made.ct_total(10), made.ct_event("1.2.3", 10, unit=unit)))
    assert caught.value.what == "the number has no unit"


def test_events_within_a_container_of_the_maker_s_own_are_found_and_counted_once() -> None:
    own = made.container("99MAKER:1", made.ct_total(30), made.ct_event("1.2.3", 10), made.ct_event("1.2.4", 20))
    read = taken(made.report(own))
    assert (read.template, read.modality, read.total(K.DLP)) == ("10011", "ct", 30)
    assert [one.uid for one in read.events] == ["1.2.3", "1.2.4"]
    assert not read.warnings
    (exam,) = examinations([taken(made.report(own, made.ct_event("1.2.3", 10)))])
    assert [amount.value for event in exam.events for amount in event.quantities if amount.kind is K.DLP] == [10, 20]


@pytest.mark.parametrize("dlp", ["1e300", "2000000"])
def test_a_dose_that_no_machine_gives_is_left_out_and_named(dlp: str) -> None:
    read = taken(made.report(made.ct_total(10), made.ct_event("1.2.3", dlp)))
    assert read.events[0].of(K.DLP) is None
    assert any("which no machine gives" in sentence for sentence in read.warnings)
    with pytest.raises(BadInput, match="names no dose"):
        taken(made.report(made.container("DCM:113811", made.number("DCM:113813", dlp, "mGy.cm"))))


def test_the_regions_of_the_context_group_are_known_by_both_codes() -> None:
    """CID 4031 as pydicom has it: 818982008 is what abdomen and pelvis is called since 2021."""
    from pydicom.sr.codedict import codes

    names = {"Abdomen": "Abdomen", "Pelvis": "Pelvis", "AbdomenAndPelvis": "Abdomen and Pelvis", "Head": "Head",
             "ChestAbdomenAndPelvis": "Chest, Abdomen and Pelvis", "ChestAndAbdomen": "Chest and Abdomen",
             "Chest": "Chest", "Brain": "Brain", "Skull": "Skull", "Lung": "Lung"}  # fmt: skip
    for keyword, words in names.items():
        one = getattr(codes.CID4031, keyword, None) or getattr(codes.SCT, keyword)
        event = made.container("DCM:113819", made.code("DCM:123014", f"SCT:{one.value}", "anders gesagt"))
        read = taken(made.report(made.ct_total(10), event))
        assert read.events[0].region == words, (keyword, one)


def test_a_unit_of_another_scheme_is_refused() -> None:
    with pytest.raises(BadInput, match="99VENDOR"):
        taken(made.report(made.ct_total(10), made.ct_event("1.2.3", 10, scheme="99VENDOR")))


@pytest.mark.parametrize(
    ("template", "title", "reason"),
    [
        ("10040", "DCM:113701", "TID 10040"),
        ("10030", "DCM:128401", "not one of radiation dose"),
        ("2000", "LN:18748-4", "LN:18748-4"),
        ("10021", "DCM:113701", "TID 10021"),
    ],
)
def test_another_template_is_refused_with_its_name(template: str, title: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        taken(made.report(made.ct_total(10), template=template, title=title))


def test_a_dose_report_without_its_containers_is_refused() -> None:
    with pytest.raises(Refused, match="none of the containers"):
        taken(made.report(made.text("DCM:121106", "nothing"), template="10011"))


def test_a_report_that_names_no_template_is_read_by_its_content() -> None:
    read = taken(made.report(made.ct_total(10), made.ct_event("1.2.3", 10), template=""))
    assert (read.template, read.modality) == ("10011", "ct")
    assert "does not say which template" in read.warnings[0]


def test_a_total_that_is_not_the_sum_of_its_events_is_said() -> None:
    read = taken(made.report(made.ct_total(100), made.ct_event("1.2.3", 10)))
    assert any("add up to 10" in sentence for sentence in read.warnings)


def test_a_phantom_that_nobody_knows_is_said_and_not_taken_for_one() -> None:
    read = taken(made.report(made.ct_event("1.2.3", 10, phantom="99X:1")))
    product = read.events[0].of(K.DLP)
    assert product is not None
    assert product.qualifier == ""
    assert any("99X:1" in sentence for sentence in read.warnings)


def test_a_region_is_known_by_its_code_in_any_language() -> None:
    made_event = made.ct_event("1.2.3", 10, region="Buk")
    read = taken(made.report(made.ct_total(10), made_event))
    assert read.events[0].region == "Abdomen"


def test_an_administration_by_sct_codes() -> None:
    agent = made.code("SCT:349358000", "SCT:35321007", "FDG", made.code("SCT:89457008", "SCT:77004003", "Fluorine-18"))
    given = made.container(
        "DCM:113502",
        agent,
        made.uid("DCM:113503", "1.2.9"),
        made.number("DCM:113507", 0.394, "GBq"),
    )
    read = taken(made.report(given, template="10021", title="DCM:113500", kind=made.RADIOPHARMACEUTICAL))
    assert read.modality == "nuclear medicine"
    (activity,) = read.totals
    assert (activity.value, activity.unit, activity.qualifier) == (394, "MBq", "Fluorine-18")


def test_projection_events_by_sct_codes_and_two_planes() -> None:
    def event(uid: str, plane: str, product: float) -> Dataset:
        return made.container(
            "DCM:113706",
            made.code("DCM:113764", plane),
            made.uid("DCM:113769", uid),
            made.code("DCM:113721", "SCT:44491008", "Fluoroscopy"),
            made.number("DCM:122130", product, "dGy.cm2"),
            made.number("DCM:113738", 1.5, "mGy"),
        )

    read = taken(made.report(event("1.1", "DCM:113620", 2), event("1.2", "DCM:113621", 3), template="10001"))
    assert read.modality == "fluoroscopy"
    assert [one.plane for one in read.events] == ["A", "B"]
    kermas = [one.of(K.REFERENCE_AIR_KERMA) for one in read.events]
    assert [one.qualifier for one in kermas if one is not None] == ["plane A", "plane B"], "two places of the skin"
    assert sum(one.of(K.DAP).value for one in read.events) == pytest.approx(0.5)  # type: ignore[union-attr]
