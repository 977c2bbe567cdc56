"""WFDB records (PhysioNet's format): numerics and waveforms in, series out; nothing is ever fetched from a network."""

from fyr.exchange.wfdb.reading import find_records, read_record

__all__ = ["find_records", "read_record"]
