"""A table that another program appends to, as a live source."""

from fyr.exchange.csv_tail.tail import CsvTail

__all__ = ["CsvTail"]
