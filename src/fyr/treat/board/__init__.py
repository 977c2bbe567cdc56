"""A plan's foreseen outcome, or several plans side by side, as pages that a tumour board can read."""

from fyr.treat.board.contents import board_report

__all__ = ["board_report"]
