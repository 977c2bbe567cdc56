"""What a model says when it declines, for people: inputs by what they are called, not by the name of their column."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fyr.record import SIGNALS

__all__ = ["in_words"]


def in_words(reason: str, inputs: Iterable[str]) -> str:
    """Return the reason with each of the inputs that it names called by its title; a signal's, or its name's words."""
    for name in inputs:
        title = SIGNALS[name].title if name in SIGNALS else name.replace("_", " ")
        reason = re.sub(rf"\b{re.escape(name)}\b", title, reason)
    return reason
