"""The plots over all patients: load against missed events, and load by hour of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Final

from fyr.watch.evaluation.report_style import DASHES

__all__ = ["hours_plot", "pareto_plot"]

_WIDTH: Final = 720
_HEIGHT: Final = 300
_LEFT: Final = 56
_RIGHT: Final = 170
_TOP: Final = 16
_BOTTOM: Final = 44


def pareto_plot(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw mean load to the right, missed events upwards; the front as a line of steps.

    Parameters
    ----------
    rows : sequence of mapping
        As :func:`fyr.watch.evaluation.pareto.pareto_front` returns them.
    """
    if not rows:
        return ""
    most_load = _round_up(max(row["alerts_per_patient_day"] for row in rows))
    most_missed = _round_up(max(1, *(row["missed"] for row in rows)))
    parts = [_frame("Load against missed events", "alerts per patient-day, mean", "missed events")]
    parts += _ticks(most_load, most_missed)
    front = [row for row in rows if row["on_front"]]
    corners = [
        f"{_x(row['alerts_per_patient_day'], most_load):.1f},{_y(row['missed'], most_missed):.1f}" for row in front
    ]
    if len(corners) > 1:
        steps = [corners[0]]
        for before, after in pairwise(corners):
            steps += [f"{after.split(',')[0]},{before.split(',')[1]}", after]
        parts.append(f'<polyline class="axis" stroke-dasharray="4 3" points="{" ".join(steps)}"/>')
    for row in rows:
        x, y = _x(row["alerts_per_patient_day"], most_load), _y(row["missed"], most_missed)
        style = "s0" if row["on_front"] else "s1"
        shape = (
            f'<circle class="point {style}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            if row["on_front"]
            else f'<rect class="point {style}" x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9"/>'
        )
        words = f"{row['policy']} ({row['alerts_per_patient_day']:.3g}; {row['missed']})"
        parts.append(f'{shape}<text class="name" x="{x + 9:.1f}" y="{y - 7:.1f}">{escape(words)}</text>')
    return "".join(parts) + "</svg>"


def hours_plot(policies: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Draw, for each policy, the alerts per patient-hour of each hour of the day."""
    rates = {
        name: [row["alerts_per_patient_hour"] for row in rows]
        for name, rows in policies.items()
        if any(row["alerts_per_patient_hour"] is not None for row in rows)
    }
    most = _round_up(max((rate for row in rates.values() for rate in row if rate is not None), default=1) or 1)
    parts = [_frame("Load by hour of the day", "hour of the day, UTC", "alerts per patient-hour")]
    parts += _ticks(24, most, whole_x=True)
    ends = _apart(
        {name: _y(next((rate for rate in reversed(row) if rate is not None), 0), most) for name, row in rates.items()}
    )
    for number, (name, row) in enumerate(rates.items()):
        points = " ".join(
            f"{_x(hour + 0.5, 24):.1f},{_y(rate, most):.1f}" for hour, rate in enumerate(row) if rate is not None
        )
        dash = DASHES[number % len(DASHES)]
        parts.append(f'<polyline class="curve s{number % 5}" stroke-dasharray="{dash}" points="{points}"/>')
        y = ends[name]
        parts.append(
            f'<line class="curve s{number % 5}" stroke-dasharray="{dash}" x1="{_WIDTH - _RIGHT + 4}" '
            f'x2="{_WIDTH - _RIGHT + 30}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="name" x="{_WIDTH - _RIGHT + 35}" y="{y + 4:.1f}">{escape(name)}</text>'
        )
    return "".join(parts) + "</svg>"


def _frame(title: str, x_title: str, y_title: str) -> str:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" aria-label="{escape(title)}">'
        f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
        f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_title)}</text>'
        f'<text transform="translate(14 {(_TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_title)}</text>"
    )


def _ticks(most_x: float, most_y: float, *, whole_x: bool = False) -> list[str]:
    parts = []
    for step in range(5):
        x, y = most_x * step / 4, most_y * step / 4
        label = f"{x:.0f}" if whole_x else f"{x:.3g}"
        parts.append(
            f'<text x="{_x(x, most_x):.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">{label}</text>'
            f'<text x="{_LEFT - 6}" y="{_y(y, most_y) + 4:.1f}" text-anchor="end">{y:.3g}</text>'
        )
    return parts


def _x(value: float, most: float) -> float:
    return _LEFT + value / most * (_WIDTH - _RIGHT - _LEFT)


def _y(value: float, most: float) -> float:
    return _HEIGHT - _BOTTOM - value / most * (_HEIGHT - _BOTTOM - _TOP)


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 8, 10 … times a power of ten: four even steps to it have short names.

    >>> _round_up(0.3), _round_up(17), _round_up(8)
    (0.4, 20.0, 8.0)
    """
    power = 1.0
    while power < value:
        power *= 10
    while power / 10 >= value:
        power /= 10
    return next(round(power * part, 12) for part in (0.1, 0.2, 0.4, 0.8, 1.0) if power * part >= value - 1e-12)


def _apart(places: Mapping[str, float]) -> dict[str, float]:
    """Move labels down until none covers another."""
    moved: dict[str, float] = {}
    reached = float("-inf")
    for name, y in sorted(places.items(), key=lambda item: item[1]):
        reached = max(y, reached + 15)
        moved[name] = reached
    return moved
