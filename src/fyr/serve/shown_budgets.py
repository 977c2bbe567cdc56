"""What a ward's alarm budget says: the load of the hour, what the staff on duty can take, and what waits and why."""

from __future__ import annotations

from typing import Any

import orjson

from fyr.attention import AlarmEventKind, Waiting
from fyr.clock import to_iso
from fyr.serve.live import BudgetChange
from fyr.serve.ward_state import WardState

__all__ = ["ShownBudgets"]


class ShownBudgets:
    """Builds the documents of the wards' budgets and remembers what was shown of each."""

    def __init__(self, state: WardState) -> None:
        self._state = state
        self._shown: dict[str, bytes] = {}

    def document(self, ward: str, now_us: int) -> dict[str, Any] | None:
        """Return what the budget of a ward says; ``None`` for a ward that has none, where nothing waits."""
        budget = self._state.budget(ward)
        if budget is None:
            return None
        return {
            "ward": ward,
            "nurses": budget.nurses,
            "per_nurse_hour": budget.per_nurse_hour,
            "capacity": budget.capacity,
            "load": budget.load(max(now_us, budget.now_us)),
            "waiting": [self._waiting(one) for one in budget.waiting],
        }

    def changed(self, now_us: int) -> list[BudgetChange]:
        """Return the budgets that say something else than when they were last returned."""
        changes = []
        for ward in dict.fromkeys(occupant.ward for occupant in self._state.occupants.values()):
            document = self.document(ward, now_us)
            fingerprint = orjson.dumps(document)
            if document is not None and self._shown.get(ward) != fingerprint:
                self._shown[ward] = fingerprint
                changes.append(BudgetChange(ward, document))
        return changes

    def _waiting(self, one: Waiting) -> dict[str, Any]:
        alarm = self._state.alarms(one.patient).raised(one.notification)
        history = [] if alarm is None else alarm.history
        why = next((event.reason for event in reversed(history) if event.kind is AlarmEventKind.WAITING), "")
        occupant = self._state.occupants.get(one.patient)
        return {
            "notification": one.notification,
            "patient": str(one.patient),
            "bed": "" if occupant is None else occupant.bed,
            "rule": one.subject,
            "title": one.subject if alarm is None else alarm.notification.title,
            "priority": one.priority.value,
            "kind": "technical" if one.is_technical else "physiological",
            "since": to_iso(one.since_us),
            "why": why,
        }
