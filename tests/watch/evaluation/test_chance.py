"""What is found by chance, counted by hand on a day with 48 places half an hour apart."""

from __future__ import annotations

import pytest
from tests.watch.evaluation.builders import course, event, patient, recording

from fyr.watch.evaluation.chance import sensitivity_by_chance
from fyr.watch.evaluation.course import Event


def _share(minutes: list[float], *events: Event, lookback_us: int = 0) -> float | None:
    return sensitivity_by_chance({patient(1): course(1, minutes)}, [recording(1)], events, lookback_us)


def test_an_alert_far_from_the_event_is_met_by_the_windows_that_hold_it() -> None:
    # A window of 60 min begins at 30 k; it holds minute 720 for k = 22, 23, 24. Of the 47 places, k = 1, 2, 46 and 47
    # touch the window itself.
    assert _share([720], event(1, 0, 60)) == pytest.approx(3 / 43, rel=1e-5)


def test_the_recording_closes_to_a_circle() -> None:
    # From minute 1200 on: minute 60 lies in the windows that begin at 0, 30 and 60, three of the same 43.
    assert _share([60], event(1, 1200, 1260)) == pytest.approx(3 / 43, rel=1e-5)


def test_what_speaks_always_finds_everything_and_what_speaks_only_then_nothing() -> None:
    assert _share(list(range(0, 1440, 20)), event(1, 300, 360)) == 1.0
    assert _share([300, 360], event(1, 300, 360)) == 0.0
    assert _share([], event(1, 300, 360)) == 0.0


def test_a_window_without_room_to_move_says_nothing() -> None:
    assert _share([10], event(1, 0, 1439)) is None
    assert _share([10]) is None
