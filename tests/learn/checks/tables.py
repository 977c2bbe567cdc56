"""Tables for the tests of the checks: columns of text, as a file has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from fyr.learn.checks import CheckedTable, Finding, check_table

Columns = dict[str, list[str]]


def cohort(rows: int = 240, seed: int = 1) -> Columns:
    """A clean table of breast cancer patients at four hospitals; followed for at most 96 months."""
    rng = np.random.default_rng(seed)
    size = rng.gamma(4, 6, rows).clip(3, 120).round()
    nodes = rng.poisson(1.5, rows)
    grade = rng.integers(1, 4, rows)
    risk = np.exp(0.02 * size + 0.3 * grade + 0.1 * nodes - 5.5)
    death = rng.exponential(1 / risk)
    end = rng.uniform(24, 96, rows)
    height = rng.normal(165, 7, rows).round()
    weight = rng.normal(72, 12, rows).clip(42).round(1)
    return {
        "patient_id": [f"P{number:05d}" for number in rng.permutation(90_000)[:rows]],
        "hospital": rng.choice(["North", "South", "East", "West"], rows).tolist(),
        "age": texts(rng.normal(61, 11, rows).clip(24, 94).round(1)),
        "tumour_size_mm": texts(size),
        "positive_nodes": texts(nodes),
        "nodes_examined": texts(nodes + rng.integers(3, 20, rows)),
        "grade": texts(grade),
        "er": rng.choice(["positive", "negative"], rows, p=[0.8, 0.2]).tolist(),
        "albumin": texts(rng.normal(39, 3.5, rows).round(1)),
        "height_cm": texts(height),
        "weight_kg": texts(weight),
        "bmi": texts((weight / (height / 100) ** 2).round(1)),
        "os_months": texts(np.minimum(death, end).round(1) + 0.1),
        "os_status": np.where(death < end, "dead", "alive").tolist(),
    }


def texts(values: Any) -> list[str]:
    """Write numbers as a file would."""
    return [f"{value:.6g}" for value in values]


def table(columns: Columns, **how: Any) -> CheckedTable:
    """Make the table of some columns of text; its first row is row 2 of a file."""
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return CheckedTable.of("table.csv", frame, np.arange(2, frame.height + 2), **how)


def alarms(columns: Columns, **how: Any) -> list[Finding]:
    """Return the errors and warnings."""
    return [finding for finding in check_table(table(columns, **how)) if finding.severity != "note"]


def named(findings: list[Finding], check: str) -> Finding:
    """Return the one finding of a check."""
    found = [finding for finding in findings if finding.check == check]
    assert len(found) == 1, [(one.check, one.columns, one.evidence) for one in findings]
    return found[0]
