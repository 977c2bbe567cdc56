"""NEWS2 at every minute of a recording: the model's own bands, without asking it anew each time.

:func:`score_news2` knows the score as policies use it; where a policy asks for more it returns ``None``, and the model
is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.attention import ScoreInput, ScorePolicy
from fyr.models import ModelInput
from fyr.models.reading import Problem, read_value
from fyr.record import Observation, Status
from fyr.watch.columnar.pool import ColumnPool
from fyr.watch.kernel import NEVER
from fyr.watch.news2 import BANDS, CONSCIOUSNESS_POINTS, NEWS2, OXYGEN_POINTS, ROUNDING_NOISE, Bands

__all__ = ["Usable", "score_news2"]

Usable = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Times and values of a signal's usable samples."""

_OUTPUTS: Final = {"score": 0, "total": 0, "single_parameter_3": 1}


class _Seen(NamedTuple):
    """What was observed of one input: `state` is 0 where nothing came of it, 1 for a value; a bad value is NaN."""

    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    state: NDArray[np.int8]


def score_news2(
    policy: ScorePolicy,
    at_us: NDArray[np.int64],
    usable: Mapping[str, Usable],
    observations: Sequence[Observation],
    pool: ColumnPool,
) -> dict[str, NDArray[np.float64]] | None:
    """Compute the signals of a score that is NEWS2.

    Parameters
    ----------
    policy : ScorePolicy
    at_us : ndarray of int64, shape (times,)
        Rising.
    usable : mapping of str to Usable
    observations : sequence of Observation
    pool : ColumnPool
        Where the columns come from.

    Returns
    -------
    dict of str to ndarray of float64, shape (times,), or None
        By signal, NaN where the model would refuse; ``None`` where the policy asks something unusual.
    """
    if (
        policy.model != NEWS2.card.name
        or set(policy.inputs) != set(_ENTRIES)
        or set(policy.outputs.values()) - set(_OUTPUTS)
    ):
        return None
    if any(_ENTRIES[name].kind != "number" and part.source in usable for name, part in policy.inputs.items()):
        return None
    columns = {
        name: _column(part, _ENTRIES[name], at_us, usable.get(part.source), observations, pool.floats(len(at_us)))
        for name, part in policy.inputs.items()
    }
    total, worst = pool.floats(len(at_us)), pool.floats(len(at_us))
    total[:], worst[:] = 0.0, 0.0
    for name in _BANDED:
        _add_band(columns[name], _TABLES[name], BANDS[name].per_unit, ROUNDING_NOISE, total, worst)
    oxygen = columns["supplemental_oxygen"]
    _add_spo2(columns["spo2"], columns["spo2_scale"], oxygen, _SPO2_TABLES, ROUNDING_NOISE, total, worst)
    _add(np.where(oxygen == 1, *map(float, OXYGEN_POINTS)), oxygen, total, worst)
    _add(columns["consciousness"], columns["consciousness"], total, worst)
    at_least = NEWS2.card.parameters["risk"]["single_parameter"]
    answers = (total, np.where(np.isnan(total), np.nan, worst >= at_least))
    return {signal: answers[_OUTPUTS[output]] for signal, output in policy.outputs.items()}


