"""Every check, by name, in the order in which they run; none of them knows another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from fyr.learn.checks import (
    arrangement,
    category_spellings,
    chronology,
    contradictions,
    date_forms,
    duplicate_columns,
    duplicate_rows,
    event_coding,
    formulas,
    hospital_coding,
    hospital_levels,
    identities,
    imputed,
    leakage,
    linear_scores,
    mixed_scale,
    near_rows,
    number_forms,
    ranges,
    reading,
    sentinels,
    shifted_rows,
    sibling_scale,
    time_units,
)
from fyr.learn.checks.finding import SEVERITIES, Finding, RowNumbers, in_number
from fyr.learn.checks.settling import settled
from fyr.learn.checks.table import CheckedTable

__all__ = ["CHECKS", "check_table"]

_SHEETS_NAMED: Final = 3
Check = Callable[[CheckedTable], Iterator[Finding]]

CHECKS: Final[dict[str, Check]] = {
    "reading": reading.reading,
    "number forms": number_forms.number_forms,
    "category spellings": category_spellings.category_spellings,
    "date forms": date_forms.date_forms,
    "shifted rows": shifted_rows.shifted_rows,
    "identities": identities.identities,
    "duplicate rows": duplicate_rows.duplicate_rows,
    "split overlap": duplicate_rows.split_overlap,
    "another table": duplicate_rows.other_table,
    "near rows of a split": near_rows.near_rows_of_split,
    "near rows of another table": near_rows.near_rows_of_table,
    "duplicate columns": duplicate_columns.duplicate_columns,
    "ranges": ranges.ranges,
    "sentinels": sentinels.sentinels,
    "mixed scale": mixed_scale.mixed_scale,
    "sibling scale": sibling_scale.sibling_scale,
    "body mass index": formulas.body_mass_index,
    "Nottingham index": formulas.nottingham_index,
    "derived columns": formulas.derived_columns,
    "linear scores": linear_scores.linear_scores,
    "hospital levels": hospital_levels.hospital_levels,
    "hospital coding": hospital_coding.hospital_coding,
    "empty in hospital": hospital_coding.empty_in_hospital,
    "constant columns": imputed.constant_columns,
    "frequent value": imputed.frequent_value,
    "time units": time_units.time_units,
    "time order": chronology.time_order,
    "date order": chronology.date_order,
    "event coding": event_coding.events_follow_longest,
    "contradicting status": event_coding.contradicting_status,
    "contradictions": contradictions.contradictions,
    "leaking values": leakage.leaking_values,
    "leaking missingness": leakage.leaking_missingness,
    "leaking time": leakage.leaking_time,
    "leaking words": leakage.leaking_words,
    "leaking names": leakage.leaking_names,
    "sorted by outcome": arrangement.sorted_by_outcome,
    "digit preference": arrangement.digit_preference,
}


def check_table(table: CheckedTable, progress: Callable[[str], None] | None = None) -> list[Finding]:
    """Run every check.

    Parameters
    ----------
    table : CheckedTable
    progress : callable, optional
        Told the name of each check before it runs.

    Returns
    -------
    list of Finding
        Errors first, then warnings and notes; within them in the order of the checks.
    """
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        if progress is not None:
            progress(name)
        findings.extend(check(table))
    agreeing = [replace(one, evidence=in_number(one.evidence) + _sheets(one)) for one in settled(findings)]
    return sorted(agreeing, key=lambda finding: SEVERITIES.index(finding.severity))


def _sheets(finding: Finding) -> str:
    """Say which sheets rows are in, where their numbers come in several and no hospital says it."""
    rows = finding.row_numbers
    if finding.hospital is not None or not isinstance(rows, RowNumbers) or not rows.sheets:
        return ""
    more = ", ..." if len(rows.sheets) > _SHEETS_NAMED else ""
    return f" (sheet{'s' if len(rows.sheets) > 1 else ''} {', '.join(rows.sheets[:_SHEETS_NAMED])}{more})"
