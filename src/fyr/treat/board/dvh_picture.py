"""Dose-volume histograms of plans in one plot: structures by colour, plans by the dashes of their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.report.axes import Plane, Scale
from fyr.learn.report.drawing import Box, Label, Line, Mark, Picture, Rgb
from fyr.treat.plan_course import PlanCurve

__all__ = ["dvh_picture", "structure_colours"]

_DASHES: Final = (None, (7.0, 3.0), (2.0, 2.5), (10.0, 2.0), (4.0, 4.0), (1.0, 1.5), (12.0, 5.0), (6.0, 1.5))
_OWN: Final = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (140, 109, 0),
    (86, 180, 233),
    (91, 58, 140),
)
_WIDTH, _HEIGHT = 500.0, 250.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 362.0, 8.0, 212.0
_MOST: Final = 14
_LINE: Final = 14.0
_LIGHTEST: Final = 0.30
"""Relative luminance that still stands out from white paper at 3 to 1."""


def structure_colours(curves: Sequence[PlanCurve]) -> list[Rgb]:
    """Return each structure's own colour, made darker where it would be lost on white paper.

    One that has none, or that of a structure before it, gets another.
    """
    found: list[Rgb] = []
    free = [_on_paper(*one) for one in _OWN]
    for place, curve in enumerate(curves):
        own = _on_paper(*curve.colour) if curve.colour else None
        if own is None or own in found:
            own = next((one for one in free if one not in found), free[place % len(free)])
        found.append(own)
    return found


def _on_paper(red: int, green: int, blue: int) -> Rgb:
    """Return the hue at a luminance of at most 0.30 (WCAG 2.2, contrast of 3 to 1 on white)."""
    colour = np.array([red, green, blue], dtype=np.float64)
    while _luminance(colour) > _LIGHTEST:
        colour *= 0.95
    return Rgb(*(int(one) for one in colour.round()))


def _luminance(colour: NDArray[np.float64]) -> float:
    share = colour / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def dvh_picture(plans: Mapping[str, Mapping[str, PlanCurve]], names: Sequence[str], height: float = _HEIGHT) -> Picture:
    """Draw cumulative histograms, volume in per cent over dose in gray.

    Parameters
    ----------
    plans : mapping of str to mapping of str to PlanCurve
        By the plan's letter and the structure's name.
    names : sequence of str
        Which structures, the most important first; as many are drawn as have a line beside the plot, at most fourteen.
    height : float
    """
    bottom = height - (_HEIGHT - _BOTTOM)
    shown = list(names)[: min(_MOST, int((bottom - _TOP) // _LINE))]
    greatest = max(curves[name].dvh.max_gy for curves in plans.values() for name in shown)
    plane = Plane(Scale(0, greatest * 1.02, _LEFT, _RIGHT), Scale(0, 100, bottom, _TOP))
    marks: list[Mark] = [Box(_LEFT, _TOP, _RIGHT - _LEFT, bottom - _TOP, Rgb(255, 255, 255))]
    marks += plane.axes("Dose (Gy)", "Volume (%)", x_text=lambda one: f"{one:g}", y_text=lambda one: f"{one:g}")
    doses = np.linspace(0, greatest, 260)
    first = next(iter(plans.values()))
    colours = structure_colours([first[name] for name in shown])
    for place, name in enumerate(shown):
        colour = colours[place]
        for number, curves in enumerate(plans.values()):
            dvh = curves[name].dvh
            shares = 100 * dvh.volume_at(doses) / dvh.covered_cm3
            marks.append(Line(plane.line(doses.tolist(), shares.tolist()), colour, 1.5, _DASHES[number]))
        y = _TOP + 10 + _LINE * place
        marks.append(Line([(_RIGHT + 14, y - 3), (_RIGHT + 32, y - 3)], colour, 2.5))
        text = name if len(name) <= 20 else name[:19] + "\N{HORIZONTAL ELLIPSIS}"
        marks.append(Label(_RIGHT + 38, y, text, size=9))
    if len(plans) > 1:
        x = _LEFT
        for number, letter in enumerate(plans):
            marks.append(Line([(x, height - 1), (x + 26, height - 1)], "ink", 1.5, _DASHES[number]))
            marks.append(Label(x + 30, height + 2, f"plan {letter}", size=9))
            x += 80
    described = "; ".join(f"{name}: mean {first[name].dvh.mean_gy:.1f} Gy" for name in shown)
    return Picture(_WIDTH, height + 6, "Dose-volume histograms", f"Of plan A: {described}.", marks)
