"""One defect, one line: what a finding explains is not said again by another check of the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fyr.learn.checks.finding import SEVERITIES, Finding, RowNumbers

__all__ = ["settled"]

_SAID_ONCE: Final = ("mixed_units", "unit_in_hospital", "hospital_jump")
"""Checks that look for one thing in several ways: the one with most rows is kept."""

_EXPLAINS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("sentinel", ("mixed_units", "impossible_values", "derived_column", "unit_against_sibling")),
    ("thousands_separators", ("mixed_units",)),
    ("unit_in_hospital", ("mixed_units", "impossible_values")),
    ("constant_in_hospital", ("imputed_value",)),
    ("mixed_units", ("impossible_values",)),
    ("unit_against_sibling", ("mixed_units", "impossible_values")),
    ("mixed_units", ("derived_column",)),
    ("derived_column", ("hospital_jump",)),
    ("negative_time", ("progression_after_end",)),
    ("date_order", ("future_dates",)),
    ("repeated_ids", ("ids_without_zeros",)),
)
"""A check, and those that are silent of the same column where their rows are among its rows."""
_EXPLAINS_ROWS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("split_overlap", ("duplicate_rows", "almost_duplicate_rows", "repeated_ids")),
)
"""The same whatever the column is."""
_CONFUSES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("mixed_date_order", ("date_order", "time_against_dates", "age_against_dates")),
)
"""A check, and those that cannot be believed of its column, whichever rows they name."""


def settled(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out what another finding says more exactly.

    Parameters
    ----------
    findings : iterable of Finding
        In the order of the checks: of equals, the first is kept.
    """
    kept = _units_once(list(findings))
    for explaining, explained in _EXPLAINS:
        kept = [
            one
            for one in kept
            if one.check not in explained
            or not any(
                other.check == explaining and set(other.columns) & set(one.columns) and _within(one, other)
                for other in kept
            )
        ]
    for explaining, explained in _EXPLAINS_ROWS:
        kept = [
            one
            for one in kept
            if one.check not in explained
            or not any(other.check == explaining and _within(one, other) for other in kept)
        ]
    for explaining, explained in _CONFUSES:
        confused = {name for one in kept if one.check == explaining for name in one.columns}
        kept = [one for one in kept if one.check not in explained or not confused & set(one.columns)]
    for check in ("date_order", "time_unit", "derived_column"):
        kept = _worst_once(kept, check)
    for check in ("split_overlap", "shared_patients"):
        kept = _first_of(kept, check)
    return kept


def _within(one: Finding, other: Finding) -> bool:
    return bool(one.row_numbers) and _places(one) <= _places(other)


def _places(one: Finding) -> frozenset[int]:
    rows = one.row_numbers
    return rows.places if isinstance(rows, RowNumbers) else frozenset(rows)


def _units_once(findings: list[Finding]) -> list[Finding]:
    """Keep one finding on the unit of a column in a hospital; of a column with one, no other way of saying it."""
    kept: dict[tuple[str, tuple[str, ...], str | None], Finding] = {}
    for finding in findings:
        key = (finding.check, finding.columns, finding.hospital)
        if finding.check in _SAID_ONCE and (key not in kept or finding.rows_affected > kept[key].rows_affected):
            kept[key] = finding
    ranged = {one.columns for one in kept.values() if one.check == "unit_in_hospital" and one.by_range}
    wrong = {one.columns for one in kept.values() if one.check == "unit_in_hospital"}
    once = {
        id(one)
        for one in kept.values()
        if (one.check != "hospital_jump" or one.columns not in wrong)
        and (one.check != "unit_in_hospital" or one.by_range or one.columns not in ranged)
    }
    return [one for one in findings if one.check not in _SAID_ONCE or id(one) in once]


def _first_of(findings: list[Finding], check: str) -> list[Finding]:
    """Keep of one check's findings those that tell of rows that the ones before did not."""
    kept: list[Finding] = []
    for one in findings:
        if one.check != check or not any(other.check == check and _within(one, other) for other in kept):
            kept.append(one)
    return kept


def _worst_once(findings: list[Finding], check: str) -> list[Finding]:
    """Of several findings of one check on a column and the same rows, keep the worst, then the one with most rows."""
    order = [one for one in findings if one.check == check]
    order.sort(key=lambda one: (SEVERITIES.index(one.severity), -one.rows_affected))
    kept: list[Finding] = []
    for one in order:
        if not any(set(one.columns) & set(other.columns) and _within(one, other) for other in kept):
            kept.append(one)
    ids = {id(one) for one in kept}
    return [one for one in findings if one.check != check or id(one) in ids]
