"""Nothing is given to a patient on a guess: numbers, beds, moves and wrong clocks, against an independent account."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.clock import HOUR_US, MINUTE_US, SECOND_US, from_iso
from fyr.exchange.incoming import Addressee, IncomingSamples, Problem, ProblemKind
from fyr.record import PatientId
from fyr.serve.attribution import Attribution
from fyr.serve.stays import Place, Stays

NOW = from_iso("2026-11-22T08:00:00Z")
ANNA, BERT, CLARA = (PatientId("local", name) for name in ("1", "2", "3"))
LATENESS = 5 * SECOND_US


def _stays() -> Stays:
    """Anna in 01 since an hour; Bert in 02 until ten minutes ago, then in 03; Clara came to 02 after him."""
    stays = Stays()
    stays.begin(ANNA, Place("7A", "01"), NOW - HOUR_US)
    stays.begin(BERT, Place("7A", "02"), NOW - HOUR_US)
    stays.begin(BERT, Place("7A", "03"), NOW - 10 * MINUTE_US)
    stays.begin(CLARA, Place("7A", "02"), NOW - 5 * MINUTE_US)
    return stays


def _of(patient: str = "", ward: str = "", bed: str = "", ago_us: int = 0) -> PatientId | ProblemKind:
    answer = Attribution("local", _stays(), LATENESS).of(Addressee(patient, ward, bed), NOW - ago_us, NOW)
    return answer.kind if isinstance(answer, Problem) else answer


def test_a_number_stands_for_whoever_is_admitted_under_it() -> None:
    assert _of("1") == ANNA
    assert _of("9") is ProblemKind.UNKNOWN_PATIENT
    assert _of("1/2") is ProblemKind.UNKNOWN_PATIENT  # a number may have a slash
    assert _of(" 1") is ProblemKind.UNREADABLE
    assert _of() is ProblemKind.INCOMPLETE


def test_a_bed_stands_for_whoever_lay_in_it_then() -> None:
    assert _of(ward="7A", bed="01") == ANNA
    assert _of(ward="7A", bed="02") == CLARA
    assert _of(bed="03") == BERT
    assert _of(ward="7A", bed="09") is ProblemKind.UNKNOWN_PATIENT
    assert _of(ward="7B", bed="01") is ProblemKind.UNKNOWN_PATIENT


def test_a_monitor_that_was_not_told_of_a_change_of_beds_is_refused() -> None:
    assert _of("2", "7A", "02") is ProblemKind.CONTRADICTION
    assert _of("2", "7A", "03") == BERT
    assert _of("2", "7A", "08") == BERT, "the old bed is empty: nobody else can be meant"
    assert _of("3", "7A", "02") == CLARA
    assert _of("3", "7A", "02", ago_us=20 * MINUTE_US) is ProblemKind.CONTRADICTION, "it was Bert's bed then"


def test_a_clock_that_is_behind_gives_nobody_the_samples_of_the_next_in_the_bed() -> None:
    assert _of(ward="7A", bed="02", ago_us=20 * MINUTE_US) is ProblemKind.CONTRADICTION
    assert _of(ward="7A", bed="02", ago_us=7 * MINUTE_US) is ProblemKind.UNKNOWN_PATIENT, "the bed was empty"
    assert _of(ward="7A", bed="01", ago_us=20 * MINUTE_US) == ANNA


def test_a_clock_that_is_ahead_speaks_of_whoever_lies_there_now() -> None:
    assert _of(ward="7A", bed="02", ago_us=-HOUR_US) == CLARA


def test_what_was_taken_just_before_a_move_and_comes_just_after_is_still_about_the_one_who_left() -> None:
    stays = _stays()
    stays.begin(ANNA, Place("7A", "05"), NOW - SECOND_US)
    attribution = Attribution("local", stays, LATENESS)
    assert attribution.of(Addressee(ward="7A", bed="01"), NOW - 2 * SECOND_US, NOW) == ANNA
    late = attribution.of(Addressee(ward="7A", bed="01"), NOW - 2 * SECOND_US, NOW + MINUTE_US)
    assert isinstance(late, Problem)
    assert late.kind is ProblemKind.CONTRADICTION


def test_a_bed_of_the_same_name_on_two_wards_needs_its_ward() -> None:
    stays = _stays()
    stays.begin(PatientId("local", "4"), Place("7B", "01"), NOW - HOUR_US)
    answer = Attribution("local", stays, LATENESS).of(Addressee(bed="01"), NOW, NOW)
    assert isinstance(answer, Problem)
    assert answer.kind is ProblemKind.CONTRADICTION


_ADDRESSEES = st.builds(
    Addressee, st.sampled_from(["", "1", "2", "3", "9"]), st.sampled_from(["", "7A"]), st.sampled_from(["", "01", "02"])
)
_ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(-HOUR_US, 2 * HOUR_US)), max_size=30)


@given(st.lists(_ADDRESSEES, min_size=5, max_size=5), _ROWS)
def test_many_samples_are_attributed_as_each_alone(
    addressees: list[Addressee], rows: list[tuple[int, int, int]]
) -> None:
    rows = sorted(rows, key=lambda row: row[1])
    samples = IncomingSamples(
        addressees=tuple(addressees),
        addressee_index=np.array([who for who, _, _ in rows], np.int32),
        signals=("spo2",),
        signal_index=np.zeros(len(rows), np.int16),
        time_us=np.array([NOW - ago for _, _, ago in rows], np.int64),
        value=np.full(len(rows), 97.0),
        quality=np.zeros(len(rows), np.uint8),
        period_us=np.array([SECOND_US]),
        message_index=np.array([message for _, message, _ in rows], np.int32),
    )
    attribution = Attribution("local", _stays(), LATENESS)
    found = attribution.of_samples(samples, NOW)
    alone = [attribution.of(addressees[who], NOW - ago, NOW) for who, _, ago in rows]
    refused = {rows[n][1] for n, answer in enumerate(alone) if isinstance(answer, Problem)}
    assert set(found.problems) == refused
    for (_, message, _), answer, index in zip(rows, alone, found.patient_index.tolist(), strict=True):
        if message in refused:
            assert index == -1
        else:
            assert found.patients[index] == answer


@pytest.mark.parametrize("days", [1, 30])
def test_ended_stays_are_remembered_for_a_week(days: int) -> None:
    stays = Stays()
    stays.begin(ANNA, Place("7A", "01"), NOW - 40 * 24 * HOUR_US)
    stays.end(ANNA, NOW - days * 24 * HOUR_US)
    stays.begin(BERT, Place("7A", "01"), NOW)
    stays.end(BERT, NOW)
    assert bool(list(stays.ended(ANNA))) == (days < 7)
