"""ORU^R01: what a message says, to the exact number and time, or the reason why it is not taken."""

from __future__ import annotations

import math
from pathlib import Path

import hl7
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exchange.hl7v2.messages import OBR, PID, PULSE, PV1, message, obx, oru

from fyr.clock import ManualClock, from_iso
from fyr.errors import BadInput
from fyr.exchange.device_codes import MDC_SIGNALS, MDC_UNITS
from fyr.exchange.hl7v2 import known_texts
from fyr.exchange.hl7v2.meanings import Reading
from fyr.exchange.hl7v2.message import Message, NotTaken, read_message
from fyr.exchange.hl7v2.oru import read_results
from fyr.exchange.hl7v2.reader import Hl7Reader
from fyr.exchange.incoming import Addressee, Incoming, Problem, ProblemKind
from fyr.record import SIGNALS, Quality, Status
from fyr.units import convert, is_convertible

NOW = from_iso("2026-11-26T09:15:02Z")
SECOND = 1_000_000


def reader(**options: object) -> Hl7Reader:
    return Hl7Reader("monitor", Reading(**options), period_us=60 * SECOND, clock=ManualClock(NOW))  # type: ignore[arg-type]


def read(raw: bytes, **options: object) -> Incoming:
    return reader(**options).read([raw])


def one_value(raw: bytes, **options: object) -> float:
    incoming = read(raw, **options)
    assert incoming.problems == (None,)
    return float(incoming.samples.value[0])


def problem(raw: bytes, **options: object) -> tuple[ProblemKind, str]:
    incoming = read(raw, **options)
    (found,) = incoming.problems
    assert found is not None
    assert len(incoming.samples) == 0
    assert incoming.observations == incoming.movements == ()
    return found.kind, found.where


def rows(incoming: Incoming) -> list[tuple[object, ...]]:
    samples = incoming.samples
    return [
        (
            int(samples.message_index[at]),
            samples.addressees[samples.addressee_index[at]],
            samples.signals[samples.signal_index[at]],
            int(samples.time_us[at]),
            None if math.isnan(samples.value[at]) else float(samples.value[at]),
            int(samples.quality[at]),
        )
        for at in range(len(samples))
    ]


def plain_rows(raw: bytes, reading: Reading) -> list[tuple[object, ...]] | ProblemKind:
    try:
        result = read_results(read_message(raw), 0, reading, NOW)
    except NotTaken as refusal:
        return refusal.problem.kind
    return [
        (0, s.addressee, s.signal, s.time_us, None if math.isnan(s.value) else s.value, int(s.quality))
        for s in result.samples
    ]


def test_a_message_from_a_monitor():
    incoming = read(oru(PULSE))
    assert rows(incoming) == [
        (0, Addressee("P1", "W1", "B3"), "heart_rate", from_iso("2026-11-26T09:15:01Z"), 72.0, Quality.PRESENT)
    ]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_may_end_with_any_line_end_and_a_byte_order_mark_may_stand_before(end):
    raw = b"\xef\xbb\xbf" + oru(PULSE).replace(b"\r", end.encode())
    assert rows(read(raw)) == rows(read(oru(PULSE)))


def test_other_delimiters_are_read_from_the_header():
    raw = oru(PULSE).translate(bytes.maketrans(b"|^~\\&", b"#@*!%"))
    assert rows(read(raw)) == rows(read(oru(PULSE)))


def test_kilopascal_and_fahrenheit_are_converted():
    pressure = obx("150021^MDC_PRESS_BLD_NONINV_SYS^MDC", "16", "kPa^^UCUM")
    assert one_value(oru(pressure)) == convert(16.0, "kPa", "mm[Hg]") == pytest.approx(120.01, abs=0.005)
    assert one_value(oru(obx("150344^MDC_TEMP^MDC", "98.6", "266560^MDC_DIM_FAHR^MDC"))) == 37.0


def test_loinc_the_alternate_code_and_local_codes():
    assert rows(read(oru(obx("8867-4^Heart rate^LN", "72", "/min"))))[0][2] == "heart_rate"
    assert rows(read(oru(obx("HR^pulse^99X^147842^^MDC"))))[0][2] == "heart_rate"
    assert rows(read(oru(obx("HR^pulse^99X")), codes=["HR=pulse_rate"]))[0][2] == "pulse_rate"
    assert one_value(oru(obx("T1", "98.6", "")), codes=["T1=temperature [degF]"]) == 37.0
    assert one_value(oru(obx(unit="bpm")), units=["bpm=/min"]) == 72.0


