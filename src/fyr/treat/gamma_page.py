"""A page that shows a gamma comparison: every setting, the histogram, and where it fails; one file, no script."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fyr.imaging.volume import DoseGrid
    from fyr.treat.gamma import Gamma

__all__ = ["gamma_page"]

_NAMES: Final = ("slice", "row", "column")
_WIDE_PX: Final = 380
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:78rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;"
    "background:#fff}img{image-rendering:pixelated;border:1px solid #8a929b}figure{display:inline-block;"
    "margin:0 1rem 1rem 0}td,th{text-align:left;padding:.1rem 1rem .1rem 0;font-weight:normal}"
    "th{color:#4a525b}figcaption{color:#4a525b}"
)


def gamma_page(document: Mapping[str, Any], reference: DoseGrid, found: Gamma) -> str:
    """Return the page.

    Parameters
    ----------
    document : mapping
        :meth:`fyr.treat.gamma.Gamma.as_dict`, with the names of the two files.
    reference : DoseGrid
    found : Gamma

    Returns
    -------
    str
        HTML. The planes are those through the voxel with the largest gamma: grey is the reference dose, blue passes,
        orange fails, the darker the further.
    """
    known = np.nan_to_num(found.values, nan=-1.0)
    worst = np.unravel_index(int(known.argmax()), known.shape)
    spacing = reference.grid.spacing_mm
    figures = []
    for axis, name in enumerate(_NAMES):
        across = [side for number, side in enumerate(spacing) if number != axis]
        values = np.take(found.values, worst[axis], axis=axis)
        picture = _coloured(np.take(reference.dose_gy, worst[axis], axis=axis), values, found.normalisation_gy)
        high, wide = values.shape[0] * across[0], values.shape[1] * across[1]
        scale = _WIDE_PX / max(high, wide)
        data = base64.b64encode(_png(picture)).decode()
        failed = int((values > 1).sum())
        label = f"{name} {int(worst[axis])}: {failed} of {int(np.isfinite(values).sum())} points fail"
        figures.append(
            f'<figure><img alt="{label}" width="{wide * scale:.0f}" height="{high * scale:.0f}" '
            f'src="data:image/png;base64,{data}"><figcaption>{label}</figcaption></figure>'
        )
    rate = f"{document['pass_rate_percent']:.2f} % of {document['points']} points pass"
    rows = [("reference", document["reference"]), ("evaluated", document["evaluated"])]
    rows += [(key.replace("_", " "), value) for key, value in document["settings"].items()]
    rows += [
        (key.replace("_", " "), value)
        for key, value in document.items()
        if key.startswith(("points", "gamma")) and not isinstance(value, dict | list)
    ]
    table = "".join(f"<tr><th>{escape(key)}</th><td>{escape(_said(value))}</td></tr>" for key, value in rows)
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in document["warnings"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Gamma: {rate}</title><style>{_STYLE}</style>'
        f"<h1>{rate}</h1>{f'<h2>To know</h2><ul>{warnings}</ul>' if warnings else ''}"
        f"<h2>Where it fails</h2><p>The planes through the largest gamma. Grey: the reference dose. Blue: passes. "
        f"Orange: fails, the darker the further.</p>{''.join(figures)}"
        f"<h2>How far</h2>{_histogram(document['histogram'])}<h2>Settings and figures</h2><table>{table}</table>"
        "<p>Research software, not a medical device.</p></html>"
    )


def _said(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _coloured(dose: NDArray[Any], gamma: NDArray[np.float32], full: float) -> NDArray[np.uint8]:
    grey = np.clip(np.asarray(dose, dtype=np.float64) / full, 0, 1) * 225
    picture = np.repeat(grey[..., None], 3, axis=-1)
    known = np.isfinite(gamma)
    level = np.nan_to_num(gamma.astype(np.float64))[..., None]
    passes = np.array([220, 235, 250]) - np.clip(level, 0, 1) * np.array([170, 120, 60])
    fails = np.array([240, 150, 40]) - np.clip(level - 1, 0, 1) * np.array([110, 110, 40])
    picture[known] = np.where(level > 1, fails, passes)[known]
    return np.rint(picture).astype(np.uint8)


def _png(picture: NDArray[np.uint8]) -> bytes:
    """Return a PNG (ISO/IEC 15948) of red, green, blue; shape (rows, columns, 3)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows, columns = picture.shape[:2]
    lines = b"".join(b"\0" + line.tobytes() for line in picture)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")


def _histogram(histogram: Mapping[str, Any]) -> str:
    edges, counts = histogram["edges"], histogram["counts"]
    top = max(counts)
    bars = "".join(
        f'<rect x="{20 + 34 * number}" y="{180 - 160 * count / top:.1f}" width="32" height="{160 * count / top:.1f}" '
        f'fill="{"#2f6fa8" if high <= 1 + 1e-9 else "#c4661f"}"><title>{low:.2f} to {high:.2f}: {count} points'
        f"</title></rect>"
        for number, (low, high, count) in enumerate(zip(edges, edges[1:], counts, strict=False))
    )
    ticks = "".join(
        f'<text x="{20 + 34 * number}" y="198" font-size="12">{edge:.1f}</text>'
        for number, edge in enumerate(edges)
        if number % 5 == 0
    )
    return f'<svg viewBox="0 0 740 205" width="740" role="img" aria-label="Histogram of gamma">{bars}{ticks}</svg>'
