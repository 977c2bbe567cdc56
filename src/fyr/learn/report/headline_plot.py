"""The headline figures, each a bar of its interval on its own scale, with the ideal marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.learn.report.axes import Scale
from fyr.learn.report.drawing import Dot, Label, Line, Mark, Picture
from fyr.learn.report.numbers import interval_text, plain

__all__ = ["HEADLINES", "headline_figure", "headline_plot"]

_NAMES, _BAR, _VALUE = 220.0, 250.0, 190.0
_ROW: Final = 34.0

HEADLINES: Final = (
    ("c_index", "Rank (C-index)", "0.5 is chance, 1 is perfect", (0.4, 1.0), 0.5, False),
    ("uno_c", "Rank by the horizon (Uno)", "0.5 is chance, 1 is perfect", (0.4, 1.0), 0.5, False),
    ("auc", "Area under the curve", "0.5 is chance, 1 is perfect", (0.4, 1.0), 0.5, False),
    ("calibration.slope", "Calibration slope", "1 is ideal; below: too extreme", (0.0, 2.0), 1.0, False),
    ("calibration.e_over_o", "Expected / observed", "1 is ideal; below: risks too low", (0.0, 2.0), 1.0, False),
    ("calibration.ici", "Typical gap of a risk (ICI)", "0 is ideal", (0.0, 0.25), 0.0, True),
    ("brier", "Brier score", "0 is perfect", (0.0, 0.35), None, False),
    ("scaled_brier", "Brier score against the mean", "0 is no better, 100 % perfect", (-0.2, 1.0), 0.0, True),
)
"""Where each figure stands in the document, its name, what it means, its scale, its mark, and whether in percent."""


def headline_figure(document: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """Return a figure by its place; ``None`` where it could not be computed."""
    if key == "c_index" and document.get("horizon_years") is None:
        return None  # without times it is the area under the curve
    part = document
    *path, last = key.split(".")
    for step in path:
        part = part[step]
    found: Mapping[str, Any] | None = part.get(last)
    return found if found and found.get("estimate") is not None else None


def headline_plot(document: Mapping[str, Any]) -> Picture | None:
    """Draw the figures that there are."""
    rows = [one for one in HEADLINES if headline_figure(document, one[0])]
    if not rows:
        return None
    marks: list[Mark] = []
    told = []
    for place, (key, title, meaning, ends, ideal, as_percent) in enumerate(rows):
        figure = headline_figure(document, key) or {}
        y = _ROW * place + 18
        seen = [figure["estimate"], *(figure[end] for end in ("low", "high") if figure.get(end) is not None)]
        scale = Scale(min(ends[0], *seen), max(ends[1], *seen), _NAMES, _NAMES + _BAR)
        value, interval = plain(figure, as_percent=as_percent), interval_text(figure, as_percent=as_percent)
        marks.append(Label(0, y, title, size=12, bold=True))
        marks.append(Label(0, y + 12, meaning, size=9.5, colour="quiet"))
        marks.append(Line([(_NAMES, y), (_NAMES + _BAR, y)], "line", 4))
        if ideal is not None:
            marks.append(Line([(scale(ideal), y - 8), (scale(ideal), y + 8)], "quiet", 1.25))
        if figure.get("low") is not None and figure.get("high") is not None:
            marks.append(Line([(scale(figure["low"]), y), (scale(figure["high"]), y)], "model", 4))
        marks.append(Dot(scale(figure["estimate"]), y, 5, "model"))
        marks.append(Label(_NAMES + _BAR + 18, y + 4, value, size=13, bold=True))
        marks.append(Label(_NAMES + _BAR + 78, y + 4, interval, size=11, colour="quiet"))
        told.append(f"{title}: {value}{f' ({interval})' if interval else ''}")
    height = _ROW * len(rows) + 6
    return Picture(_NAMES + _BAR + _VALUE, height, "Headline figures", "; ".join(told) + ".", marks)
