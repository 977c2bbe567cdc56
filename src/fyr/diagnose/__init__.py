"""Precision diagnostics of lung and breast cancer."""
