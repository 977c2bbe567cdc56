"""A report as a PDF: the same words, tables and pictures on A4."""

from __future__ import annotations

import io
from functools import singledispatch
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from fyr.learn.report.contents import NOT_A_DEVICE, Block, Bullets, Prose, Report, Section, Table
from fyr.learn.report.drawing import COLOURS, Area, Box, Diamond, Dot, Label, Line, Mark, Paint, Picture, Rgb

__all__ = ["as_pdf"]

_MARGIN: Final = 50.0
_PADDING: Final = 6.0
"""What reportlab leaves free inside a page's frame."""
_TALLEST: Final = 680.0
"""A picture has to fit on a page, with its heading."""
_FONT, _BOLD = "Vera", "VeraBd"
_INK = {name: HexColor(light) for name, (light, _) in COLOURS.items()}
_BODY: Final = ParagraphStyle("body", fontName="Vera", fontSize=9, leading=13, textColor=_INK["ink"], spaceAfter=5)
_LEAD: Final = ParagraphStyle("lead", parent=_BODY, fontSize=10.5, leading=15.5)
_TITLE: Final = ParagraphStyle("title", parent=_BODY, fontName="VeraBd", fontSize=17, leading=21, spaceAfter=2)
_HEADING: Final = ParagraphStyle(
    "heading", parent=_BODY, fontName="VeraBd", fontSize=12, leading=16, spaceBefore=14, keepWithNext=1
)
_QUIET: Final = ParagraphStyle("quiet", parent=_BODY, textColor=_INK["quiet"])
_CAPTION: Final = ParagraphStyle(
    "caption", parent=_BODY, fontName="VeraBd", fontSize=8.5, spaceBefore=6, keepWithNext=1
)
_CELL: Final = ParagraphStyle("cell", parent=_BODY, fontSize=7.5, leading=10, spaceAfter=0)
_NUMBER: Final = ParagraphStyle("number", parent=_CELL, alignment=2)


def as_pdf(report: Report) -> bytes:
    """Return a report as the bytes of a PDF; the same report is the same bytes."""
    _register_fonts()
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 8,
        title=report.title,
        author="Fyr",
        subject=NOT_A_DEVICE,
        invariant=1,
    )
    story: list[Flowable] = [
        Paragraph(escape(report.title), _TITLE),
        Paragraph(escape(report.subtitle), _QUIET),
        Paragraph(escape(NOT_A_DEVICE), _BODY),
    ]
    width = document.width - 2 * _PADDING
    for section in report.sections:
        story += _section(section, width)
    facts = _block(Table(report.facts_title, ("", ""), report.facts, words=2), width)
    facts[0].keepWithNext = 0  # a long table begins where there is room, and goes on
    story += [CondPageBreak(90), *facts]
    document.build(story, onFirstPage=_foot, onLaterPages=_foot)
    return target.getvalue()


def _register_fonts() -> None:
    """Make the fonts known that reportlab carries (Bitstream Vera): they have the signs that reports use."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in (_FONT, _BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(_FONT, normal=_FONT, bold=_BOLD, italic=_FONT, boldItalic=_BOLD)


def _foot(canvas: Canvas, document: Any) -> None:
    canvas.saveState()
    canvas.setFont(_FONT, 7)
    canvas.setFillColor(_INK["quiet"])
    canvas.drawString(_MARGIN, 30, NOT_A_DEVICE)
    canvas.drawRightString(A4[0] - _MARGIN, 30, str(document.page))
    canvas.restoreState()


def _section(section: Section, width: float) -> list[Flowable]:
    found: list[Flowable] = [Paragraph(escape(section.title), _HEADING)]
    for place, block in enumerate(section.blocks):
        drawn = _block(block, width)
        if isinstance(block, Prose) and isinstance(next(iter(section.blocks[place + 1 :]), None), Picture):
            drawn[-1].keepWithNext = 1  # words about a picture stay with it
        found += drawn
    return found


@singledispatch
def _block(block: Block, width: float) -> list[Flowable]:
    raise TypeError(f"{type(block).__name__} is no block of a report ({width})")


@_block.register
def _(block: Prose, width: float) -> list[Flowable]:  # noqa: ARG001
    return [Paragraph(escape(block.text), _LEAD if block.lead else _BODY)]


@_block.register
def _(block: Bullets, width: float) -> list[Flowable]:  # noqa: ARG001
    return [Paragraph(f"<bullet>\N{BULLET}</bullet>{escape(item)}", _indented()) for item in block.items]


def _indented() -> ParagraphStyle:
    return ParagraphStyle("bullet", parent=_BODY, leftIndent=12, bulletIndent=2, spaceAfter=2)


@_block.register
def _(block: Table, width: float) -> list[Flowable]:
    cells = [
        [Paragraph(escape(text), _CELL if place < block.words else _NUMBER) for place, text in enumerate(row)]
        for row in block.rows
    ]
    head = [
        Paragraph(f"<b>{escape(text)}</b>", _CELL if place < block.words else _NUMBER)
        for place, text in enumerate(block.head)
    ]
    rows = [head, *cells] if any(block.head) else cells
    grid = Grid(rows, colWidths=_widths(block, width), repeatRows=1 if any(block.head) else 0, hAlign="LEFT")
    grid.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _INK["line"]),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    caption = [Paragraph(escape(block.caption), _CAPTION)] if block.titled else []
    return [*caption, grid, Spacer(1, 6)]


def _widths(block: Table, width: float) -> list[float]:
    """Share the width by how long the texts of each column are, within reason."""
    texts = [[row[place] for row in [block.head, *block.rows]] for place in range(len(block.head))]
    wants = [min(max(5, *map(len, column)), 48) ** 0.8 for column in texts]
    return [width * want / sum(wants) for want in wants]


@_block.register
def _(block: Picture, width: float) -> list[Flowable]:
    return [_Drawn(block, width), Spacer(1, 6)]


class _Drawn(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A picture on the page, made smaller where it is too wide or too tall."""

    def __init__(self, picture: Picture, width: float) -> None:
        super().__init__()
        self.picture = picture
        self.scale = min(1.0, width / picture.width, _TALLEST / picture.height)

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return self.picture.width * self.scale, self.picture.height * self.scale

    def draw(self) -> None:
        canvas = self.canv
        canvas.saveState()
        canvas.scale(self.scale, self.scale)
        for mark in self.picture.marks:
            _draw(mark, canvas, self.picture.height)
        canvas.restoreState()