def test_a_code_that_is_not_ours_is_counted_and_ignored_whatever_its_value():
    one = reader()
    incoming = one.read([oru(PULSE, obx("999^X^99X", "12,5", "?", "Z", "never"), obx("999^X^99X", "a", kind="ED"))])
    assert incoming.problems == (None,)
    assert len(incoming.samples) == 1
    assert one.ignored == {"999": 2}


def test_the_same_code_of_another_system_is_not_ours():
    assert len(read(oru(obx("147842^x^99X"))).samples) == 0


@pytest.mark.parametrize(
    "value", ["12,5", "abc", "", "1e999", "1e2", "NaN", "inf", "0x10", "7 2", "--7", '""', "72~80", "٣"]
)
def test_a_number_that_is_none_refuses_the_whole_message(value):
    assert problem(oru(PULSE, obx(value=value))) == (ProblemKind.UNREADABLE, "OBX[2]-5")


@pytest.mark.parametrize("value", ["72", "+72.0", "072.", " 72 ", "72.00000000000000000001"])
def test_a_number_may_be_written_in_several_ways(value):
    assert one_value(oru(obx(value=value))) == 72.0


@given(st.from_regex(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?", fullmatch=True))
def test_a_decimal_is_the_nearest_float(text):
    assert one_value(oru(obx(value=text))) == float(text)


def test_structured_numerics_with_an_equals_sign_are_values_and_ranges_are_not():
    assert one_value(oru(obx(value="=^72", kind="SN"))) == 72.0
    assert problem(oru(obx(value=">^72", kind="SN"))) == (ProblemKind.UNREADABLE, "OBX[1]-5")
    assert problem(oru(obx(value="^60^-^80", kind="SN"))) == (ProblemKind.UNREADABLE, "OBX[1]-5")
    assert problem(oru(obx(kind="ST"))) == (ProblemKind.UNREADABLE, "OBX[1]-2")


@pytest.mark.parametrize(("unit", "kind"), [("", "INCOMPLETE"), ("furlong", "UNREADABLE"), ("kPa", "UNREADABLE")])
def test_a_unit_that_is_missing_or_wrong_refuses_the_message(unit, kind):
    assert problem(oru(obx(unit=unit))) == (ProblemKind[kind], "OBX[1]-6")


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        *((letter, Quality.PRESENT) for letter in "FRPC"),
        ("N", Quality.NOT_DONE),
        ("X", Quality.UNKNOWN),
        ("W", Quality.UNKNOWN),
    ],
)
def test_the_result_status_says_what_a_value_is(status, quality):
    ((_, _, _, _, value, found),) = rows(read(oru(obx(status=status))))
    assert found == quality
    assert (value == 72.0) is (quality is Quality.PRESENT)


def test_a_status_without_a_value_needs_none():
    assert rows(read(oru(obx(value="", unit="", status="X"))))[0][4] is None
    assert problem(oru(obx(status="Q"))) == (ProblemKind.UNREADABLE, "OBX[1]-11")


def test_the_time_is_that_of_the_value_or_else_of_the_request():
    assert rows(read(oru(obx())))[0][3] == from_iso("2026-11-26T09:15:00Z")
    assert rows(read(oru(obx(time="202611261014"))))[0][3] == from_iso("2026-11-26T10:14:00Z")
    assert rows(read(oru(obx(time="20261126101400.25-0330"))))[0][3] == from_iso("2026-11-26T13:44:00.25Z")
    assert problem(message(PID, PV1, "OBR|1", obx())) == (ProblemKind.INCOMPLETE, "OBX[1]-14")
    assert problem(message(PID, PV1, obx())) == (ProblemKind.INCOMPLETE, "OBX[1]-14")


@pytest.mark.parametrize(
    "time",
    ["20261301101500", "20260229101500", "202611261060", "20261126101560", "20261126101500+1", "x", "20261126101500."],
)
def test_a_time_that_is_none_refuses_the_message(time):
    assert problem(oru(obx(time=time))) == (ProblemKind.UNREADABLE, "OBX[1]-14")


