"""The highest risk of the hours just past, against the definition written out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.watch.risk.standing_alarm import highest_of_hours


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_it_is_the_definition(seed, held_h):
    generator = np.random.default_rng(seed)
    stay = np.sort(generator.integers(0, 4, 40))
    hour = np.concatenate([np.sort(generator.choice(60, int((stay == one).sum()), replace=False)) for one in range(4)])
    risk = generator.random(40)
    found = highest_of_hours(stay, hour.astype(float), risk, held_h)
    for row in range(40):
        counted = (stay == stay[row]) & (hour <= hour[row]) & (hour > hour[row] - held_h)
        assert found[row] == risk[counted].max()
