"""Fyr: findings that are exact, calibrated and explained, and that reach a person only when that person must act.

Research software, not a medical device: it runs beside the primary systems, never in front of them.
"""

from fyr.version import __version__

__all__ = ["__version__"]
