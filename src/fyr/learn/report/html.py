"""A report as one HTML file: no script, no outside address, light and dark, fit to be printed and read aloud."""

from __future__ import annotations

import base64
import hashlib
from functools import singledispatch
from html import escape
from pathlib import Path
from typing import Final

from fyr.learn.report.contents import NOT_A_DEVICE, Block, Bullets, Prose, Report, Section, Table
from fyr.learn.report.drawing import COLOURS, Picture
from fyr.learn.report.svg import as_svg

__all__ = ["as_html"]

_COLOURS: Final = "".join(f"--{name}:light-dark({light},{dark});" for name, (light, dark) in COLOURS.items())
_CLASSES: Final = "".join(f".s-{name}{{stroke:var(--{name})}}.f-{name}{{fill:var(--{name})}}" for name in COLOURS)
_STYLE: Final = f":root{{color-scheme:light dark;{_COLOURS}}}{_CLASSES}\n" + (
    Path(__file__).parent / "report.css"
).read_text(encoding="utf-8")
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def as_html(report: Report) -> str:
    """Return a report as an HTML document that needs nothing beside itself."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in report.facts)
    sections = "".join(_section(section, number) for number, section in enumerate(report.sections, start=1))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head><body>"
        f'<header><h1>{escape(report.title)}</h1><p class="subtitle">{escape(report.subtitle)}</p>'
        f'<p class="device">{escape(NOT_A_DEVICE)}</p></header>'
        f"<main>{sections}<section><h2>{escape(report.facts_title)}</h2><dl>{facts}</dl></section></main>"
        f"<footer>Made by Fyr. {escape(NOT_A_DEVICE)}</footer></body></html>\n"
    )


def _section(section: Section, number: int) -> str:
    blocks = "".join(_block(block, f"s{number}b{place}") for place, block in enumerate(section.blocks, start=1))
    return f'<section aria-labelledby="s{number}"><h2 id="s{number}">{escape(section.title)}</h2>{blocks}</section>'


@singledispatch
def _block(block: Block, name: str) -> str:
    raise TypeError(f"{type(block).__name__} is no block of a report ({name})")


@_block.register
def _(block: Prose, name: str) -> str:  # noqa: ARG001
    kind = ' class="lead"' if block.lead else ""
    return f"<p{kind}>{escape(block.text)}</p>"


@_block.register
def _(block: Bullets, name: str) -> str:  # noqa: ARG001
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"


@_block.register
def _(block: Picture, name: str) -> str:
    return f'<figure tabindex="0" aria-label="{escape(block.title)}">{as_svg(block, name)}</figure>'


@_block.register
def _(block: Table, name: str) -> str:  # noqa: ARG001
    head = "".join(f'<th scope="col"{_of(place, block)}>{escape(text)}</th>' for place, text in enumerate(block.head))
    rows = "".join(
        "<tr>" + "".join(f"<td{_of(place, block)}>{escape(cell)}</td>" for place, cell in enumerate(row)) + "</tr>"
        for row in block.rows
    )
    caption = escape(block.caption)
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return f"<details><summary>{caption}</summary>{table}</details>" if block.behind else table


def _of(place: int, table: Table) -> str:
    return ' class="n"' if place >= table.words else ""
