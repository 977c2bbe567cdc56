"""Prognosis of early breast cancer, and what a treatment would add."""
