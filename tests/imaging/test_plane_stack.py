from __future__ import annotations

import numpy as np
import pytest

from fyr.imaging.plane_stack import Between, layers

HEIGHTS = np.arange(-18.0, 19.0, 3.0)


def _volume(area: np.ndarray, caps: str) -> float:
    return sum(one.volume_mm3 for one in layers(np.arange(len(area)) * 3.0, area, Between(caps))[0])  # type: ignore[arg-type]


def test_the_ends_of_a_ball_are_round() -> None:
    area = np.pi * np.maximum(20.0**2 - HEIGHTS**2, 0)
    assert _volume(area, "rounded") == pytest.approx(4 / 3 * np.pi * 20**3, rel=1e-9)


def test_an_end_that_follows_no_curve_reaches_half_a_spacing_further() -> None:
    # A target around another: its outermost plane is all of it, and the next but one a ring.
    area = np.array([38.4, 40.4, 19.5, 14.4, 11.5, 10.5, 9.5, 10.8, 11.2, 11.4]) * 100
    first = layers(np.arange(10) * 3.0, area, Between("rounded"))[0][0]
    assert (first.start_mm, first.end_mm) == (-1.5, 0.0)
    assert first.volume_mm3 == pytest.approx(1.5 * 3840)
    assert _volume(area, "rounded") == pytest.approx(_volume(area, "half"), rel=0.01)