def test_a_day_is_not_the_time_of_a_vital_sign():
    assert problem(oru(obx(time="20261126"))) == (ProblemKind.INCOMPLETE, "OBX[1]-14")


@pytest.mark.parametrize(("sent", "utc"), [("0040", "00:30"), ("0140", "01:30")])
def test_in_the_repeated_hour_of_autumn_the_reading_nearest_to_the_arrival_is_taken(sent, utc):
    raw = oru(obx(time="20261025023000")).replace(b"20261126101500+0100||ORU", f"20261025{sent}00+0000||ORU".encode())
    assert rows(read(raw, timezone="Europe/Copenhagen"))[0][3] == from_iso(f"2026-10-25T{utc}:00Z")


def test_a_time_without_an_offset_is_of_the_zone_of_the_source():
    raw = oru(obx(time="20260701120000"))
    assert rows(read(raw, timezone="Europe/Copenhagen"))[0][3] == from_iso("2026-07-01T10:00:00Z")
    with pytest.raises(BadInput, match="no time zone 'Mars'"):
        reader(timezone="Mars")


def test_whom_it_is_about():
    def about(pid: str, pv1: str = PV1, **options: object) -> Addressee:
        return read(message(pid, pv1, OBR, PULSE), **options).samples.addressees[0]

    two = "PID|1||N7^^^CPR&1.2.3&ISO^NI~P1^^^RH^MR"
    assert about(two).patient == "P1"
    assert about("PID|1||N7^^^CPR~P1^^^RH").patient == "N7"
    assert about(two, authority="CPR").patient == "N7"
    assert about(two, authority="1.2.3").patient == "N7"
    assert about(two, authority="OTHER") == Addressee("", "W1", "B3")
    assert about("PID|1", "PV1|1|I|W&x^R2") == Addressee("", "W", "R2")
    assert about(PID, bed="room-bed") == Addressee("P1", "W1", "R2-B3")
    assert about(PID, "PV1|1|I|Hjerte\\T\\lunge^^B\\X33\\") == Addressee("P1", "Hjerte&lunge", "B3")
    assert problem(message("PID|1", "PV1|1|I|W1", OBR, PULSE)) == (ProblemKind.INCOMPLETE, "PID[1]-3")


def test_nothing_of_one_patient_holds_for_the_next():
    raw = message(PID, PV1, OBR, PULSE, "PID|2||P2^^^RH^MR", OBR, PULSE)
    assert [row[1] for row in rows(read(raw))] == [Addressee("P1", "W1", "B3"), Addressee("P2")]
    assert (
        problem(message(PID, PV1, OBR, PULSE, "PID|2||P2", PULSE.replace("20261126101501+0100", "")))[1] == "OBX[2]-14"
    )
    assert problem(message(OBR, PULSE, PID))[0] is ProblemKind.INCOMPLETE
    assert problem(message(PV1, PID, OBR, PULSE)) == (ProblemKind.UNREADABLE, "PID[1]-1")
    assert problem(message(PID, PV1, PV1, OBR, PULSE)) == (ProblemKind.UNREADABLE, "PV1[1]-3")


def test_character_sets():
    latin = oru(PULSE).decode().replace("UNICODE UTF-8", "8859/1").replace("^R2^", "^Ø^").encode("latin-1")
    assert rows(read(latin, bed="room-bed"))[0][1] == Addressee("P1", "W1", "Ø-B3")
    undeclared = oru(PULSE).decode().replace("UNICODE UTF-8", "").encode("latin-1")
    (found,) = read(undeclared).problems
    assert found is not None
    assert found.kind is ProblemKind.UNREADABLE
    position = undeclared.index(b"\xf8")
    assert f"0xF8 at position {position}" in found.what
    assert problem(oru(PULSE).replace(b"UNICODE UTF-8", b"ASCII"))[0] is ProblemKind.UNREADABLE
    assert problem(oru(PULSE).replace(b"UNICODE UTF-8", b"GB 18030-2000"))[0] is ProblemKind.UNSUPPORTED


