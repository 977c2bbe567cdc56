"""A picture as SVG whose colours follow the page: light, dark or print."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from html import escape

from fyr.learn.report.drawing import Area, Box, Diamond, Dot, Label, Line, Mark, Paint, Picture, Rgb

__all__ = ["as_svg"]


def as_svg(picture: Picture, name: str) -> str:
    """Return the picture as an ``<svg>`` element.

    Parameters
    ----------
    picture : Picture
    name : str
        Unique on the page; its title and description are named after it.
    """
    marks = "".join(_drawn(mark) for mark in picture.marks)
    return (
        f'<svg viewBox="0 0 {_number(picture.width)} {_number(picture.height)}" role="img" '
        f'width="{_number(picture.width)}" height="{_number(picture.height)}" '
        f'aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(picture.title)}</title>'
        f'<desc id="{name}-description">{escape(picture.description)}</desc>{marks}</svg>'
    )


@singledispatch
def _drawn(mark: Mark) -> str:
    raise TypeError(f"{type(mark).__name__} is no mark")


@_drawn.register
def _(mark: Line) -> str:
    dash = "" if mark.dash is None else f' stroke-dasharray="{_number(mark.dash[0])} {_number(mark.dash[1])}"'
    width = f'stroke-width="{_number(mark.width)}"{dash}'
    return f'<polyline {_colour(mark.colour, "s", "stroke")} {width} points="{_points(mark.points)}"/>'


@_drawn.register
def _(mark: Area) -> str:
    return f'<polygon class="f-{mark.colour}" opacity="{_number(mark.opacity)}" points="{_points(mark.points)}"/>'


@_drawn.register
def _(mark: Box) -> str:
    if mark.width <= 0 or mark.height <= 0:
        return ""
    return (
        f'<rect {_colour(mark.colour, "f", "fill")} opacity="{_number(mark.opacity)}" '
        f'x="{_number(mark.x)}" y="{_number(mark.y)}" '
        f'width="{_number(mark.width)}" height="{_number(mark.height)}"/>'
    )


@_drawn.register
def _(mark: Dot) -> str:
    place = f'cx="{_number(mark.x)}" cy="{_number(mark.y)}" r="{_number(mark.radius)}"'
    return f'<circle class="f-{mark.colour} rim" {place}/>'


@_drawn.register
def _(mark: Diamond) -> str:
    x, y, radius = mark.x, mark.y, mark.radius
    corners = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
    return f'<polygon class="f-{mark.colour} rim" points="{_points(corners)}"/>'


@_drawn.register
def _(mark: Label) -> str:
    turned = f' transform="rotate(-90 {_number(mark.x)} {_number(mark.y)})"' if mark.turned else ""
    weight = ' font-weight="600"' if mark.bold else ""
    return (
        f'<text class="f-{mark.colour}" x="{_number(mark.x)}" y="{_number(mark.y)}" text-anchor="{mark.anchor}" '
        f'font-size="{_number(mark.size)}"{weight}{turned}>{escape(mark.text)}</text>'
    )


def _colour(paint: Paint, prefix: str, attribute: str) -> str:
    return f'{attribute}="{paint.hex}"' if isinstance(paint, Rgb) else f'class="{prefix}-{paint}"'


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
