"""Scales and axes: from numbers to places on the paper, with few round ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fyr.learn.report.drawing import Label, Line, Mark

__all__ = ["Plane", "Scale", "nice_ticks", "text_width"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight scale: `low` lies at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; beyond the ends it stays at the end."""
        inside = min(max(value, self.low), self.high)
        span = self.high - self.low
        return self.start + (inside - self.low) / span * (self.end - self.start) if span else self.start

    def has(self, value: float) -> bool:
        """Tell whether a value lies on the scale."""
        return self.low <= value <= self.high


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers between two ends.

    >>> nice_ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low]
    rough = span / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def text_width(text: str, size: float) -> float:
    """Return about how wide words are, in points; good enough to leave them room."""
    return 0.56 * size * len(text)


@dataclass(frozen=True, slots=True)
class Plane:
    """The space of a plot between its two axes."""

    x: Scale
    y: Scale

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point lies."""
        return self.x(x), self.y(y)

    def line(self, xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
        """Return a line's points."""
        return [self.place(x, y) for x, y in zip(xs, ys, strict=True)]

    def band(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[tuple[float, float]]:
        """Return the outline of a band."""
        return self.line(xs, high) + self.line(xs, low)[::-1]

    def steps(self, xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
        """Return the points of a curve that jumps at each x."""
        found: list[tuple[float, float]] = []
        for x, y in zip(xs, ys, strict=True):
            if found:
                found.append((self.x(x), found[-1][1]))
            found.append(self.place(x, y))
        return found

    def axes(
        self,
        x_title: str,
        y_title: str,
        *,
        x_text: Callable[[float], str],
        y_text: Callable[[float], str],
        x_ticks: Sequence[float] | None = None,
        y_ticks: Sequence[float] | None = None,
    ) -> list[Mark]:
        """Return both axes: thin lines across for y, short ticks for x, and their titles."""
        left, right, bottom, top = self.x.start, self.x.end, self.y.start, self.y.end
        marks: list[Mark] = []
        widest = 0.0
        for tick in nice_ticks(self.y.low, self.y.high) if y_ticks is None else y_ticks:
            y = self.y(tick)
            marks.append(Line([(left, y), (right, y)], "line", 0.75))
            marks.append(Label(left - 6, y + 3.5, y_text(tick), "end", 10, "quiet"))
            widest = max(widest, text_width(y_text(tick), 10))
        marks.append(Line([(left, bottom), (right, bottom)], "quiet", 1))
        for tick in nice_ticks(self.x.low, self.x.high) if x_ticks is None else x_ticks:
            x = self.x(tick)
            marks.append(Line([(x, bottom), (x, bottom + 4)], "quiet", 1))
            marks.append(Label(x, bottom + 15, x_text(tick), "middle", 10, "quiet"))
        marks.append(Label((left + right) / 2, bottom + 30, x_title, "middle", 11))
        marks.append(Label(left - widest - 14, (top + bottom) / 2, y_title, "middle", 11, turned=True))
        return marks
