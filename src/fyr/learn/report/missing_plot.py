"""How often each input was missing, or was there and not accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.learn.report.axes import Scale, nice_ticks
from fyr.learn.report.drawing import Box, Label, Line, Mark, Picture
from fyr.learn.report.numbers import percent

__all__ = ["missing_plot"]

_NAMES, _BARS, _SAID = 230.0, 330.0, 190.0
_ROW: Final = 22.0


def missing_plot(missing: Mapping[str, Any]) -> Picture | None:
    """Draw a bar for each input that was not always there; nothing where all were."""
    inputs = sorted((one for one in missing["inputs"] if one["share"]), key=lambda one: -float(one["share"]))
    rows = missing["rows"]
    if not inputs or not rows:
        return None
    widest = max(one["share"] for one in inputs)
    scale = Scale(0, 1 if widest > 0.5 else max(widest * 1.1, 0.02), _NAMES, _NAMES + _BARS)
    bottom = 26 + _ROW * len(inputs)
    marks: list[Mark] = []
    for tick in nice_ticks(0, scale.high, 4):
        marks.append(Line([(scale(tick), 20), (scale(tick), bottom)], "line", 0.75))
        marks.append(Label(scale(tick), 14, percent(tick), "middle", 10, "quiet"))
    for place, one in enumerate(inputs):
        y = 26 + _ROW * place
        marks.append(Label(_NAMES - 8, y + 14, one["name"], "end", 11, bold=one["required"]))
        lacking, strange = one["missing"] / rows, one["unreadable"] / rows
        marks.append(Box(_NAMES, y + 4, scale(lacking) - _NAMES, _ROW - 9, "quiet", 0.8))
        marks.append(Box(scale(lacking), y + 4, scale(lacking + strange) - scale(lacking), _ROW - 9, "high", 0.85))
        marks.append(Label(scale(lacking + strange) + 6, y + 14, _said(one), size=10, colour="quiet"))
    marks.append(Line([(_NAMES, 20), (_NAMES, bottom)], "quiet", 1))
    told = "; ".join(f"{one['name']}: {_said(one)}" for one in inputs)
    return Picture(_NAMES + _BARS + _SAID, bottom + 6, "Missing inputs", f"Of {rows} rows. {told}.", marks)


def _said(one: Mapping[str, Any]) -> str:
    if not one["in_table"]:
        return "not in the table"
    parts = [f"{one['missing']} missing"] if one["missing"] else []
    parts += [f"{one['unreadable']} not accepted"] if one["unreadable"] else []
    return ", ".join(parts)
