"""The few nouns that every plot of a report is made of; each is drawn as SVG and in a PDF alike.

Coordinates are points, the origin at the top left, y downwards. A colour is named by what it is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["COLOURS", "Area", "Box", "Colour", "Diamond", "Dot", "Label", "Line", "Mark", "Paint", "Picture", "Rgb"]

Colour = Literal["ink", "quiet", "line", "model", "low", "middle", "high", "surface", "wash"]

COLOURS: Final[dict[Colour, tuple[str, str]]] = {
    "ink": ("#101b23", "#eaf0f3"),
    "quiet": ("#58656e", "#97a5b0"),
    "line": ("#d2d6d2", "#2a3742"),
    "model": ("#3443b5", "#a3b1ff"),
    "low": ("#5965c0", "#8493f0"),
    "middle": ("#19754a", "#5fcf93"),
    "high": ("#9c2f7b", "#f092cb"),
    "surface": ("#fafaf7", "#141c23"),
    "wash": ("#e3e6fa", "#222a4d"),
}
"""Each colour on light and on dark; red, yellow and cyan are left to alarms."""


@dataclass(frozen=True, slots=True)
class Rgb:
    """A colour that something already has, such as a structure in its plan; the same on light and on dark."""

    red: int
    green: int
    blue: int

    @property
    def hex(self) -> str:
        """As ``#rrggbb``."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


Paint = Colour | Rgb


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: Sequence[tuple[float, float]]
    colour: Paint = "ink"
    width: float = 1.0
    dash: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A filled outline."""

    points: Sequence[tuple[float, float]]
    colour: Colour = "wash"
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle from its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    colour: Paint = "model"
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle with a rim in the colour of the ground, so that it stands out from lines."""

    x: float
    y: float
    radius: float = 3.0
    colour: Colour = "model"


@dataclass(frozen=True, slots=True)
class Diamond:
    """A filled square on its corner: what was expected, where a dot is what was seen."""

    x: float
    y: float
    radius: float = 4.5
    colour: Colour = "model"


@dataclass(frozen=True, slots=True)
class Label:
    """Words; `y` is their base line."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    size: float = 11.0
    colour: Colour = "ink"
    bold: bool = False
    turned: bool = False


Mark = Line | Area | Box | Dot | Diamond | Label


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot.

    Parameters
    ----------
    width, height : float
        In points.
    title : str
        What it shows, for those who cannot see it.
    description : str
        What it says, in words.
    marks : sequence of Mark
        From the back to the front.
    """

    width: float
    height: float
    title: str
    description: str
    marks: Sequence[Mark]
