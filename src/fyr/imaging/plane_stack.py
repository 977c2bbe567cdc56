"""What a stack of drawn planes says about the space between them.

Between two neighbouring planes the coverage passes from one to the other in a straight line, and dose may be taken
anywhere. How much of it counts follows the area of the contours along the stack:

- ``rounded``: the area runs smoothly (a cubic through four planes), and beyond the outermost plane it falls on as the
  last planes have it fall, if it so vanishes within one spacing; otherwise, as where a structure ends bluntly,
  the outermost plane reaches half a spacing further. Exact for spheres and cones, whatever the position of the slices.
- ``half``: the area runs straight, and the outermost planes reach half a spacing further: the sum of area times
  spacing, as most planning systems have it.
- ``none``: the area runs straight, and the structure ends where it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["Between", "EndCaps", "Layer", "layers", "usual_spacing_mm"]

EndCaps = Literal["rounded", "half", "none"]
"""How far the outermost planes reach beyond themselves."""

Floats = NDArray[np.float64]

_WIDE: Final = 1.5
"""A gap this many times the usual spacing is called one."""
_TOUCHING: Final = 1.02
"""A tip this many spacings beyond its plane, where rounding may have put it, is at the next plane, which it touches."""
_PIECES: Final = 4
"""A rounded end along a root is cut into this many."""
_BEND: Final = 0.15
"""How far a smooth area may leave the straight one, of the greater of two planes."""
_FORETOLD: Final = 0.25
"""How far from its plane's area the curve of an end may be at the fourth plane, of the greatest of the four."""


@dataclass(frozen=True, slots=True)
class Between:
    """How the space between planes is filled.

    Parameters
    ----------
    end_caps : str
        ``rounded``, ``half`` or ``none``, as above.
    bridge : float
        A gap of up to this many times the usual spacing is filled from its two sides and noted; a wider one parts the
        structure, and is noted too.
    single_plane_mm : float, optional
        The thickness of a structure that is drawn on one plane (or of a part that stands alone).

    Raises
    ------
    BadInput
        If a setting is impossible.
    """

    end_caps: EndCaps = "rounded"
    bridge: float = 3.5
    single_plane_mm: float | None = None

    def __post_init__(self) -> None:
        if self.end_caps not in {"rounded", "half", "none"}:
            raise BadInput(f"end caps '{self.end_caps}'", mend="use rounded, half or none")
        if not self.bridge >= 1:
            raise BadInput(f"gaps of {self.bridge} spacings bridged", mend="use 1 or more")
        if self.single_plane_mm is not None and not 0 < self.single_plane_mm <= 100:
            raise BadInput(f"a single plane {self.single_plane_mm} mm thick", mend="use 0 to 100 mm")


@dataclass(frozen=True, slots=True)
class Layer:
    """Space from one place to another along w, in which coverage passes from one plane's to another's.

    Parameters
    ----------
    lower, upper : int
        The planes; the same one where the coverage stays as it is.
    start_mm, end_mm : float
    straight : tuple of float
        The area in mm² at start and end that the passage of the coverage has.
    area : tuple of float
        The area that counts, as the coefficients of a cubic of the distance from the start in mm, constant first.
    """

    lower: int
    upper: int
    start_mm: float
    end_mm: float
    straight: tuple[float, float]
    area: tuple[float, float, float, float]

    @property
    def volume_mm3(self) -> float:
        """The volume of the layer."""
        t = self.end_mm - self.start_mm
        a, b, c, d = self.area
        return t * (a + t * (b / 2 + t * (c / 3 + t * d / 4)))

    def shares(self, start_mm: Floats, end_mm: Floats) -> tuple[Floats, Floats]:
        """Return what to weigh the coverage with in cuts of the layer, and their volumes in mm³."""
        low, high = start_mm - self.start_mm, end_mm - self.start_mm
        a, b, c, d = self.area[0], self.area[1] / 2, self.area[2] / 3, self.area[3] / 4
        volume = high * (a + high * (b + high * (c + high * d))) - low * (a + low * (b + low * (c + low * d)))
        first, last = self.straight
        slope = (last - first) / (self.end_mm - self.start_mm)
        plain = (high - low) * (first + slope / 2 * (low + high))
        if plain.min() > 0:
            return volume / plain, volume
        return np.divide(volume, plain, out=np.zeros_like(plain), where=plain > 0), volume


def usual_spacing_mm(places_mm: NDArray[np.float64]) -> float | None:
    """Return the median distance between neighbouring planes; None for one plane."""
    return float(np.median(np.diff(places_mm))) if len(places_mm) > 1 else None


