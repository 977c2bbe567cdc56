"""Keeps the collector of unreachable objects from holding a round up.

Python's collector walks every object that it knows each time it looks at the oldest: a ward of some thousand patients
stands still for a tenth of a second and more. What is there when a server has opened stays for its whole life, so it
need not be walked; and what comes later is looked at more seldom.
"""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["settle_memory"]

_THRESHOLDS: Final = (50_000, 20, 100)
"""New objects until a first look, and how many looks until the older are walked: Fyr's own choice."""


def settle_memory() -> None:
    """Take what there is now for what stays; call it when everything is open, before the first round."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
