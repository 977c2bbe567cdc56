"""What ``fyr learn federate`` says in text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["federate_text"]

_OURS: Final = frozenset(
    {
        "study",
        "rounds",
        "bytes_per_site_per_round",
        "rows_isolable",
        "sites",
        "rows",
        "rows_left_out",
        "sites_left_out",
        "by_site",
        "transcript",
        "coefficients",
        "standard_errors",
    }
)
_NORMAL_95: Final = 1.959963984540054
_LISTED: Final = 40


def federate_text(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a result."""
    study = document["study"]
    yield f"{study['name']}: {study['method']} over {len(document['sites'])} hospitals ({', '.join(document['sites'])})"
    for site, reason in document["sites_left_out"].items():
        yield f"  without {site}: {reason}"
    left = document["rows_left_out"]
    yield f"  {document['rows']} rows" + (f", {left} left out for a missing value" if left else "")
    if "coefficients" in document:
        yield from _coefficients(document["coefficients"], document.get("standard_errors", {}))
    for key, value in document.items():
        if key not in _OURS:
            yield from _lines(key.replace("_", " "), value, "  ")
    size = document["bytes_per_site_per_round"]
    yield f"  {document['rounds']} rounds, at most {size:,} bytes from a hospital in a round"
    isolable = document["rows_isolable"]
    if isolable is not None:
        yield f"  rows that what was sent would isolate: {isolable}"


def _coefficients(values: Mapping[str, float], errors: Mapping[str, float]) -> Iterator[str]:
    width = max(map(len, values), default=0)
    yield f"  {'':{width}}  {'coefficient':>12}  {'error':>10}  95 % interval"
    for name, value in values.items():
        error = errors.get(name)
        if error is None:
            yield f"  {name:{width}}  {value:12.6g}"
        else:
            low, high = value - _NORMAL_95 * error, value + _NORMAL_95 * error
            yield f"  {name:{width}}  {value:12.6g}  {error:10.4g}  {low:.6g} to {high:.6g}"


def _lines(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f"{indent}{name}:"
        for key, one in value.items():
            yield from _lines(str(key), one, indent + "  ")
    elif isinstance(value, (list, tuple)):
        shown = ", ".join(_plain(one) for one in value[:_LISTED])
        yield f"{indent}{name}: {shown}" + (f", … ({len(value)} in all)" if len(value) > _LISTED else "")
    else:
        yield f"{indent}{name}: {_plain(value)}"


def _plain(value: Any) -> str:
    return f"{value:.8g}" if isinstance(value, float) else str(value)