def test_what_is_no_message_is_refused_with_the_reason():
    assert problem(b"")[0] is ProblemKind.UNREADABLE
    assert problem(b"\xff\xfe\x00")[0] is ProblemKind.UNREADABLE
    assert problem(oru(PULSE) + oru(PULSE)) == (ProblemKind.UNREADABLE, "MSH[2]-1")
    assert problem(b"FHS|^~\\&\rBHS|^~\\&\r" + oru(PULSE))[0] is ProblemKind.UNSUPPORTED
    assert problem(oru(PULSE, "and a second line")) == (ProblemKind.UNREADABLE, "line 6")
    assert problem(oru(PULSE).replace(b"ORU^R01^ORU_R01", b"MDM^T02")) == (ProblemKind.UNSUPPORTED, "MSH[1]-9")


def test_training_messages_do_not_reach_the_ward_unless_it_is_said():
    training = oru(PULSE).replace(b"|P|2.6", b"|T|2.6")
    assert problem(training) == (ProblemKind.UNSUPPORTED, "MSH[1]-11")
    assert one_value(training, processing=["P", "T"]) == 72.0


def test_consciousness_and_oxygen():
    incoming = read(
        oru(
            obx("80288-4^AVPU^LN", "V", "", kind="ST"),
            obx("O2", "air", "", kind="ST"),
            obx("80288-4^AVPU^LN", "", "", "N"),
        ),
        codes=["O2=supplemental_oxygen"],
    )
    assert [(seen.code, seen.value, seen.status) for seen in incoming.observations] == [
        ("consciousness", "V", Status.PRESENT),
        ("supplemental_oxygen", False, Status.PRESENT),
        ("consciousness", None, Status.NOT_DONE),
    ]
    assert problem(oru(obx("80288-4^AVPU^LN", "sleepy", "", kind="ST"))) == (ProblemKind.UNREADABLE, "OBX[1]-5")


def test_good_and_bad_messages_together_keep_their_places():
    incoming = reader().read([oru(PULSE), oru(obx(value="x")), oru(obx(value="=^70", kind="SN")), oru(obx(value="71"))])
    assert [one is None for one in incoming.problems] == [True, False, True, True]
    assert [(row[0], row[4]) for row in rows(incoming)] == [(0, 72.0), (2, 70.0), (3, 71.0)]


# Texts of all kinds in the places where they matter, ordinary ones most often.
CODES = st.sampled_from([*(f"{code}^x^MDC" for code in MDC_SIGNALS), "8867-4^^LN", "1^2^3", "", "80288-4^x^LN"])
UNITS = st.sampled_from(
    [*(f"{code}^x^MDC" for code in MDC_UNITS), "/min", "%", "mm[Hg]", "kPa^^UCUM", "Cel", "", "ells"]
)
VALUES = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]{0,3})?", fullmatch=True),
    st.sampled_from(["", "1e3", "12,5", " 7 ", "=^7", "7^8", "A", "1234567890123456789", "."]),
)
TIMES = st.sampled_from(
    [
        "",
        "",
        "202611261015",
        "20261126101500.1+0100",
        "20261025023000",
        "20260329023000",
        "20261126",
        "bad",
        "20240229000000-0000",
    ]
)
LINES = st.builds(
    obx,
    CODES,
    VALUES,
    UNITS,
    st.sampled_from(["F", "R", "", "X", "N", "Q", "FF"]),
    TIMES,
    st.sampled_from(["NM"] * 6 + ["SN", "ST", ""]),
)
OTHERS = st.sampled_from(
    [
        PID,
        PV1,
        OBR,
        "OBR|2",
        "NTE|1||text",
        "PID|1||~P9^^^A^MR",
        "PV1|1|I|^^",
        "PV1|1||W^R",
        "ZZZ",
        "zz|",
        "MSH|^~\\&|",
        "  ",
    ]
)


@settings(deadline=None, max_examples=400)
@given(st.lists(OTHERS, max_size=3), st.lists(st.one_of(LINES, LINES, LINES, OTHERS), max_size=6))
def test_the_kernel_agrees_with_the_plain_reader(before, lines):
    raw = message(*before, *lines)
    fast = reader(timezone="Europe/Copenhagen").read([raw])
    plain = plain_rows(raw, Reading(timezone="Europe/Copenhagen"))
    if isinstance(plain, ProblemKind):
        assert fast.problems[0] is not None
        assert fast.problems[0].kind is plain
    else:
        assert fast.problems == (None,)
        assert rows(fast) == plain


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=80), st.integers(0, 600), st.integers(0, 20))
def test_random_bytes_never_fail(noise, at, cut):
    raw = oru(PULSE, obx("150344^MDC_TEMP^MDC", "37.1", "Cel"))
    incoming = reader().read([raw[:at] + noise + raw[at + cut :], noise, raw])
    assert incoming.problems[2] is None
    assert set(incoming.samples.message_index[-2:].tolist()) == {2}


