"""Units of measure, as the Unified Code for Units of Measure (UCUM) writes them: exact, and never guessed."""

from fyr.units.conversion import check_unit, convert, is_convertible

__all__ = ["check_unit", "convert", "is_convertible"]
