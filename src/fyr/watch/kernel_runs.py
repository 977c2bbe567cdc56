"""Runs the kernel over rows of samples, large batches divided by patient among threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.compiled_policy import CompiledPolicy
from fyr.watch.kernel import CHANGE, State, advance_some, changes_capacity
from fyr.watch.sample_rows import SampleRows

__all__ = ["changes_of"]

_WORTH_THREADS: Final = 500_000
"""Rows from which on the patients are divided among threads; the kernel holds no lock of Python's."""


def changes_of(parts: Sequence[tuple[SampleRows, CompiledPolicy]], state: State, patients: int) -> NDArray[np.void]:
    """Return what rows change, by part; each thread's patients together.

    Parameters
    ----------
    parts : sequence of (SampleRows, CompiledPolicy)
        Rows that follow each other, with the rules that they are held to.
    state : State
        Changed in place.
    patients : int
        How many the state has room for.

    Returns
    -------
    ndarray of CHANGE
        What belongs to one patient stands in the order in which it came about.
    """
    rows = sum(len(part) for part, _ in parts)
    threads = max(1, min(os.cpu_count() or 1, patients)) if rows >= _WORTH_THREADS else 1
    if threads == 1:
        return _of_patients(parts, state, 0, patients)
    ends = [patients * number // threads for number in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda first, end: _of_patients(parts, state, first, end), ends[:-1], ends[1:])
        return np.concatenate(list(found))


def _of_patients(
    parts: Sequence[tuple[SampleRows, CompiledPolicy]], state: State, first_patient: int, end_patient: int
) -> NDArray[np.void]:
    """Run the kernel over the rows of some patients, whose state no other thread touches."""
    room = max((changes_capacity(len(rows), table.most_rules) for rows, table in parts), default=0)
    out = np.empty(room, CHANGE)
    found = []
    for rows, table in parts:
        count = advance_some(
            first_patient,
            end_patient,
            rows.patient,
            rows.signal,
            rows.time_us,
            rows.value,
            rows.period_us,
            table.signal_table,
            table.rule_table,
            state,
            out,
        )
        found.append(out[:count].copy())
    return np.concatenate(found) if found else out
