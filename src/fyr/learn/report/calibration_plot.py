"""The calibration plot: what was predicted against what came, and below it how often each risk was predicted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.learn.report.axes import Plane, Scale, nice_ticks
from fyr.learn.report.drawing import Area, Box, Dot, Label, Line, Mark, Picture
from fyr.learn.report.numbers import figure_text, percent

__all__ = ["calibration_plot"]

_SIZE: Final = 380.0
_LEFT, _TOP, _RIGHT, _BELOW = 62.0, 12.0, 150.0, 46.0
_STRIP: Final = 64.0
_GAP: Final = 14.0


def calibration_plot(calibration: Mapping[str, Any], event: str, horizon: str) -> Picture | None:
    """Draw the curve with its band, tenths with their intervals, the ideal line and the distribution of risks.

    Parameters
    ----------
    calibration : mapping
        Of the validation.
    event, horizon : str
        In words: ``death of any cause``, ``by 10 years`` or nothing.
    """
    groups, curve = calibration.get("groups") or [], calibration.get("curve")
    if not groups and not curve:
        return None
    top = _highest(groups, curve)
    plane = Plane(Scale(0, top, _LEFT, _LEFT + _SIZE), Scale(0, top, _TOP + _SIZE, _TOP))
    ticks = nice_ticks(0, top)
    marks: list[Mark] = plane.axes(
        "", f"Observed risk {horizon}".strip(), x_text=lambda _: "", y_text=percent, x_ticks=ticks, y_ticks=ticks
    )
    marks.append(Line([plane.place(0, 0), plane.place(top, top)], "quiet", 1, (4, 3)))
    marks.append(Label(_LEFT + _SIZE + 6, _TOP + 4, "ideal", "start", 10, "quiet"))
    if curve:
        if None not in curve["low"] and None not in curve["high"]:
            marks.append(Area(plane.band(curve["predicted"], curve["low"], curve["high"]), "model", 0.18))
        marks.append(Line(plane.line(curve["predicted"], curve["observed"]), "model", 2.25))
    for group in groups:
        if group.get("observed") is None:
            continue
        x, y = plane.place(group["predicted"], group["observed"])
        if group.get("low") is not None and group.get("high") is not None:
            marks.append(Line([(x, plane.y(group["low"])), (x, plane.y(group["high"]))], "ink", 1))
        marks.append(Dot(x, y, 3.4, "ink"))
    marks += _beside(calibration, _LEFT + _SIZE + 16, _TOP + 44)
    strip_top = _TOP + _SIZE + _GAP
    marks += _distribution(calibration.get("distribution"), plane.x, strip_top, ticks)
    height = strip_top + _STRIP + _BELOW
    said = _in_words(groups, event, horizon)
    return Picture(_LEFT + _SIZE + _RIGHT, height, "Calibration: predicted against observed risk", said, marks)


def _highest(groups: list[Mapping[str, Any]], curve: Mapping[str, Any] | None) -> float:
    seen = [0.05]
    for group in groups:
        seen += [group["predicted"], group.get("high") or group.get("observed") or 0]
    if curve:
        seen += [curve["predicted"][-1], max(curve["observed"])]
    return min(1.0, next(limit for limit in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if limit >= min(max(seen), 1.0)))


def _beside(calibration: Mapping[str, Any], x: float, y: float) -> list[Mark]:
    marks: list[Mark] = []
    for title, key, ideal, as_percent in (
        ("Slope", "slope", "ideal 1", False),
        ("Expected / observed", "e_over_o", "ideal 1", False),
        ("Typical gap (ICI)", "ici", "ideal 0", True),
    ):
        text = figure_text(calibration.get(key), as_percent=as_percent)
        value, _, interval = text.partition(" (")
        marks.append(Label(x, y, title, "start", 10, "quiet"))
        marks.append(Label(x, y + 16, value, "start", 14, "ink", bold=True))
        marks.append(Label(x, y + 30, f"{interval.removesuffix(')')}; {ideal}" if interval else ideal, size=10))
        y += 56
    return marks


def _distribution(distribution: Mapping[str, Any] | None, x: Scale, top: float, ticks: list[float]) -> list[Mark]:
    bottom, middle = top + _STRIP, top + _STRIP * 0.5
    marks: list[Mark] = []
    if distribution:
        edges, event, none = distribution["edges"], distribution["event"], distribution["none"]
        tallest = max([*event, *none, 1e-12])
        for place, (had, had_not) in enumerate(zip(event, none, strict=True)):
            if edges[place] >= x.high:
                continue
            left, right = x(edges[place]), x(edges[place + 1])
            width = max(right - left - 1, 0.5)
            up, down = had / tallest * _STRIP * 0.48, had_not / tallest * _STRIP * 0.48
            marks.append(Box(left, middle - up, width, up, "high", 0.85))
            marks.append(Box(left, middle, width, down, "quiet", 0.6))
        marks.append(Label(x.end + 8, middle - 6, "with the event", size=10, colour="high"))
        marks.append(Label(x.end + 8, middle + 14, "without", size=10, colour="quiet"))
    marks.append(Line([(x.start, middle), (x.end, middle)], "quiet", 0.75))
    for tick in ticks:
        marks.append(Line([(x(tick), bottom), (x(tick), bottom + 4)], "quiet", 1))
        marks.append(Label(x(tick), bottom + 15, percent(tick), "middle", 10, "quiet"))
    marks.append(Line([(x.start, bottom), (x.end, bottom)], "quiet", 1))
    marks.append(Label((x.start + x.end) / 2, bottom + 32, "Predicted risk", "middle", 11))
    return marks


def _in_words(groups: list[Mapping[str, Any]], event: str, horizon: str) -> str:
    told = [group for group in groups if group.get("observed") is not None]
    if not told:
        return f"A smooth curve of observed against predicted risk of {event} {horizon}."
    pairs = "; ".join(f"predicted {percent(one['predicted'])}, observed {percent(one['observed'])}" for one in told)
    return f"Risk of {event} {horizon}, from the group with the lowest predictions to the highest: {pairs}."
