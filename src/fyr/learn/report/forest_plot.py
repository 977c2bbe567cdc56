"""The forest: a row for each hospital and subgroup, with rank, slope, typical gap and expected over observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.learn.report.axes import Scale, nice_ticks
from fyr.learn.report.drawing import Box, Dot, Label, Line, Mark, Picture
from fyr.learn.report.numbers import figure_text, percent

__all__ = ["ForestRow", "forest_plot", "forest_rows"]

_NAMES: Final = 170.0
_PANEL: Final = 128.0
_WIDEST: Final = 320.0
_GAP: Final = 26.0
_ROW: Final = 26.0
_HEAD: Final = 40.0
_MOST_ROWS: Final = 60


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One row: a heading where there is no judgement."""

    name: str
    judged: Mapping[str, Any] | None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    key: str
    of_calibration: bool
    ideal: float | None
    ends: tuple[float, float]
    as_percent: bool = False


_PANELS: Final = (
    _Panel("Rank (C-index)", "c_index", False, 0.5, (0.4, 1.0)),
    _Panel("Slope", "slope", True, 1.0, (0.0, 2.0)),
    _Panel("Typical gap (ICI)", "ici", True, 0.0, (0.0, 0.3), True),
    _Panel("Expected / observed", "e_over_o", True, 1.0, (0.0, 2.0)),
)


def forest_rows(document: Mapping[str, Any]) -> list[ForestRow]:
    """Return the rows: the whole cohort, then each grouping with its levels."""
    rows = [ForestRow("All", document, whole=True)]
    for name, levels in document["by"].items():
        rows.append(ForestRow(name, None))
        rows += [ForestRow(level, judged) for level, judged in levels.items()]
    return rows


def forest_plot(document: Mapping[str, Any]) -> Picture | None:
    """Draw the forest; nothing where no group was asked for."""
    if not document["by"]:
        return None
    rows = forest_rows(document)
    left_out = max(0, len(rows) - _MOST_ROWS)
    rows = rows[:_MOST_ROWS]
    panels = [panel for panel in _PANELS if any(_figure(row.judged, panel) for row in rows)]
    if not panels:
        return None
    if not document.get("c_index"):
        panels = (
            [_Panel("Area under the curve", "auc", False, 0.5, (0.4, 1.0)), *panels] if document.get("auc") else panels
        )
    bottom = _HEAD + _ROW * len(rows)
    wide = min(_WIDEST, len(_PANELS) * _PANEL / len(panels))
    marks: list[Mark] = [
        Box(0, _HEAD + _ROW * place, _NAMES + len(panels) * (wide + _GAP), _ROW, "line", 0.35)
        for place, row in enumerate(rows)
        if row.whole
    ]
    marks += _names(rows)
    for place, panel in enumerate(panels):
        start = _NAMES + place * (wide + _GAP) + _GAP / 2
        marks += _panel(panel, rows, start, wide, bottom)
    if left_out:
        marks.append(Label(4, bottom + 16, f"and {left_out} more in the table", size=10, colour="quiet"))
    width = _NAMES + len(panels) * (wide + _GAP) + 8
    return Picture(width, bottom + 26, "Every group by itself", _in_words(rows), marks)


def _names(rows: Sequence[ForestRow]) -> list[Mark]:
    marks: list[Mark] = []
    for place, row in enumerate(rows):
        y = _HEAD + _ROW * place + 16
        if row.judged is None:
            marks.append(Label(4, y + 3, row.name, size=10, colour="quiet", bold=True))
            continue
        name = row.name if len(row.name) <= 16 else row.name[:15] + "\N{HORIZONTAL ELLIPSIS}"
        marks.append(Label(4 if row.whole else 14, y, name, size=11, bold=row.whole))
        small = ", small" if row.judged.get("small") else ""
        counted = f"{row.judged['events']} of {row.judged['rows']}{small}"
        marks.append(Label(_NAMES - 2, y, counted, "end", 9.5, "quiet"))
    return marks


