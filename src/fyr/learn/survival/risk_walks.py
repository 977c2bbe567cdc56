"""The walks over risk sets, compiled: from the latest time to the earliest, and back.

Arguments are the fields of :class:`fyr.learn.survival.risk_sets.RiskSets`, whose docstring names them; `entry` is empty
where there is no late entry, and `beside`, of shape (groups, 1 + columns) or (0, 0), is what is at risk in each group
besides the rows of the walk (risk, and risk times columns).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["hazards_and_means", "pull", "walk_down", "walk_up"]

Floats = NDArray[np.float64]
_LEAST = 1e-150  # its square is still a number


@numba.njit(cache=True, nogil=True)
def _count_ties(m0: float, d0: float, dead: int, mean_weight: float, efron: bool) -> Any:
    """Sum over the events of one time: logs, the hazard for the living and the dead, and three factors of products."""
    log, rise, dead_rise, both, mixed, own = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for place in range(dead):
        share = place / dead if efron else 0.0
        left = m0 - share * d0
        if left <= _LEAST:
            return np.inf, 0.0, 0.0, 0.0, 0.0, 0.0
        log += mean_weight * np.log(left)
        rise += mean_weight / left
        dead_rise += mean_weight * (1.0 - share) / left
        squared = mean_weight / (left * left)
        both += squared
        mixed += squared * share
        own += squared * share * share
    return log, rise, dead_rise, both, mixed, own


@numba.njit(cache=True, nogil=True)
def walk_down(  # noqa: PLR0912  one walk, whole
    table: Floats,
    risk: Floats,
    weight: Floats,
    event: Floats,
    end: NDArray[np.int64],
    first: NDArray[np.int64],
    time: Floats,
    entry: Floats,
    entry_order: NDArray[np.int64],
    efron: bool,
    beside: Floats,
    steps: Floats,
    dead_steps: Floats,
    second: Floats,
) -> Any:
    """Fill the hazard's rise of each group and the means' outer products; return the sum of the logs."""
    columns = table.shape[1]
    s1, d1, m1 = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    s0, logs = 0.0, 0.0
    at_risk, gone, start = 0, 0, 0
    for group in range(len(end)):
        stop = end[group]
        if start == first[group]:
            s0, at_risk, gone = 0.0, 0, start
            s1[:] = 0.0
        if len(entry) > 0:
            while gone < stop and entry[entry_order[gone]] >= time[start]:
                row = entry_order[gone]
                s0 -= risk[row]
                at_risk -= 1
                for column in range(columns):
                    s1[column] -= risk[row] * table[row, column]
                gone += 1
            if at_risk == 0:
                s0 = 0.0
                s1[:] = 0.0
        d0, dead, dead_weight = 0.0, 0, 0.0
        d1[:] = 0.0
        for row in range(start, stop):
            share = risk[row]
            s0 += share
            at_risk += 1
            for column in range(columns):
                s1[column] += share * table[row, column]
            if event[row] > 0:
                dead += 1
                d0 += share
                dead_weight += weight[row]
                for column in range(columns):
                    d1[column] += share * table[row, column]
        start = stop
        if dead == 0 or dead_weight <= 0.0:
            continue
        m0 = s0
        m1[:] = s1
        if len(beside) > 0:
            m0 += beside[group, 0]
            m1 += beside[group, 1:]
        log, rise, dead_rise, both, mixed, own = _count_ties(m0, d0, dead, dead_weight / dead, efron)
        logs += log
        steps[group], dead_steps[group] = rise, dead_rise
        for one in range(columns):
            of_mean, of_dead = both * m1[one] - mixed * d1[one], own * d1[one] - mixed * m1[one]
            for other in range(one + 1):
                second[one, other] += of_mean * m1[other]
            if mixed > 0.0:
                for other in range(one + 1):
                    second[one, other] += of_dead * d1[other]
    for one in range(columns):
        for other in range(one):
            second[other, one] = second[one, other]
    return logs


@numba.njit(cache=True, nogil=True)
def walk_up(
    event: Floats,
    end: NDArray[np.int64],
    first: NDArray[np.int64],
    time: Floats,
    entry: Floats,
    entry_order: NDArray[np.int64],
    steps: Floats,
    dead_steps: Floats,
    exposure: Floats,
) -> None:
    """Fill the hazard that each row was exposed to, from its entry to its time."""
    hazard = 0.0
    come = len(entry_order) - 1
    for group in range(len(end) - 1, -1, -1):
        start = end[group - 1] if group > 0 else 0
        if len(entry) > 0:
            while come >= first[group] and entry[entry_order[come]] < time[start]:
                exposure[entry_order[come]] = -hazard
                come -= 1
        for row in range(start, end[group]):
            before = exposure[row] if len(entry) > 0 else 0.0
            exposure[row] = before + hazard + (dead_steps[group] if event[row] > 0 else steps[group])
        hazard += steps[group]
        if start == first[group]:
            hazard = 0.0


@numba.njit(cache=True, nogil=True)
def hazards_and_means(
    table: Floats,
    relative: Floats,
    weight: Floats,
    emphasis: Floats,
    event: Floats,
    end: NDArray[np.int64],
    first: NDArray[np.int64],
    time: Floats,
    entry: Floats,
    entry_order: NDArray[np.int64],
    efron: bool,
    beside: Floats,
) -> Any:
    """Return each group's hazard for the living and the dead, hazard times mean for both, and the events' mean."""
    columns, groups = table.shape[1], len(end)
    rise, dead_rise = np.zeros(groups), np.zeros(groups)
    drift, dead_drift, mean = np.zeros((groups, columns)), np.zeros((groups, columns)), np.zeros((groups, columns))
    s1, d1, m1 = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    s0 = 0.0
    at_risk, gone, start = 0, 0, 0
    for group in range(groups):
        stop = end[group]
        if start == first[group]:
            s0, at_risk, gone = 0.0, 0, start
            s1[:] = 0.0
        if len(entry) > 0:
            while gone < stop and entry[entry_order[gone]] >= time[start]:
                row = entry_order[gone]
                s0 -= relative[row] * weight[row]
                s1 -= relative[row] * weight[row] * table[row]
                at_risk -= 1
                gone += 1
            if at_risk == 0:
                s0 = 0.0
                s1[:] = 0.0
        d0, dead, dead_weight = 0.0, 0, 0.0
        d1[:] = 0.0
        for row in range(start, stop):
            share = relative[row] * weight[row]
            s0 += share
            at_risk += 1
            s1 += share * table[row]
            if event[row] > 0:
                dead += 1
                d0 += share
                dead_weight += weight[row] * emphasis[row]
                d1 += share * table[row]
        start = stop
        m0 = s0
        m1[:] = s1
        if len(beside) > 0:
            m0 += beside[group, 0]
            m1 += beside[group, 1:]
        for place in range(dead):
            share = place / dead if efron else 0.0
            left = max(m0 - share * d0, _LEAST)
            hazard = dead_weight / dead / left
            rise[group] += hazard
            dead_rise[group] += hazard * (1.0 - share)
            for column in range(columns):
                middle = (m1[column] - share * d1[column]) / left
                drift[group, column] += hazard * middle
                dead_drift[group, column] += hazard * (1.0 - share) * middle
                mean[group, column] += middle / dead
    return rise, dead_rise, drift, dead_drift, mean


@numba.njit(cache=True, nogil=True)
def pull(
    table: Floats,
    relative: Floats,
    emphasis: Floats,
    event: Floats,
    end: NDArray[np.int64],
    first: NDArray[np.int64],
    time: Floats,
    entry: Floats,
    entry_order: NDArray[np.int64],
    rise: Floats,
    dead_rise: Floats,
    drift: Floats,
    dead_drift: Floats,
    mean: Floats,
) -> Any:
    """Return the score residual of each row."""
    columns, groups = table.shape[1], len(end)
    residuals = np.zeros(table.shape)
    total, slid = 0.0, np.zeros(columns)
    come = len(entry_order) - 1
    for group in range(groups - 1, -1, -1):
        start = end[group - 1] if group > 0 else 0
        if len(entry) > 0:
            while come >= first[group] and entry[entry_order[come]] < time[start]:
                row = entry_order[come]
                residuals[row] += relative[row] * (table[row] * total - slid)
                come -= 1
        for row in range(start, end[group]):
            if event[row] > 0:
                residuals[row] += emphasis[row] * (table[row] - mean[group])
                residuals[row] -= relative[row] * (table[row] * (total + dead_rise[group]) - slid - dead_drift[group])
            else:
                residuals[row] -= relative[row] * (table[row] * (total + rise[group]) - slid - drift[group])
        total += rise[group]
        slid += drift[group]
        if start == first[group]:
            total = 0.0
            slid[:] = 0.0
    return residuals
