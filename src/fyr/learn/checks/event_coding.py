"""Survivors coded as events: the shape of follow-up, and columns that say the opposite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.names import has_word
from fyr.learn.checks.roles import event_of_time
from fyr.learn.checks.shape import auc
from fyr.learn.checks.table import CheckedTable

__all__ = ["contradicting_status", "events_follow_longest"]

_FEWEST: Final = 40
_OPPOSITE_SHAPES: Final = 0.5
"""Difference of the rank separations of times in one hospital and elsewhere from which its coding is the opposite."""
_LONGER: Final = 0.72
"""Rank separation of times from which those with the event are followed longer than those without. Among some seventy
published data sets of survival it lies from 0.0 to 0.69; with the coding turned round from 0.3 to 1.0, mostly above."""
_CLEARLY: Final = 0.80
_LEAST: Final = 0.60
_LAST_SHARE: Final = 0.10
_LAST_EVENTS: Final = 0.65
_NO_EARLY_EVENT: Final = 1e-3
"""Chance of no event among the tenth with the shortest times, if events came at any time."""
_PLATEAU: Final = 0.05
"""Share of rows that end at the very same longest time: the study's end, where nobody dies at once."""
_AGREE: Final = 0.85
_OPPOSITE: Final = 0.97
"""Two events that differ in this share of rows say the opposite, whatever they are called."""


def events_follow_longest(table: CheckedTable) -> Iterator[Finding]:
    """Look at who is followed longest: those without the event, unless the coding is turned round."""
    for name in table.roles.times[:3]:
        event_name = table.event_name if name == table.roles.times[0] else event_of_time(name, table.roles.events)
        if event_name is None:
            continue
        event, time = table.event_of(event_name), table.column(name).number
        known = np.isfinite(event) & np.isfinite(time)
        happened = event[known] > 0
        if known.sum() < _FEWEST or min(happened.sum(), (~happened).sum()) < 8:
            continue
        evidence = _shape(time[known], happened)
        if evidence is None:
            yield from _in_one_hospital(table, (event_name, name), event, time)
        else:
            severity, words = evidence
            rows = known & (event > 0)
            yield Finding(
                "turned_event",
                severity,
                (event_name, name),
                f"{words}: survivors seem to be coded as events",
                f"see what the codes of '{event_name}' mean, and say it in the mapping (event: {{words: ...}})",
                int(rows.sum()),
                int(known.sum()),
                table.rows(rows),
            )


def _in_one_hospital(
    table: CheckedTable, columns: tuple[str, str], event: NDArray[np.float64], time: NDArray[np.float64]
) -> Iterator[Finding]:
    """Look for a hospital with the shape of a turned coding, where the others together have the opposite one."""
    known = np.isfinite(event) & np.isfinite(time)
    for hospital, inside in table.hospitals.items():
        here, there = known & inside, known & ~inside
        happened, elsewhere = event[here] > 0, event[there] > 0
        few = min(happened.sum(), (~happened).sum(), elsewhere.sum(), (~elsewhere).sum()) < 8
        if here.sum() < _FEWEST or few or auc(time[there], elsewhere) > 0.5:
            continue
        evidence = _shape(time[here], happened)
        if evidence is not None:
            rows = here & (event > 0)
            usual = auc(time[there], elsewhere)
            opposite = auc(time[here], happened) - usual >= _OPPOSITE_SHAPES
            yield Finding(
                "turned_event",
                "error" if opposite else evidence[0],
                columns,
                f"in {hospital} {evidence[1]}, elsewhere in {usual:.0%}: survivors seem to be coded as events there",
                f"see what the codes of '{columns[0]}' mean in this hospital, and translate them",
                int(here.sum()),
                int(known.sum()),
                table.rows(rows),
                hospital,
            )


