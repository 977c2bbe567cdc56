"""Numbers as a reader wants them: no more digits than their interval carries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["figure_text", "interval_text", "percent", "plain", "share_text"]

Figure = Mapping[str, Any] | None


def figure_text(figure: Figure, *, digits: int = 2, as_percent: bool = False) -> str:
    """Return an estimate with its interval; a dash where there is none.

    >>> figure_text({"estimate": 0.68512, "low": 0.667, "high": 0.703})
    '0.69 (0.67 to 0.70)'
    >>> figure_text(None)
    '-'
    """
    if figure is None or figure.get("estimate") is None:
        return "-"
    value, interval = (
        plain(figure, digits=digits, as_percent=as_percent),
        interval_text(figure, digits=digits, as_percent=as_percent),
    )
    return f"{value} ({interval})" if interval else value


def plain(figure: Figure, *, digits: int = 2, as_percent: bool = False) -> str:
    """Return the estimate alone."""
    if figure is None or figure.get("estimate") is None:
        return "-"
    return _written(figure["estimate"], _digits(figure, digits, as_percent), as_percent) + (" %" if as_percent else "")


def interval_text(figure: Figure, *, digits: int = 2, as_percent: bool = False) -> str:
    """Return the two ends of an interval; nothing where there is none."""
    if figure is None or figure.get("low") is None or figure.get("high") is None:
        return ""
    shown = _digits(figure, digits, as_percent)
    return f"{_written(figure['low'], shown, as_percent)} to {_written(figure['high'], shown, as_percent)}"


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share in percent.

    >>> percent(0.346)
    '35 %'
    """
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def share_text(share: float | None) -> str:
    """Return a share as so many in a hundred."""
    return "-" if share is None else f"{100 * share:.0f} in 100"


def _digits(figure: Mapping[str, Any], digits: int, as_percent: bool) -> int:
    low, high = figure.get("low"), figure.get("high")
    if low is None or high is None or high <= low:
        return max(0, digits - 2) if as_percent else digits
    half = (high - low) / 2 * (100 if as_percent else 1)
    return min(max(math.floor(-math.log10(half)) + 1, 0), 4)


def _written(value: float, digits: int, as_percent: bool) -> str:
    text = f"{value * (100 if as_percent else 1):.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.removeprefix("-")