def layers(places_mm: Floats, area_mm2: Floats, between: Between) -> tuple[list[Layer], list[str]]:
    """Fill the space between planes.

    Parameters
    ----------
    places_mm : ndarray of float64, shape (planes,)
        Rising.
    area_mm2 : ndarray of float64, shape (planes,)
        Inside the contours of each plane.
    between : Between

    Returns
    -------
    layers : list of Layer
        From the lowest on, none over another.
    notes : list of str
        Gaps, and the thickness of what is drawn on one plane.

    Raises
    ------
    BadInput
        If the structure has one plane and its thickness was not given.
    """
    usual = usual_spacing_mm(places_mm)
    alone = between.single_plane_mm if between.single_plane_mm is not None else usual
    if alone is None:
        raise BadInput("it is drawn on one plane only", mend="give the thickness of a single plane")
    parts, notes = _parts(places_mm, usual or alone, between.bridge)
    filled: list[Layer] = []
    for part in parts:
        if len(part) == 1:
            place = float(places_mm[part[0]])
            filled.append(_even(part[0], place - alone / 2, place + alone / 2, area_mm2))
            notes.append(f"drawn on one plane at {place:.1f} mm: taken as {alone:g} mm thick")
            continue
        most = _WIDE * (usual or alone)  # a cap has half the step to its neighbour, but not half of a gap
        if between.end_caps != "none":
            filled += _cap(part[:4], places_mm, area_mm2, most, rounded=between.end_caps == "rounded")
        for number in part[:-1]:
            smooth = between.end_caps == "rounded" and places_mm[number + 1] - places_mm[number] <= most
            around = [one for one in range(number - 1, number + 3) if one in part] if smooth else []
            filled.append(_passage(number, places_mm, area_mm2, around))
        if between.end_caps != "none":
            filled += _cap(part[:-5:-1], places_mm, area_mm2, most, rounded=between.end_caps == "rounded")
    return filled, notes


def _parts(places_mm: Floats, usual: float, bridge: float) -> tuple[list[list[int]], list[str]]:
    """Return the planes that belong together, and a note for each gap."""
    parts: list[list[int]] = [[0]]
    notes = []
    for number, step in enumerate(np.diff(places_mm).tolist()):
        apart = step > max(bridge, _WIDE) * usual * (1 + 1e-9)
        if apart:
            parts.append([number + 1])
        else:
            parts[-1].append(number + 1)
        if step > _WIDE * usual:
            notes.append(
                f"no contour from {places_mm[number]:.1f} to {places_mm[number + 1]:.1f} mm, "
                f"where planes are usually {usual:.1f} mm apart: {'left empty' if apart else 'filled from both sides'}"
            )
    return parts, notes


def _even(plane: int, start: float, end: float, area: Floats) -> Layer:
    """Return a layer in which a plane stays as it is."""
    here = float(area[plane])
    return Layer(plane, plane, start, end, (here, here), (here, 0.0, 0.0, 0.0))


def _end_curve(at: Floats, area: Floats) -> tuple[int, tuple[float, float, float, float]] | None:
    """Return the parabola that the area, or its square, runs along near an end, and which power it is of.

    The area of a ball falls along a parabola; that of a torus or a lying cylinder does so squared. Of the two through
    the three outermost planes, the one that foretells the fourth better is taken. Where neither does, the area follows
    no such curve, and to draw one out beyond the end would be to guess: ``None``.
    """
    plain = _through(at[:3], area[:3])
    if len(at) < 4:
        return 1, plain
    squared = _through(at[:3], area[:3] ** 2)
    fourth = float(at[3])
    foretold = [curve[0] + curve[1] * fourth + curve[2] * fourth**2 for curve in (plain, squared)]
    apart = (abs(foretold[0] - area[3]), abs(np.sqrt(max(foretold[1], 0.0)) - area[3]))
    if min(apart) > _FORETOLD * float(area.max()):
        return None
    return (2, squared) if apart[1] < apart[0] else (1, plain)


def _passage(lower: int, places: Floats, area: Floats, around: list[int]) -> Layer:
    """Return the layer between two planes: straight, or along the cubic (parabola) through those around."""
    start, end = float(places[lower]), float(places[lower + 1])
    first, last = float(area[lower]), float(area[lower + 1])
    plain = (first, (last - first) / (end - start), 0.0, 0.0)
    curve = plain
    if len(around) > 2:
        bent = _bent(lower, places, area, around) or plain
        away = [
            abs(bent[0] - plain[0] + at * (bent[1] - plain[1] + at * (bent[2] + at * bent[3])))
            for at in ((end - start) * part for part in (0.25, 0.5, 0.75))
        ]
        # Where the area jumps, as where one of two branches ends, a curve through it would swing.
        if max(away) <= _BEND * max(first, last):
            curve = bent
    return Layer(lower, lower + 1, start, end, (first, last), curve)