@given(st.data())
def test_it_reads_what_the_hl7_package_reads(data):
    """The independent implementation finds the fields; only the meaning of the few codes used is ours."""
    pairs = [
        (code, unit)
        for code, name in MDC_SIGNALS.items()
        for unit in MDC_UNITS
        if is_convertible(MDC_UNITS[unit], SIGNALS[name].unit)
    ]
    lines = data.draw(
        st.lists(st.tuples(st.sampled_from(pairs), st.decimals(-99, 999, places=2)), min_size=1, max_size=8)
    )
    raw = oru(*(obx(f"{code}^x^MDC", str(value), f"{unit}^^MDC") for (code, unit), value in lines))
    parsed = hl7.parse(raw.decode())
    expected = []
    for segment in parsed.segments("OBX"):
        name = MDC_SIGNALS[str(segment[3][0][0][0])]
        unit = MDC_UNITS[str(segment[6][0][0][0])]
        expected.append((name, convert(float(str(segment[5])), unit, SIGNALS[name].unit)))
    incoming = read(raw)
    assert [(row[2], row[4]) for row in rows(incoming)] == expected
    assert incoming.samples.addressees == (Addressee(str(parsed.segment("PID")[3][0][0][0]), "W1", "B3"),)


def test_many_patients_and_texts_make_room_for_themselves():
    messages = [message(f"PID|1||P{at}", f"PV1|1|I|W^R^{at}", OBR, PULSE) for at in range(6000)]
    one = reader()
    for _ in range(2):
        incoming = one.read(messages)
        assert incoming.problems == (None,) * 6000
        found = [incoming.samples.addressees[at].patient for at in incoming.samples.addressee_index]
        assert found == [f"P{at}" for at in range(6000)]
        assert np.all(incoming.samples.value == 72.0)


def test_texts_that_are_too_many_are_forgotten_and_nothing_is_mixed_up(monkeypatch):
    monkeypatch.setattr(known_texts, "_MOST", 3000)
    one = reader()
    for turn in range(4):
        messages = [message(f"PID|1||{turn}P{at}", OBR, PULSE) for at in range(2000)]
        incoming = one.read(messages)
        found = [incoming.samples.addressees[at].patient for at in incoming.samples.addressee_index]
        assert found == [f"{turn}P{at}" for at in range(2000)]


def own_lines(raw: bytes) -> list[str]:
    text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    return [line.rstrip() for line in text.replace("\r\n", "\r").replace("\n", "\r").split("\r") if line.strip()]


def shape(raw: bytes) -> Message | Problem:
    try:
        return read_message(raw)
    except NotTaken as refusal:
        return refusal.problem


@pytest.mark.real
def test_every_sample_message_is_read_as_the_hl7_package_reads_it_or_refused_with_a_reason(data_folder: Path):
    paths = sorted((data_folder / "learn" / "hl7v2_to_fhir" / "hl7").glob("*.hl7"))
    assert len(paths) == 139
    alike = refused = taken = 0
    for path in paths:
        raw = path.read_bytes()
        incoming = reader(processing=["P", "T", "D"]).read([raw])
        (found,) = incoming.problems
        taken += found is None
        assert found is None or (found.what and found.mend), path.name
        mine = shape(raw)
        if not isinstance(mine, Message):
            assert mine == found, path.name
            refused += 1
            continue
        theirs = hl7.parse("\r".join(own_lines(raw)))
        assert [segment[0] for segment in mine.segments] == [str(segment[0]) for segment in theirs], path.name
        for segment, other in zip(mine.segments, theirs, strict=True):
            assert [*segment[:-1], segment[-1].rstrip()] == [str(field) for field in other], path.name
        alike += 1
    assert alike + refused == 139
    assert alike > 120
    assert taken > 5
