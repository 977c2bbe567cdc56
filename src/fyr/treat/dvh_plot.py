"""Dose-volume histograms as a drawing (SVG), or a page that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from fyr.errors import ServiceUnavailable
from fyr.treat.dvh import Dvh

__all__ = ["draw"]

_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#5b3a8c", "#a03030")
_DASHES: Final = ("", "7 3", "2 3", "9 3 2 3")
_LEFT, _TOP, _WIDE, _HIGH = 64, 20, 640, 400


def draw(curves: Sequence[tuple[str, tuple[int, int, int] | None, Dvh]], path: Path) -> None:
    """Write cumulative curves, volume in % over dose in gray.

    Lines differ by dash as well as by colour.

    Parameters
    ----------
    curves : sequence of (name, colour or None, Dvh)
    path : Path
        ``.svg``, or ``.html`` for a page.

    Raises
    ------
    ServiceUnavailable
        If the file cannot be written.
    """
    picture = _svg(curves)
    if path.suffix.lower() == ".html":
        picture = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Dose-volume histogram</title></head>'
            f"<body>{picture}<p>Research software, not a medical device.</p></body></html>\n"
        )
    try:
        path.write_text(picture, encoding="utf-8")
    except OSError as problem:
        raise ServiceUnavailable(f"it cannot be written ({problem.strerror})", where=str(path)) from problem


def _svg(curves: Sequence[tuple[str, tuple[int, int, int] | None, Dvh]]) -> str:
    greatest = max(curve.max_gy for _, _, curve in curves) or 1.0
    step = _round_step(greatest)
    most = step * float(np.ceil(greatest / step))
    legend = _TOP + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 940 {max(470, legend + 20 * len(curves))}" role="img" '
        'aria-label="Cumulative dose-volume histogram" font-family="system-ui, sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for percent in range(0, 101, 20):
        y = _TOP + _HIGH * (1 - percent / 100)
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{_WIDE}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent}</text>')
    for number in range(round(most / step) + 1):
        x = _LEFT + _WIDE * number * step / most
        parts.append(f'<path d="M{x:.1f} {_TOP}v{_HIGH}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _HIGH + 18}" text-anchor="middle">{number * step:g}</text>')
    parts.append(f'<text x="{_LEFT + _WIDE / 2}" y="{_TOP + _HIGH + 40}" text-anchor="middle">Dose (Gy)</text>')
    parts.append(f'<text x="16" y="{_TOP + _HIGH / 2}" transform="rotate(-90 16 {_TOP + _HIGH / 2})" '
                 'text-anchor="middle">Volume (%)</text>')  # fmt: skip
    doses = np.linspace(0, greatest, 400)
    for number, (name, colour, curve) in enumerate(curves):
        paint = "#{:02x}{:02x}{:02x}".format(*colour) if colour else _COLOURS[number % len(_COLOURS)]
        dash = _DASHES[number // len(_COLOURS) % len(_DASHES) if colour is None else number % len(_DASHES)]
        share = curve.volume_at(doses) / curve.covered_cm3
        places = zip(_LEFT + _WIDE * doses / most, _TOP + _HIGH * (1 - share), strict=True)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        style = f'fill="none" stroke="{paint}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{line}" {style}><title>{escape(name)}</title></polyline>')
        y = legend + 20 * number
        parts.append(f'<path d="M{_LEFT + _WIDE + 16} {y - 4}h28" {style}/>')
        parts.append(f'<text x="{_LEFT + _WIDE + 52}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _round_step(greatest: float) -> float:
    """Return a round distance between lines that gives five to twelve of them."""
    power = 10.0 ** np.floor(np.log10(greatest / 5))
    return float(next(power * one for one in (1, 2, 5, 10) if greatest / (power * one) <= 12))