def _column(
    part: ScoreInput,
    entry: ModelInput,
    at_us: NDArray[np.int64],
    usable: Usable | None,
    observations: Sequence[Observation],
    found: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Write an input as the model would read it at each time, NaN where it would refuse."""
    read: dict[tuple[type, object], float] = {}
    observed = sorted((one for one in observations if one.code == part.source), key=lambda one: one.time_us)
    seen = _Seen(
        np.array([one.time_us for one in observed], np.int64),
        np.array([_read(entry, one.value, read) for one in observed], np.float64),
        np.array([one.status in (Status.PRESENT, Status.IMPUTED) for one in observed], np.int8),
    )
    if not observed and usable is None:
        found[:] = _read(entry, part.unless_recorded, read)
        return found
    times, values = usable if usable is not None else (np.empty(0, np.int64), np.empty(0))
    low = -np.inf if entry.low is None else float(entry.low)
    high = np.inf if entry.high is None else float(entry.high)
    age_us = -1 if part.max_age_us is None else part.max_age_us
    _newest(at_us, times, values, low, high, seen, age_us, _read(entry, part.unless_recorded, read), found)
    return found


def _read(entry: ModelInput, value: Any, known: dict[tuple[type, object], float]) -> float:
    """Return a value as a number: points for consciousness, 1 or 0 for yes or no; NaN where the model would refuse."""
    key = (type(value), value)
    if key not in known:
        read, problem = read_value(entry, value)
        number = CONSCIOUSNESS_POINTS.get(read) if entry.kind == "category" else read
        known[key] = np.nan if problem is not Problem.NONE or number is None else float(number)
    return known[key]


@numba.njit(cache=True, nogil=True)
def _newest(
    at_us: NDArray[np.int64],
    times: NDArray[np.int64],
    values: NDArray[np.float64],
    low: float,
    high: float,
    seen: _Seen,
    age_us: int,
    otherwise: float,
    found: NDArray[np.float64],
) -> None:
    """Write what is newest and young enough: a sample, an observation, or what stands in for both."""
    sample, saw = -1, -1
    for i in range(len(at_us)):
        now_us = at_us[i]
        while sample + 1 < len(times) and times[sample + 1] <= now_us:
            sample += 1
        while saw + 1 < len(seen.time_us) and seen.time_us[saw + 1] <= now_us:
            saw += 1
        oldest_us = now_us - age_us if age_us >= 0 else NEVER + 1
        answer, seen_us = otherwise, NEVER
        if saw >= 0:
            seen_us = seen.time_us[saw]
            if seen_us >= oldest_us and seen.state[saw] == 1:
                answer = seen.value[saw]
        if sample >= 0 and times[sample] >= oldest_us and times[sample] >= seen_us:
            answer = values[sample] if low <= values[sample] <= high else np.nan
        found[i] = answer


def _table(bands: Bands, highest: float) -> NDArray[np.float64]:
    """Return the points of every value on the chart, by the value in units of the resolution."""
    scored = np.arange(int(highest * bands.per_unit) + 2)
    return bands.points[np.searchsorted(bands.highest, scored, side="left")].astype(np.float64)


_ENTRIES: Final = {entry.name: entry for entry in NEWS2.card.inputs}
_BANDED: Final = ("respiratory_rate", "systolic_bp", "heart_rate", "temperature")
_TABLES: Final = {name: _table(BANDS[name], float(_ENTRIES[name].high or 0)) for name in _BANDED}
_SPO2_TABLES: Final = np.array(
    [
        _table(BANDS[name], float(_ENTRIES["spo2"].high or 0))
        for name in ("spo2_scale_1", "spo2_scale_2_on_air", "spo2_scale_2_on_oxygen")
    ]
)


@numba.njit(cache=True, nogil=True)
def _add_band(
    value: NDArray[np.float64],
    table: NDArray[np.float64],
    per_unit: int,
    noise: float,
    total: NDArray[np.float64],
    worst: NDArray[np.float64],
) -> None:
    for i in range(len(value)):
        if np.isnan(value[i]):
            total[i] = np.nan
            continue
        points = table[int(value[i] * per_unit + (0.5 + noise))]
        total[i] += points
        worst[i] = max(worst[i], points)


@numba.njit(cache=True, nogil=True)
def _add_spo2(
    spo2: NDArray[np.float64],
    scale: NDArray[np.float64],
    oxygen: NDArray[np.float64],
    tables: NDArray[np.float64],
    noise: float,
    total: NDArray[np.float64],
    worst: NDArray[np.float64],
) -> None:
    for i in range(len(spo2)):
        if np.isnan(spo2[i]) or np.isnan(scale[i]) or np.isnan(oxygen[i]):
            total[i] = np.nan
            continue
        which = 0
        if scale[i] == 2:
            which = 2 if oxygen[i] == 1 else 1
        points = tables[which, int(spo2[i] + (0.5 + noise))]
        total[i] += points
        worst[i] = max(worst[i], points)


@numba.njit(cache=True, nogil=True)
def _add(
    points: NDArray[np.float64], known: NDArray[np.float64], total: NDArray[np.float64], worst: NDArray[np.float64]
) -> None:
    for i in range(len(points)):
        total[i] = np.nan if np.isnan(known[i]) else total[i] + points[i]
        worst[i] = max(worst[i], points[i])
