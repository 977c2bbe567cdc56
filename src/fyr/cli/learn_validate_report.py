"""Writes the report of a validation: HTML or PDF, by the ending of the file's name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write_report"]


def write_report(path: Path, document: Mapping[str, Any]) -> None:
    """Write a report, whole or not at all."""
    from fyr.learn.report.contents import report_of

    report = report_of(document)
    if path.suffix.lower() == ".pdf":
        from fyr.learn.report.pdf import as_pdf

        content = as_pdf(report)
    else:
        from fyr.learn.report.html import as_html

        content = as_html(report).encode()
    descriptor, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(staged).chmod(0o644)
        Path(staged).replace(path)
    finally:
        Path(staged).unlink(missing_ok=True)
