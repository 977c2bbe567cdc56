"""Dose-volume histograms as a table of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fyr.treat.dvh_metrics import Metric

__all__ = ["as_text"]


def as_text(document: dict[str, Any], asked: Sequence[Metric]) -> list[str]:
    """Return the lines of a page: a table of structures, then what must be known about them.

    Parameters
    ----------
    document : dict
        As ``--json`` writes it.
    asked : sequence of Metric
    """
    head = [
        "structure",
        "cm³",
        "min Gy",
        "mean Gy",
        "max Gy",
        *(f"{one.text} {_unit(one.unit)}".strip() for one in asked),
    ]
    rows = [head]
    filled = {name: one for name, one in document["structures"].items() if "reason" not in one}
    for name, one in filled.items():
        figures = [one["volume_cm3"], one["min_gy"], one["mean_gy"], one["max_gy"]]
        figures += [one["metrics"][metric.text] for metric in asked]
        rows.append([name + ("" if one["complete"] else " *"), *(_figure(figure) for figure in figures)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) if not column else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]  # fmt: skip
    lines.append("")
    lines += [f"not filled  {name}: {reason}" for name, reason in document["refused"].items()]
    lines += [f"note  {name}: {note}" for name, one in filled.items() for note in one["notes"]]
    lines += [
        f"no {text}  {name}: {why}" for name, one in filled.items() for text, why in one["not_assessable"].items()
    ]
    lines += [f"warning  {warning}" for warning in document["warnings"]]
    dose = document["dose"]
    lines.append(f"dose of the {dose['summation']}, {dose['kind']}; ends {document['settings']['end_caps']}")
    return lines


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def _unit(unit: str) -> str:
    return {"1": "", "cm3": "cm³"}.get(unit, unit)
