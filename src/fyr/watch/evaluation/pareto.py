"""The Pareto front of load against missed events: the policies that no other one beats on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["pareto_front"]


def pareto_front(policies: Mapping[str, tuple[float | None, int]]) -> list[dict[str, Any]]:
    """Say of each policy whether another one is at least as good in both and better in one.

    Parameters
    ----------
    policies : mapping of str to (float, int)
        Mean alerts per patient-day and missed events; without a load where nobody was monitored.

    Returns
    -------
    list of dict
        `policy`, `alerts_per_patient_day`, `missed`, `on_front`, `beaten_by`; by rising load.

    >>> [row["policy"] for row in pareto_front({"a": (9.0, 1), "b": (2.0, 1), "c": (1.0, 4)}) if row["on_front"]]
    ['c', 'b']
    """
    rows = []
    known = {name: (load, missed) for name, (load, missed) in policies.items() if load is not None}
    for name, (load, missed) in sorted(known.items(), key=lambda item: (item[1], item[0])):
        beaten_by = [
            other
            for other, (other_load, other_missed) in known.items()
            if other_load <= load and other_missed <= missed and (other_load, other_missed) != (load, missed)
        ]
        rows.append(
            {
                "policy": name,
                "alerts_per_patient_day": load,
                "missed": missed,
                "on_front": not beaten_by,
                "beaten_by": beaten_by,
            }
        )
    return rows
