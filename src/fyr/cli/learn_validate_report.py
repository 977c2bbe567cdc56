"""Writes the report of a validation or a training: HTML or PDF, by the ending of the file's name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fyr.learn.report.contents import Report

__all__ = ["write_pages", "write_report"]


def write_report(path: Path, document: Mapping[str, Any]) -> None:
    """Write the report of a validation, whole or not at all."""
    from fyr.learn.report.contents import report_of

    write_pages(path, report_of(document))


def write_pages(path: Path, report: Report) -> None:
    """Write a report, whole or not at all."""
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
