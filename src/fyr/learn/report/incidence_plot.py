"""What became of the low, middle and high thirds: cumulative incidence, the numbers at risk, and what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fyr.learn.report.axes import Plane, Scale, nice_ticks
from fyr.learn.report.drawing import Area, Colour, Diamond, Label, Line, Mark, Picture
from fyr.learn.report.numbers import percent

__all__ = ["incidence_plot"]

_WIDTH, _HEIGHT = 470.0, 280.0
_LEFT, _TOP, _RIGHT = 76.0, 14.0, 150.0
_COLOUR: Final[dict[str, Colour]] = {"low": "low", "middle": "middle", "high": "high"}
_DASH: Final[dict[str, tuple[float, float] | None]] = {"low": (2, 2), "middle": (7, 3), "high": None}


def incidence_plot(groups: Sequence[Mapping[str, Any]], horizon_years: float | None, event: str) -> Picture | None:
    """Draw one curve a third, with its band; a diamond is what the model expected by the horizon."""
    drawn = [group for group in groups if group.get("curve") and group["curve"]["years"][-1] > 0]
    if not drawn or horizon_years is None:
        return None
    right = max(horizon_years * 1.04, *(group["curve"]["years"][-1] for group in drawn))
    highest = max(max(*group["curve"]["high"], group.get("predicted") or 0) for group in drawn)
    top = next(limit for limit in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if limit >= min(highest, 1.0))
    plane = Plane(Scale(0, right, _LEFT, _LEFT + _WIDTH), Scale(0, top, _TOP + _HEIGHT, _TOP))
    ticks = nice_ticks(0, right, 8, (1, 2, 5, 10))
    marks: list[Mark] = plane.axes(
        "Years", "Had the event", x_text=lambda year: f"{year:g}", y_text=percent, x_ticks=ticks
    )
    marks.append(Line([plane.place(horizon_years, 0), plane.place(horizon_years, top)], "quiet", 0.75, (2, 3)))
    for group in drawn:
        curve, colour = group["curve"], _COLOUR[group["name"]]
        low, high = (plane.steps(curve["years"], curve[end]) for end in ("low", "high"))
        marks.append(Area(high + low[::-1], colour, 0.14))
        marks.append(Line(plane.steps(curve["years"], curve["incidence"]), colour, 2, _DASH[group["name"]]))
    marks += [
        Diamond(*plane.place(horizon_years, group["predicted"]), 5, _COLOUR[group["name"]])
        for group in drawn
        if group.get("predicted") is not None
    ]
    marks += _names(drawn, plane)
    marks += _at_risk(drawn, plane)
    height = _TOP + _HEIGHT + 62 + 15 * len(drawn)
    return Picture(
        _LEFT + _WIDTH + _RIGHT, height, "Incidence by thirds of predicted risk", _in_words(groups, event), marks
    )


def _names(drawn: Sequence[Mapping[str, Any]], plane: Plane) -> list[Mark]:
    """Write each third's name at the end of its curve, apart from its neighbours."""
    marks: list[Mark] = []
    x = plane.x.end + 10
    lowest = float("inf")
    for group in sorted(drawn, key=lambda one: -one["curve"]["incidence"][-1]):
        y = plane.y(group["curve"]["incidence"][-1]) + 4
        y = y if lowest == float("inf") else max(y, lowest + 34)
        lowest = y
        marks.append(Label(x, y, f"{group['name']} third", size=11, colour=_COLOUR[group["name"]], bold=True))
        expected = "" if group.get("predicted") is None else f"expected {percent(group['predicted'])}, "
        marks.append(Label(x, y + 14, f"{expected}seen {percent(group.get('observed'))}", size=10))
    if any(group.get("predicted") is not None for group in drawn):
        marks.append(Diamond(x + 4, plane.y.start + 26, 4, "quiet"))
        marks.append(Label(x + 14, plane.y.start + 30, "expected by the model", size=10, colour="quiet"))
    return marks


def _at_risk(drawn: Sequence[Mapping[str, Any]], plane: Plane) -> list[Mark]:
    y = plane.y.start + 50
    marks: list[Mark] = [Label(plane.x.start - 66, y - 2, "Under observation", size=10, colour="quiet")]
    for group in reversed(drawn):
        y += 15
        marks.append(Label(plane.x.start - 66, y, group["name"], size=10, colour=_COLOUR[group["name"]], bold=True))
        for year, rows in zip(group["at_risk"]["years"], group["at_risk"]["rows"], strict=True):
            marks.append(Label(plane.x(year), y, f"{rows:,}".replace(",", "\N{NO-BREAK SPACE}"), "middle", 10))
    return marks


def _in_words(groups: Sequence[Mapping[str, Any]], event: str) -> str:
    told = "; ".join(
        f"{group['name']} third: {group['rows']} rows, {percent(group.get('observed'))} had the event"
        + ("" if group.get("predicted") is None else f", {percent(group['predicted'])} expected")
        for group in groups
    )
    return f"Cumulative incidence of {event} by thirds of the prediction. {told}."
