"""Tables: CSV, Parquet and spreadsheets in, by a small YAML mapping, with nothing guessed."""

from fyr.exchange.tables.mapping import read_mapping
from fyr.exchange.tables.reading import read_table

__all__ = ["read_mapping", "read_table"]
