"""The steps by which sites and coordinator agree on masks; they come between those of a method."""

from __future__ import annotations

from typing import Final

from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable

__all__ = ["KEYS", "OPEN", "about_masks", "nothing"]

KEYS: Final = "mask-keys"
"""Each site gives its public key for this study."""

OPEN: Final = "mask-open"
"""Each site gives what is needed to take the masks off a total, and off nothing else."""


def about_masks(step: str) -> bool:
    """Return whether a step is about masks, and so no round of the method."""
    return step in (KEYS, OPEN)


def nothing(table: SiteTable, values: Payload) -> Answer:  # noqa: ARG001
    """Return an empty answer: the gate fills it, since only the gate knows secrets."""
    return Answer()
