"""Fyr: findings that are exact, calibrated and explained, and that reach a person only when that person must act.

Research software, not a medical device: it runs beside the primary systems, never in front of them.

The names below are the flat public API; each is loaded from its room when it is first used, so that ``import fyr``
costs nothing. The rooms themselves (:mod:`fyr.record`, :mod:`fyr.models`, :mod:`fyr.watch`, ...) offer more.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fyr.version import __version__

if TYPE_CHECKING:
    from fyr.attention import Policy, load_policy
    from fyr.errors import BadInput, FyrError, NotPermitted, Refused, ServiceUnavailable, UsageError
    from fyr.models import Model, ModelCard
    from fyr.record import (
        Access,
        Encounter,
        Estimate,
        Finding,
        ModelReference,
        Observation,
        PatientId,
        Record,
        Refusal,
        Series,
        Status,
    )

__all__ = [
    "Access",
    "BadInput",
    "Encounter",
    "Estimate",
    "Finding",
    "FyrError",
    "Model",
    "ModelCard",
    "ModelReference",
    "NotPermitted",
    "Observation",
    "PatientId",
    "Policy",
    "Record",
    "Refusal",
    "Refused",
    "Series",
    "ServiceUnavailable",
    "Status",
    "UsageError",
    "__version__",
    "load_policy",
]

_ROOMS = {
    "fyr.attention": ("Policy", "load_policy"),
    "fyr.errors": ("BadInput", "FyrError", "NotPermitted", "Refused", "ServiceUnavailable", "UsageError"),
    "fyr.models": ("Model", "ModelCard"),
    "fyr.record": (
        "Access",
        "Encounter",
        "Estimate",
        "Finding",
        "ModelReference",
        "Observation",
        "PatientId",
        "Record",
        "Refusal",
        "Series",
        "Status",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'fyr' has no attribute '{name}'")
    thing = getattr(importlib.import_module(room), name)
    globals()[name] = thing
    return thing


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