def _bent(lower: int, places: Floats, area: Floats, around: list[int]) -> tuple[float, float, float, float] | None:
    """Return the smooth area between a plane and the next, from the planes around them; None where it is not smooth."""
    start, length = float(places[lower]), float(places[lower + 1] - places[lower])
    if len(around) == 3:  # at an end
        inward = around if around[0] == lower else around[::-1]
        beyond = inward[-1] + (inward[-1] - inward[-2])
        if 0 <= beyond < len(places) and abs(places[beyond] - places[inward[-1]]) < 2 * length:
            inward = [*inward, beyond]
        found = _end_curve(places[inward] - start, area[inward])
        if found is None:
            return None
        power, curve = found
        if power == 2:
            at = np.linspace(0, length, 4)
            return _through(at, np.sqrt(np.maximum(curve[0] + at * (curve[1] + at * curve[2]), 0)))
        return curve
    return _through(places[around] - start, area[around])


def _cap(outer: list[int], places: Floats, area: Floats, most: float, *, rounded: bool) -> list[Layer]:
    """Return what lies beyond the outermost plane; ``outer`` has it first, then its neighbours inward."""
    end = outer[0]
    place, step = float(places[end]), abs(float(places[outer[1]] - places[end]))
    outward = 1.0 if places[end] > places[outer[1]] else -1.0
    found = _end_curve((places[outer] - place) * outward, area[outer]) if rounded and len(outer) > 2 else None
    if found is not None and area[end] > 0:
        power, curve = found
        roots = np.polynomial.polynomial.polyroots(np.trim_zeros(curve[:3], "b"))
        furthest = _TOUCHING * min(step, most)
        ahead = [float(root.real) for root in roots if abs(root.imag) < 1e-9 and 1e-6 < root.real <= furthest]
        if ahead and curve[1] < 0:
            return _rounded(end, place, outward, min(ahead), power, curve, float(area[end]))
    half = min(step, most) / 2
    return [_even(end, place, place + half, area) if outward > 0 else _even(end, place - half, place, area)]


def _rounded(
    end: int, place: float, outward: float, reach: float, power: int, curve: tuple[float, ...], here: float
) -> list[Layer]:
    """Return the cap in which the area (or its square) falls along a parabola to nothing, from the lowest part on."""
    if power == 2:
        return _root_cap(end, place, outward, reach, curve, here)
    area: tuple[float, float, float, float]
    if outward > 0:
        area = (curve[0], curve[1], curve[2], 0.0)
    else:  # the same curve, from its far end
        area = (curve[0] + reach * (curve[1] + reach * curve[2]), -curve[1] - 2 * curve[2] * reach, curve[2], 0.0)
    start, stop = (place, place + reach) if outward > 0 else (place - reach, place)
    return [Layer(end, end, start, stop, (here, here), area)]


def _root_cap(
    end: int, place: float, outward: float, reach: float, curve: tuple[float, ...], here: float
) -> list[Layer]:
    """Return a cap whose area squared runs along a parabola: pieces of straight area, each of the true volume."""
    at = reach * np.linspace(0, 1, _PIECES * 32 + 1)
    middles = (at[1:] + at[:-1]) / 2
    squared = [curve[0] + along * (curve[1] + along * curve[2]) for along in (at[::32], middles)]
    ends, means = (
        np.sqrt(np.maximum(squared[0], 0)),
        np.sqrt(np.maximum(squared[1], 0)).reshape(_PIECES, 32).mean(axis=1),
    )
    thick = reach / _PIECES
    pieces = []
    for number in range(_PIECES):
        near, far = float(ends[number]), float(ends[number + 1])
        begin = place + outward * number * thick
        first, last = (near, far) if outward > 0 else (far, near)
        mean = float(means[number])
        low, high = sorted((begin, begin + outward * thick))
        area = (mean - (last - first) / 2, (last - first) / thick, 0.0, 0.0)
        pieces.append(Layer(end, end, low, high, (here, here), area))
    return pieces if outward > 0 else pieces[::-1]


def _through(at: Floats, values: Floats) -> tuple[float, float, float, float]:
    """Return the coefficients of the polynomial through three or four points (Newton's divided differences)."""
    places, levels = at.tolist(), values.tolist()
    for order in range(1, len(places)):
        for number in range(len(places) - 1, order - 1, -1):
            levels[number] = (levels[number] - levels[number - 1]) / (places[number] - places[number - order])
    found = [0.0, 0.0, 0.0, 0.0]
    for place, level in zip(
        places[::-1], levels[::-1], strict=True
    ):  # Horner: what is there times (x - place), plus one
        found = [
            level - place * found[0],
            found[0] - place * found[1],
            found[1] - place * found[2],
            found[2] - place * found[3],
        ]
    return found[0], found[1], found[2], found[3]
