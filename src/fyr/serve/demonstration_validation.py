"""The demonstration's validations: published models on open cohorts of real patients, where those were fetched."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["ValidationMaker"]


class ValidationMaker(Protocol):
    """Validates models while the server goes on."""

    def state(self) -> dict[str, Any]:
        """Return `state` (not begun, working, done, failed), how many are `done` `of` how many, and what was `said`."""
        ...