def _shape(time: NDArray[np.float64], happened: NDArray[np.bool_]) -> tuple[Severity, str] | None:
    longest = time == time.max()
    if longest.mean() >= _PLATEAU and longest.sum() >= 8:
        at, before = float(happened[longest].mean()), float(happened[~longest].mean())
        if at >= 0.95 and before < 0.9:
            return (
                "error",
                f"all {int(longest.sum())} rows that end at the longest time ({time.max():g}) have the event",
            )
        if at < 0.5:
            return None
    order = np.argsort(time, kind="stable")
    count = max(5, int(_LAST_SHARE * len(time)))
    last, first = float(happened[order[-count:]].mean()), float(happened[order[:count]].mean())
    longer = auc(time, happened)
    late = longer >= _LONGER and last >= _LAST_EVENTS and last - first >= 0.3
    never_early = longer >= _LEAST and first == 0 and (1 - float(happened.mean())) ** count < _NO_EARLY_EVENT
    if not late and not never_early:
        return None
    severity: Severity = "error" if longer >= _CLEARLY and last >= 0.85 else "warning"
    return severity, (
        f"{last:.0%} of those followed longest have the event and {first:.0%} of those followed shortest; "
        "a time with the "
        f"event is the longer one in {longer:.0%} of pairs"
    )


def contradicting_status(table: CheckedTable) -> Iterator[Finding]:
    """Compare the columns that say whether a patient lives."""
    statuses = [(name, table.event_of(name)) for name in table.roles.events]
    statuses = [(name, event) for name, event in statuses if np.isfinite(event).sum() >= 15]
    for place, (first, ours) in enumerate(statuses):
        for second, theirs in statuses[place + 1 :]:
            known = np.isfinite(ours) & np.isfinite(theirs)
            if known.sum() < 15:
                continue
            differ = known & (ours != theirs)
            share = float(differ.sum() / known.sum())
            both = _of_death(first) and _of_death(second)
            if share >= _OPPOSITE or (both and (0 < share <= 1 - _AGREE or share >= _AGREE)):
                turned = share >= _AGREE
                yield Finding(
                    "contradicting_status",
                    "error" if turned or share > 0.002 else "warning",
                    (first, second),
                    f"'{first}' and '{second}' "
                    + ("say the opposite" if turned else "contradict each other")
                    + f" in {int(differ.sum())} of {int(known.sum())} rows",
                    "see which of the two is right, and what its codes mean",
                    int(differ.sum()),
                    int(known.sum()),
                    table.rows(differ),
                )
    yield from _death_dates(table, [(name, event) for name, event in statuses if _of_death(name)])


def _of_death(name: str) -> bool:
    """Tell whether an event is whether a patient lives, by its name."""
    if has_word(name, r"pfs|dfs|rfs|recur\w*|relapse|progress\w*|event") and not has_word(name, r"os|death|vital"):
        return False
    return has_word(name, r"death|dead|died|deceased|vital|os|overall|dod|dode?|avliden|surviv\w*|mort\w*|status")


def _death_dates(table: CheckedTable, statuses: list[tuple[str, NDArray[np.float64]]]) -> Iterator[Finding]:
    """Compare the status with whether there is a date of death."""
    if "death" not in table.roles.dates or not statuses:
        return
    column = table.column(table.roles.dates["death"])
    name, event = statuses[0]
    known = np.isfinite(event)
    filled = ~column.missing
    if not 0.01 < float(filled[known].mean()) < 0.99:
        return
    differ = known & ((event == 0) & filled)
    missing = known & (event == 1) & ~filled
    if differ.any():
        turned = differ.sum() > 0.5 * (known & filled).sum()
        yield Finding(
            "contradicting_status",
            "error",
            (name, column.name),
            f"{int(differ.sum())} of {int((known & filled).sum())} patients with a date of death have no event"
            + (": the coding is turned round" if turned else ""),
            "see which of the two is right, and what the codes mean",
            int(differ.sum()),
            int(known.sum()),
            table.rows(differ),
        )
    elif 0 < missing.sum() < 0.3 * (known & (event == 1)).sum():
        yield Finding(
            "contradicting_status",
            "warning",
            (name, column.name),
            f"{int(missing.sum())} patients with the event have no date of death",
            "find the dates, or see whether the event is another",
            int(missing.sum()),
            int(known.sum()),
            table.rows(missing),
        )
