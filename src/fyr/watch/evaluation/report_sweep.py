"""The curves of a sweep in the report: each policy quicker and more patient, as a drawing and in numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from fyr.watch.evaluation.report_style import DASHES

__all__ = ["sweep_part"]

_WIDTH: Final = 720
_HEIGHT: Final = 300
_LEFT: Final = 56
_RIGHT: Final = 170
_TOP: Final = 16
_BOTTOM: Final = 44
_LOADS: Final = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def sweep_part(sweep: Mapping[str, Any]) -> str:
    """Return the section.

    Parameters
    ----------
    sweep : mapping
        As :meth:`fyr.watch.evaluation.sweep.Swept.document` returns it, of events that could be judged.
    """
    return (
        "<h2>Quicker and more patient</h2>"
        f"<p>Each point was replayed and judged for itself: {escape(sweep['family'])}. "
        "The lines only lead the eye from one factor to the next. To the right: mean alerts per patient-day, "
        f"logarithmic.</p>{_plot(sweep['policies'])}{_table(sweep['policies'])}"
    )


def _plot(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    known = {name: [point for point in curve if _load(point) is not None] for name, curve in curves.items()}
    points = [point for curve in known.values() for point in curve]
    if not points:
        return ""
    greatest = max(_load(point) or 0.0 for point in points)
    most_load = next((load for load in _LOADS if load >= greatest), greatest)
    most_missed = max(1, *(point["missed"] for point in points))
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT

    def x(load: float) -> float:
        return _LEFT + math.log1p(load) / math.log1p(max(most_load, 1)) * (right - _LEFT)

    def y(missed: int) -> float:
        return float(bottom - missed / most_missed * (bottom - _TOP))

    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" aria-label="Load against missed events at '
        f'every factor"><path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
        f'<text x="{right}" y="{_HEIGHT - 8}" text-anchor="end">alerts per patient-day, mean</text>'
        f'<text transform="translate(14 {(_TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">missed events</text>'
    ]
    parts += [
        f'<text x="{x(load):.1f}" y="{bottom + 15}" text-anchor="middle">{load}</text>'
        for load in _LOADS
        if load <= most_load
    ]
    parts += [
        f'<text x="{_LEFT - 6}" y="{y(missed) + 4:.1f}" text-anchor="end">{missed}</text>'
        for missed in sorted({0, round(most_missed / 2), most_missed})
    ]
    for number, (name, curve) in enumerate(known.items()):
        places = [(x(_load(point) or 0.0), y(point["missed"])) for point in curve]
        if not places:
            continue
        style, dash = f"s{number % 5}", DASHES[number % len(DASHES)]
        corners = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
        parts.append(f'<polyline class="curve {style}" stroke-dasharray="{dash}" points="{corners}"/>')
        for point, (left, top) in zip(curve, places, strict=True):
            size = 6 if point["factor"] == 1 else 3.5
            parts.append(f'<circle class="point {style}" cx="{left:.1f}" cy="{top:.1f}" r="{size}"/>')
        parts.append(
            f'<line class="curve {style}" stroke-dasharray="{dash}" x1="{right + 8}" x2="{right + 34}" '
            f'y1="{_TOP + 20 * number}" y2="{_TOP + 20 * number}"/>'
            f'<text class="name" x="{right + 39}" y="{_TOP + 20 * number + 4}">{escape(name)}</text>'
        )
    return "".join(parts) + "</svg>"


def _table(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    rows = [
        "<tr>"
        f"<th>{escape(name)}</th><td>&times;{point['factor']:g}</td><td>{_number(_load(point))}</td>"
        f"<td>{point['missed']} of {point['events']}</td><td>{_percent(point['ppv'])}</td>"
        f"<td>{_number(point['added_delay_s']['median'])}</td></tr>"
        for name, curve in curves.items()
        for point in curve
    ]
    return (
        "<div class=scroll><table><tr><th>Policy</th><th>Factor</th><th>Alerts per patient-day, mean</th>"
        "<th>Missed</th><th>PPV</th><th>Added delay, s (median)</th></tr>" + "".join(rows) + "</table></div>"
    )


def _load(point: Mapping[str, Any]) -> float | None:
    mean: float | None = point["alerts_per_patient_day"]["mean"]
    return mean


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"
