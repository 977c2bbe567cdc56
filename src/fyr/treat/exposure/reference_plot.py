"""A department's reference levels as a drawing (SVG) and as a table (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from html import escape
from io import StringIO
from typing import Final

from fyr.treat.exposure.reference_levels import OwnLevel

__all__ = ["as_csv", "as_svg", "harmless"]

_COLUMNS: Final = (
    *("modality", "protocol", "quantity", "of", "unit", "examinations", "median", "p25", "p75", "lowest", "highest"),
    *("is_enough", "outliers"),
)
_LEFT, _WIDE, _ROW, _TOP = 360, 480, 34, 44
_LONGEST: Final = 44
_MOST_DOTS: Final = 400


def as_csv(levels: Sequence[OwnLevel]) -> str:
    """Return a table with one row for each protocol and quantity; texts that a spreadsheet would run are quoted."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in levels:
        cells = [getattr(one, name) for name in _COLUMNS[:-2]]
        writer.writerow([*map(harmless, cells), "yes" if one.is_enough else "no", " ".join(one.outliers)])
    return text.getvalue()


def as_svg(levels: Sequence[OwnLevel], published: dict[tuple[str, str], float] | None = None) -> str:
    """Return a drawing: of each protocol and quantity the examinations, the middle half, the median.

    Parameters
    ----------
    levels : sequence of OwnLevel
    published : dict, optional
        By protocol and quantity: the published level, drawn as a diamond.
    """
    published = published or {}
    height = _TOP + _ROW * max(len(levels), 1) + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDE + 140} {height}" role="img" '
        'aria-label="Own reference levels by protocol" font-family="system-ui, sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<text x="12" y="22" font-size="14">Own levels: examinations (dots), 25th to 75th percentile (bar), median '
        "(line), published (diamond); fewer than 20 are few; each row has its own scale</text>",
    ]
    for row, one in enumerate(levels):
        parts += _row(one, _TOP + _ROW * row, published.get((one.protocol, one.quantity)))
    parts.append(
        f'<text x="12" y="{height - 14}" fill="#555">A level is for groups of patients, not a limit for one. '
        "Research software, not a medical device.</text></svg>"
    )
    return "".join(parts)


def _row(one: OwnLevel, top: int, reference: float | None) -> list[str]:
    most = max(one.highest, reference or 0.0) or 1.0

    def place(value: float) -> float:
        return _LEFT + _WIDE * value / most

    middle = top + _ROW // 2
    quantity = one.quantity.replace("_", " ") + (f" ({one.of})" if one.of else "")
    parts = [
        f'<text x="12" y="{middle - 2}">{escape(_cut(one.protocol))}</text>',
        f'<text x="12" y="{middle + 11}" fill="#555" font-size="10">n = {one.examinations}'
        f"{'' if one.is_enough else ' (few)'}, {escape(one.modality)}: {escape(_cut(quantity))}</text>",
        f'<line x1="{_LEFT}" x2="{_LEFT + _WIDE}" y1="{middle}" y2="{middle}" stroke="#ddd"/>',
        f'<rect x="{place(one.p25):.1f}" y="{middle - 8}" width="{max(place(one.p75) - place(one.p25), 1):.1f}" '
        'height="16" fill="#cfe3f3" stroke="#0072b2"/>',
        f'<line x1="{place(one.median):.1f}" x2="{place(one.median):.1f}" y1="{middle - 10}" y2="{middle + 10}" '
        'stroke="#0072b2" stroke-width="2.5"/>',
    ]
    shown = one.values[:: max(1, len(one.values) // _MOST_DOTS)]
    parts += [f'<circle cx="{place(value):.1f}" cy="{middle}" r="2.5" fill="#333" opacity="0.6"/>' for value in shown]
    if reference is not None:
        x = place(reference)
        parts.append(
            f'<path d="M{x:.1f} {middle - 7}l6 7l-6 7l-6 -7z" fill="none" stroke="#d55e00" stroke-width="2">'
            f"<title>published level {reference:g}</title></path>"
        )
    parts.append(
        f'<text x="{_LEFT + _WIDE + 8}" y="{middle + 4}">{one.median:.4g} / {one.p75:.4g} {escape(one.unit)}</text>'
    )
    return parts


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def harmless(cell: object) -> object:
    """Keep a spreadsheet from running a text as a formula."""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"} else cell
