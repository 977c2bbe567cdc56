"""An audiogram as a drawing (SVG): octaves across, dB HL downwards, the usual symbols.

Right ear O (masked: triangle), left ear X (masked: square); bone conduction < and > (masked: [ and ]); an arrow where
there was no response. One octave is as wide as 20 dB are high.
"""

from __future__ import annotations

import math
from html import escape
from typing import Final

from fyr.record.audiogram import EARS, Audiogram, Ear, Threshold

__all__ = ["draw_audiogram"]

_OCTAVE: Final = 80.0
_PER_DB: Final = _OCTAVE / 20
_LEFT, _TOP = 64.0, 48.0
_QUIET, _LOUD = -10.0, 120.0
_WHOLE_OCTAVES: Final = (125, 250, 500, 1000, 2000, 4000, 8000, 16000)
_PAINT: Final[dict[Ear, str]] = {"right": "#b3261e", "left": "#0b57a4"}
_R: Final = 7.0


def draw_audiogram(audiogram: Audiogram, baseline: Audiogram | None = None, title: str = "") -> str:
    """Return an SVG picture.

    Parameters
    ----------
    audiogram : Audiogram
    baseline : Audiogram, optional
        Drawn pale behind it.
    title : str
        Above the picture.
    """
    octaves = _octaves(audiogram, baseline)
    wide, high = _OCTAVE * math.log2(octaves[-1] / octaves[0]), _PER_DB * (_LOUD - _QUIET)
    first = octaves[0]
    total = _LEFT + wide + 210
    said = escape(title or "Audiogram")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {_TOP + high + 34:.0f}" role="img" '
        f'aria-label="{escape(_spoken(audiogram), quote=True)}" font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{said}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        *_axes(octaves, wide, high),
    ]
    if baseline is not None:
        parts.append('<g opacity="0.4">')
        parts += _curves(baseline, first)
        parts.append("</g>")
    parts += _curves(audiogram, first)
    parts += _legend(_LEFT + wide + 24, baseline is not None)
    parts.append(f'<text x="{_LEFT}" y="{_TOP + high + 24:.1f}" fill="#444">{said}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _octaves(audiogram: Audiogram, baseline: Audiogram | None) -> tuple[int, ...]:
    both = (*audiogram.thresholds, *(baseline.thresholds if baseline else ()))
    least = min(125 if any(one.frequency_hz < 250 for one in both) else 250, 250)
    most = 16000 if any(one.frequency_hz > 8000 for one in both) else 8000
    return tuple(hz for hz in _WHOLE_OCTAVES if least <= hz <= most)


def _place(one: Threshold, first: int) -> tuple[float, float]:
    x = _LEFT + _OCTAVE * math.log2(one.frequency_hz / first)
    return x, _TOP + _PER_DB * (min(max(one.level_db, _QUIET), _LOUD) - _QUIET)


def _axes(octaves: tuple[int, ...], wide: float, high: float) -> list[str]:
    parts = []
    for level in range(int(_QUIET), int(_LOUD) + 1, 10):
        y = _TOP + _PER_DB * (level - _QUIET)
        dark = "#888" if level == 0 else "#ddd"
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{wide:.1f}" stroke="{dark}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{level}</text>')
    for hz in octaves:
        x = _LEFT + _OCTAVE * math.log2(hz / octaves[0])
        parts.append(f'<path d="M{x:.1f} {_TOP}v{high:.1f}" stroke="#ccc"/>')
        parts.append(f'<text x="{x:.1f}" y="{_TOP - 8}" text-anchor="middle">{hz}</text>')
    for hz in (3000, 6000):
        x = _LEFT + _OCTAVE * math.log2(hz / octaves[0])
        parts.append(f'<path d="M{x:.1f} {_TOP}v{high:.1f}" stroke="#ddd" stroke-dasharray="3 4"/>')
    middle = _TOP + high / 2
    parts.append(f'<text x="{_LEFT + wide / 2:.1f}" y="{_TOP - 28}" text-anchor="middle">Frequency (Hz)</text>')
    parts.append(
        f'<text x="18" y="{middle:.1f}" transform="rotate(-90 18 {middle:.1f})" text-anchor="middle">'
        "Hearing level (dB HL)</text>"
    )
    return parts


def _curves(audiogram: Audiogram, first: int) -> list[str]:
    parts = []
    for ear in EARS:
        dash = ' stroke-dasharray="7 4"' if ear == "left" else ""
        run: list[str] = []
        runs: list[list[str]] = [run]
        for one in audiogram.of(ear):
            if one.response:
                x, y = _place(one, first)
                run.append(f"{x:.1f},{y:.1f}")
            else:  # the line ends where the response does
                run = []
                runs.append(run)
        parts += [
            f'<polyline points="{" ".join(run)}" fill="none" stroke="{_PAINT[ear]}" stroke-width="1.5"{dash}/>'
            for run in runs
            if len(run) > 1
        ]
    return parts + [_symbol(one, *_place(one, first)) for one in audiogram.thresholds]


def _symbol(one: Threshold, x: float, y: float) -> str:
    if one.conduction == "bone":
        x += -9 if one.ear == "right" else 9
    shapes = {
        ("right", "air", False): f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_R}"/>',
        ("right", "air", True): f'<path d="M{x:.1f} {y - 8:.1f}l8 14h-16z"/>',
        ("left", "air", False): f'<path d="M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12"/>',
        ("left", "air", True): f'<path d="M{x - 6:.1f} {y - 6:.1f}h12v12h-12z"/>',
        ("right", "bone", False): f'<path d="M{x + 5:.1f} {y - 6:.1f}l-8 6l8 6"/>',
        ("right", "bone", True): f'<path d="M{x + 4:.1f} {y - 7:.1f}h-6v14h6"/>',
        ("left", "bone", False): f'<path d="M{x - 5:.1f} {y - 6:.1f}l8 6l-8 6"/>',
        ("left", "bone", True): f'<path d="M{x - 4:.1f} {y - 7:.1f}h6v14h-6"/>',
    }
    shape = shapes[one.ear, one.conduction, one.masked]
    if not one.response:
        way = -1 if one.ear == "right" else 1
        shape += f'<path d="M{x + way * 6:.1f} {y + 6:.1f}l{way * 10} 12m{-way * 1} -6l{way} 6l{-way * 6} -1"/>'
    heard = "" if one.response else ", no response"
    masked = ", masked" if one.masked else ""
    words = f"{one.ear} ear, {one.frequency_hz} Hz, {one.conduction}{masked}: {one.level_db:g} dB HL{heard}"
    return f'<g fill="none" stroke="{_PAINT[one.ear]}" stroke-width="2"><title>{words}</title>{shape}</g>'