def _figure(judged: Mapping[str, Any] | None, panel: _Panel) -> Mapping[str, Any] | None:
    if judged is None:
        return None
    found = (judged["calibration"] if panel.of_calibration else judged).get(panel.key)
    return found if found and found.get("estimate") is not None else None


def _panel(panel: _Panel, rows: Sequence[ForestRow], start: float, wide: float, bottom: float) -> list[Mark]:
    scale = _scale(panel, rows, start, wide)
    ideal = "" if panel.ideal is None else "0.5 is chance" if panel.ideal == 0.5 else f"{panel.ideal:g} is ideal"
    marks: list[Mark] = [
        Label(start, _HEAD - 26, panel.title, size=10, bold=True),
        Label(start, _HEAD - 14, ideal, size=9, colour="quiet"),
    ]
    for tick in nice_ticks(scale.low, scale.high, 3):
        text = percent(tick) if panel.as_percent else f"{tick:g}"
        marks.append(Label(scale(tick), bottom + 16, text, "middle", 9.5, "quiet"))
        marks.append(Line([(scale(tick), _HEAD - 8), (scale(tick), bottom)], "line", 0.75))
    if panel.ideal is not None and scale.has(panel.ideal):
        marks.append(Line([(scale(panel.ideal), _HEAD - 8), (scale(panel.ideal), bottom + 4)], "quiet", 1, (4, 3)))
    for place, row in enumerate(rows):
        if row.judged is None:
            continue
        y = _HEAD + _ROW * place + _ROW / 2
        figure = _figure(row.judged, panel)
        if figure is None:
            marks.append(Label((scale.start + scale.end) / 2, y + 3.5, "not assessable", "middle", 9.5, "quiet"))
            continue
        low, high = figure.get("low"), figure.get("high")
        if low is not None and high is not None:
            marks.append(Line([(scale(low), y), (scale(high), y)], "model", 1.75))
            marks += [_end(scale, end, y) for end in (low, high)]
        size = 5.0 if row.whole else 3.6
        if scale.has(figure["estimate"]):
            marks.append(Dot(scale(figure["estimate"]), y, size, "quiet" if row.judged.get("small") else "model"))
    return marks


def _end(scale: Scale, end: float, y: float) -> Mark:
    """Close an interval with a stroke, or with an arrow's head where it goes on beyond the scale."""
    if scale.has(end):
        return Line([(scale(end), y - 3), (scale(end), y + 3)], "model", 1.25)
    side = 4 if end > scale.high else -4
    x = scale(end)
    return Line([(x - side, y - 3), (x, y), (x - side, y + 3)], "model", 1.25)


def _scale(panel: _Panel, rows: Sequence[ForestRow], start: float, wide: float) -> Scale:
    """Return a scale that shows every estimate, and intervals as far as is sensible."""
    found = [figure for row in rows if (figure := _figure(row.judged, panel))]
    seen = [figure[key] for figure in found for key in ("estimate", "low", "high") if figure.get(key) is not None]
    estimates = [figure["estimate"] for figure in found]
    low = max(min([*seen, panel.ends[1]]), panel.ends[0]) if seen else panel.ends[0]
    high = min(max([*seen, panel.ends[0]]), panel.ends[1]) if seen else panel.ends[1]
    low, high = min([low, *estimates]), max([high, *estimates])
    if panel.ideal is not None:
        low, high = min(low, panel.ideal), max(high, panel.ideal)
    room = 0.06 * (high - low or 1)
    return Scale(low - (room if low else 0), high + room, start, start + wide)


def _in_words(rows: Sequence[ForestRow]) -> str:
    told = [
        f"{row.name}: {figure_text(row.judged.get('c_index') or row.judged.get('auc'))}"
        for row in rows
        if row.judged is not None
    ]
    return f"Rank by group: {'; '.join(told)}. Every figure is in the table below."