@singledispatch
def _draw(mark: Mark, canvas: Canvas, height: float) -> None:
    raise TypeError(f"{type(mark).__name__} is no mark ({canvas}, {height})")


@_draw.register
def _(mark: Line, canvas: Canvas, height: float) -> None:
    canvas.setStrokeColor(_ink(mark.colour))
    canvas.setLineWidth(mark.width)
    canvas.setDash(*(mark.dash or ()))
    canvas.drawPath(_path(canvas, mark.points, height), stroke=1, fill=0)


@_draw.register
def _(mark: Area, canvas: Canvas, height: float) -> None:
    _fill(canvas, mark.colour, mark.opacity)
    canvas.drawPath(_path(canvas, mark.points, height, close=True), stroke=0, fill=1)
    canvas.setFillAlpha(1)


@_draw.register
def _(mark: Box, canvas: Canvas, height: float) -> None:
    if mark.width > 0 and mark.height > 0:
        _fill(canvas, mark.colour, mark.opacity)
        canvas.rect(mark.x, height - mark.y - mark.height, mark.width, mark.height, stroke=0, fill=1)
        canvas.setFillAlpha(1)


@_draw.register
def _(mark: Dot, canvas: Canvas, height: float) -> None:
    _rim(canvas, mark.colour)
    canvas.circle(mark.x, height - mark.y, mark.radius, stroke=1, fill=1)


@_draw.register
def _(mark: Diamond, canvas: Canvas, height: float) -> None:
    _rim(canvas, mark.colour)
    x, y, radius = mark.x, mark.y, mark.radius
    corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    canvas.drawPath(_path(canvas, corners, height, close=True), stroke=1, fill=1)


@_draw.register
def _(mark: Label, canvas: Canvas, height: float) -> None:
    canvas.saveState()
    canvas.translate(mark.x, height - mark.y)
    if mark.turned:
        canvas.rotate(90)
    canvas.setFont(_BOLD if mark.bold else _FONT, mark.size * 0.9)
    canvas.setFillColor(_INK[mark.colour])
    write = {"start": canvas.drawString, "middle": canvas.drawCentredString, "end": canvas.drawRightString}[mark.anchor]
    write(0, 0, mark.text)
    canvas.restoreState()


def _ink(paint: Paint) -> Any:
    return HexColor(paint.hex) if isinstance(paint, Rgb) else _INK[paint]


def _fill(canvas: Canvas, colour: Paint, opacity: float) -> None:
    canvas.setFillColor(_ink(colour))
    canvas.setFillAlpha(opacity)


def _rim(canvas: Canvas, colour: Paint) -> None:
    canvas.setFillColor(_ink(colour))
    canvas.setStrokeColor(HexColor("#ffffff"))
    canvas.setLineWidth(1)
    canvas.setDash()


def _path(canvas: Canvas, points: Any, height: float, *, close: bool = False) -> Any:
    path = canvas.beginPath()
    for place, (x, y) in enumerate(points):
        (path.moveTo if place == 0 else path.lineTo)(x, height - y)
    if close:
        path.close()
    return path
