from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from fyr.record.audiogram import Audiogram, Threshold
from fyr.treat.hearing.averages import (
    HIGH_FREQUENCIES_HZ,
    SPEECH_FREQUENCIES_HZ,
    air_bone_gaps,
    average,
    between_ears,
)
from fyr.treat.hearing.chart import draw_audiogram

SVG = "{http://www.w3.org/2000/svg}"


def circles(picture: str) -> list[tuple[float, float]]:
    return [(float(one.get("cx", 0)), float(one.get("cy", 0))) for one in ET.fromstring(picture).iter(f"{SVG}circle")]  # noqa: S314


def test_octaves_are_even_and_loud_is_low() -> None:
    levels = {500: 0.0, 1000: 20.0, 2000: 40.0, 4000: 60.0}
    places = circles(draw_audiogram(Audiogram(tuple(Threshold("right", hz, db) for hz, db in levels.items()))))[:4]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places)]
    assert steps == [pytest.approx((80.0, 80.0))] * 3, "an octave is as wide as 20 dB are high"


def test_a_missing_tone_has_no_symbol_and_no_response_ends_the_line() -> None:
    heard = [Threshold("right", hz, 10) for hz in (500, 1000, 4000)]
    picture = draw_audiogram(Audiogram((*heard, Threshold("right", 2000, 100, response=False))))
    lines = [one.get("points", "").split() for one in ET.fromstring(picture).iter(f"{SVG}polyline")]  # noqa: S314
    assert [len(line) for line in lines] == [2], "500 to 1000 Hz; 4000 Hz stands alone behind the gap"
    assert "2000 Hz, air: 100 dB HL, no response" in picture
    assert "3000 Hz" not in picture


def test_names_are_escaped() -> None:
    picture = draw_audiogram(Audiogram((Threshold("left", 1000, 0),)), title='<b>"&')
    assert ET.fromstring(picture).find(f"{SVG}title").text == '<b>"&'  # type: ignore[union-attr] # noqa: S314


def test_averages_say_what_is_missing_and_what_is_a_bound() -> None:
    one = Audiogram(
        (
            *(Threshold("right", hz, db) for hz, db in ((500, 10), (1000, 20), (2000, 30), (4000, 40), (6000, 50))),
            Threshold("right", 8000, 90, response=False),
            Threshold("left", 4000, 15),
            Threshold("right", 4000, 15, conduction="bone"),
        )
    )
    assert average(one, "right", SPEECH_FREQUENCIES_HZ).level_db == 25
    high = average(one, "right", HIGH_FREQUENCIES_HZ)
    assert (high.level_db, high.is_at_least) == (60, True)
    left = average(one, "left", SPEECH_FREQUENCIES_HZ)
    assert (left.level_db, left.missing_hz) == (None, (500, 1000, 2000))
    assert [(d.frequency_hz, d.difference_db) for d in between_ears(one)] == [(4000, 25)]
    assert [(d.frequency_hz, d.difference_db) for d in air_bone_gaps(one, "right")] == [(4000, 25)]
