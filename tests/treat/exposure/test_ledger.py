"""The law of the ledger: nothing is added that must not be added."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fyr.errors import BadInput
from fyr.treat.exposure.event import IrradiationEvent, PatientFacts
from fyr.treat.exposure.ledger import TherapyCourse, ledgers
from fyr.treat.exposure.quantity import Quantity, QuantityKind, summed
from fyr.treat.exposure.study import Examination

K = QuantityKind
PATIENT = PatientFacts("P1")


def exam(modality: str, uid: str, *quantities: Quantity, events: tuple[IrradiationEvent, ...] = ()) -> Examination:
    return Examination(PATIENT, uid, "", modality, f"2020010{uid}", "", "", "", "", "", quantities, events, (uid,))


amounts = some.builds(
    Quantity,
    some.sampled_from(list(K)),
    some.floats(0, 1e6, allow_nan=False),
    some.sampled_from(["", "16 cm", "32 cm", "left", "right"]),
)


@given(amounts, amounts)
def test_two_amounts_add_only_where_they_are_the_same_thing(one: Quantity, other: Quantity) -> None:
    may = one.kind is other.kind and one.qualifier == other.qualifier and one.kind.is_additive
    if may:
        whole = one + other
        assert whole.value == pytest.approx(one.value + other.value, rel=1e-9)
        assert (whole.kind, whole.qualifier) == (one.kind, one.qualifier)
    else:
        with pytest.raises(BadInput):
            _ = one + other


@given(some.lists(amounts, max_size=12))
def test_sums_hold_each_kind_and_qualifier_once_and_nothing_is_lost(found: list[Quantity]) -> None:
    sums = summed(found)
    keys = [(one.kind, one.qualifier) for one in sums]
    assert len(keys) == len(set(keys))
    assert all(one.kind.is_additive for one in sums)
    for one in sums:
        mine = [x.value for x in found if (x.kind, x.qualifier) == (one.kind, one.qualifier)]
        assert one.value == pytest.approx(sum(mine), rel=1e-9)


def test_diagnostic_nuclear_and_therapy_never_meet_in_a_sum() -> None:
    course = TherapyCourse(PATIENT, "9", "Breast", "20200301", 15, (Quantity(K.PRESCRIBED_DOSE, 40.05, "PTV"),))
    second = TherapyCourse(PATIENT, "8", "Boost", "20200401", 5, (Quantity(K.PRESCRIBED_DOSE, 10, "PTV"),))
    (ledger,) = ledgers(
        [
            exam("ct", "1", Quantity(K.DLP, 100, "16 cm")),
            exam("ct", "2", Quantity(K.DLP, 300, "32 cm")),
            exam("ct", "3", Quantity(K.DLP, 200, "32 cm")),
            exam("fluoroscopy", "4", Quantity(K.DAP, 5)),
            exam("radiography", "5", Quantity(K.DAP, 1)),
            exam("mammography", "6", Quantity(K.AGD, 1.3, "left"), Quantity(K.AGD, 1.2, "right")),
            exam("nuclear medicine", "7", Quantity(K.ACTIVITY, 394, "F-18")),
        ],
        [course, second],
    )
    sums = {(one.category, one.modality, str(one.quantity.kind), one.quantity.qualifier): one for one in ledger.sums()}
    assert sums["diagnostic", "ct", "dose_length_product", "32 cm"].quantity.value == 500
    assert sums["diagnostic", "ct", "dose_length_product", "32 cm"].exposures == 2
    assert sums["diagnostic", "ct", "dose_length_product", "16 cm"].quantity.value == 100
    assert sums["diagnostic", "fluoroscopy", "dose_area_product", ""].quantity.value == 5
    assert sums["diagnostic", "radiography", "dose_area_product", ""].quantity.value == 1
    assert not any(one.quantity.kind is K.PRESCRIBED_DOSE for one in sums.values()), "courses have no sum"
    assert len(sums) == 7
    assert [one.started for one in ledger.entries] == sorted(one.started for one in ledger.entries)


def test_dose_length_products_are_told_by_phantom_where_events_tell_it() -> None:
    events = tuple(
        IrradiationEvent(uid, quantities=(Quantity(K.DLP, dlp, phantom), Quantity(K.CTDI_VOL, 50, phantom)))
        for uid, dlp, phantom in (("a", 400, "16 cm"), ("b", 100, "32 cm"))
    )
    (ledger,) = ledgers([exam("ct", "1", Quantity(K.DLP, 500), events=events)])
    products = {one.qualifier: one.value for one in ledger.entries[0].quantities if one.kind is K.DLP}
    assert products == {"16 cm": 400, "32 cm": 100}


def test_a_report_without_a_patient_has_a_ledger_of_its_own() -> None:
    nobody = PatientFacts("")
    exams = [
        Examination(nobody, uid, "", "ct", "2020", "", "", "", "", "", (Quantity(K.DLP, 1),), (), (uid,))
        for uid in "12"
    ]
    assert len(ledgers(exams)) == 2


def test_amounts_are_frozen_and_never_negative() -> None:
    with pytest.raises(BadInput):
        Quantity(K.DLP, -1)
    with pytest.raises(FrozenInstanceError):
        Quantity(K.DLP, 1).value = 2  # type: ignore[misc]