def _legend(x: float, with_baseline: bool) -> list[str]:
    examples = (
        ("Right, air", Threshold("right", 1000, 0)),
        ("Left, air", Threshold("left", 1000, 0)),
        ("Right, air, masked", Threshold("right", 1000, 0, masked=True)),
        ("Left, air, masked", Threshold("left", 1000, 0, masked=True)),
        ("Right, bone", Threshold("right", 1000, 0, conduction="bone")),
        ("Left, bone", Threshold("left", 1000, 0, conduction="bone")),
        ("No response", Threshold("right", 1000, 0, response=False)),
    )
    parts = []
    for number, (words, one) in enumerate(examples):
        y = _TOP + 10 + 30 * number
        parts.append(_symbol(one, x + 10, y))
        parts.append(f'<text x="{x + 32:.1f}" y="{y + 4:.1f}">{words}</text>')
    if with_baseline:
        y = _TOP + 14 + 30 * len(examples)
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="#666">pale: before treatment</text>')
    return parts


def _spoken(audiogram: Audiogram) -> str:
    ears = []
    for ear in EARS:
        heard = ", ".join(
            f"{one.frequency_hz} Hz {one.level_db:g} dB{'' if one.response else ' no response'}"
            for one in audiogram.of(ear)
        )
        ears.append(f"{ear} ear: {heard or 'not tested'}")
    return f"Audiogram, air conduction. {'; '.join(ears)}"
