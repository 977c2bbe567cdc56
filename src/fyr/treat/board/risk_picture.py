"""Risks as bars with their intervals, and as a hundred patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fyr.learn.report.axes import Scale, nice_ticks
from fyr.learn.report.drawing import Box, Colour, Label, Line, Mark, Picture

__all__ = ["Risk", "icon_picture", "risk_picture"]

_NAMES: Final = 232.0
_END: Final = 396.0
_WIDTH: Final = 500.0
_ROW: Final = 17.0
_CELL: Final = 6.6
_ACROSS: Final = 5
_MOST_ICONS: Final = 10


@dataclass(frozen=True, slots=True)
class Risk:
    """One probability of one plan.

    Parameters
    ----------
    structure, endpoint, letter : str
        `letter` of the plan; empty where there is one.
    value : float
    low, high : float or None
    told : str
        As ``12 of 100 (5 to 22)``.
    good : bool
        Whether more is better.
    """

    structure: str
    endpoint: str
    letter: str
    value: float
    low: float | None
    high: float | None
    told: str
    good: bool = False

    @property
    def colour(self) -> Colour:
        """What it is drawn in: control and complication are not of one colour."""
        return "middle" if self.good else "high"


def risk_picture(risks: Sequence[Risk]) -> Picture:
    """Draw a bar for each probability, with a whisker from one end of its interval to the other."""
    heads = list(dict.fromkeys((one.structure, one.endpoint) for one in risks))
    greatest = max([0.05, *(one.high if one.high is not None else one.value for one in risks)])
    scale = Scale(0, min(1.0, greatest * 1.05), _NAMES, _END)
    marks: list[Mark] = []
    y = 6.0
    for structure, endpoint in heads:
        mine = [one for one in risks if (one.structure, one.endpoint) == (structure, endpoint)]
        marks.append(Label(0, y + 11, _cut(structure, 24), size=9.5, bold=True))
        marks.append(Label(0, y + 22, _cut(endpoint, 46), size=8, colour="quiet"))
        for place, one in enumerate(mine):
            marks += _bar(one, scale, y + place * _ROW)
        y += max(30.0, _ROW * len(mine) + 8)
        marks.append(Line([(0, y - 3), (_WIDTH, y - 3)], "line", 0.5))
    for tick in nice_ticks(0, scale.high, 4):
        marks.insert(0, Line([(scale(tick), 4), (scale(tick), y)], "line", 0.6))
        marks.append(Label(scale(tick), y + 11, f"{100 * tick:g} %", "middle", 8.5, "quiet"))
    words = "; ".join(f"{one.structure}, {one.endpoint} {one.letter}: {one.told}" for one in risks)
    return Picture(_WIDTH, y + 16, "Probabilities with their 95 % intervals", words, marks)


def _bar(one: Risk, scale: Scale, y: float) -> list[Mark]:
    middle = y + 9
    marks: list[Mark] = [Box(scale.start, y + 4, max(scale(one.value) - scale.start, 0.8), 10, one.colour, 0.75)]
    if one.low is not None and one.high is not None:
        ends = scale(one.low), scale(one.high)
        marks.append(Line([(ends[0], middle), (ends[1], middle)], "ink", 1.3))
        marks += [Line([(end, middle - 3.5), (end, middle + 3.5)], "ink", 1.3) for end in ends]
    if one.letter:
        marks.append(Label(scale.start - 8, y + 12.5, one.letter, "end", 9, bold=True))
    told = one.told.replace(" (no interval published)", ", no interval")
    marks.append(Label(_END + 8, y + 12, told, size=8))
    return marks


def icon_picture(risks: Sequence[Risk]) -> Picture:
    """Draw a hundred patients for each probability.

    Filled are as many as expected, half-filled those up to the upper end of the interval.
    """
    shown = list(risks)[:_MOST_ICONS]
    wide, high = _WIDTH / _ACROSS, 10 * _CELL + 48
    marks: list[Mark] = []
    for place, one in enumerate(shown):
        x, y = (place % _ACROSS) * wide, (place // _ACROSS) * high
        title = f"{one.letter}: {one.structure}" if one.letter else one.structure
        marks.append(Label(x, y + 11, _cut(title, 17), size=8.5, bold=True))
        marks.append(Label(x, y + 20, _cut(one.endpoint, 25), size=7, colour="quiet"))
        expected = round(100 * one.value)
        most = expected if one.high is None else round(100 * one.high)
        for number in range(100):
            at = x + (number % 10) * _CELL, y + 25 + (number // 10) * _CELL
            marks += _person(*at, "full" if number < expected else "half" if number < most else "empty", one.colour)
        marks.append(Label(x, y + 10 * _CELL + 36, one.told.replace(" (no interval published)", ""), size=7.5))
    rows = -(-len(shown) // _ACROSS)
    words = "; ".join(f"{one.letter} {one.structure}, {one.endpoint}: {one.told}" for one in shown)
    return Picture(_WIDTH, rows * high, "A hundred such patients", words, marks)


def _person(x: float, y: float, state: str, colour: Colour) -> list[Mark]:
    side = _CELL - 1.4
    if state == "full":
        return [Box(x, y, side, side, colour)]
    edge: list[Mark] = [
        Line([(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)],
             colour if state == "half" else "line", 0.6)
    ]  # fmt: skip
    return [Box(x, y + side / 2, side, side / 2, colour, 0.45), *edge] if state == "half" else edge


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
